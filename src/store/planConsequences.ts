import { otherSide, type Side, type SyncRef } from '../domain/types';
import { Prisma } from '../generated/prisma/client';
import type { Tx } from './client';
import { isOldSelf } from './oldSelves';
import { isInOnEither, SEEN } from './seenIn';

/** A folder's place as it was planned before, and the one that it is to have now. */
export interface FolderMove {
  readonly fromKey: string;
  /**
   * The folder's item, where another one may have its old place: then only what was seen in this folder moves along. In a
   * file's place nothing else can live.
   */
  readonly onlyIn: string | null;
  readonly toPath: string;
  readonly toKey: string;
}

/** A folder's item that was closed, and where it was to live. */
export interface ClosedFolder {
  readonly id: string;
  readonly key: string;
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
          AND (m."onlyIn" IS NULL OR ${isInOnEither(Prisma.raw('m."onlyIn"'), Prisma.raw('i.id'))} OR EXISTS (
            SELECT FROM file_folder_sync h WHERE h.channel_sync_id = i.channel_sync_id AND h.deleted_at IS NULL
              AND h.path_key = m."fromKey" AND h.object = 'file'))
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

/** What is in folders that have moved and on one side alone is planned again: its place may not have moved along. */
export async function dirtyAloneBelow(tx: Tx, ref: SyncRef, folderIds: readonly string[]): Promise<void> {
  if (folderIds.length === 0) return;
  for (const side of ['dropbox', 'assembly'] as const) {
    await dirtyBelowOn(
      tx,
      ref,
      side,
      folderIds,
      Prisma.sql`AND i.deleted_at IS NULL AND NOT i.dirty
        AND NOT EXISTS (SELECT FROM ${SEEN[otherSide(side)]} o WHERE o.item_id = i.id)`,
    );
  }
}

/**
 * Folders on their way out that something new has come to live in, or where something of `staying` was seen, are planned
 * again.
 */
export async function dirtyLeavingFolders(
  tx: Tx,
  ref: SyncRef,
  keys: readonly string[],
  staying: readonly string[],
): Promise<void> {
  if (keys.length === 0) return;
  await tx.$executeRaw`
    UPDATE file_folder_sync i SET dirty = true
    WHERE i.portal_id = ${ref.portalId} AND i.channel_sync_id = ${ref.syncId}::uuid AND i.deleted_at IS NULL
      AND i.object = 'folder' AND i.pending_action = 'delete'
      AND (i.path_key IN (SELECT jsonb_array_elements_text(${JSON.stringify(keys)}::jsonb))
        -- One that lost its place to another item is still where it was seen.
        OR i.path_key IS NULL AND (
          EXISTS (SELECT FROM dbx_seen s WHERE s.item_id = i.id
            AND s.path_key IN (SELECT jsonb_array_elements_text(${JSON.stringify(keys)}::jsonb)))
          OR NOT ${isOldSelf('i')} AND EXISTS (SELECT FROM assembly_seen s WHERE s.item_id = i.id
            AND s.path_key IN (SELECT jsonb_array_elements_text(${JSON.stringify(keys)}::jsonb)))
          OR NOT ${isOldSelf('i')} AND EXISTS (
            SELECT FROM jsonb_array_elements_text(${JSON.stringify(staying)}::jsonb) AS c(id)
            WHERE ${isInOnEither(Prisma.raw('i.id'), Prisma.raw('c.id::uuid'))})))`;
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

/** What lies below a folder on Assembly is planned anew: the folder is to live under another name than they thought. */
export const dirtyBelowOnAssembly = (tx: Tx, ref: SyncRef, itemIds: readonly string[]): Promise<void> =>
  dirtyBelowOn(tx, ref, 'assembly', itemIds);

/** The same for what owes nothing there: what does owe something, or is new, was planned by where it was put. */
export const dirtySettledBelowOnAssembly = (
  tx: Tx,
  ref: SyncRef,
  itemIds: readonly string[],
): Promise<void> =>
  dirtyBelowOn(
    tx,
    ref,
    'assembly',
    itemIds,
    Prisma.sql`AND i.base_at IS NOT NULL AND i.deleted_at IS NULL AND i.pending_action IS NULL`,
  );

/** What lies below folders, on either side, is planned anew: whether it can follow has changed with them. */
export async function dirtyBelow(tx: Tx, ref: SyncRef, folderIds: readonly string[]): Promise<void> {
  for (const side of ['dropbox', 'assembly'] as const) await dirtyBelowOn(tx, ref, side, folderIds);
}

async function dirtyBelowOn(
  tx: Tx,
  ref: SyncRef,
  side: Side,
  itemIds: readonly string[],
  only: Prisma.Sql = Prisma.empty,
): Promise<void> {
  if (itemIds.length === 0) return;
  await tx.$executeRaw`
    WITH ids AS MATERIALIZED (
      SELECT value::uuid AS id FROM jsonb_array_elements_text(${JSON.stringify(itemIds)}::jsonb)),
    -- The few folders first: of what lies below them a planner without statistics would compare all with all.
    folders AS MATERIALIZED (
      SELECT f.path_key FROM (
        SELECT id FROM ids UNION ALL
        SELECT old.id FROM ids JOIN file_folder_sync old ON old.old_self_of = ids.id AND old.deleted_at IS NULL) AS own
      JOIN ${SEEN[side]} f ON f.item_id = own.id
      WHERE f.portal_id = ${ref.portalId} AND f.channel_sync_id = ${ref.syncId}::uuid),
    below AS MATERIALIZED (
      SELECT DISTINCT s.item_id FROM folders f CROSS JOIN LATERAL (
        SELECT s.item_id FROM ${SEEN[side]} s
        WHERE s.channel_sync_id = ${ref.syncId}::uuid AND s.item_id IS NOT NULL
          AND s.path_key ~>=~ (f.path_key || '/') AND s.path_key ~<~ (f.path_key || '0')
        OFFSET 0) AS s)
    UPDATE file_folder_sync i SET dirty = true, updated_at = now() FROM below
    WHERE i.portal_id = ${ref.portalId} AND i.id = below.item_id ${only}`;
}

/** The old selves of folders that are gone stand for themselves from now on, and with them what is in them. */
export async function dirtyOldSelves(tx: Tx, ref: SyncRef, folderIds: readonly string[]): Promise<void> {
  if (folderIds.length === 0) return;
  const left = await tx.$queryRaw<{ id: string }[]>`
    UPDATE file_folder_sync i SET dirty = true, updated_at = now()
    WHERE i.portal_id = ${ref.portalId} AND i.channel_sync_id = ${ref.syncId}::uuid AND i.deleted_at IS NULL
      AND i.old_self_of IN (SELECT value::uuid FROM jsonb_array_elements_text(${JSON.stringify(folderIds)}::jsonb))
    RETURNING i.id::text`;
  await dirtyBelowOnAssembly(
    tx,
    ref,
    left.map(({ id }) => id),
  );
}

/**
 * What has its place below folders that are no items any more, where no other folder has taken theirs, has none from now on:
 * it is planned anew by where it is, such as in a folder of Assembly that has become another item's.
 */
export async function dirtyHomeless(tx: Tx, ref: SyncRef, folders: readonly ClosedFolder[]): Promise<void> {
  if (folders.length === 0) return;
  await tx.$executeRaw`
    UPDATE file_folder_sync i SET dirty = true, path_key = NULL, updated_at = now()
    FROM (
      SELECT DISTINCT c.id FROM jsonb_to_recordset(${JSON.stringify(folders)}::jsonb) AS g (id uuid, key text)
      JOIN file_folder_sync f ON f.id = g.id AND f.object = 'folder'
      CROSS JOIN LATERAL (
        SELECT b.id FROM file_folder_sync b
        WHERE b.channel_sync_id = ${ref.syncId}::uuid AND b.deleted_at IS NULL
          AND b.path_key ~>=~ (g.key || '/') AND b.path_key ~<~ (g.key || '0')
        OFFSET 0) AS c
      WHERE f.portal_id = ${ref.portalId} AND f.channel_sync_id = ${ref.syncId}::uuid AND NOT EXISTS (
        SELECT FROM file_folder_sync o WHERE o.channel_sync_id = f.channel_sync_id AND o.deleted_at IS NULL
          AND o.object = 'folder' AND o.path_key = g.key)) AS homeless
    WHERE i.portal_id = ${ref.portalId} AND i.channel_sync_id = ${ref.syncId}::uuid AND i.id = homeless.id`;
}

/**
 * Below folders that the other side can't hold, or not tell from others, only the folders are listed: what was to be
 * created from in them, for the first time or once more, is no item any more, and becomes one when the folder can be.
 */
export async function forgetBelow(tx: Tx, ref: SyncRef, folderIds: readonly string[]): Promise<void> {
  if (folderIds.length === 0) return;
  for (const side of ['dropbox', 'assembly'] as const) await forgetBelowOn(tx, ref, side, folderIds);
}

/** `s` is in the old self, below `f`, of a folder that lives elsewhere. */
const IN_OLD_SELF = Prisma.sql`EXISTS (
  SELECT FROM assembly_seen g JOIN file_folder_sync o ON o.id = g.item_id
  WHERE g.channel_sync_id = f.channel_sync_id AND g.object = 'folder'
    AND g.path_key ~>=~ (f.path_key || '/') AND g.path_key ~<~ (f.path_key || '0')
    AND starts_with(s.path, g.path || '/') AND ${isOldSelf('o')})`;

async function forgetBelowOn(tx: Tx, ref: SyncRef, side: Side, folderIds: readonly string[]): Promise<void> {
  const here = SEEN[side];
  // Assembly may hold another folder whose name differs in letter case alone.
  const inVeryFolder =
    side === 'dropbox' ? Prisma.sql`true` : Prisma.sql`left(s.path, length(f.path) + 1) = f.path || '/'`;
  const goesAlong = side === 'dropbox' ? Prisma.sql`false` : IN_OLD_SELF;
  await tx.$executeRaw`
    WITH forgotten AS (
      UPDATE file_folder_sync i SET deleted_at = now(), path_key = NULL, dirty = false, pending_action = NULL,
        pending_action_target = NULL, pending_since = NULL, updated_at = now()
      FROM ${here} f JOIN ${here} s ON s.channel_sync_id = f.channel_sync_id
        AND s.path_key ~>=~ (f.path_key || '/') AND s.path_key ~<~ (f.path_key || '0')
        AND ${inVeryFolder}
      WHERE f.portal_id = ${ref.portalId} AND f.channel_sync_id = ${ref.syncId}::uuid AND f.object = 'folder'
        AND f.item_id IN (SELECT jsonb_array_elements_text(${JSON.stringify(folderIds)}::jsonb)::uuid)
        AND i.id = s.item_id AND i.portal_id = ${ref.portalId} AND i.deleted_at IS NULL
        AND (i.base_at IS NULL OR i.pending_action = 'create'
          OR i.pending_action IS NULL AND i.pending_action_error_code IS NOT NULL)
        AND NOT ${goesAlong} AND NOT ${isOldSelf('i')}
        -- What was sent, or is on its way, may be there, and has to be found.
        AND i.assembly_upload_id IS NULL AND i.assembly_create_path IS NULL AND i.dbx_create_key IS NULL
        AND i.operation IS NULL
        AND NOT EXISTS (SELECT FROM ${SEEN[otherSide(side)]} o WHERE o.item_id = i.id)
      RETURNING i.id)
    UPDATE ${here} s SET item_id = NULL FROM forgotten
    WHERE s.portal_id = ${ref.portalId} AND s.channel_sync_id = ${ref.syncId}::uuid AND s.item_id = forgotten.id`;
}

/** Of the folders that these items are in, however far up, those that are not synced. */
export async function unsyncedFoldersOf(tx: Tx, ref: SyncRef, itemIds: readonly string[]): Promise<string[]> {
  if (itemIds.length === 0) return [];
  const holds = (seen: Prisma.Sql) => Prisma.sql`EXISTS (
    SELECT FROM ${seen} f JOIN ${seen} s ON s.channel_sync_id = f.channel_sync_id
      AND s.path_key ~>=~ (f.path_key || '/') AND s.path_key ~<~ (f.path_key || '0')
    WHERE f.item_id = i.id AND f.object = 'folder'
      AND s.item_id IN (SELECT value::uuid FROM jsonb_array_elements_text(${JSON.stringify(itemIds)}::jsonb)))`;
  const rows = await tx.$queryRaw<{ id: string }[]>`
    SELECT i.id::text FROM file_folder_sync i
    WHERE i.portal_id = ${ref.portalId} AND i.channel_sync_id = ${ref.syncId}::uuid AND i.object = 'folder'
      AND i.deleted_at IS NULL AND i.pending_action IS NULL AND i.pending_action_error_code IS NOT NULL AND NOT ${isOldSelf('i')}
      AND (${holds(SEEN.dropbox)} OR ${holds(SEEN.assembly)})`;
  return rows.map(({ id }) => id);
}

/** What was to take a name on Assembly which one of these, just found to collide with it, has there already. */
export async function dirtyBesideCollided(tx: Tx, ref: SyncRef, itemIds: readonly string[]): Promise<void> {
  if (itemIds.length === 0) return;
  await tx.$executeRaw`
    UPDATE file_folder_sync i SET dirty = true, updated_at = now() FROM assembly_seen s
    WHERE i.portal_id = ${ref.portalId} AND i.channel_sync_id = ${ref.syncId}::uuid AND i.deleted_at IS NULL
      AND (i.object = 'file' OR s.object = 'file') AND i.pending_action = 'move' AND i.pending_action_target = 'assembly'
      AND s.channel_sync_id = i.channel_sync_id AND s.path_key = i.path_key AND i.id <> s.item_id
      AND s.item_id IN (SELECT jsonb_array_elements_text(${JSON.stringify(itemIds)}::jsonb)::uuid)`;
}
