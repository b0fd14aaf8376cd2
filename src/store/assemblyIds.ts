import type { ItemRef } from '../domain/types';
import type { Tx } from './client';

/**
 * Of these ids, those that can't be what a lost answer of ours made: complete objects that were seen, and any object
 * that was seen before the create was sent.
 */
export async function knownAssemblyIds(tx: Tx, ref: ItemRef, ids: readonly string[]): Promise<Set<string>> {
  if (ids.length === 0) return new Set();
  const rows = await tx.$queryRaw<{ id: string }[]>`
    SELECT a.id FROM assembly_seen a
    JOIN file_folder_sync i ON i.portal_id = a.portal_id AND i.id = ${ref.itemId}::uuid
    WHERE a.portal_id = ${ref.portalId} AND a.channel_sync_id = ${ref.syncId}::uuid
      AND a.id IN (SELECT jsonb_array_elements_text(${JSON.stringify(ids)}::jsonb))
      AND (a.status = 'completed' OR a.first_seen_at < i.assembly_create_at)`;
  return new Set(rows.map((row) => row.id));
}
