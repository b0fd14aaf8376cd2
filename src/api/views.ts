import { z } from 'zod';
import type { Config } from '../config';
import { SIDES, type SyncRef } from '../domain/types';
import type { Store } from '../store/client';
import type { HistoryEntry } from '../store/history';
import type { ItemView, RetryRules } from '../store/itemViews';
import { type Progress, syncProgress } from '../store/syncProgress';
import { getSync, type SyncView } from '../store/syncs';
import { itemWorkflowId } from '../temporal/ids';
import { HaltItems, type SyncJson } from './schemas';

/** Rows as the API, its event streams and the command line tell them. */

export const retryRules = (config: Config): RetryRules => ({
  maxAttempts: config.maxAttempts,
  backoffSeconds: config.backoffSeconds,
});

export const syncJson = (sync: SyncView, progress: Progress): SyncJson => ({
  id: sync.id,
  portalId: sync.portalId,
  assemblyChannelId: sync.channelId,
  ...(sync.channelLabel === null ? {} : { assemblyChannelLabel: sync.channelLabel }),
  dropboxPath: sync.rootPath,
  dropboxRootId: sync.rootId,
  state: sync.state,
  ...(sync.state === 'halted' ? haltJson(sync) : {}),
  ...(sync.lastError === null ? {} : { error: sync.lastError }),
  progress,
  lastConvergedAt: sync.lastConvergedAt?.toISOString() ?? null,
  resyncing: sync.resyncing,
  createdAt: sync.createdAt.toISOString(),
});

const MAX_HALT_ITEMS = 100;

function haltJson(sync: SyncView): Partial<SyncJson> {
  const items = haltItems(sync.haltItems);
  return {
    ...(sync.haltReason === null ? {} : { haltReason: sync.haltReason }),
    ...(sync.haltId === null ? {} : { haltId: sync.haltId }),
    ...(items === undefined ? {} : { haltItems: items }),
  };
}

/** What `haltSync` has stored. A row that holds something else shows a halt without its list. */
const StoredHalt = z.object({
  count: z.number(),
  target: z.enum(SIDES).optional(),
  first: HaltItems.shape.items,
});

function haltItems(stored: unknown): z.infer<typeof HaltItems> | undefined {
  const { data } = StoredHalt.safeParse(stored);
  if (data === undefined) return undefined;
  const { first, ...rest } = data;
  return { ...rest, items: first.slice(0, MAX_HALT_ITEMS) };
}

/** Several syncs with their progress, counted in one statement. */
export async function withProgress(
  store: Store,
  portalId: string,
  syncs: readonly SyncView[],
  maxAttempts: number,
): Promise<SyncJson[]> {
  const ids = syncs.map((sync) => sync.id);
  const progress = await syncProgress(store, portalId, ids, maxAttempts);
  return syncs.flatMap((sync) => {
    const counted = progress.get(sync.id);
    return counted === undefined ? [] : [syncJson(sync, counted)];
  });
}

/** A sync as it is told; `null` for a removed one, an unknown one, and another portal's. */
export async function readSyncJson(
  store: Store,
  ref: SyncRef,
  maxAttempts: number,
): Promise<SyncJson | null> {
  const sync = await getSync(store, ref);
  if (sync === null) return null;
  const [json] = await withProgress(store, ref.portalId, [sync], maxAttempts);
  return json ?? null;
}

/** Where the Temporal Web UI shows a workflow; nothing where it has no address. */
export const workflowUrl = (config: Config, workflowId: string): string | undefined =>
  config.temporal.uiUrl === undefined
    ? undefined
    : `${config.temporal.uiUrl}/namespaces/${encodeURIComponent(config.temporal.namespace)}/workflows/${encodeURIComponent(workflowId)}`;

/** As the API tells an item: with a link to its workflow, where there has been one. */
export const linkedItemJson = (config: Config, portalId: string, item: ItemView) => ({
  ...itemJson(portalId, item),
  ...(item.workedOn ? workflowLink(config, portalId, item.id) : {}),
});

function workflowLink(config: Config, portalId: string, itemId: string) {
  const workflowId = itemWorkflowId(portalId, itemId);
  const url = workflowUrl(config, workflowId);
  return url === undefined ? { workflowId } : { workflowId, workflowUrl: url };
}

export const itemJson = (portalId: string, item: ItemView) => ({
  id: item.id,
  path: item.path,
  object: item.object,
  state: item.state,
  ...(item.operation === null
    ? {}
    : { operation: item.operation, workflowId: itemWorkflowId(portalId, item.id) }),
  ...(item.target === null ? {} : { target: item.target }),
  ...(item.error === null ? {} : { error: item.error }),
  attempts: item.attempts,
  ...(item.lastAttemptAt === null ? {} : { lastAttemptAt: item.lastAttemptAt.toISOString() }),
  ...(item.nextAttemptAt === null ? {} : { nextAttemptAt: item.nextAttemptAt.toISOString() }),
  ...(item.dropboxId === null ? {} : { dropboxId: item.dropboxId }),
  ...(item.assemblyId === null ? {} : { assemblyId: item.assemblyId }),
  conflictCopy: item.conflictCopy,
});

/** Every entry is the work of its item's workflow. */
export const historyJson = (config: Config, entry: HistoryEntry) => ({
  ...entry,
  at: entry.at.toISOString(),
  ...workflowLink(config, entry.portalId, entry.itemId),
});
