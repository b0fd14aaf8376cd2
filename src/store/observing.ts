import type { SyncRef, SyncState } from '../domain/types';
import type { Tx } from './client';

/** The root folder was moved or renamed: its id stays, its path follows. */
export async function saveRootPath(tx: Tx, ref: SyncRef, path: string, key: string): Promise<void> {
  await tx.$executeRaw`
    UPDATE channel_sync SET dbx_root_path = ${path}, dbx_root_key = ${key}, updated_at = now()
    WHERE portal_id = ${ref.portalId} AND id = ${ref.syncId}::uuid`;
}

/** Folders of the channel, by id, with whether anything is known below them. */
export async function knownAssemblyFolder(
  tx: Tx,
  ref: SyncRef,
  id: string,
): Promise<{ path: string; inhabited: boolean } | null> {
  const rows = await tx.$queryRaw<{ path: string; inhabited: boolean }[]>`
    SELECT s.path, EXISTS (
      SELECT FROM assembly_seen c WHERE c.channel_sync_id = s.channel_sync_id
        AND c.path_key ~>=~ (s.path_key || '/') AND c.path_key ~<~ (s.path_key || '0')) AS inhabited
    FROM assembly_seen s
    WHERE s.portal_id = ${ref.portalId} AND s.channel_sync_id = ${ref.syncId}::uuid AND s.id = ${id}
      AND s.object = 'folder'`;
  return rows[0] ?? null;
}

/** The folder of an item's channel at a key, as Assembly spells it; `null` where none was seen. */
export async function assemblyFolderAt(tx: Tx, ref: SyncRef, key: string): Promise<string | null> {
  const rows = await tx.$queryRaw<{ path: string }[]>`
    SELECT s.path FROM assembly_seen s JOIN file_folder_sync i ON i.id = s.item_id
    WHERE s.portal_id = ${ref.portalId} AND s.channel_sync_id = ${ref.syncId}::uuid AND s.object = 'folder'
      AND s.path_key = ${key} AND i.path_key = ${key}`;
  return rows[0]?.path ?? null;
}

/** Whether another object than this one was seen at a key on Dropbox, where only one can be. */
export async function isAnotherOnDropbox(tx: Tx, ref: SyncRef, key: string, id: string): Promise<boolean> {
  const rows = await tx.$queryRaw<{ there: boolean }[]>`
    SELECT true AS there FROM dbx_seen
    WHERE portal_id = ${ref.portalId} AND channel_sync_id = ${ref.syncId}::uuid AND path_key = ${key} AND id <> ${id}
    LIMIT 1`;
  return rows.length > 0;
}

/** An object of the channel by its place. */
export interface KnownObject {
  readonly id: string;
  readonly pathKey: string;
}

/** Everything known below a folder. */
export async function knownBelow(tx: Tx, ref: SyncRef, key: string): Promise<KnownObject[]> {
  return await tx.$queryRaw<KnownObject[]>`
    SELECT id, path_key AS "pathKey" FROM assembly_seen
    WHERE portal_id = ${ref.portalId} AND channel_sync_id = ${ref.syncId}::uuid
      AND path_key ~>=~ (${key}::text || '/') AND path_key ~<~ (${key}::text || '0')`;
}

/** How many objects of the channel are known. */
export async function knownCount(tx: Tx, ref: SyncRef): Promise<number> {
  const rows = await tx.$queryRaw<{ n: number }[]>`
    SELECT count(*)::int AS n FROM assembly_seen
    WHERE portal_id = ${ref.portalId} AND channel_sync_id = ${ref.syncId}::uuid`;
  return rows[0]!.n;
}

/** Objects of items at whose path another one was seen too. */
export async function sharingPlace(tx: Tx, ref: SyncRef): Promise<string[]> {
  const rows = await tx.$queryRaw<{ id: string }[]>`
    SELECT s.id FROM assembly_seen s
    WHERE s.portal_id = ${ref.portalId} AND s.channel_sync_id = ${ref.syncId}::uuid AND s.item_id IS NOT NULL
      AND EXISTS (
        SELECT FROM assembly_seen o WHERE o.channel_sync_id = s.channel_sync_id AND o.path_key = s.path_key
          AND o.id <> s.id AND o.object <> 'link')`;
  return rows.map((row) => row.id);
}

/**
 * What was seen in a folder that is not seen there any more, and all below that. Where the folder is seen elsewhere by now, such
 * an object has gone along, or is gone.
 */
export async function withoutFolder(tx: Tx, ref: SyncRef, limit: number): Promise<KnownObject[]> {
  return await tx.$queryRaw<KnownObject[]>`
    WITH left_alone AS MATERIALIZED (
      SELECT s.id, s.path_key, s.object FROM assembly_seen s
      WHERE s.portal_id = ${ref.portalId} AND s.channel_sync_id = ${ref.syncId}::uuid AND s.parent_key <> ''
        AND NOT EXISTS (
          SELECT FROM assembly_seen f WHERE f.channel_sync_id = s.channel_sync_id AND f.path_key = s.parent_key
            AND f.object = 'folder')
      LIMIT ${limit})
    SELECT id, path_key AS "pathKey" FROM left_alone
    UNION SELECT b.id, b.path_key FROM left_alone o
    JOIN assembly_seen b ON b.channel_sync_id = ${ref.syncId}::uuid
      AND b.path_key ~>=~ (o.path_key || '/') AND b.path_key ~<~ (o.path_key || '0')
    WHERE o.object = 'folder'`;
}

