import type { ItemRef, SyncRef } from '../domain/types';
import type { Tx } from './client';

/**
 * Files of Dropbox that no two sides have agreed on: one of them may be what an upload of this item made whose answer was
 * lost, wherever somebody has moved it since. `told` are files of this size that are not stored yet.
 */
export async function unclaimedDropboxFiles(
  tx: Tx,
  ref: ItemRef,
  size: number,
  told: readonly { readonly id: string; readonly hash: string | null }[],
): Promise<{ id: string; hash: string | null }[]> {
  return await tx.$queryRaw<{ id: string; hash: string | null }[]>`
    WITH told AS (SELECT * FROM jsonb_to_recordset(${JSON.stringify(told)}::jsonb) AS t (id text, hash text)),
    seen AS (
      SELECT s.id, s.hash, s.size, s.object, EXISTS (
        SELECT FROM file_folder_sync i WHERE i.id = s.item_id AND i.id <> ${ref.itemId}::uuid
          AND (i.base_at IS NOT NULL OR EXISTS (SELECT FROM assembly_seen a WHERE a.item_id = i.id))) AS claimed
      FROM dbx_seen s WHERE s.portal_id = ${ref.portalId} AND s.channel_sync_id = ${ref.syncId}::uuid
        AND (s.size = ${size}::bigint OR s.id IN (SELECT id FROM told)))
    SELECT id, hash FROM told WHERE id NOT IN (SELECT id FROM seen WHERE claimed)
    UNION
    SELECT id, hash FROM seen WHERE object = 'file' AND size = ${size}::bigint AND NOT claimed
      AND id NOT IN (SELECT id FROM told)`;
}

/** Whether a file that no item has was seen at this key of Dropbox. */
export async function isUnclaimedAt(tx: Tx, ref: SyncRef, key: string): Promise<boolean> {
  const rows = await tx.$queryRaw<{ there: boolean }[]>`
    SELECT true AS there FROM dbx_seen WHERE portal_id = ${ref.portalId} AND channel_sync_id = ${ref.syncId}::uuid
      AND path_key = ${key} AND object = 'file' AND item_id IS NULL`;
  return rows.length > 0;
}
