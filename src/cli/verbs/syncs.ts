import type { Command } from 'commander';
import type { SyncJson } from '../../api/schemas';
import { json, table } from '../io';
import { allSyncs } from '../portalSyncs';
import { createVerb, JSON_OPTION, PORTAL_OPTION, type ReadOptions, type VerbContext } from '../verb';

export const syncsVerb = (context: VerbContext): Command =>
  createVerb('syncs', 'Lists the syncs and how far each is.', ['syncs', 'syncs --portal ws_1 --json'])
    .option(...PORTAL_OPTION)
    .option(...JSON_OPTION)
    .action(async (options: ReadOptions) => {
      const items: SyncJson[] = [];
      for await (const sync of allSyncs(context.services(), options.portal)) items.push(sync);
      if (options.json) return context.io.out(json({ items }));
      if (items.length === 0) return context.io.say('There is no sync.');
      const head = ['ID', 'PORTAL', 'STATE', 'SETTLED', 'OWED', 'STUCK', 'UNSYNCABLE', 'FOLDER'];
      context.io.out(table(head, items.map(row)));
    });

const row = ({ id, portalId, state, haltReason, progress, dropboxPath }: SyncJson): string[] => [
  id,
  portalId,
  haltReason === undefined ? state : `${state}: ${haltReason}`,
  `${progress.settled}/${progress.total}`,
  String(progress.pending + progress.retrying),
  String(progress.stuck),
  String(progress.unsyncable),
  dropboxPath,
];
