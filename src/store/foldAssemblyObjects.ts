import { parentOf, pathKey } from '../domain/paths';
import type { SyncRef } from '../domain/types';
import { Prisma } from '../generated/prisma/client';
import type { Tx } from './client';
import { expectRows } from './manyRows';
import type { KnownObject } from './observing';

/** One object as a list or a read showed it; `path` with a leading slash, `url` as ciphertext. */
export interface AssemblyObservation {
  readonly id: string;
  readonly object: 'file' | 'folder' | 'link';
  readonly path: string;
  readonly version: string | null;
  readonly size: number | null;
  readonly status: 'pending' | 'completed';
  readonly url: string | null;
}

const INCOMING = Prisma.raw(`(id text, object text, path text, path_key text, parent_key text, version text,
  size bigint, status text, url text)`);

/**
 * Stores objects of the channel as they were shown. `look` is the number of the listing that showed them; for a
 * single read, the sync's current one. Rules:
 * - "pending" never takes back a completed object: our own PUT completes it before the server says so
 * - the version that our own write led to is unknown until the first look at it, which then fills it in
 * - a hash stays known only while version and size stay the same
 */
export async function foldAssemblyObjects(
  tx: Tx,
  ref: SyncRef,
  observed: readonly AssemblyObservation[],
  look: number,
): Promise<void> {
  if (observed.length === 0) return;
  const objects = JSON.stringify(
    observed.map((one) => {
      const key = pathKey(one.path);
      return { ...one, path_key: key, parent_key: parentOf(key) };
    }),
  );
  await expectRows(tx, observed.length);
  await tx.$executeRaw`
    WITH incoming AS (SELECT * FROM jsonb_to_recordset(${objects}::jsonb) AS o ${INCOMING}),
    told AS (
      SELECT o.*, s.item_id AS held_item, s.id IS NOT NULL AS known,
             s.status = 'completed' AND o.status = 'pending' AS unready,
             s.version IS NULL AND s.status = 'completed'
               AND (s.size IS NULL OR o.size IS NULL OR s.size = o.size) AS fills,
             (s.path, s.version, coalesce(o.size, s.size), s.status)
               IS DISTINCT FROM (o.path, o.version, s.size, o.status) AS differs,
             s.path IS DISTINCT FROM o.path AS moved
      FROM incoming o LEFT JOIN assembly_seen s ON s.portal_id = ${ref.portalId}
        AND s.channel_sync_id = ${ref.syncId}::uuid AND s.id = o.id),
    filled AS (
      UPDATE file_folder_sync i SET assembly_version = t.version FROM told t
      WHERE i.portal_id = ${ref.portalId} AND i.channel_sync_id = ${ref.syncId}::uuid AND i.id = t.held_item AND t.known AND NOT t.unready AND t.fills
        AND i.assembly_file_id = t.id AND i.assembly_version IS NULL
      RETURNING 1),
    changed AS (
      SELECT t.held_item AS item_id FROM told t
      WHERE t.known AND t.held_item IS NOT NULL AND NOT t.unready AND t.differs AND NOT (t.fills AND NOT t.moved)),
    stored AS (
      INSERT INTO assembly_seen (channel_sync_id, portal_id, id, object, path, path_key, parent_key, version, size,
                                 status, url, url_at, look)
      SELECT ${ref.syncId}::uuid, ${ref.portalId}, o.id, o.object, o.path, o.path_key, o.parent_key, o.version,
             o.size, o.status, o.url, CASE WHEN o.url IS NULL THEN NULL ELSE now() END, ${look} FROM incoming o
      ON CONFLICT (channel_sync_id, id) DO UPDATE SET
        path = CASE WHEN assembly_seen.status = 'completed' AND excluded.status = 'pending'
               THEN assembly_seen.path ELSE excluded.path END,
        path_key = CASE WHEN assembly_seen.status = 'completed' AND excluded.status = 'pending'
               THEN assembly_seen.path_key ELSE excluded.path_key END,
        parent_key = CASE WHEN assembly_seen.status = 'completed' AND excluded.status = 'pending'
               THEN assembly_seen.parent_key ELSE excluded.parent_key END,
        hash = CASE
          WHEN assembly_seen.status = 'completed' AND excluded.status = 'pending' THEN assembly_seen.hash
          WHEN assembly_seen.size IS NOT NULL AND excluded.size IS NOT NULL AND assembly_seen.size <> excluded.size
            THEN NULL
          WHEN assembly_seen.version IS NULL OR assembly_seen.version IS NOT DISTINCT FROM excluded.version
            THEN assembly_seen.hash
          ELSE NULL END,
        version = CASE WHEN assembly_seen.status = 'completed' AND excluded.status = 'pending'
               THEN assembly_seen.version ELSE excluded.version END,
        size = CASE WHEN assembly_seen.status = 'completed' AND excluded.status = 'pending'
               THEN assembly_seen.size ELSE coalesce(excluded.size, assembly_seen.size) END,
        status = CASE WHEN assembly_seen.status = 'completed' THEN 'completed' ELSE excluded.status END,
        url = coalesce(excluded.url, assembly_seen.url),
        url_at = CASE WHEN excluded.url IS NULL THEN assembly_seen.url_at ELSE now() END,
        looks = assembly_seen.looks + 1, look = excluded.look, seen_at = now()
      WHERE assembly_seen.portal_id = excluded.portal_id
      RETURNING 1)
    UPDATE file_folder_sync i SET dirty = true, pending_action_attempts = 0, refused_source = NULL, updated_at = now()
    FROM changed
    WHERE i.portal_id = ${ref.portalId} AND i.channel_sync_id = ${ref.syncId}::uuid AND i.id = changed.item_id`;
}

