import { parentOf, pathKey } from '../domain/paths';
import type { SyncRef } from '../domain/types';
import { Prisma } from '../generated/prisma/client';
import type { Tx } from './client';
import { isOldSelf } from './oldSelves';
import { dirtyBelowOnAssembly } from './planConsequences';

/**
 * Items that guests stand in the way of. A guest is an object of Assembly that stays where it is: one that is no item of ours,
 * or an item that is not synced and so can't follow a folder that has gone elsewhere.
 */
export interface Guests {
  /** Folders that can't go from Assembly for what is in them. */
  readonly visited: ReadonlySet<string>;
  /**
   * Files that have the name of such a folder, and such folders themselves where another item is to have their name, or has
   * it on Dropbox: a file, or a folder that is there in another letter case. With them the old selves that are in them.
   */
  readonly blocked: ReadonlySet<string>;
}

export const NO_GUESTS: Guests = { visited: new Set(), blocked: new Set() };

/** What guests stand in the way of in a sync. They are few, so it is asked from them and not for each item. */
export async function lookForGuests(tx: Tx, ref: SyncRef): Promise<Guests> {
  const guests = await guestPaths(tx, ref);
  if (guests.length === 0) return NO_GUESTS;
  const rows = await tx.$queryRaw<{ id: string; how: keyof Guests }[]>`
    WITH own AS MATERIALIZED (
      SELECT s.item_id, s.path_key FROM jsonb_to_recordset(${foldersAbove(guests)}::jsonb) AS f (path text, key text)
      JOIN assembly_seen s ON s.channel_sync_id = ${ref.syncId}::uuid AND s.path_key = f.key AND s.path = f.path
      WHERE s.portal_id = ${ref.portalId} AND s.object = 'folder' AND s.item_id IS NOT NULL),
    held AS MATERIALIZED (
      SELECT i.*, own.path_key AS key FROM own JOIN file_folder_sync i ON i.id = own.item_id),
    -- One whose place a folder is still to have trades places with it instead, and what it held is in that folder then.
    trading AS MATERIALIZED (
      SELECT i.id, i.key, ${isOldSelf('i')} AS old FROM held i
      WHERE ${claimed(Prisma.sql`o.object = 'folder' AND NOT ${HAS_ITS_OWN}`)}),
    -- A file that is to follow Dropbox to where such a folder is keeps its old copy, and its old place, on Assembly.
    meeting AS MATERIALIZED (
      SELECT i.id AS file, own.item_id AS folder,
        i.pending_action_target IS DISTINCT FROM 'dropbox' AND NOT (i.pinned AND i.path_key IS DISTINCT FROM own.path_key) AS stays
      FROM own JOIN dbx_seen d ON d.channel_sync_id = ${ref.syncId}::uuid AND d.path_key = own.path_key
      JOIN file_folder_sync i ON i.id = d.item_id
      WHERE i.object <> 'folder' AND i.id <> own.item_id AND NOT EXISTS (
        SELECT FROM dbx_seen x WHERE x.item_id = own.item_id)),
    barred AS MATERIALIZED (
      SELECT i.id, i.key FROM held i WHERE ${claimed(Prisma.sql`(o.object = 'file' OR ${HAS_ITS_OWN})`)}
      UNION ALL
      SELECT i.id, i.key FROM held i JOIN meeting m ON m.folder = i.id AND m.stays)
    SELECT i.id::text, 'visited' AS how FROM held i
    WHERE i.id NOT IN (SELECT id FROM trading) AND NOT (${isOldSelf('i')} AND EXISTS (
      SELECT FROM trading t WHERE t.old AND starts_with(i.key, t.key || '/')))
    UNION ALL
    SELECT file::text, 'blocked' FROM meeting
    UNION ALL
    SELECT id::text, 'blocked' FROM barred
    UNION ALL
    SELECT i.id::text, 'blocked' FROM held i
    WHERE ${isOldSelf('i')} AND EXISTS (SELECT FROM barred b WHERE starts_with(i.key, b.key || '/'))`;
  const those = (how: keyof Guests) => new Set(rows.filter((row) => row.how === how).map(({ id }) => id));
  return { visited: those('visited'), blocked: those('blocked') };
}

/**
 * Links, and files whose bytes another client of the API has still to send. What a create of ours left half done is
 * none: that is taken back. And what is not synced in an old self, as it was planned since it is in there: but for a name that
 * collides, since that follows under another one.
 */
