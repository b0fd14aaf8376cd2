import type { FoldedPage } from '../domain/foldFeed';
import { parentOf, pathKey } from '../domain/paths';
import { RemoteError } from '../domain/remoteError';
import type { DropboxSeen, SyncRef } from '../domain/types';
import { Prisma } from '../generated/prisma/client';
import type { Tx } from './client';
import { expectRows } from './manyRows';

/** Rows below a folder, as a range that the C-ordered index serves: `0` is the character after `/`. */
export const below = (column: string, folder: string) =>
  Prisma.raw(`(${column} ~>=~ (${folder} || '/') AND ${column} ~<~ (${folder} || '0'))`);

/**
 * Stores what one page of the Dropbox feed told, and the cursor after it, in the caller's transaction (I5).
 * `look` is the number of the full listing that the page belongs to, or the sync's current one for a delta; `from` the
 * cursor that the page continues. Rejects with `write_contention` where the sync has moved on from there: a process that
 * was believed dead must not set the cursor past changes that nobody has stored, nor back.
 * Items whose observation changed become dirty and due again; an echo changes nothing and dirties nothing.
 */
export async function foldDropboxPage(
  tx: Tx,
  ref: SyncRef,
  page: FoldedPage & { from: string | null; cursor: string; hasMore: boolean; look: number },
): Promise<void> {
  await takeCursor(tx, ref, page);
  const objects = JSON.stringify(
    page.objects.map(({ pathKey, seen }) => ({
      id: seen.id,
      object: seen.object,
      path: seen.path,
      path_key: pathKey,
      parent_key: parentOf(pathKey),
      rev: seen.rev,
      size: seen.size,
      hash: seen.hash,
      downloadable: seen.downloadable,
    })),
  );
  await expectRows(tx, page.objects.length + page.tombstones.length);
  if (page.tombstones.length > 0) await removeSubtrees(tx, ref, page.tombstones, objects);
  if (page.objects.length > 0) {
    await removeReplaced(tx, ref, objects);
    await upsertObjects(tx, ref, objects, page.look);
  }
}

/**
 * Whether a page of changes says that something is gone from where it was before a move of ours carried it along, and nothing
 * has told of it since: either that is the other half of the move, or somebody deleted it before, and it never came along.
 */
export async function isInDoubt(tx: Tx, ref: SyncRef, page: FoldedPage): Promise<boolean> {
  if (page.tombstones.length === 0) return false;
  const rows = await tx.$queryRaw<{ carried: boolean }[]>`
    SELECT true AS carried
    FROM jsonb_array_elements_text(${JSON.stringify(page.tombstones)}::jsonb) AS t(key)
    JOIN dbx_seen s ON s.channel_sync_id = ${ref.syncId}::uuid
      AND (s.carried_from = t.key OR ${below('s.carried_from', 't.key')})
    WHERE s.portal_id = ${ref.portalId} AND starts_with(t.key, s.carried_with || '/')
      AND s.id NOT IN (SELECT jsonb_array_elements_text(${JSON.stringify(page.objects.map(({ seen }) => seen.id))}::jsonb))
    LIMIT 1`;
  return rows.length > 0;
}

/** The sync's row first: who holds it stores the next page, and nobody else. */
async function takeCursor(
  tx: Tx,
  ref: SyncRef,
  page: { from: string | null; cursor: string; hasMore: boolean; look: number },
): Promise<void> {
  const count = await tx.$executeRaw`
    UPDATE channel_sync SET dbx_cursor = ${page.cursor}, dbx_look_open = ${page.hasMore},
           dbx_observed_at = CASE WHEN ${page.hasMore} OR dbx_look % 2 = 1 OR dbx_observed_at IS NULL
             THEN dbx_observed_at ELSE now() END,
           updated_at = now()
    WHERE portal_id = ${ref.portalId} AND id = ${ref.syncId}::uuid AND dbx_look = ${page.look}
      AND dbx_cursor IS NOT DISTINCT FROM ${page.from}`;
  if (count === 0) {
    throw new RemoteError('dropbox', 'write_contention', 'another process has stored this part of the feed');
  }
}

const INCOMING = Prisma.raw(`(id text, object text, path text, path_key text, parent_key text, rev text,
  size bigint, hash text, downloadable boolean)`);

/**
 * Ids of what is seen below a folder, looked up in the index for each folder. The OFFSET keeps it a subquery: joined
 * freely, a planner that has no statistics of a sync's first listing yet compares everything with everything.
 */
