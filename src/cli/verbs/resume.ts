import type { Command } from 'commander';
import { resume } from '../../api/actions';
import { locateSync } from '../locate';
import { createVerb, PORTAL_OPTION, type VerbContext } from '../verb';

export const resumeVerb = (context: VerbContext): Command =>
  createVerb('resume', 'Lets a paused or halted sync go on after a full look.', ['resume 3f2a'])
    .argument('<sync>', 'the id of a sync, or its start')
    .option(...PORTAL_OPTION)
    .action(async (typed: string, options: { portal?: string }) => {
      const services = context.services();
      const store = services.store();
      const ref = await locateSync(store, typed, options.portal);
      await resume({ store, temporal: await services.temporal() }, ref);
      context.io.say(`Sync ${ref.syncId} looks at both sides and goes on.`);
    });
