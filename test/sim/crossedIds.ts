import type { SyncRef } from '../../src/domain/types';
import { Prisma } from '../../src/generated/prisma/client';
import type { Store } from '../../src/store/client';

/** Steps that say which object is whose. */
const LINKING = /^afterCommit (planSync|openOperation|settleOperation)$/;

/**
 * Rejects where a step has left an object with one item while another one is agreed on it: whichever of the two comes to agree
 * on what it has would break a unique key, and with it every plan of the sync.
 */
export async function expectOwnIds(store: Store, ref: SyncRef, gate: string): Promise<void> {
  if (!LINKING.test(gate)) return;
  const crossed = await store.prisma.$queryRaw<{ words: string }[]>`
    ${crossedOn(ref, 'dbx_seen', 'dbx_file_id')} UNION ALL ${crossedOn(ref, 'assembly_seen', 'assembly_file_id')}`;
  if (crossed.length > 0) throw new Error([gate, ...crossed.map(({ words }) => words)].join('\n'));
}

const crossedOn = ({ portalId, syncId }: SyncRef, seen: string, id: string): Prisma.Sql => Prisma.sql`
  SELECT concat_ws(' ', s.object, s.path, s.id, 'is with', s.item_id, 'and agreed on with', i.id) AS words
  FROM ${Prisma.raw(seen)} s JOIN file_folder_sync i
    ON i.portal_id = s.portal_id AND i.channel_sync_id = s.channel_sync_id AND i.${Prisma.raw(id)} = s.id
  WHERE s.portal_id = ${portalId} AND s.channel_sync_id = ${syncId}::uuid AND i.deleted_at IS NULL AND i.id <> s.item_id`;
