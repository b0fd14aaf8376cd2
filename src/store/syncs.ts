import type { SyncRef, SyncState } from '../domain/types';
import type { Store } from './client';

/** A sync as a person sees it, without its progress. */
export interface SyncView {
  readonly id: string;
  readonly portalId: string;
  readonly channelId: string;
  /** What people call the channel, as last read from Assembly; `null` where that was never read. */
  readonly channelLabel: string | null;
  readonly rootPath: string;
  readonly rootId: string;
  readonly state: SyncState;
  readonly haltReason: string | null;
  readonly haltId: string | null;
  readonly haltItems: unknown;
  readonly resyncing: boolean;
  readonly resyncKey: string | null;
  readonly lookWanted: boolean;
  /** Both sides have been seen in full at least once. */
  readonly observed: boolean;
  readonly generation: number;
  readonly lastConvergedAt: Date | null;
  readonly lastError: { readonly code: string; readonly message: string } | null;
  readonly createdAt: Date;
}

const columns = {
  id: true,
  portalId: true,
  assemblyChannelId: true,
  assemblyChannelLabel: true,
  dbxRootPath: true,
  dbxRootId: true,
  state: true,
  haltReason: true,
  haltId: true,
  haltItems: true,
  resyncing: true,
  resyncKey: true,
  lookWanted: true,
  dbxObservedAt: true,
  assemblyObservedAt: true,
  generation: true,
  lastConvergedAt: true,
  lastError: true,
  lastErrorCode: true,
  createdAt: true,
} as const;

interface Row {
  id: string;
  portalId: string;
  assemblyChannelId: string;
  assemblyChannelLabel: string | null;
  dbxRootPath: string;
  dbxRootId: string;
  state: string;
  haltReason: string | null;
  haltId: string | null;
  haltItems: unknown;
  resyncing: boolean;
  resyncKey: string | null;
  lookWanted: boolean;
  dbxObservedAt: Date | null;
  assemblyObservedAt: Date | null;
  generation: number;
  lastConvergedAt: Date | null;
  lastError: string | null;
  lastErrorCode: string | null;
  createdAt: Date;
}

const view = (row: Row): SyncView => ({
  id: row.id,
  portalId: row.portalId,
  channelId: row.assemblyChannelId,
  channelLabel: row.assemblyChannelLabel,
  rootPath: row.dbxRootPath,
  rootId: row.dbxRootId,
  // A CHECK of the table allows no other word.
  state: row.state as SyncState,
  haltReason: row.haltReason,
  haltId: row.haltId,
  haltItems: row.haltItems,
  resyncing: row.resyncing,
  resyncKey: row.resyncKey,
  lookWanted: row.lookWanted,
  observed: row.dbxObservedAt !== null && row.assemblyObservedAt !== null,
  generation: row.generation,
  lastConvergedAt: row.lastConvergedAt,
  lastError:
    row.lastErrorCode === null
      ? null
      : { code: row.lastErrorCode, message: row.lastError ?? row.lastErrorCode },
  createdAt: row.createdAt,
});

/** A sync that is not removed; `null` for one that is, and for another portal's. */
export async function getSync(store: Store, ref: SyncRef): Promise<SyncView | null> {
  const row = await store.prisma.channelSync.findFirst({
    where: { portalId: ref.portalId, id: ref.syncId, deletedAt: null },
    select: columns,
  });
  return row === null ? null : view(row);
}

/** The portal's syncs, oldest first. `after` is the id of the last one of the page before, removed since or not. */
export async function listSyncs(
  store: Store,
  portalId: string,
  page: { after?: string; limit: number },
): Promise<SyncView[]> {
  const after = page.after ?? null;
  // Compared inside Postgres: a Date holds milliseconds, the column microseconds.
  const ids = await store.prisma.$queryRaw<{ id: string }[]>`
    SELECT id::text FROM channel_sync
    WHERE portal_id = ${portalId} AND deleted_at IS NULL
      AND (${after}::uuid IS NULL OR (created_at, id) > (
        SELECT created_at, id FROM channel_sync WHERE portal_id = ${portalId} AND id = ${after}::uuid))
    ORDER BY created_at, id LIMIT ${page.limit}`;
  const rows = await store.prisma.channelSync.findMany({
    where: { portalId, id: { in: ids.map((row) => row.id) } },
    select: columns,
  });
  const byId = new Map(rows.map((row) => [row.id, row]));
  return ids.flatMap(({ id }) => {
    const row = byId.get(id);
    return row === undefined ? [] : [view(row)];
  });
}

/** Which of the portal's live syncs uses a channel or a folder: for the pickers. */
export async function mappedPlaces(
  store: Store,
  portalId: string,
): Promise<{ syncId: string; channelId: string; rootId: string }[]> {
  const rows = await store.prisma.channelSync.findMany({
    where: { portalId, deletedAt: null },
    select: { id: true, assemblyChannelId: true, dbxRootId: true },
  });
  return rows.map((row) => ({ syncId: row.id, channelId: row.assemblyChannelId, rootId: row.dbxRootId }));
}
