import type { ObjectKind, SyncRef } from '../domain/types';
import { Prisma } from '../generated/prisma/client';
import type { Tx } from './client';
import { ITEM_COLUMNS, ITEM_TABLES, type ItemRow, itemRecord } from './items';
import type { ItemRecord } from './records';
import { isInOnEither } from './seenIn';

/** A folder that one side lacks is planned after everything below it: whether it goes depends on that. */
const WAITS = Prisma.sql`(i.object = 'folder' AND i.base_at IS NOT NULL AND NOT (
  EXISTS (SELECT FROM dbx_seen d WHERE d.channel_sync_id = i.channel_sync_id AND d.item_id = i.id)
  AND EXISTS (SELECT FROM assembly_seen a WHERE a.channel_sync_id = i.channel_sync_id AND a.item_id = i.id)))`;

const FOLDERS_FIRST = Prisma.sql`i.object <> 'folder'`;

const DEPTH = Prisma.sql`array_length(string_to_array(i.item_path, '/'), 1)`;

/**
 * Dirty items with a lock, folders first, since what is in a folder is placed by it; shallow ones before deeper ones.
 * Folders that one side lacks are left for `dirtyGoneFolders`.
 */
export async function dirtyItems(tx: Tx, ref: SyncRef, limit: number): Promise<ItemRecord[]> {
  return await readPicked(
    tx,
    Prisma.sql`
      SELECT i.id, ${DEPTH} AS depth FROM file_folder_sync i
      WHERE i.portal_id = ${ref.portalId} AND i.channel_sync_id = ${ref.syncId}::uuid AND i.deleted_at IS NULL
        AND i.dirty AND NOT ${WAITS}
      ORDER BY ${FOLDERS_FIRST}, depth, i.id LIMIT ${limit} FOR UPDATE`,
  );
}

/**
 * The deepest of the dirty folders that one side lacks. All of one depth: none of them is in another, so what becomes of
 * one decides nothing about the next.
 */
export async function dirtyGoneFolders(tx: Tx, ref: SyncRef, limit: number): Promise<ItemRecord[]> {
  return await readPicked(
    tx,
    Prisma.sql`
      WITH gone AS MATERIALIZED (
        SELECT i.id, ${DEPTH} AS depth FROM file_folder_sync i
        WHERE i.portal_id = ${ref.portalId} AND i.channel_sync_id = ${ref.syncId}::uuid AND i.deleted_at IS NULL
          AND i.dirty AND ${WAITS}
        FOR UPDATE)
      SELECT id, depth FROM gone WHERE depth = (SELECT max(depth) FROM gone) ORDER BY id LIMIT ${limit}`,
  );
}

/** Joins with both sides only what was picked: the rest of a large sync is sorted by two columns, not by forty. */
async function readPicked(tx: Tx, picked: Prisma.Sql): Promise<ItemRecord[]> {
  const rows = await tx.$queryRaw<ItemRow[]>`
    WITH picked AS MATERIALIZED (${picked})
    SELECT ${ITEM_COLUMNS} FROM picked JOIN (${ITEM_TABLES}) ON i.id = picked.id ORDER BY ${FOLDERS_FIRST}, picked.depth, i.id`;
  return rows.map(itemRecord);
}

/**
 * Of these folders, those with live items below them that stay or arrive, or with what is no item since a folder above is
 * not synced. `key` is where the folder is meant to live. While another item holds that place, only what was seen in this
 * folder itself counts.
 */
export async function occupiedFolders(
  tx: Tx,
  ref: SyncRef,
  folders: readonly { readonly id: string; readonly key: string }[],
): Promise<Set<string>> {
  if (folders.length === 0) return new Set();
  const rows = await tx.$queryRaw<{ id: string }[]>`
    WITH loose AS MATERIALIZED (
      SELECT 'dropbox' AS side, path, path_key FROM dbx_seen
      WHERE portal_id = ${ref.portalId} AND channel_sync_id = ${ref.syncId}::uuid AND item_id IS NULL
      UNION ALL SELECT 'assembly', path, path_key FROM assembly_seen
      WHERE portal_id = ${ref.portalId} AND channel_sync_id = ${ref.syncId}::uuid AND item_id IS NULL
        AND status = 'completed' AND object <> 'link')
    SELECT f.id::text FROM file_folder_sync f
    JOIN jsonb_to_recordset(${JSON.stringify(folders)}::jsonb) AS w(id uuid, key text) ON w.id = f.id
    WHERE f.portal_id = ${ref.portalId} AND f.channel_sync_id = ${ref.syncId}::uuid AND (EXISTS (
        SELECT FROM loose JOIN dbx_seen own ON loose.side = 'dropbox' AND starts_with(loose.path_key, own.path_key || '/')
        WHERE own.item_id = f.id
      ) OR EXISTS (
        SELECT FROM loose JOIN assembly_seen own ON loose.side = 'assembly' AND starts_with(loose.path, own.path || '/')
        WHERE own.item_id = f.id
      ) OR EXISTS (
        SELECT FROM file_folder_sync c
        WHERE c.channel_sync_id = f.channel_sync_id AND c.deleted_at IS NULL AND c.id <> f.id
          AND c.path_key ~>=~ (w.key || '/') AND c.path_key ~<~ (w.key || '0')
          AND c.pending_action IS DISTINCT FROM 'delete'
          AND (f.path_key IS NOT NULL OR ${isInOnEither(Prisma.raw('f.id'), Prisma.raw('c.id'))})))`;
  return new Set(rows.map((row) => row.id));
}

/** Of these keys, those that an item claims or an object of either side holds. */
export async function takenKeys(tx: Tx, ref: SyncRef, keys: readonly string[]): Promise<Set<string>> {
  const list = JSON.stringify(keys);
  const rows = await tx.$queryRaw<{ key: string }[]>`
    SELECT path_key AS key FROM file_folder_sync
    WHERE portal_id = ${ref.portalId} AND channel_sync_id = ${ref.syncId}::uuid AND deleted_at IS NULL
      AND path_key IN (SELECT jsonb_array_elements_text(${list}::jsonb))
    UNION SELECT path_key FROM dbx_seen
    WHERE portal_id = ${ref.portalId} AND channel_sync_id = ${ref.syncId}::uuid AND path_key IN (SELECT jsonb_array_elements_text(${list}::jsonb))
    UNION SELECT path_key FROM assembly_seen
    WHERE portal_id = ${ref.portalId} AND channel_sync_id = ${ref.syncId}::uuid AND path_key IN (SELECT jsonb_array_elements_text(${list}::jsonb))`;
  return new Set(rows.map((row) => row.key));
}

/** Of these keys, those at which Assembly holds an object that is only listed, for its name. */
export async function collidedKeys(
  tx: Tx,
  ref: SyncRef,
  keys: readonly string[],
): Promise<Map<string, ReadonlySet<ObjectKind>>> {
  const held = new Map<string, Set<ObjectKind>>();
  if (keys.length === 0) return held;
  const rows = await tx.$queryRaw<{ key: string; object: ObjectKind }[]>`
    SELECT DISTINCT s.path_key AS key, i.object FROM assembly_seen s JOIN file_folder_sync i ON i.id = s.item_id
    WHERE s.portal_id = ${ref.portalId} AND s.channel_sync_id = ${ref.syncId}::uuid
      AND s.path_key IN (SELECT jsonb_array_elements_text(${JSON.stringify(keys)}::jsonb))
      AND i.pending_action IS NULL AND i.pending_action_error_code = 'name_collision'`;
  for (const { key, object } of rows) held.set(key, (held.get(key) ?? new Set()).add(object));
  return held;
}
