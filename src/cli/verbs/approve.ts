import type { Command } from 'commander';
import { approve } from '../../api/actions';
import { readSyncJson } from '../../api/views';
import { CairnError } from '../../domain/errors';
import { locateSync } from '../locate';
import { createVerb, PORTAL_OPTION, type VerbContext } from '../verb';

export const approveVerb = (context: VerbContext): Command =>
  createVerb('approve', 'Lets a halted mass delete go ahead.', [
    'status 3f2a                  see what would be deleted',
    'approve 3f2a                 let it be deleted',
    'approve 3f2a --halt 77b0…    only if the halt is still that one',
  ])
    .argument('<sync>', 'the id of a sync, or its start')
    .option('--halt <id>', 'the halt that was looked at; the present one by default')
    .option(...PORTAL_OPTION)
    .action(async (typed: string, options: { portal?: string; halt?: string }) => {
      const services = context.services();
      const store = services.store();
      const ref = await locateSync(store, typed, options.portal);
      const sync = await readSyncJson(store, ref, services.config.maxAttempts);
      if (sync?.haltReason !== 'mass_delete' || sync.haltId === undefined) {
        throw new CairnError(
          'not_active',
          'The sync is not halted for a mass delete; there is nothing to approve.',
        );
      }
      if (options.halt !== undefined && options.halt !== sync.haltId) throw new CairnError('halt_changed');
      await approve({ store, temporal: await services.temporal() }, ref, sync.haltId);
      context.io.say(`The delete of ${sync.haltItems?.count ?? 0} items goes ahead.`);
    });
