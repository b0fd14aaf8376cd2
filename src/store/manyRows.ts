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

/** What a plan of a sync has to look at, each counted up to many. */
export interface Unplanned {
  /** Items to be planned. */
  readonly items: number;
  /** Objects of either side that have no item and can have one. */
  readonly dropbox: number;
  readonly assembly: number;
  /** Items whose name collided. */
  readonly collided: number;
  /** How many rows the plan's statements are to expect; 0 where there is nothing to plan. */
  readonly rows: number;
}

/**
 * How much a plan of the sync has to look at. A few are as good as many where the sync has many items and the planner was
 * last told of few, as after a first plan: it would compare all of them with all, several times.
 */
export async function unplanned(tx: Tx, ref: SyncRef): Promise<Unplanned> {
  const rows = await tx.$queryRaw<(Omit<Unplanned, 'rows'> & { unexpected: boolean })[]>`
    SELECT (SELECT reltuples < ${MANY} FROM pg_class WHERE oid = 'file_folder_sync'::regclass)
        AND EXISTS (SELECT FROM file_folder_sync
                    WHERE portal_id = ${ref.portalId} AND channel_sync_id = ${ref.syncId}::uuid
                    OFFSET ${MANY - 1}) AS unexpected,
      (SELECT count(*) FROM (SELECT FROM file_folder_sync
                             WHERE portal_id = ${ref.portalId} AND channel_sync_id = ${ref.syncId}::uuid AND dirty
                               AND deleted_at IS NULL
                             LIMIT ${MANY}) AS i)::int AS items,
      (SELECT count(*) FROM (SELECT FROM dbx_seen
                             WHERE portal_id = ${ref.portalId} AND channel_sync_id = ${ref.syncId}::uuid AND item_id IS NULL
                             LIMIT ${MANY}) AS d)::int AS dropbox,
      (SELECT count(*) FROM (SELECT FROM assembly_seen
                             WHERE portal_id = ${ref.portalId} AND channel_sync_id = ${ref.syncId}::uuid AND item_id IS NULL
                               AND status = 'completed' AND object <> 'link'
                             LIMIT ${MANY}) AS a)::int AS assembly,
      (SELECT count(*) FROM (SELECT FROM file_folder_sync
                             WHERE portal_id = ${ref.portalId} AND channel_sync_id = ${ref.syncId}::uuid
                               AND deleted_at IS NULL AND pending_action IS NULL
                               AND pending_action_error_code = 'name_collision'
                             LIMIT ${MANY}) AS c)::int AS collided`;
  const { unexpected, ...found } = rows[0]!;
  const sum = found.items + found.dropbox + found.assembly + found.collided;
  return { ...found, rows: sum > 0 && unexpected ? Math.max(sum, MANY) : sum };
}
