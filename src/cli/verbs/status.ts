import type { Command } from 'commander';
import { itemJson, readSyncJson, retryRules } from '../../api/views';
import { CairnError, errorEntry, isErrorCode } from '../../domain/errors';
import type { ItemState, SyncRef } from '../../domain/types';
import { listItems } from '../../store/itemViews';
import { EXIT } from '../exitCodes';
import { json, table } from '../io';
import { locateSync } from '../locate';
import type { Services } from '../services';
import { createVerb, JSON_OPTION, PORTAL_OPTION, type ReadOptions, type VerbContext } from '../verb';

/** What a person wants to see first; pending items explain themselves. */
const TROUBLED = ['stuck', 'retrying', 'unsyncable'] as const satisfies readonly ItemState[];
const SHOWN_OF_EACH = 20;

export const statusVerb = (context: VerbContext): Command =>
  createVerb('status', 'Says how far a sync is and what holds it up. Exit 7 while it is halted.', [
    'status 3f2a',
    'status 3f2a --json',
  ])
    .argument('<sync>', 'the id of a sync, or its start')
    .option(...PORTAL_OPTION)
    .option(...JSON_OPTION)
    .action(async (typed: string, options: ReadOptions) => {
      const services = context.services();
      const ref = await locateSync(services.store(), typed, options.portal);
      const sync = await readSyncJson(services.store(), ref, services.config.maxAttempts);
      if (sync === null) throw new CairnError('not_found');
      const items = await troubledItems(services, ref);
      if (options.json) context.io.out(json({ ...sync, items }));
      else context.io.out([...describe(sync), ...itemLines(items)].join('\n'));
      context.finish(sync.state === 'halted' ? EXIT.personNeeded : EXIT.done);
    });

type Told = ReturnType<typeof itemJson>;

async function troubledItems(services: Services, ref: SyncRef): Promise<Told[]> {
  const rules = retryRules(services.config);
  const pages = await Promise.all(
    TROUBLED.map((state) => listItems(services.store(), ref, { state, limit: SHOWN_OF_EACH }, rules)),
  );
  return pages.flat().map((item) => itemJson(ref.portalId, item));
}

function describe(sync: NonNullable<Awaited<ReturnType<typeof readSyncJson>>>): string[] {
  const why = (code: string): string => (isErrorCode(code) ? errorEntry(code).help : code);
  const { total, ...counts } = sync.progress;
  return [
    `sync       ${sync.id} of portal ${sync.portalId}`,
    `folder     ${sync.dropboxPath}`,
    `channel    ${sync.assemblyChannelId}`,
    `state      ${sync.state}${sync.resyncing ? ', resyncing' : ''}`,
    ...(sync.haltReason === undefined ? [] : [`halted     ${sync.haltReason}: ${why(sync.haltReason)}`]),
    ...(sync.haltItems === undefined
      ? []
      : [`           ${sync.haltItems.count} items; let it go ahead: cairn approve ${sync.id}`]),
    ...(sync.error === undefined ? [] : [`trouble    ${sync.error.code}: ${sync.error.message}`]),
    `items      ${total}: ${Object.entries(counts)
      .map(([name, count]) => `${count} ${name}`)
      .join(', ')}`,
    `the same   ${sync.lastConvergedAt ?? 'not yet'}`,
  ];
}

function itemLines(items: readonly Told[]): string[] {
  if (items.length === 0) return [];
  const rows = items.map(({ id, state, attempts, nextAttemptAt, error, path }) => [
    id,
    state,
    String(attempts),
    nextAttemptAt ?? '',
    error?.code ?? '',
    path,
  ]);
  return ['', table(['ITEM', 'STATE', 'TRIES', 'NEXT', 'ERROR', 'PATH'], rows)];
}
