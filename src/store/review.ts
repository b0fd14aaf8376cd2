import type { SyncRef } from '../domain/types';
import { Prisma } from '../generated/prisma/client';
import type { Tx } from './client';
import { expectRows } from './manyRows';
import { type DueSettings, due, parentOf, READY } from './ready';

/** Waits that one review looks into, outermost first: what is below them follows. */
const MOST_WAITS = 500;
/** Items that one review plans anew: few enough for a plan of seconds. */
const MOST_ITEMS = 5_000;

const rowsOf = (alias: string, ref: SyncRef) =>
  Prisma.sql`${Prisma.raw(alias)}.portal_id = ${ref.portalId} AND ${Prisma.raw(alias)}.channel_sync_id = ${ref.syncId}::uuid`;

const oneOf = (ids: readonly string[]) =>
  Prisma.sql`IN (SELECT value::uuid FROM jsonb_array_elements_text(${JSON.stringify(ids)}::jsonb))`;

/**
 * In a sync where nothing runs and nothing is ready, whatever is due waits for something that has not happened in this pass. Such
 * operations are planned anew, together with all that they may wait for: the folders that they are to live in or lie in, what
 * holds their place, and what is in a folder that they are to delete or move. One that was to live in a folder that is no item
 * has no place any more, and gets it by where it was seen. A plan that was right comes out as it was, with its attempts;
 * returns how many items are to be planned.
 */
export async function reviewWaits(tx: Tx, ref: SyncRef, options: DueSettings): Promise<number> {
  const waits = await tx.$queryRaw<{ id: string }[]>`
    SELECT i.id::text FROM file_folder_sync i
    WHERE ${rowsOf('i', ref)} AND i.pending_action IS NOT NULL AND NOT i.dirty
      AND i.pending_action_attempts < ${options.maxAttempts} AND ${due(options.backoffSeconds)} AND NOT ${READY}
    ORDER BY array_length(string_to_array(i.item_path, '/'), 1), i.id LIMIT ${MOST_WAITS}`;
  if (waits.length === 0) return 0;
  const ids = waits.map(({ id }) => id);
  const homeless = await takePlaces(tx, ref, ids);
  // A planner without statistics would compare each place with every row of the sync.
  await expectRows(tx, MOST_WAITS);
  const around = await dirtyAround(tx, ref, ids);
  await expectRows(tx, 0, MOST_WAITS);
  return homeless + around;
}

/** Of these, those that are to live in a folder that no live item is have no place from now on. */
async function takePlaces(tx: Tx, ref: SyncRef, ids: readonly string[]): Promise<number> {
  return await tx.$executeRaw`
    UPDATE file_folder_sync i SET dirty = true, path_key = NULL, updated_at = now()
    WHERE ${rowsOf('i', ref)} AND i.id ${oneOf(ids)} AND i.pending_action <> 'delete' AND ${parentOf('i')} <> ''
      AND NOT EXISTS (
        SELECT FROM file_folder_sync f
        WHERE f.channel_sync_id = i.channel_sync_id AND f.deleted_at IS NULL AND f.object = 'folder'
          AND f.path_key = ${parentOf('i')})`;
}

/** What was seen on a side in the folders among `waiting`. */
const below = (seen: 'dbx_seen' | 'assembly_seen') => Prisma.sql`
  SELECT c.item_id FROM waiting w JOIN ${Prisma.raw(seen)} s ON s.item_id = w.id
  CROSS JOIN LATERAL (
    SELECT c.item_id FROM ${Prisma.raw(seen)} c WHERE c.channel_sync_id = s.channel_sync_id
      AND c.path_key ~>=~ (s.path_key || '/') AND c.path_key ~<~ (s.path_key || '0')
    OFFSET 0) AS c
  WHERE w.object = 'folder'`;

/** Dirties these and all items that have to do with their places: where they are to be, and where they were seen. */
async function dirtyAround(tx: Tx, ref: SyncRef, ids: readonly string[]): Promise<number> {
  return await tx.$executeRaw`
    WITH waiting AS MATERIALIZED (
      SELECT i.id, i.object, i.path_key FROM file_folder_sync i WHERE ${rowsOf('i', ref)} AND i.id ${oneOf(ids)}),
    places AS MATERIALIZED (
      SELECT path_key AS key FROM waiting WHERE path_key IS NOT NULL
      UNION SELECT s.path_key FROM waiting w JOIN dbx_seen s ON s.item_id = w.id
      UNION SELECT s.path_key FROM waiting w JOIN assembly_seen s ON s.item_id = w.id),
    -- The places themselves and those of all folders above.
    keys AS MATERIALIZED (
      SELECT DISTINCT array_to_string(p.parts[1 : n], '/') AS key
      FROM (SELECT string_to_array(key, '/') AS parts FROM places) AS p, generate_series(2, array_length(p.parts, 1)) AS n),
    around AS MATERIALIZED (
      SELECT id FROM waiting
      UNION SELECT f.id FROM keys JOIN file_folder_sync f ON ${rowsOf('f', ref)} AND f.path_key = keys.key AND f.deleted_at IS NULL
      UNION SELECT s.item_id FROM keys JOIN dbx_seen s ON ${rowsOf('s', ref)} AND s.path_key = keys.key
      UNION SELECT s.item_id FROM keys JOIN assembly_seen s ON ${rowsOf('s', ref)} AND s.path_key = keys.key
      UNION (${below('dbx_seen')} LIMIT ${MOST_ITEMS})
      UNION (${below('assembly_seen')} LIMIT ${MOST_ITEMS}))
    UPDATE file_folder_sync i SET dirty = true, updated_at = now() FROM around
    WHERE ${rowsOf('i', ref)} AND i.id = around.id AND i.deleted_at IS NULL AND NOT i.dirty`;
}

/**
 * What owes nothing though the sides don't have it alike is planned anew: what is not synced, for a reason that may be over, and
 * what no plan should have left so. Those that were looked into longest ago come first. Returns how many.
 */
export async function reviewUnlike(tx: Tx, ref: SyncRef): Promise<number> {
  return await tx.$executeRaw`
    UPDATE file_folder_sync i SET dirty = true, updated_at = now()
    FROM (
      SELECT u.id FROM file_folder_sync u
      LEFT JOIN dbx_seen d ON d.item_id = u.id LEFT JOIN assembly_seen a ON a.item_id = u.id
      WHERE ${rowsOf('u', ref)} AND u.deleted_at IS NULL AND u.pending_action IS NULL AND NOT u.dirty
        AND (u.pending_action_error_code IS NOT NULL
          OR (d.path_key = u.path_key AND a.path_key = u.path_key) IS NOT TRUE)
      ORDER BY u.updated_at, u.id LIMIT ${MOST_ITEMS}) AS unlike
    WHERE ${rowsOf('i', ref)} AND i.id = unlike.id`;
}
