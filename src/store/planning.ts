import type { Action, Origin, Side, SyncRef } from '../domain/types';
import { Prisma } from '../generated/prisma/client';
import type { Tx } from './client';
import { ITEM_COLUMNS, ITEM_TABLES, type ItemRow, itemRecord } from './items';
import type { ItemRecord } from './records';

/** A folder that one side lacks is planned after everything below it: whether it goes depends on that. */
const WAITS = Prisma.sql`(i.object = 'folder' AND i.base_at IS NOT NULL AND NOT (
  EXISTS (SELECT FROM dbx_seen d WHERE d.channel_sync_id = i.channel_sync_id AND d.item_id = i.id)
  AND EXISTS (SELECT FROM assembly_seen a WHERE a.channel_sync_id = i.channel_sync_id AND a.item_id = i.id)))`;

const DEPTH = Prisma.sql`array_length(string_to_array(i.item_path, '/'), 1)`;

/** Dirty items, shallow ones first, with a lock; folders that one side lacks are left for `dirtyGoneFolders`. */
export async function dirtyItems(tx: Tx, ref: SyncRef, limit: number): Promise<ItemRecord[]> {
  return await readPicked(
    tx,
    Prisma.sql`
      SELECT i.id, ${DEPTH} AS depth FROM file_folder_sync i
      WHERE i.portal_id = ${ref.portalId} AND i.channel_sync_id = ${ref.syncId}::uuid AND i.deleted_at IS NULL
        AND i.dirty AND NOT ${WAITS}
      ORDER BY depth, i.id LIMIT ${limit} FOR UPDATE`,
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
    SELECT ${ITEM_COLUMNS} FROM picked JOIN (${ITEM_TABLES}) ON i.id = picked.id ORDER BY picked.depth, i.id`;
  return rows.map(itemRecord);
}

/** Item `item` was seen in folder `folder`; both are names of uuid columns. */
const isIn = (seen: Prisma.Sql, folder: Prisma.Sql, item: Prisma.Sql) => Prisma.sql`EXISTS (
  SELECT FROM ${seen} a JOIN ${seen} b ON b.channel_sync_id = a.channel_sync_id
    AND b.path_key ~>=~ (a.path_key || '/') AND b.path_key ~<~ (a.path_key || '0')
  WHERE a.item_id = ${folder} AND b.item_id = ${item})`;

const isInOnEither = (folder: Prisma.Sql, item: Prisma.Sql) =>
  Prisma.sql`(${isIn(Prisma.raw('assembly_seen'), folder, item)} OR ${isIn(Prisma.raw('dbx_seen'), folder, item)})`;

/**
 * Of these folders, those with live items below them that stay or arrive. `key` is where the folder is meant to live.
 * While another item holds that place, only what was seen in this folder itself counts.
 */
export async function occupiedFolders(
  tx: Tx,
  ref: SyncRef,
  folders: readonly { readonly id: string; readonly key: string }[],
): Promise<Set<string>> {
  if (folders.length === 0) return new Set();
  const rows = await tx.$queryRaw<{ id: string }[]>`
    SELECT f.id::text FROM file_folder_sync f
    JOIN jsonb_to_recordset(${JSON.stringify(folders)}::jsonb) AS w(id uuid, key text) ON w.id = f.id
    WHERE f.portal_id = ${ref.portalId} AND f.channel_sync_id = ${ref.syncId}::uuid AND EXISTS (
        SELECT FROM file_folder_sync c
        WHERE c.channel_sync_id = f.channel_sync_id AND c.deleted_at IS NULL AND c.id <> f.id
          AND c.path_key ~>=~ (w.key || '/') AND c.path_key ~<~ (w.key || '0')
          AND c.pending_action IS DISTINCT FROM 'delete'
          AND (f.path_key IS NOT NULL OR ${isInOnEither(Prisma.raw('f.id'), Prisma.raw('c.id'))}))`;
  return new Set(rows.map((row) => row.id));
}

/** What a plan writes on an item. The base columns are there only when the base advances. */
export interface PlannedRow {
  readonly id: string;
  readonly item_path: string;
  readonly path_key: string | null;
  readonly pinned: boolean;
  readonly conflict_copy: boolean;
  readonly action: Action | null;
  readonly target: Side | null;
  readonly rule: number;
  readonly error_code: string | null;
  readonly error_message: string | null;
  readonly closed: boolean;
  readonly advance: boolean;
  readonly forget_base: boolean;
  /** The item has been given another path and must be planned once more. */
  readonly again?: boolean;
  readonly content_hash?: string | null;
  readonly size?: number | null;
  readonly dbx_file_id?: string | null;
  readonly dbx_rev?: string | null;
  readonly dbx_path?: string | null;
  readonly assembly_file_id?: string | null;
  readonly assembly_path?: string | null;
  readonly assembly_version?: string | null;
}

const SHAPE =
  Prisma.raw(`(id uuid, item_path text, path_key text, pinned boolean, conflict_copy boolean, action text,
  target text, rule int, error_code text, error_message text, closed boolean, advance boolean, forget_base boolean, again boolean,
  content_hash text, size bigint, dbx_file_id text, dbx_rev text, dbx_path text, assembly_file_id text,
  assembly_path text, assembly_version text)`);

/**
 * Writes plans: one statement for a whole batch. A tombstone that stays the same keeps its attempts and its error;
 * a new one starts fresh.
 */
export async function writePlans(
  tx: Tx,
  ref: SyncRef,
  rows: readonly PlannedRow[],
  origin: Origin,
): Promise<void> {
  if (rows.length === 0) return;
  await tx.$executeRaw`
    UPDATE file_folder_sync i SET
      item_path = p.item_path, path_key = p.path_key, pinned = p.pinned, conflict_copy = p.conflict_copy,
      dirty = coalesce(p.again, false), pending_action = p.action, pending_action_target = p.target, pending_rule = p.rule,
      pending_since = CASE WHEN p.action IS NULL THEN NULL
        WHEN (i.pending_action, i.pending_action_target) IS NOT DISTINCT FROM (p.action, p.target)
        THEN coalesce(i.pending_since, now()) ELSE now() END,
      pending_action_attempts = CASE WHEN p.action IS NOT NULL
        AND (i.pending_action, i.pending_action_target) IS NOT DISTINCT FROM (p.action, p.target)
        THEN i.pending_action_attempts ELSE 0 END,
      pending_action_last_attempt_at = CASE WHEN p.action IS NOT NULL
        AND (i.pending_action, i.pending_action_target) IS NOT DISTINCT FROM (p.action, p.target)
        THEN i.pending_action_last_attempt_at END,
      pending_action_last_error = CASE WHEN p.action IS NOT NULL
        AND (i.pending_action, i.pending_action_target) IS NOT DISTINCT FROM (p.action, p.target)
        THEN i.pending_action_last_error ELSE p.error_message END,
      pending_action_error_code = CASE WHEN p.action IS NOT NULL
        AND (i.pending_action, i.pending_action_target) IS NOT DISTINCT FROM (p.action, p.target)
        THEN i.pending_action_error_code ELSE p.error_code END,
      origin = CASE WHEN p.action IS NOT NULL
        AND (i.pending_action, i.pending_action_target) IS DISTINCT FROM (p.action, p.target)
        THEN ${origin} ELSE i.origin END,
      deleted_at = CASE WHEN p.closed THEN now() END,
      base_at = CASE WHEN p.forget_base THEN NULL WHEN p.advance THEN coalesce(i.base_at, now()) ELSE i.base_at END,
      content_hash = CASE WHEN p.forget_base THEN NULL WHEN p.advance THEN p.content_hash ELSE i.content_hash END,
      size = CASE WHEN p.forget_base THEN NULL WHEN p.advance THEN p.size ELSE i.size END,
      dbx_file_id = CASE WHEN p.advance OR p.forget_base THEN p.dbx_file_id ELSE i.dbx_file_id END,
      dbx_rev = CASE WHEN p.forget_base THEN NULL WHEN p.advance THEN p.dbx_rev ELSE i.dbx_rev END,
      dbx_path = CASE WHEN p.forget_base THEN NULL WHEN p.advance THEN p.dbx_path ELSE i.dbx_path END,
      assembly_file_id = CASE WHEN p.advance OR p.forget_base THEN p.assembly_file_id ELSE i.assembly_file_id END,
      assembly_path = CASE WHEN p.forget_base THEN NULL WHEN p.advance THEN p.assembly_path ELSE i.assembly_path END,
      assembly_version = CASE WHEN p.forget_base THEN NULL WHEN p.advance THEN p.assembly_version
        ELSE i.assembly_version END,
      updated_at = now()
    FROM jsonb_to_recordset(${JSON.stringify(rows)}::jsonb) AS p ${SHAPE}
    WHERE i.portal_id = ${ref.portalId} AND i.channel_sync_id = ${ref.syncId}::uuid AND i.id = p.id`;
}

/** A folder's place as it was planned before, and the one that it is to have now. */
export interface FolderMove {
  readonly fromKey: string;
  /** The folder's item, where another item has its old place: then only what was seen in this folder moves along. */
  readonly onlyIn: string | null;
  readonly toPath: string;
  readonly toKey: string;
}

/**
 * Goals of folders have moved: what is meant to live below one moves along and is planned again. All at once, each
 * item with the innermost of its folders, so that two that change places do not take each other's children. Those of
 * `placed`, which have moved by themselves at the same time, are only planned again: their places come from where they
 * were seen. Paths are cut by components: the spelling of the folder in an item's path may have another length than
 * its own.
 */
export async function rebaseBelow(
  tx: Tx,
  ref: SyncRef,
  moves: readonly FolderMove[],
  placed: readonly string[],
): Promise<void> {
  if (moves.length === 0) return;
  await tx.$executeRaw`
    WITH moves AS (
      SELECT * FROM jsonb_to_recordset(${JSON.stringify(moves)}::jsonb) AS m ("fromKey" text, "onlyIn" uuid, "toPath" text, "toKey" text)),
    carried AS (
      SELECT DISTINCT ON (c.id) c.id, m.* FROM moves m CROSS JOIN LATERAL (
        SELECT i.id FROM file_folder_sync i
        WHERE i.channel_sync_id = ${ref.syncId}::uuid AND i.deleted_at IS NULL
          AND i.path_key ~>=~ (m."fromKey" || '/') AND i.path_key ~<~ (m."fromKey" || '0')
          AND (m."onlyIn" IS NULL OR ${isInOnEither(Prisma.raw('m."onlyIn"'), Prisma.raw('i.id'))})
        OFFSET 0) AS c
      ORDER BY c.id, length(m."fromKey") DESC)
    UPDATE file_folder_sync i SET dirty = true, updated_at = now(),
      item_path = CASE WHEN p.id IS NOT NULL THEN i.item_path ELSE c."toPath" || '/' || array_to_string(
        (string_to_array(i.item_path, '/'))[array_length(string_to_array(c."fromKey", '/'), 1) + 1 :], '/') END,
      path_key = CASE WHEN p.id IS NOT NULL THEN i.path_key
        ELSE c."toKey" || substr(i.path_key, length(c."fromKey") + 1) END
    FROM carried c LEFT JOIN jsonb_array_elements_text(${JSON.stringify(placed)}::jsonb) AS p(id) ON p.id = c.id::text
    WHERE i.portal_id = ${ref.portalId} AND i.channel_sync_id = ${ref.syncId}::uuid AND i.id = c.id`;
}

/** Folders on their way out that something new has come to live in are planned again. */
export async function dirtyLeavingFolders(tx: Tx, ref: SyncRef, keys: readonly string[]): Promise<void> {
  if (keys.length === 0) return;
  await tx.$executeRaw`
    UPDATE file_folder_sync i SET dirty = true
    WHERE i.portal_id = ${ref.portalId} AND i.channel_sync_id = ${ref.syncId}::uuid AND i.deleted_at IS NULL
      AND i.object = 'folder' AND i.pending_action = 'delete'
      AND (i.path_key IN (SELECT jsonb_array_elements_text(${JSON.stringify(keys)}::jsonb))
        -- One that lost its place to another item is still where it was seen.
        OR i.path_key IS NULL AND i.dbx_file_id IS NOT NULL AND EXISTS (
          SELECT FROM assembly_seen s WHERE s.item_id = i.id
            AND s.path_key IN (SELECT jsonb_array_elements_text(${JSON.stringify(keys)}::jsonb))))`;
}

/**
 * What is in folders that are to be deleted on Dropbox, and lives elsewhere, is planned again: it thought that the folder
 * would carry it there.
 */
export async function dirtyStranded(tx: Tx, ref: SyncRef, folderIds: readonly string[]): Promise<void> {
  if (folderIds.length === 0) return;
  await tx.$executeRaw`
    UPDATE file_folder_sync i SET dirty = true, updated_at = now()
    FROM dbx_seen f JOIN dbx_seen s ON s.channel_sync_id = f.channel_sync_id AND s.parent_key = f.path_key
    WHERE f.portal_id = ${ref.portalId} AND f.channel_sync_id = ${ref.syncId}::uuid AND f.object = 'folder'
      AND i.id = s.item_id AND i.portal_id = ${ref.portalId} AND i.path_key IS NOT NULL AND i.pending_action IS NULL
      AND i.path_key <> s.path_key
      AND f.item_id IN (SELECT jsonb_array_elements_text(${JSON.stringify(folderIds)}::jsonb)::uuid)`;
}

/**
 * Below folders of Assembly that Dropbox can't tell from others only the folders are listed: what was to be created from
 * in them is no item any more, and becomes one when the folder can be told apart.
 */
export async function forgetBelow(tx: Tx, ref: SyncRef, folderIds: readonly string[]): Promise<void> {
  if (folderIds.length === 0) return;
  await tx.$executeRaw`
    WITH forgotten AS (
      UPDATE file_folder_sync i SET deleted_at = now(), path_key = NULL, dirty = false, pending_action = NULL,
        pending_action_target = NULL, pending_since = NULL, operation = NULL, updated_at = now()
      FROM assembly_seen f JOIN assembly_seen s ON s.channel_sync_id = f.channel_sync_id
        AND left(s.path, length(f.path) + 1) = f.path || '/'
      WHERE f.portal_id = ${ref.portalId} AND f.channel_sync_id = ${ref.syncId}::uuid AND f.object = 'folder'
        AND f.item_id IN (SELECT jsonb_array_elements_text(${JSON.stringify(folderIds)}::jsonb)::uuid)
        AND i.id = s.item_id AND i.portal_id = ${ref.portalId} AND i.base_at IS NULL AND i.deleted_at IS NULL
        AND NOT EXISTS (SELECT FROM dbx_seen d WHERE d.item_id = i.id)
      RETURNING i.id)
    UPDATE assembly_seen s SET item_id = NULL FROM forgotten
    WHERE s.portal_id = ${ref.portalId} AND s.channel_sync_id = ${ref.syncId}::uuid AND s.item_id = forgotten.id`;
}

/** Takes the place from an item that is on its way out, or sends it to be planned anew without one. */
export async function releaseClaims(tx: Tx, ref: SyncRef, itemIds: readonly string[]): Promise<void> {
  if (itemIds.length === 0) return;
  await tx.$executeRaw`
    UPDATE file_folder_sync SET path_key = NULL, dirty = true
    WHERE portal_id = ${ref.portalId} AND channel_sync_id = ${ref.syncId}::uuid AND id IN (SELECT value::uuid FROM jsonb_array_elements_text(${JSON.stringify(itemIds)}::jsonb))`;
}

/** Sends an item to live at a conflict path, whatever the sides say, and to be planned anew. */
export async function pinToPath(
  tx: Tx,
  ref: SyncRef,
  itemId: string,
  to: { path: string; key: string },
): Promise<void> {
  await tx.$executeRaw`
    UPDATE file_folder_sync SET item_path = ${to.path}, path_key = ${to.key}, pinned = true, conflict_copy = true,
           dirty = true, updated_at = now()
    WHERE id = ${itemId}::uuid AND portal_id = ${ref.portalId} AND channel_sync_id = ${ref.syncId}::uuid`;
  await dirtyBelowOnAssembly(tx, ref, [itemId]);
}

/** What lies below a folder on Assembly is planned anew: the folder is to live under another name than they thought. */
export async function dirtyBelowOnAssembly(tx: Tx, ref: SyncRef, itemIds: readonly string[]): Promise<void> {
  if (itemIds.length === 0) return;
  await tx.$executeRaw`
    UPDATE file_folder_sync i SET dirty = true, updated_at = now()
    FROM assembly_seen f JOIN assembly_seen s ON s.channel_sync_id = f.channel_sync_id
      AND s.path_key ~>=~ (f.path_key || '/') AND s.path_key ~<~ (f.path_key || '0')
    WHERE f.portal_id = ${ref.portalId} AND f.channel_sync_id = ${ref.syncId}::uuid AND i.id = s.item_id AND i.portal_id = ${ref.portalId}
      AND f.item_id IN (SELECT value::uuid FROM jsonb_array_elements_text(${JSON.stringify(itemIds)}::jsonb))`;
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

/** Splits Assembly's version of an item off as an item of its own, at a path of its own, never agreed on yet. */
export async function splitConflictCopy(
  tx: Tx,
  ref: SyncRef,
  item: ItemRecord,
  copy: { id: string; path: string; key: string },
  origin: Origin,
): Promise<void> {
  await tx.$executeRaw`
    UPDATE file_folder_sync SET assembly_file_id = NULL, base_at = NULL, content_hash = NULL, size = NULL,
           dbx_rev = NULL, dbx_path = NULL, assembly_path = NULL, assembly_version = NULL,
           dbx_file_id = ${item.dropbox?.id ?? null}, dirty = true, pending_action_attempts = 0
    WHERE id = ${item.id}::uuid AND portal_id = ${ref.portalId}`;
  await tx.$executeRaw`
    INSERT INTO file_folder_sync (id, portal_id, channel_sync_id, object, item_path, path_key, pinned, conflict_copy,
                                  assembly_file_id, origin, dirty)
    VALUES (${copy.id}::uuid, ${ref.portalId}, ${ref.syncId}::uuid, ${item.object}, ${copy.path}, ${copy.key}, true,
            true, ${item.assembly!.id}, ${origin}, true)`;
  await tx.$executeRaw`
    UPDATE assembly_seen SET item_id = ${copy.id}::uuid
    WHERE portal_id = ${ref.portalId} AND channel_sync_id = ${ref.syncId}::uuid AND id = ${item.assembly!.id}`;
}
