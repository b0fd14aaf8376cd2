import type { Command } from 'commander';
import { pause } from '../../api/actions';
import { locateSync } from '../locate';
import { createVerb, PORTAL_OPTION, type VerbContext } from '../verb';

export const pauseVerb = (context: VerbContext): Command =>
  createVerb('pause', 'Stops a sync until it is resumed; what was sent already may finish.', ['pause 3f2a'])
    .argument('<sync>', 'the id of a sync, or its start')
    .option(...PORTAL_OPTION)
    .action(async (typed: string, options: { portal?: string }) => {
      const store = context.services().store();
      const ref = await locateSync(store, typed, options.portal);
      await pause({ store }, ref);
      context.io.say(`Sync ${ref.syncId} is paused.`);
    });