/** Those of the ids that were seen, a folder before what is in it. */
export async function outermostFirst(tx: Tx, ref: SyncRef, ids: readonly string[]): Promise<string[]> {
  const rows = await tx.$queryRaw<{ id: string }[]>`
    SELECT id FROM assembly_seen
    WHERE portal_id = ${ref.portalId} AND channel_sync_id = ${ref.syncId}::uuid
      AND id IN (SELECT jsonb_array_elements_text(${JSON.stringify(ids)}::jsonb))
    ORDER BY length(path_key), id`;
  return rows.map((row) => row.id);
}

/** Of listed files whose state the list leaves out, those that are known to be complete and have not changed. */
export async function completeAsListed(
  tx: Tx,
  ref: SyncRef,
  listed: readonly { id: string; path: string; version: string | null; size: number | null }[],
): Promise<Set<string>> {
  const rows = await tx.$queryRaw<{ id: string }[]>`
    SELECT s.id FROM assembly_seen s
    JOIN jsonb_to_recordset(${JSON.stringify(listed)}::jsonb) AS l (id text, path text, version text, size bigint) ON l.id = s.id
    WHERE s.portal_id = ${ref.portalId} AND s.channel_sync_id = ${ref.syncId}::uuid AND s.status = 'completed'
      AND s.path = l.path AND (s.version = l.version OR s.version IS NULL AND l.size IS NOT NULL)`;
  return new Set(rows.map((row) => row.id));
}

/** Other complete objects that were last seen at this very path: of a file that was replaced, the old one. */
export async function othersAt(
  tx: Tx,
  ref: SyncRef,
  id: string,
  key: string,
  limit: number,
): Promise<string[]> {
  const rows = await tx.$queryRaw<{ id: string }[]>`
    SELECT id FROM assembly_seen
    WHERE portal_id = ${ref.portalId} AND channel_sync_id = ${ref.syncId}::uuid AND path_key = ${key}
      AND id <> ${id} AND object <> 'link' AND item_id IS NOT NULL
    LIMIT ${limit}`;
  return rows.map((row) => row.id);
}

/** How often pending objects have been looked at: after two looks they are left to the next event or audit. */
export async function looksAt(
  tx: Tx,
  ref: SyncRef,
  id: string,
): Promise<{ looks: number; status: string; path: string } | null> {
  const rows = await tx.$queryRaw<{ looks: number; status: string; path: string }[]>`
    SELECT looks, status, path FROM assembly_seen
    WHERE portal_id = ${ref.portalId} AND channel_sync_id = ${ref.syncId}::uuid AND id = ${id}`;
  return rows[0] ?? null;
}

/** Both sides have been looked at as was wanted. */
export async function lookDone(tx: Tx, ref: SyncRef): Promise<void> {
  await tx.$executeRaw`
    UPDATE channel_sync SET look_wanted = false, updated_at = now()
    WHERE portal_id = ${ref.portalId} AND id = ${ref.syncId}::uuid`;
}

/**
 * A pass ended: an initial sync becomes active here. `converged` where no tombstone is left and nothing waits to be planned,
 * else what is left waits for its time or for a person. Returns the state of the sync, `removed` where there is none, and
 * how many of its items are not synced and say why.
 */
export async function markPassed(
  tx: Tx,
  ref: SyncRef,
  converged: boolean,
): Promise<{ state: SyncState; unsyncable: number }> {
  const rows = await tx.$queryRaw<{ state: SyncState; unsyncable: number }[]>`
    WITH passed AS (
      UPDATE channel_sync SET state = CASE WHEN state = 'initial' THEN 'active' ELSE state END, last_synced_at = now(),
             resyncing = false, updated_at = now(),
             last_converged_at = CASE WHEN ${converged} THEN now() ELSE last_converged_at END,
             last_error = CASE WHEN ${converged} THEN NULL ELSE last_error END,
             last_error_code = CASE WHEN ${converged} THEN NULL ELSE last_error_code END
      WHERE portal_id = ${ref.portalId} AND id = ${ref.syncId}::uuid AND state IN ('initial', 'active')
      RETURNING state)
    SELECT coalesce((SELECT state FROM passed), s.state) AS state,
      (SELECT count(*)::int FROM file_folder_sync i
       WHERE i.portal_id = s.portal_id AND i.channel_sync_id = s.id AND i.deleted_at IS NULL
         AND i.pending_action IS NULL AND i.pending_action_error_code IS NOT NULL) AS unsyncable
    FROM channel_sync s WHERE s.portal_id = ${ref.portalId} AND s.id = ${ref.syncId}::uuid`;
  return rows[0] ?? { state: 'removed', unsyncable: 0 };
}

/** An observation or a plan failed: said on the sync, since no item is to blame, until it converges. */
export async function markSyncFailed(
  tx: Tx,
  ref: SyncRef,
  failure: { code: string; message: string },
): Promise<void> {
  await tx.$executeRaw`
    UPDATE channel_sync SET last_error = ${failure.message.slice(0, 1_000)}, last_error_code = ${failure.code},
           updated_at = now()
    WHERE portal_id = ${ref.portalId} AND id = ${ref.syncId}::uuid`;
}
