import { randomUUID } from 'node:crypto';
import { pathKey } from '../domain/paths';
import type { ItemPath } from '../domain/types';
import { Prisma } from '../generated/prisma/client';
import type { Tx } from './client';
import type { ItemRecord } from './records';

/**
 * One server-side move carried everything below the folder along, and so what was agreed on in it. The feed may have told of
 * it already, also from `aside`, where the folder was for a moment. What people have just moved into it, or within it, was
 * not agreed on where it is. What nobody tells of at its new place may have been deleted just before: `isInDoubt`.
 */
export async function carryDropboxSubtree(
  tx: Tx,
  item: ItemRecord,
  { from, aside, to }: { from: ItemPath; aside: ItemPath; to: ItemPath },
): Promise<void> {
  const [fromKey, toKey] = [pathKey(from), pathKey(to)];
  const places = new Map([from, aside, to].map((path) => [pathKey(path), path.length]));
  const seenAt = JSON.stringify(Array.from(places, ([key, length]) => ({ key, length })));
  await tx.$executeRaw`
    WITH below AS MATERIALIZED (
      SELECT s.id, s.path, s.path_key, s.parent_key, p.key, p.length
      FROM jsonb_to_recordset(${seenAt}::jsonb) AS p (key text, length int)
      JOIN dbx_seen s ON s.channel_sync_id = ${item.syncId}::uuid
        AND s.path_key ~>=~ (p.key || '/') AND s.path_key ~<~ (p.key || '0')
      WHERE s.portal_id = ${item.portalId} AND s.item_id IS DISTINCT FROM ${item.id}::uuid),
    carried AS (
      UPDATE dbx_seen s SET path = ${to}::text || substr(below.path, below.length + 1),
        path_key = ${toKey}::text || substr(below.path_key, length(below.key) + 1),
        parent_key = ${toKey}::text || substr(below.parent_key, length(below.key) + 1),
        carried_from = coalesce(s.carried_from, ${fromKey}::text || substr(below.path_key, length(below.key) + 1)),
        carried_with = coalesce(s.carried_with, ${fromKey}::text)
      FROM below WHERE s.portal_id = ${item.portalId} AND s.channel_sync_id = ${item.syncId}::uuid AND s.id = below.id
      RETURNING s.item_id, s.path, below.path AS was)
    UPDATE file_folder_sync i SET dirty = true,
      dbx_path = CASE WHEN i.dbx_path = carried.was THEN carried.path
        WHEN starts_with(i.dbx_path, ${from}::text || '/')
          THEN ${to}::text || substr(i.dbx_path, ${from.length + 1}::int)
        ELSE i.dbx_path END
    FROM carried WHERE i.id = carried.item_id AND i.portal_id = ${item.portalId}`;
  await tx.$executeRaw`
    UPDATE file_folder_sync SET dbx_create_key = ${toKey}::text || substr(dbx_create_key, ${fromKey.length + 1}::int)
    WHERE channel_sync_id = ${item.syncId}::uuid AND portal_id = ${item.portalId} AND deleted_at IS NULL
      AND dbx_create_key ~>=~ (${fromKey}::text || '/') AND dbx_create_key ~<~ (${fromKey}::text || '0')`;
}

/**
 * A rebuilt folder's old self is an item of its own: agreed on, gone from Dropbox, to be deleted when empty. It has no
 * place but that of the folder, so that what is still in it, or comes into it, goes along.
 */
export async function leaveOldFolder(
  tx: Tx,
  item: ItemRecord,
  wentTo: string,
  old: { id: string; path: string; version: string | null },
) {
  const leaving = randomUUID();
  // People may have moved it since it was taken for being there.
  const [seen] = await tx.$queryRaw<{ key: string }[]>`
    SELECT path_key AS key FROM assembly_seen
    WHERE channel_sync_id = ${item.syncId}::uuid AND portal_id = ${item.portalId} AND id = ${old.id}`;
  const key = seen?.key ?? pathKey(old.path);
  const isBelow = Prisma.sql`s.channel_sync_id = ${item.syncId}::uuid AND s.path_key ~>=~ (${key}::text || '/')
    AND s.path_key ~<~ (${key}::text || '0')`;
  await tx.$executeRaw`
    UPDATE file_folder_sync SET assembly_file_id = NULL
    WHERE id = ${item.id}::uuid AND portal_id = ${item.portalId}`;
  // With what is no item in it, it may have to stay: that is the plan's to say.
  await tx.$executeRaw`
    INSERT INTO file_folder_sync (id, portal_id, channel_sync_id, object, item_path, old_self_of, base_at,
      assembly_file_id, assembly_path, assembly_version, pending_action, pending_action_target, pending_rule, pending_since,
      origin, dirty)
    VALUES (${leaving}::uuid, ${item.portalId}, ${item.syncId}::uuid, 'folder', ${wentTo}, ${item.id}::uuid, now(), ${old.id},
      ${old.path}, ${old.version}, 'delete', 'assembly', 6, now(), ${item.origin},
      EXISTS (SELECT FROM assembly_seen s WHERE ${isBelow} AND s.portal_id = ${item.portalId} AND s.item_id IS NULL))`;
  await tx.$executeRaw`
    UPDATE assembly_seen SET item_id = ${leaving}::uuid
    WHERE channel_sync_id = ${item.syncId}::uuid AND portal_id = ${item.portalId} AND id = ${old.id}`;
  await tx.$executeRaw`
    UPDATE file_folder_sync i SET dirty = true FROM assembly_seen s
    WHERE ${isBelow} AND i.id = s.item_id AND i.portal_id = ${item.portalId}`;
}