const seenBelow = (ref: SyncRef, folder: string) => Prisma.sql`(
  SELECT b.id FROM dbx_seen b
  WHERE b.portal_id = ${ref.portalId} AND b.channel_sync_id = ${ref.syncId}::uuid AND ${below('b.path_key', folder)}
  OFFSET 0)`;

/** Everything at or below a tombstone goes, unless the same page tells where it went. */
async function removeSubtrees(tx: Tx, ref: SyncRef, tombstones: readonly string[], objects: string) {
  await tx.$executeRaw`
    WITH told AS (SELECT t.key FROM jsonb_array_elements_text(${JSON.stringify(tombstones)}::jsonb) AS t(key)),
    covered AS (
      SELECT s.id FROM told t JOIN dbx_seen s
        ON s.channel_sync_id = ${ref.syncId}::uuid AND s.path_key = t.key
      UNION
      SELECT s.id FROM told t CROSS JOIN LATERAL ${seenBelow(ref, 't.key')} AS s),
    gone AS (
      DELETE FROM dbx_seen s
      WHERE s.portal_id = ${ref.portalId} AND s.channel_sync_id = ${ref.syncId}::uuid
        AND s.id = ANY (ARRAY(SELECT id FROM covered))
        AND NOT EXISTS (SELECT FROM jsonb_to_recordset(${objects}::jsonb) AS o(id text) WHERE o.id = s.id)
      RETURNING s.item_id)
    ${dirtyGone(ref)}`;
}

/**
 * An object at a path replaces what was there under another id; a file also what was below it. Two joins, since one
 * with an OR would compare every object of the page with every one of the sync.
 */
async function removeReplaced(tx: Tx, ref: SyncRef, objects: string) {
  await tx.$executeRaw`
    WITH incoming AS (SELECT * FROM jsonb_to_recordset(${objects}::jsonb) AS o ${INCOMING}),
    replaced AS (
      SELECT s.id FROM incoming o JOIN dbx_seen s
        ON s.channel_sync_id = ${ref.syncId}::uuid AND s.path_key = o.path_key AND s.id <> o.id
      UNION
      SELECT s.id FROM incoming o CROSS JOIN LATERAL ${seenBelow(ref, 'o.path_key')} AS s WHERE o.object = 'file'),
    gone AS (
      DELETE FROM dbx_seen s
      WHERE s.portal_id = ${ref.portalId} AND s.channel_sync_id = ${ref.syncId}::uuid
        AND s.id = ANY (ARRAY(SELECT id FROM replaced))
        AND NOT EXISTS (SELECT FROM incoming x WHERE x.id = s.id)
      RETURNING s.item_id)
    ${dirtyGone(ref)}`;
}

const dirtyGone = (ref: SyncRef) => Prisma.sql`
  UPDATE file_folder_sync i SET dirty = true, pending_action_attempts = 0, refused_source = NULL, updated_at = now()
  FROM gone WHERE i.portal_id = ${ref.portalId} AND i.channel_sync_id = ${ref.syncId}::uuid AND i.id = gone.item_id`;

/** One object that a read by id showed, outside the feed; what the feed tells later simply comes after it. */
export async function storeDropboxObject(tx: Tx, ref: SyncRef, seen: DropboxSeen): Promise<void> {
  const key = pathKey(seen.path);
  const objects = JSON.stringify([{ ...seen, path_key: key, parent_key: parentOf(key) }]);
  await removeReplaced(tx, ref, objects);
  const rows = await tx.$queryRaw<{ dbx_look: number }[]>`
    SELECT dbx_look FROM channel_sync WHERE portal_id = ${ref.portalId} AND id = ${ref.syncId}::uuid`;
  await upsertObjects(tx, ref, objects, rows[0]?.dbx_look ?? 0);
}

/** One object that a read by id did not find, or found outside of the folder. What lies below a folder is told for itself. */
export async function removeDropboxObject(tx: Tx, ref: SyncRef, id: string): Promise<void> {
  await tx.$executeRaw`
    WITH gone AS (
      DELETE FROM dbx_seen s
      WHERE s.portal_id = ${ref.portalId} AND s.channel_sync_id = ${ref.syncId}::uuid AND s.id = ${id}
      RETURNING s.item_id)
    ${dirtyGone(ref)}`;
}

