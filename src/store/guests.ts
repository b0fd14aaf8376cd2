import type { SyncRef } from '../domain/types';
import { Prisma } from '../generated/prisma/client';
import type { Tx } from './client';

/**
 * `g` is an object of Assembly that is no item of ours and stays where it is: a link, or a file whose bytes another
 * client of the API has still to send. What a create of ours left half done is none: that is taken back.
 */
const IS_GUEST = Prisma.sql`g.item_id IS NULL AND (g.object = 'link' OR g.status = 'pending' AND NOT EXISTS (
  SELECT FROM file_folder_sync u WHERE u.portal_id = g.portal_id AND u.channel_sync_id = g.channel_sync_id
    AND u.deleted_at IS NULL AND (u.assembly_upload_id = g.id OR u.assembly_create_path = g.path)))`;

/** A guest is in the folder of item `i` on Assembly, and no other item is meant to have its place. */
const HAS_GUESTS = Prisma.sql`EXISTS (
  SELECT FROM assembly_seen own JOIN assembly_seen g ON g.channel_sync_id = own.channel_sync_id
    AND g.path_key ~>=~ (own.path_key || '/') AND g.path_key ~<~ (own.path_key || '0')
    AND left(g.path, length(own.path) + 1) = own.path || '/' AND ${IS_GUEST}
  WHERE own.item_id = i.id AND own.object = 'folder' AND NOT EXISTS (
    SELECT FROM file_folder_sync o WHERE o.portal_id = i.portal_id AND o.channel_sync_id = i.channel_sync_id
      AND o.deleted_at IS NULL AND o.id <> i.id AND o.path_key = own.path_key))`;

/** Of these folders, those that can't go from Assembly, because something is in them that is no item. */
export async function visitedFolders(tx: Tx, ref: SyncRef, itemIds: readonly string[]): Promise<Set<string>> {
  if (itemIds.length === 0) return new Set();
  const rows = await tx.$queryRaw<{ id: string }[]>`
    SELECT i.id::text FROM file_folder_sync i
    WHERE i.portal_id = ${ref.portalId} AND i.channel_sync_id = ${ref.syncId}::uuid AND ${HAS_GUESTS}
      AND i.id IN (SELECT jsonb_array_elements_text(${JSON.stringify(itemIds)}::jsonb)::uuid)`;
  return new Set(rows.map((row) => row.id));
}

/** Folders that are to be deleted on Assembly and hold a guest by now are planned again. */
export async function dirtyVisitedFolders(tx: Tx, ref: SyncRef): Promise<void> {
  await tx.$executeRaw`
    UPDATE file_folder_sync i SET dirty = true, updated_at = now()
    WHERE i.portal_id = ${ref.portalId} AND i.channel_sync_id = ${ref.syncId}::uuid AND i.deleted_at IS NULL
      AND i.object = 'folder' AND i.pending_action = 'delete' AND i.pending_action_target = 'assembly'
      AND NOT i.dirty AND ${HAS_GUESTS}`;
}
