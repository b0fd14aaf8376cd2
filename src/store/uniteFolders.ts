import type { SyncRef } from '../domain/types';
import type { Tx } from './client';
import { leaveOldFolder } from './movedFolders';
import type { ItemRecord } from './records';

/**
 * Makes one folder of two that came to one name, one on each side: `keeper` is there on Dropbox and takes over the folder
 * that `other` is there on Assembly. What either of them was elsewhere goes when everything has left it.
 */
export async function uniteFolders(
  tx: Tx,
  ref: SyncRef,
  keeper: ItemRecord,
  other: ItemRecord,
): Promise<void> {
  const shared = other.assembly!;
  // One after the other: no two live items may have one object for a moment.
  await tx.$executeRaw`
    UPDATE assembly_seen SET item_id = NULL
    WHERE portal_id = ${ref.portalId} AND channel_sync_id = ${ref.syncId}::uuid AND id = ${shared.id}`;
  await tx.$executeRaw`
    UPDATE file_folder_sync SET assembly_file_id = NULL, assembly_path = NULL, assembly_version = NULL,
      item_path = coalesce(${other.dropbox?.path ?? null}, item_path), path_key = NULL, dirty = true, updated_at = now()
    WHERE portal_id = ${ref.portalId} AND channel_sync_id = ${ref.syncId}::uuid AND id = ${other.id}::uuid`;
  if (keeper.assembly) await leaveOldFolder(tx, keeper, shared.path, keeper.assembly);
  await tx.$executeRaw`
    UPDATE file_folder_sync SET assembly_file_id = ${shared.id}, assembly_path = ${shared.path},
      assembly_version = ${shared.version}, dirty = true, updated_at = now()
    WHERE portal_id = ${ref.portalId} AND channel_sync_id = ${ref.syncId}::uuid AND id = ${keeper.id}::uuid`;
  await tx.$executeRaw`
    UPDATE assembly_seen SET item_id = ${keeper.id}::uuid
    WHERE portal_id = ${ref.portalId} AND channel_sync_id = ${ref.syncId}::uuid AND id = ${shared.id}`;
}
