import type { ItemRef } from '../domain/types';
import type { Tx } from './client';

/**
 * Of these ids, those that can't be what a lost answer of ours made: complete objects that were seen, any object that was
 * seen before the create was sent, and what another item is being made of.
 */
export async function knownAssemblyIds(tx: Tx, ref: ItemRef, ids: readonly string[]): Promise<Set<string>> {
  if (ids.length === 0) return new Set();
  const rows = await tx.$queryRaw<{ id: string }[]>`
    WITH ids AS (SELECT jsonb_array_elements_text(${JSON.stringify(ids)}::jsonb) AS id)
    SELECT a.id FROM assembly_seen a
    JOIN file_folder_sync i ON i.portal_id = a.portal_id AND i.id = ${ref.itemId}::uuid
    WHERE a.portal_id = ${ref.portalId} AND a.channel_sync_id = ${ref.syncId}::uuid AND a.id IN (SELECT id FROM ids)
      AND (a.status = 'completed' OR a.first_seen_at < i.assembly_create_at)
    UNION
    SELECT u.assembly_upload_id FROM file_folder_sync u
    WHERE u.portal_id = ${ref.portalId} AND u.channel_sync_id = ${ref.syncId}::uuid AND u.id <> ${ref.itemId}::uuid
      AND u.deleted_at IS NULL AND u.assembly_upload_id IN (SELECT id FROM ids)`;
  return new Set(rows.map((row) => row.id));
}

/** Whether a create of another item, whose answer has not come, was sent to one of these paths. */
export async function isSentByAnother(tx: Tx, ref: ItemRef, paths: readonly string[]): Promise<boolean> {
  if (paths.length === 0) return false;
  const rows = await tx.$queryRaw<{ sent: boolean }[]>`
    SELECT true AS sent FROM file_folder_sync u
    WHERE u.portal_id = ${ref.portalId} AND u.channel_sync_id = ${ref.syncId}::uuid AND u.id <> ${ref.itemId}::uuid
      AND u.deleted_at IS NULL
      AND u.assembly_create_path IN (SELECT jsonb_array_elements_text(${JSON.stringify(paths)}::jsonb)) LIMIT 1`;
  return rows.length > 0;
}
