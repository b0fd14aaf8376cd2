import type { SyncRef } from '../domain/types';
import type { Tx } from './client';

/**
 * Objects on Assembly that a removed mapping of this channel had begun and not filled when it was removed, oldest
 * mapping first.
 */
export async function leftUploads(tx: Tx, ref: SyncRef, channelId: string, limit: number): Promise<string[]> {
  const rows = await tx.$queryRaw<{ id: string }[]>`
    SELECT i.assembly_upload_id AS id FROM channel_sync s
    JOIN file_folder_sync i ON i.portal_id = s.portal_id AND i.channel_sync_id = s.id
    WHERE s.portal_id = ${ref.portalId} AND s.assembly_channel_id = ${channelId} AND s.state = 'removed'
      AND i.assembly_upload_id IS NOT NULL
    ORDER BY s.created_at, i.id LIMIT ${limit}`;
  return rows.map((row) => row.id);
}

/** The object is gone, or is somebody's file by now. */
export async function forgetUpload(tx: Tx, portalId: string, uploadId: string): Promise<void> {
  await tx.$executeRaw`
    UPDATE file_folder_sync i SET assembly_upload_id = NULL, assembly_upload_source = NULL,
           assembly_upload_version = NULL, updated_at = now()
    FROM channel_sync s
    WHERE s.portal_id = i.portal_id AND s.id = i.channel_sync_id AND s.state = 'removed'
      AND i.portal_id = ${portalId} AND i.assembly_upload_id = ${uploadId}`;
}

/** Whether the sync still flows as it did in this generation. */
export async function stillFlows(tx: Tx, ref: SyncRef, generation: number): Promise<boolean> {
  const rows = await tx.$queryRaw<{ ok: boolean }[]>`
    SELECT true AS ok FROM channel_sync
    WHERE portal_id = ${ref.portalId} AND id = ${ref.syncId}::uuid AND state IN ('initial', 'active')
      AND generation = ${generation}`;
  return rows.length > 0;
}
