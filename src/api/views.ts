import type { Config } from '../config';
import type { SyncRef } from '../domain/types';
import type { Store } from '../store/client';
import type { HistoryEntry } from '../store/history';
import type { ItemView, RetryRules } from '../store/itemViews';
import { type Progress, syncProgress } from '../store/syncProgress';
import { getSync, type SyncView } from '../store/syncs';
import { itemWorkflowId } from '../temporal/ids';
import type { SyncJson } from './schemas';

/** Rows as the API, its event streams and the command line tell them. */

export const retryRules = (config: Config): RetryRules => ({
  maxAttempts: config.maxAttempts,
  backoffSeconds: config.backoffSeconds,
});

export const syncJson = (sync: SyncView, progress: Progress): SyncJson => ({
  id: sync.id,
  portalId: sync.portalId,
  assemblyChannelId: sync.channelId,
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

const haltJson = (sync: SyncView): Partial<SyncJson> => ({
  ...(sync.haltReason === null ? {} : { haltReason: sync.haltReason }),
  ...(sync.haltId === null ? {} : { haltId: sync.haltId }),
  ...(sync.haltItems === null ? {} : { haltItems: haltItems(sync.haltItems) }),
});

/** Stored either as a list or as `{count, items}`; told as the latter. */
function haltItems(stored: unknown): { count: number; items: unknown[] } {
  if (Array.isArray(stored)) return { count: stored.length, items: stored.slice(0, MAX_HALT_ITEMS) };
  if (typeof stored !== 'object' || stored === null) return { count: 0, items: [] };
  const items = 'items' in stored && Array.isArray(stored.items) ? stored.items : [];
  const count = 'count' in stored && typeof stored.count === 'number' ? stored.count : items.length;
  return { count, items: items.slice(0, MAX_HALT_ITEMS) };
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

export const historyJson = (entry: HistoryEntry) => ({ ...entry, at: entry.at.toISOString() });