async function upsertObjects(tx: Tx, ref: SyncRef, objects: string, look: number) {
  await tx.$executeRaw`
    WITH incoming AS (SELECT * FROM jsonb_to_recordset(${objects}::jsonb) AS o ${INCOMING}),
    changed AS (
      SELECT s.item_id FROM dbx_seen s JOIN incoming o ON o.id = s.id
      WHERE s.portal_id = ${ref.portalId} AND s.channel_sync_id = ${ref.syncId}::uuid AND s.item_id IS NOT NULL
        AND (s.object, s.path, s.rev, s.size, s.hash) IS DISTINCT FROM (o.object, o.path, o.rev, o.size, o.hash)),
    stored AS (
      INSERT INTO dbx_seen (channel_sync_id, portal_id, id, object, path, path_key, parent_key, rev, size, hash,
                            downloadable, look)
      SELECT ${ref.syncId}::uuid, ${ref.portalId}, o.id, o.object, o.path, o.path_key, o.parent_key, o.rev, o.size,
             o.hash, o.downloadable, ${look} FROM incoming o
      ON CONFLICT (channel_sync_id, id) DO UPDATE SET
        object = excluded.object, path = excluded.path, path_key = excluded.path_key,
        parent_key = excluded.parent_key, rev = excluded.rev, size = excluded.size, hash = excluded.hash,
        downloadable = excluded.downloadable, carried_from = NULL, carried_with = NULL, look = excluded.look,
        seen_at = now()
      WHERE dbx_seen.portal_id = excluded.portal_id
      RETURNING 1)
    UPDATE file_folder_sync i SET dirty = true, pending_action_attempts = 0, refused_source = NULL, updated_at = now()
    FROM changed
    WHERE i.portal_id = ${ref.portalId} AND i.channel_sync_id = ${ref.syncId}::uuid AND i.id = changed.item_id`;
}

/** The spelling of folders by key, for the parents of a page's objects. */
export async function dropboxFolderSpelling(
  tx: Tx,
  ref: SyncRef,
  keys: readonly string[],
): Promise<Map<string, string>> {
  if (keys.length === 0) return new Map();
  const rows = await tx.$queryRaw<{ path_key: string; path: string }[]>`
    SELECT s.path_key, s.path FROM dbx_seen s
    WHERE s.portal_id = ${ref.portalId} AND s.channel_sync_id = ${ref.syncId}::uuid
      AND s.path_key IN (SELECT jsonb_array_elements_text(${JSON.stringify(keys)}::jsonb))
      AND s.object = 'folder'`;
  return new Map(rows.map((row) => [row.path_key, row.path]));
}

/** Begins a full listing, unless one is under way: then its number is returned, and the cursor where it goes on. */
export async function beginDropboxLook(
  tx: Tx,
  ref: SyncRef,
): Promise<{ look: number; cursor: string | null }> {
  const rows = await tx.$queryRaw<{ look: number; cursor: string | null }[]>`
    UPDATE channel_sync SET dbx_look = dbx_look + 1 - dbx_look % 2, dbx_look_open = true,
      dbx_cursor = CASE WHEN dbx_look % 2 = 1 THEN dbx_cursor END, updated_at = now()
    WHERE portal_id = ${ref.portalId} AND id = ${ref.syncId}::uuid
    RETURNING dbx_look AS look, dbx_cursor AS cursor`;
  return rows[0] ?? { look: 0, cursor: null };
}

/** Throws a half-done listing away: its cursor has died. The next `beginDropboxLook` starts at the first page. */
export async function abandonDropboxLook(tx: Tx, ref: SyncRef): Promise<void> {
  await tx.$executeRaw`
    UPDATE channel_sync SET dbx_look = dbx_look + (dbx_look % 2), dbx_cursor = NULL, look_wanted = true
    WHERE portal_id = ${ref.portalId} AND id = ${ref.syncId}::uuid`;
}

/** Ends a complete, error-free listing: only now does what it did not show count as absent. */
export async function finishDropboxLook(tx: Tx, ref: SyncRef, look: number): Promise<void> {
  await tx.$executeRaw`
    WITH gone AS (
      DELETE FROM dbx_seen s
      WHERE s.portal_id = ${ref.portalId} AND s.channel_sync_id = ${ref.syncId}::uuid AND s.look < ${look}
      RETURNING s.item_id)
    ${dirtyGone(ref)}`;
  await tx.$executeRaw`
    UPDATE channel_sync SET dbx_look = ${look} + 1, dbx_look_open = false, dbx_observed_at = now(), updated_at = now()
    WHERE portal_id = ${ref.portalId} AND id = ${ref.syncId}::uuid AND dbx_look = ${look}`;
}
