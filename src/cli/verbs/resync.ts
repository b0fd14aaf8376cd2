import type { Command } from 'commander';
import { resync } from '../../api/actions';
import type { ResyncReport } from '../../workflows/messages';
import { EXIT, type ExitCode } from '../exitCodes';
import { json } from '../io';
import { locateSync } from '../locate';
import { createVerb, JSON_OPTION, PORTAL_OPTION, type ReadOptions, type VerbContext } from '../verb';

export const resyncVerb = (context: VerbContext): Command =>
  createVerb('resync', 'Looks at both sides in full and re-arms what is stuck.', [
    'resync 3f2a',
    'resync 3f2a --wait',
  ])
    .argument('<sync>', 'the id of a sync, or its start')
    .option(
      '--wait',
      'until it has ended; exit 0 when both sides are the same, 7 when it halted, 1 otherwise',
    )
    .option(...PORTAL_OPTION)
    .option(...JSON_OPTION)
    .action(async (typed: string, options: ReadOptions & { wait?: boolean }) => {
      const services = context.services();
      const store = services.store();
      const temporal = await services.temporal();
      const ref = await locateSync(store, typed, options.portal);
      await resync({ store, temporal }, ref, null);
      context.io.say(`The resync of ${ref.syncId} runs.`);
      if (!options.wait) return;
      const report = await temporal.resyncReport(ref);
      context.io.out(options.json ? json(report) : describe(report));
      context.finish(exitOf(report));
    });

const describe = ({ outcome, rearmed, pending, stuck, unsyncable }: ResyncReport): string =>
  `${outcome}: ${rearmed} re-armed, ${pending} pending, ${stuck} stuck, ${unsyncable} unsyncable`;

function exitOf({ outcome }: ResyncReport): ExitCode {
  switch (outcome) {
    case 'converged':
      return EXIT.done;
    case 'halted':
      return EXIT.personNeeded;
    case 'not_active':
    case 'unfinished':
      return EXIT.differs;
  }
}
