import type { SyncRef } from '../domain/types';
import type { Tx } from './client';
import type { ItemRecord } from './records';

/** The item whose file is at the very path on Assembly, and what both sides agreed that it holds. */
export interface Twin {
  readonly holderId: string;
  readonly hash: string;
}

/**
 * Of these items, files that were never agreed on and are on Assembly alone, at the path of a settled file that may hold
 * the same bytes: such as a file that a person put there while ours was on its way.
 */
export async function twinsOnAssembly(
  tx: Tx,
  ref: SyncRef,
  itemIds: readonly string[],
): Promise<Map<string, Twin>> {
  if (itemIds.length === 0) return new Map();
  const rows = await tx.$queryRaw<{ id: string; holderId: string; hash: string }[]>`
    SELECT i.id::text, h.id::text AS "holderId", h.content_hash AS hash
    FROM file_folder_sync i
    JOIN assembly_seen own ON own.channel_sync_id = i.channel_sync_id AND own.item_id = i.id
    JOIN assembly_seen there ON there.channel_sync_id = own.channel_sync_id AND there.path_key = own.path_key
      AND there.path = own.path AND there.id <> own.id
    JOIN file_folder_sync h ON h.id = there.item_id AND h.portal_id = i.portal_id
    WHERE i.portal_id = ${ref.portalId} AND i.channel_sync_id = ${ref.syncId}::uuid
      AND i.id IN (SELECT jsonb_array_elements_text(${JSON.stringify(itemIds)}::jsonb)::uuid)
      AND h.deleted_at IS NULL AND h.object = 'file' AND h.path_key = own.path_key AND h.base_at IS NOT NULL
      AND h.content_hash IS NOT NULL AND h.pending_action IS NULL AND h.operation IS NULL
      AND there.id = h.assembly_file_id AND there.version IS NOT DISTINCT FROM h.assembly_version
      AND (own.size IS NULL OR h.size IS NULL OR own.size = h.size)`;
  return new Map(rows.map(({ id, holderId, hash }) => [id, { holderId, hash }]));
}

/**
 * Two objects of Assembly with the same bytes at one path: the settled item takes over the one that came last, and the
 * other becomes an item that Dropbox has deleted. The first was agreed on where it was before; the other one counts as agreed
 * on where it is now, since a move would speak against its delete.
 */
export async function uniteTwins(tx: Tx, ref: SyncRef, item: ItemRecord, { holderId }: Twin): Promise<void> {
  const came = item.assembly!;
  const [held] = await tx.$queryRaw<{ id: string; version: string | null }[]>`
    SELECT assembly_file_id AS id, assembly_version AS version FROM file_folder_sync
    WHERE portal_id = ${ref.portalId} AND channel_sync_id = ${ref.syncId}::uuid AND id = ${holderId}::uuid FOR UPDATE`;
  if (!held) return;
  // One after the other: no two live items may have one object for a moment.
  await tx.$executeRaw`
    UPDATE file_folder_sync SET assembly_file_id = NULL
    WHERE portal_id = ${ref.portalId} AND channel_sync_id = ${ref.syncId}::uuid AND id = ${item.id}::uuid`;
  await tx.$executeRaw`
    UPDATE file_folder_sync SET assembly_file_id = ${came.id}, assembly_version = ${came.version}, dirty = true, updated_at = now()
    WHERE portal_id = ${ref.portalId} AND channel_sync_id = ${ref.syncId}::uuid AND id = ${holderId}::uuid`;
  await tx.$executeRaw`
    UPDATE file_folder_sync i SET assembly_file_id = ${held.id}, assembly_path = ${came.path},
      assembly_version = ${held.version}, content_hash = h.content_hash, size = h.size, base_at = now(), path_key = NULL,
      dirty = true, updated_at = now()
    FROM file_folder_sync h
    WHERE i.portal_id = ${ref.portalId} AND i.channel_sync_id = ${ref.syncId}::uuid AND i.id = ${item.id}::uuid
      AND h.id = ${holderId}::uuid`;
  for (const [objectId, itemId] of [
    [came.id, null],
    [held.id, item.id],
    [came.id, holderId],
  ]) {
    await tx.$executeRaw`
      UPDATE assembly_seen SET item_id = ${itemId}::uuid
      WHERE portal_id = ${ref.portalId} AND channel_sync_id = ${ref.syncId}::uuid AND id = ${objectId}`;
  }
}
