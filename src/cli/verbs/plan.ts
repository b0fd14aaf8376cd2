import type { Command } from 'commander';
import { json, table } from '../io';
import { locateSync } from '../locate';
import { createVerb, JSON_OPTION, PORTAL_OPTION, type ReadOptions, type VerbContext } from '../verb';

export const planVerb = (context: VerbContext): Command =>
  createVerb('plan', 'Shows what a pass would do now, without doing it.', ['plan 3f2a', 'plan 3f2a --json'])
    .argument('<sync>', 'the id of a sync, or its start')
    .option(...PORTAL_OPTION)
    .option(...JSON_OPTION)
    .action(async (typed: string, options: ReadOptions) => {
      const services = context.services();
      const plan = await services.preview(await locateSync(services.store(), typed, options.portal));
      if (options.json) return context.io.out(json(plan));
      if (plan.items.length === 0) return context.io.say('Nothing is to be done.');
      const rows = plan.items.map(({ rule, decision, object, path }) => [
        String(rule),
        decision,
        object,
        path,
      ]);
      context.io.out(table(['RULE', 'DECISION', 'OBJECT', 'PATH'], rows));
      if (plan.truncated) context.io.say('There is more than is shown.');
    });