const dirtyGone = (ref: SyncRef) => Prisma.sql`
  UPDATE file_folder_sync i SET dirty = true, pending_action_attempts = 0, refused_source = NULL, updated_at = now()
  FROM gone WHERE i.portal_id = ${ref.portalId} AND i.channel_sync_id = ${ref.syncId}::uuid AND i.id = gone.item_id`;

/** Objects that are positively gone: a read of each answered 404. */
export async function removeAssemblyObjects(tx: Tx, ref: SyncRef, ids: readonly string[]): Promise<void> {
  if (ids.length === 0) return;
  await tx.$executeRaw`
    WITH gone AS (
      DELETE FROM assembly_seen s
      WHERE s.portal_id = ${ref.portalId} AND s.channel_sync_id = ${ref.syncId}::uuid
        AND s.id IN (SELECT jsonb_array_elements_text(${JSON.stringify(ids)}::jsonb))
      RETURNING s.item_id)
    ${dirtyGone(ref)}`;
}

/**
 * Begins a listing of the channel, or goes on with the one under way, at its next page. One that broke off before its
 * second page begins anew, under a number of its own: what it showed may be gone since.
 */
export async function beginAssemblyLook(
  tx: Tx,
  ref: SyncRef,
): Promise<{ look: number; nextToken: string | null }> {
  const midway = Prisma.sql`(assembly_look_open AND assembly_next_token IS NOT NULL)`;
  const rows = await tx.$queryRaw<{ look: number; next_token: string | null }[]>`
    UPDATE channel_sync SET assembly_look = CASE WHEN ${midway} THEN assembly_look ELSE assembly_look + 1 END,
      assembly_look_open = true, assembly_next_token = CASE WHEN ${midway} THEN assembly_next_token END,
      assembly_look_at = CASE WHEN ${midway} THEN assembly_look_at ELSE now() END, updated_at = now()
    WHERE portal_id = ${ref.portalId} AND id = ${ref.syncId}::uuid
    RETURNING assembly_look AS look, assembly_next_token AS next_token`;
  return { look: rows[0]?.look ?? 0, nextToken: rows[0]?.next_token ?? null };
}

/** Where the listing goes on after a crash; stored with the page's objects. */
export async function saveAssemblyPosition(tx: Tx, ref: SyncRef, nextToken: string): Promise<void> {
  await tx.$executeRaw`
    UPDATE channel_sync SET assembly_next_token = ${nextToken}, updated_at = now()
    WHERE portal_id = ${ref.portalId} AND id = ${ref.syncId}::uuid`;
}

/** The next listing starts at the first page: this one's position is no longer good. */
export async function abandonAssemblyLook(tx: Tx, ref: SyncRef): Promise<void> {
  await tx.$executeRaw`
    UPDATE channel_sync SET assembly_look_open = false, assembly_next_token = NULL, look_wanted = true
    WHERE portal_id = ${ref.portalId} AND id = ${ref.syncId}::uuid`;
}

/**
 * Known objects that a complete listing did not show, and whether it showed any. Those that our own writes made meanwhile
 * carry its number.
 */
export async function missingFromAssemblyLook(
  tx: Tx,
  ref: SyncRef,
  look: number,
): Promise<{ missing: KnownObject[]; shown: boolean }> {
  const missing = await tx.$queryRaw<KnownObject[]>`
    SELECT s.id, s.path_key AS "pathKey" FROM assembly_seen s
    WHERE s.portal_id = ${ref.portalId} AND s.channel_sync_id = ${ref.syncId}::uuid AND s.look < ${look}`;
  if (missing.length === 0) return { missing, shown: true };
  const shown = await tx.$queryRaw<{ any: boolean }[]>`
    SELECT EXISTS (SELECT FROM assembly_seen s
      WHERE s.portal_id = ${ref.portalId} AND s.channel_sync_id = ${ref.syncId}::uuid AND s.look = ${look}) AS any`;
  return { missing, shown: shown[0]!.any };
}

/** Ends the listing. */
export async function finishAssemblyLook(tx: Tx, ref: SyncRef): Promise<void> {
  await tx.$executeRaw`
    UPDATE channel_sync SET assembly_look_open = false, assembly_next_token = NULL, assembly_observed_at = now(),
           updated_at = now()
    WHERE portal_id = ${ref.portalId} AND id = ${ref.syncId}::uuid`;
}
