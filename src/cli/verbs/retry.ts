import type { Command } from 'commander';
import { retryItem } from '../../api/actions';
import { locateItem } from '../locate';
import { createVerb, PORTAL_OPTION, type VerbContext } from '../verb';

export const retryVerb = (context: VerbContext): Command =>
  createVerb('retry', 'Forgets the failed tries of an item and tries it now.', ['retry 9c41'])
    .argument('<item>', 'the id of an item, or its start')
    .option(...PORTAL_OPTION)
    .action(async (typed: string, options: { portal?: string }) => {
      const services = context.services();
      const store = services.store();
      const ref = await locateItem(store, typed, options.portal);
      await retryItem({ store, temporal: await services.temporal() }, ref, ref.itemId);
      context.io.say(`Item ${ref.itemId} is tried again.`);
    });