async function guestPaths(tx: Tx, ref: SyncRef): Promise<string[]> {
  const ours = (is: Prisma.Sql) => Prisma.sql`EXISTS (
    SELECT FROM file_folder_sync u WHERE u.channel_sync_id = g.channel_sync_id AND u.deleted_at IS NULL AND ${is})`;
  const rows = await tx.$queryRaw<{ path: string }[]>`
    WITH old AS MATERIALIZED (
      SELECT f.path FROM file_folder_sync o JOIN assembly_seen f ON f.item_id = o.id
      WHERE o.portal_id = ${ref.portalId} AND o.channel_sync_id = ${ref.syncId}::uuid AND o.deleted_at IS NULL
        AND o.old_self_of IS NOT NULL AND ${isOldSelf('o')})
    SELECT g.path FROM file_folder_sync i JOIN assembly_seen g ON g.item_id = i.id
    WHERE i.portal_id = ${ref.portalId} AND i.channel_sync_id = ${ref.syncId}::uuid AND i.deleted_at IS NULL
      AND i.pending_action IS NULL AND i.pending_action_error_code IS NOT NULL AND NOT i.dirty AND NOT ${isOldSelf('i')}
      AND (i.base_at IS NOT NULL OR i.pending_action_error_code <> 'name_collision')
      AND EXISTS (SELECT FROM old WHERE starts_with(g.path, old.path || '/'))
    UNION ALL
    SELECT g.path FROM assembly_seen g
    WHERE g.portal_id = ${ref.portalId} AND g.channel_sync_id = ${ref.syncId}::uuid AND g.item_id IS NULL
      AND (g.object = 'link' OR g.status = 'pending' AND NOT ${ours(Prisma.sql`u.assembly_upload_id = g.id`)}
        AND NOT ${ours(Prisma.sql`u.assembly_create_path IN (g.path, ${UNNUMBERED})`)})`;
  return rows.map(({ path }) => path);
}

/** Its path without the number that Assembly may have given to a name that was taken. */
const UNNUMBERED = Prisma.raw(`regexp_replace(g.path, ' \\(\\d+\\)(?=[^/]*$)', '')`);

function foldersAbove(paths: readonly string[]): string {
  const folders = new Set<string>();
  for (const path of paths) {
    for (let folder = parentOf(path); folder !== '' && !folders.has(folder); folder = parentOf(folder))
      folders.add(folder);
  }
  return JSON.stringify(Array.from(folders, (path) => ({ path, key: pathKey(path) })));
}

/** Another item than `i` is meant to be where its folder of Assembly is. */
const claimed = (by: Prisma.Sql) => Prisma.sql`EXISTS (
  SELECT FROM file_folder_sync o WHERE o.portal_id = i.portal_id AND o.channel_sync_id = i.channel_sync_id
    AND o.deleted_at IS NULL AND o.id <> i.id AND o.path_key = i.key AND ${by})`;

/** Item `o` has a folder of its own there, spelled otherwise. */
const HAS_ITS_OWN = Prisma.sql`EXISTS (
  SELECT FROM assembly_seen t WHERE t.item_id = o.id AND t.path_key = i.key)`;

const among = (ids: ReadonlySet<string>) =>
  Prisma.sql`i.id IN (SELECT value::uuid FROM jsonb_array_elements_text(${JSON.stringify([...ids])}::jsonb))`;

/** What is owed and can't be done for a guest that has been seen by now, or for a file that has the name, is planned again. */
export async function dirtyForGuests(tx: Tx, ref: SyncRef): Promise<void> {
  const guests = await lookForGuests(tx, ref);
  const { visited, blocked } = guests;
  if (visited.size + blocked.size === 0) return;
  await tx.$executeRaw`
    UPDATE file_folder_sync i SET dirty = true, updated_at = now()
    WHERE i.portal_id = ${ref.portalId} AND i.channel_sync_id = ${ref.syncId}::uuid AND i.deleted_at IS NULL
      AND NOT i.dirty AND CASE
        WHEN i.pending_action_target = 'dropbox' THEN i.object = 'folder' AND i.pending_action = 'create' AND ${among(blocked)}
        WHEN i.object = 'folder' THEN i.pending_action = 'delete' AND ${among(visited)}
        ELSE i.pending_action <> 'delete' AND ${among(blocked)} END`;
  await partFromOldSelves(tx, ref, guests);
}

/**
 * Old selves of folders that guests keep are folders of their own from now on, where nothing else is: all at once, since
 * each lives in the next. So what is in them has its place there. How many there are.
 */
export async function partFromOldSelves(tx: Tx, ref: SyncRef, guests?: Guests): Promise<number> {
  const { visited, blocked } = guests ?? (await lookForGuests(tx, ref));
  if (visited.size === 0) return 0;
  const parted = await tx.$queryRaw<{ id: string }[]>`
    UPDATE file_folder_sync i SET old_self_of = NULL, base_at = NULL, item_path = s.path, path_key = NULL, dirty = true,
      updated_at = now()
    FROM assembly_seen s
    WHERE i.portal_id = ${ref.portalId} AND i.channel_sync_id = ${ref.syncId}::uuid AND i.deleted_at IS NULL
      AND s.channel_sync_id = i.channel_sync_id AND s.item_id = i.id AND ${isOldSelf('i')} AND ${among(visited)} AND NOT ${among(blocked)}
    RETURNING i.id::text`;
  await dirtyBelowOnAssembly(
    tx,
    ref,
    parted.map(({ id }) => id),
  );
  return parted.length;
}
