import type { SyncRef } from '../domain/types';
import type { Tx } from './client';

/** From here on a statement's rows are many: fewer are found one by one in an index. */
const MANY = 500;

export const isMany = (rows: number): boolean => rows >= MANY;

/**
 * Tells the planner, for the rest of the transaction, that the statements to come touch many rows of a sync. It has no
 * statistics of what was stored a moment ago, nor of one large sync among many small ones, so it would compare every
 * row of a page with every row of the sync: 2,000 by 20,000 took 20 seconds, and 0.1 with the joins by hash that are
 * left to it here. `before` is what it was told last in this transaction.
 */
export async function expectRows(tx: Tx, rows: number, before = 0): Promise<void> {
  if (isMany(rows) === isMany(before)) return;
  if (isMany(rows)) await tx.$executeRaw`SET LOCAL enable_nestloop = off`;
  else await tx.$executeRaw`SET LOCAL enable_nestloop = on`;
}

/**
 * How much a plan of the sync has to look at: items to be planned, objects that have none and can have one, names that
 * collided; each counted up to many. With 0 there is nothing to plan. A few are as good as many where the sync has many
 * items and the planner was last told of few, as after a first plan: it would compare all of them with all, several times.
 */
export async function unplannedRows(tx: Tx, ref: SyncRef): Promise<number> {
  const rows = await tx.$queryRaw<{ n: number; unexpected: boolean }[]>`
    SELECT (SELECT reltuples < ${MANY} FROM pg_class WHERE oid = 'file_folder_sync'::regclass)
        AND EXISTS (SELECT FROM file_folder_sync
                    WHERE portal_id = ${ref.portalId} AND channel_sync_id = ${ref.syncId}::uuid
                    OFFSET ${MANY - 1}) AS unexpected,
      (SELECT count(*) FROM (SELECT FROM file_folder_sync
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
  const { n, unexpected } = rows[0]!;
  return n > 0 && unexpected ? Math.max(n, MANY) : n;
}
