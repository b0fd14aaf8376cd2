import type { SyncRef } from '../domain/types';
import type { Tx } from './client';
import { dirtySettledBelowOnAssembly } from './planConsequences';
import type { ItemRecord } from './records';

/**
 * Gives a folder item the Assembly folder that sits where it is to live, and that folder's item the one it leaves, or
 * none: then it is made anew where it belongs.
 * Assembly's folders hold nothing but a name, so two that wait for each other's place need no call to change it: only
 * what is in them has to move, also what had come to rest there. `false` when no folder sits there.
 */
export async function exchangeFolders(tx: Tx, ref: SyncRef, item: ItemRecord): Promise<boolean> {
  const rows = await tx.$queryRaw<
    {
      id: string;
      path: string;
      version: string | null;
      item_id: string;
      on_dropbox: boolean;
      leaving: boolean;
    }[]
  >`
    SELECT s.id, s.path, s.version, s.item_id::text,
      EXISTS (SELECT FROM dbx_seen d WHERE d.item_id = s.item_id) AS on_dropbox,
      o.pending_action = 'delete' AS leaving FROM assembly_seen s
    JOIN file_folder_sync o ON o.id = s.item_id AND o.pending_action IN ('move', 'delete')
    WHERE s.portal_id = ${ref.portalId} AND s.channel_sync_id = ${ref.syncId}::uuid AND s.object = 'folder'
      AND s.path_key = ${item.pathKey} AND s.item_id <> ${item.id}::uuid
    FOR UPDATE OF o`;
  const there = rows[0];
  const own = item.assembly;
  if (!there) return false;
  const pair = [item.id, there.item_id];
  if (!own && !there.on_dropbox && !there.leaving) return false;
  await tx.$executeRaw`UPDATE assembly_seen SET item_id = NULL
    WHERE portal_id = ${ref.portalId} AND channel_sync_id = ${ref.syncId}::uuid AND id IN (${own?.id ?? ''}, ${there.id})`;
  await tx.$executeRaw`UPDATE file_folder_sync SET assembly_file_id = NULL
    WHERE portal_id = ${ref.portalId} AND id IN (${pair[0]}::uuid, ${pair[1]}::uuid)`;
  for (const [itemId, folder] of [
    [item.id, there],
    [there.item_id, own],
  ] as const) {
    if (folder === null) {
      // Not gone from Assembly by anybody's wish: without a base, what is on Dropbox alone is created.
      await tx.$executeRaw`
        UPDATE file_folder_sync SET base_at = NULL, dbx_path = NULL, dbx_rev = NULL, assembly_path = NULL,
          assembly_version = NULL, dirty = true, updated_at = now()
        WHERE id = ${itemId}::uuid AND portal_id = ${ref.portalId}`;
      continue;
    }
    await tx.$executeRaw`UPDATE assembly_seen SET item_id = ${itemId}::uuid
      WHERE portal_id = ${ref.portalId} AND channel_sync_id = ${ref.syncId}::uuid AND id = ${folder.id}`;
    await tx.$executeRaw`
      UPDATE file_folder_sync SET assembly_file_id = ${folder.id}, assembly_path = ${folder.path},
        assembly_version = ${folder.version}, dirty = true, updated_at = now(),
        old_self_of = ${itemId !== item.id && there.leaving ? item.id : null}::uuid
      WHERE portal_id = ${ref.portalId} AND id = ${itemId}::uuid`;
  }
  await dirtySettledBelowOnAssembly(tx, ref, pair);
  return true;
}
