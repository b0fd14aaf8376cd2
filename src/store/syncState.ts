import type { SyncRef } from '../domain/types';
import { inTransaction, type Store, type Tx } from './client';

/**
 * What a person does to a sync. Every one that changes what may be written raises the generation, so that a late job
 * finds out. Each returns whether a row changed: none does where the state meanwhile is another.
 */

/** Nothing new is started any more. A halt is forgotten: becoming active looks again. */
export async function pauseSync(store: Store, ref: SyncRef): Promise<boolean> {
  const count = await store.prisma.$executeRaw`
    UPDATE channel_sync
    SET state = 'paused', halt_reason = NULL, halt_id = NULL, halt_items = NULL, approved_halt_id = NULL,
        generation = generation + 1, updated_at = now()
    WHERE portal_id = ${ref.portalId} AND id = ${ref.syncId}::uuid AND state IN ('initial', 'active', 'halted')`;
  return count > 0;
}

/** Pauses all live syncs of a portal: its connection ends. */
export async function pauseAllSyncs(tx: Tx, portalId: string): Promise<number> {
  return tx.$executeRaw`
    UPDATE channel_sync
    SET state = 'paused', halt_reason = NULL, halt_id = NULL, halt_items = NULL, approved_halt_id = NULL,
        generation = generation + 1, updated_at = now()
    WHERE portal_id = ${portalId} AND state IN ('initial', 'active', 'halted')`;
}

/** From paused or halted to active, or to initial where both sides were never seen in full; wants a full look. */
export async function resumeSync(store: Store, ref: SyncRef): Promise<boolean> {
  const count = await store.prisma.$executeRaw`
    UPDATE channel_sync
    SET state = CASE WHEN dbx_observed_at IS NULL OR assembly_observed_at IS NULL THEN 'initial' ELSE 'active' END,
        halt_reason = NULL, halt_id = NULL, halt_items = NULL, approved_halt_id = NULL,
        look_wanted = true, generation = generation + 1, updated_at = now()
    WHERE portal_id = ${ref.portalId} AND id = ${ref.syncId}::uuid AND state IN ('paused', 'halted')`;
  return count > 0;
}

/**
 * Lets exactly the halted mass delete with that id go ahead. `halt_id` and `halt_items` stay, so that the guard can
 * tell what was approved from what comes later; a full look makes up for what was not observed while halted.
 */
export async function approveHalt(store: Store, ref: SyncRef, haltId: string): Promise<boolean> {
  const count = await store.prisma.$executeRaw`
    UPDATE channel_sync
    SET state = CASE WHEN dbx_observed_at IS NULL OR assembly_observed_at IS NULL THEN 'initial' ELSE 'active' END,
        halt_reason = NULL, approved_halt_id = halt_id, look_wanted = true,
        generation = generation + 1, updated_at = now()
    WHERE portal_id = ${ref.portalId} AND id = ${ref.syncId}::uuid AND state = 'halted'
      AND halt_reason = 'mass_delete' AND halt_id = ${haltId}::uuid`;
  return count > 0;
}

/** Ends the mapping: the row stays as a record, owed effects are dropped, files on both sides are left alone. */
export async function removeSync(store: Store, ref: SyncRef): Promise<boolean> {
  return inTransaction(
    store,
    async (tx) => {
      const count = await tx.$executeRaw`
      UPDATE channel_sync
      SET state = 'removed', deleted_at = now(), halt_reason = NULL, resyncing = false, look_wanted = false,
          generation = generation + 1, updated_at = now()
      WHERE portal_id = ${ref.portalId} AND id = ${ref.syncId}::uuid AND deleted_at IS NULL`;
      if (count === 0) return false;
      await tx.$executeRaw`
      UPDATE file_folder_sync
      SET pending_action = NULL, pending_action_target = NULL, pending_action_attempts = 0,
          pending_action_last_attempt_at = NULL, pending_action_last_error = NULL,
          pending_action_error_code = NULL, pending_rule = NULL, pending_since = NULL, operation = NULL,
          dirty = false, updated_at = now()
      WHERE portal_id = ${ref.portalId} AND channel_sync_id = ${ref.syncId}::uuid
        AND (pending_action IS NOT NULL OR pending_action_error_code IS NOT NULL OR dirty)`;
      return true;
    },
    { timeoutMs: REMOVE_TIMEOUT_MS },
  );
}

/** Clearing the tombstones of a sync of a million items takes longer than a usual transaction. */
const REMOVE_TIMEOUT_MS = 60_000;

/**
 * Marks that a resync runs, with the caller's key. A halt that a look may release goes back to flowing in the same
 * statement. False where one is marked already, or the state has changed.
 */
export async function beginResync(store: Store, ref: SyncRef, key: string | null): Promise<boolean> {
  const count = await store.prisma.$executeRaw`
    UPDATE channel_sync
    SET resyncing = true, resync_key = ${key}, look_wanted = true,
        generation = CASE WHEN state = 'halted' THEN generation + 1 ELSE generation END,
        state = CASE WHEN state = 'halted' AND (dbx_observed_at IS NULL OR assembly_observed_at IS NULL)
                     THEN 'initial' ELSE 'active' END,
        halt_reason = NULL, halt_id = NULL, halt_items = NULL, updated_at = now()
    WHERE portal_id = ${ref.portalId} AND id = ${ref.syncId}::uuid AND NOT resyncing
      AND (state = 'active'
           OR state = 'halted' AND halt_reason IN ('mass_delete', 'channel_missing', 'channel_emptied'))`;
  return count > 0;
}

/** Whether a resync of the sync runs; the key of the one before is kept unless another is given. */
export async function setResyncing(
  store: Store,
  ref: SyncRef,
  resyncing: boolean,
  key?: string | null,
): Promise<void> {
  await store.prisma.channelSync.updateMany({
    where: { portalId: ref.portalId, id: ref.syncId, deletedAt: null },
    data: { resyncing, ...(key === undefined ? {} : { resyncKey: key }) },
  });
}

/** A full look at every flowing sync of the portal is owed: a connection came back. Returns their ids. */
export async function wantLooks(store: Store, portalId: string): Promise<string[]> {
  const rows = await store.prisma.$queryRaw<{ id: string }[]>`
    UPDATE channel_sync SET look_wanted = true, updated_at = now()
    WHERE portal_id = ${portalId} AND state IN ('initial', 'active')
    RETURNING id::text`;
  return rows.map((row) => row.id);
}
