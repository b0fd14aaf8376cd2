import type { Side, SyncRef } from '../domain/types';
import type { Tx } from './client';

/**
 * Deletes that are owed and not yet begun, against what each side holds. Those that a person let go ahead are not among
 * them, however long they take: they were owed when the approval was spent.
 */
export interface DeleteLoad {
  readonly target: Side;
  readonly deletes: number;
  readonly items: number;
}

export async function deleteLoad(tx: Tx, ref: SyncRef): Promise<DeleteLoad[]> {
  return await tx.$queryRaw<DeleteLoad[]>`
    SELECT t.target,
      (SELECT count(*)::int FROM file_folder_sync i
       WHERE i.portal_id = ${ref.portalId} AND i.channel_sync_id = ${ref.syncId}::uuid
         AND i.pending_action = 'delete' AND i.pending_action_target = t.target
         AND i.pending_action_attempts = 0
         AND i.pending_since > coalesce((s.halt_items ->> 'approvedAt')::timestamptz, '-infinity')) AS deletes,
      (SELECT count(*)::int FROM file_folder_sync i
       WHERE i.portal_id = ${ref.portalId} AND i.channel_sync_id = ${ref.syncId}::uuid
         AND i.deleted_at IS NULL AND i.base_at IS NOT NULL) AS items
    FROM (VALUES ('dropbox'), ('assembly')) AS t(target)
    JOIN channel_sync s ON s.portal_id = ${ref.portalId} AND s.id = ${ref.syncId}::uuid`;
}

/** The first paths of the deletes that are owed on a side, for the person who decides. */
export async function owedDeletePaths(
  tx: Tx,
  ref: SyncRef,
  target: Side,
  limit: number,
): Promise<{ path: string; object: string }[]> {
  return await tx.$queryRaw<{ path: string; object: string }[]>`
    SELECT i.item_path AS path, i.object FROM file_folder_sync i
    WHERE i.portal_id = ${ref.portalId} AND i.channel_sync_id = ${ref.syncId}::uuid
      AND i.pending_action = 'delete' AND i.pending_action_target = ${target}
    ORDER BY i.item_path LIMIT ${limit}`;
}

/** Stops the sync until a person decides. The generation rises, so that late jobs find out (I7). */
export async function haltSync(
  tx: Tx,
  ref: SyncRef,
  halt: { id: string; reason: string; items: { count: number; target: Side; first: unknown[] } | null },
): Promise<void> {
  await tx.$executeRaw`
    UPDATE channel_sync SET state = 'halted', halt_reason = ${halt.reason}, halt_id = ${halt.id}::uuid,
           halt_items = ${halt.items === null ? null : JSON.stringify(halt.items)}::jsonb, approved_halt_id = NULL,
           generation = generation + 1, resyncing = false, updated_at = now()
    WHERE portal_id = ${ref.portalId} AND id = ${ref.syncId}::uuid AND state IN ('initial', 'active')`;
}

/** An approval counts once, for the deletes that are owed now. */
export async function spendApproval(tx: Tx, ref: SyncRef): Promise<void> {
  await tx.$executeRaw`
    UPDATE channel_sync SET approved_halt_id = NULL,
           halt_items = jsonb_set(coalesce(halt_items, '{}'), '{approvedAt}', to_jsonb(now()))
    WHERE portal_id = ${ref.portalId} AND id = ${ref.syncId}::uuid AND approved_halt_id IS NOT NULL`;
}
