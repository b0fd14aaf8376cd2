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

/** Folder `own` of Assembly holds a guest. */
const HOLDS_GUESTS = Prisma.sql`(own.object = 'folder' AND EXISTS (
  SELECT FROM assembly_seen g WHERE g.channel_sync_id = own.channel_sync_id
    AND g.path_key ~>=~ (own.path_key || '/') AND g.path_key ~<~ (own.path_key || '0')
    AND left(g.path, length(own.path) + 1) = own.path || '/' AND ${IS_GUEST}))`;

/** Another item than `i` is meant to be where folder `own` of Assembly is. */
const claimed = (by: Prisma.Sql) => Prisma.sql`EXISTS (
  SELECT FROM file_folder_sync o WHERE o.portal_id = i.portal_id AND o.channel_sync_id = i.channel_sync_id
    AND o.deleted_at IS NULL AND o.id <> i.id AND o.path_key = own.path_key AND ${by})`;

/** Item `o` has a folder of its own there, spelled otherwise. */
const HAS_ITS_OWN = Prisma.sql`EXISTS (
  SELECT FROM assembly_seen t WHERE t.item_id = o.id AND t.path_key = own.path_key)`;

/** Folder `i` can't go from Assembly. One whose place a folder is still to have trades places with it instead. */
const IS_VISITED = Prisma.sql`EXISTS (
  SELECT FROM assembly_seen own WHERE own.channel_sync_id = i.channel_sync_id AND own.item_id = i.id
    AND ${HOLDS_GUESTS} AND NOT ${claimed(Prisma.sql`o.object = 'folder' AND NOT ${HAS_ITS_OWN}`)})`;

/**
 * A folder of Assembly that can't go has the name of a file, or, in another letter case, of a folder. `i` is it, or the
 * file.
 */
export const IS_BLOCKED = Prisma.sql`CASE i.object
  WHEN 'folder' THEN EXISTS (
    SELECT FROM assembly_seen own WHERE own.channel_sync_id = i.channel_sync_id AND own.item_id = i.id
      AND ${HOLDS_GUESTS} AND ${claimed(Prisma.sql`(o.object = 'file' OR ${HAS_ITS_OWN})`)})
  ELSE EXISTS (
    SELECT FROM dbx_seen d JOIN assembly_seen own ON own.channel_sync_id = d.channel_sync_id
      AND own.path_key = d.path_key AND own.item_id <> i.id AND ${HOLDS_GUESTS}
    WHERE d.channel_sync_id = i.channel_sync_id AND d.item_id = i.id
      AND NOT EXISTS (SELECT FROM dbx_seen x WHERE x.item_id = own.item_id)) END`;

const which = async (
  tx: Tx,
  ref: SyncRef,
  itemIds: readonly string[],
  condition: Prisma.Sql,
): Promise<Set<string>> => {
  if (itemIds.length === 0) return new Set();
  const rows = await tx.$queryRaw<{ id: string }[]>`
    SELECT i.id::text FROM file_folder_sync i
    WHERE i.portal_id = ${ref.portalId} AND i.channel_sync_id = ${ref.syncId}::uuid AND ${condition}
      AND i.id IN (SELECT jsonb_array_elements_text(${JSON.stringify(itemIds)}::jsonb)::uuid)`;
  return new Set(rows.map((row) => row.id));
};

/** Of these folders, those that can't go from Assembly, because something is in them that is no item. */
export const visitedFolders = (tx: Tx, ref: SyncRef, itemIds: readonly string[]): Promise<Set<string>> =>
  which(tx, ref, itemIds, IS_VISITED);

/** Of these items, those that a folder which can't go keeps from their name, and such folders themselves. */
export const blockedByGuests = (tx: Tx, ref: SyncRef, itemIds: readonly string[]): Promise<Set<string>> =>
  which(tx, ref, itemIds, IS_BLOCKED);

/** What is owed on Assembly and can't be done for a guest that has been seen by now is planned again. */
export async function dirtyForGuests(tx: Tx, ref: SyncRef): Promise<void> {
  await tx.$executeRaw`
    UPDATE file_folder_sync i SET dirty = true, updated_at = now()
    WHERE i.portal_id = ${ref.portalId} AND i.channel_sync_id = ${ref.syncId}::uuid AND i.deleted_at IS NULL
      AND NOT i.dirty AND i.pending_action_target = 'assembly'
      AND CASE i.object WHEN 'folder' THEN i.pending_action = 'delete' AND ${IS_VISITED}
        ELSE i.pending_action <> 'delete' AND ${IS_BLOCKED} END`;
}
