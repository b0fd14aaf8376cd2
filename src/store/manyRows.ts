import type { SyncRef } from '../domain/types';
import type { Tx } from './client';

/** From here on a statement's rows are many: fewer are found one by one in an index. */
const MANY = 500;

/**
 * Tells the planner, for the rest of the transaction, that the statements to come touch many rows of a sync. It has no
 * statistics of what was stored a moment ago, nor of one large sync among many small ones, so it would compare every
 * row of a page with every row of the sync: 2,000 by 20,000 took 20 seconds, and 0.1 with the joins by hash that are
 * left to it here. `before` is what it was told last in this transaction.
 */
export async function expectRows(tx: Tx, rows: number, before = 0): Promise<void> {
  if (rows >= MANY === before >= MANY) return;
  if (rows >= MANY) await tx.$executeRaw`SET LOCAL enable_nestloop = off`;
  else await tx.$executeRaw`SET LOCAL enable_nestloop = on`;
}

/**
 * How much a plan of the sync has to look at: items to be planned, objects that have none and can have one, names that
 * collided; each counted up to many. With 0 there is nothing to plan.
 */
export async function unplannedRows(tx: Tx, ref: SyncRef): Promise<number> {
  const rows = await tx.$queryRaw<{ n: number }[]>`
    SELECT (SELECT count(*) FROM (SELECT FROM file_folder_sync
                                  WHERE portal_id = ${ref.portalId} AND channel_sync_id = ${ref.syncId}::uuid AND dirty
                                    AND deleted_at IS NULL
                                  LIMIT ${MANY}) AS i)::int
      + (SELECT count(*) FROM (SELECT FROM dbx_seen
                               WHERE portal_id = ${ref.portalId} AND channel_sync_id = ${ref.syncId}::uuid AND item_id IS NULL
                               LIMIT ${MANY}) AS d)::int
      + (SELECT count(*) FROM (SELECT FROM assembly_seen
                               WHERE portal_id = ${ref.portalId} AND channel_sync_id = ${ref.syncId}::uuid AND item_id IS NULL
                                 AND status = 'completed' AND object <> 'link'
                               LIMIT ${MANY}) AS a)::int
      + (SELECT count(*) FROM (SELECT FROM file_folder_sync
                               WHERE portal_id = ${ref.portalId} AND channel_sync_id = ${ref.syncId}::uuid
                                 AND deleted_at IS NULL AND pending_action IS NULL
                                 AND pending_action_error_code = 'name_collision'
                               LIMIT ${MANY}) AS c)::int AS n`;
  return rows[0]?.n ?? 0;
}
