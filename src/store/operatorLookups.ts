import type { ItemRef, SyncRef } from '../domain/types';
import { Prisma } from '../generated/prisma/client';
import type { Store } from './client';

/**
 * How an operator at the command line finds things by the start of an id, across portals unless one is named.
 * Nothing that answers a portal's request may import this.
 */

const MAX_MATCHES = 10;

/** Live syncs whose id starts with `prefix` (hex digits and dashes only). At most ten. */
export async function findSyncs(store: Store, prefix: string, portalId?: string): Promise<SyncRef[]> {
  const rows = await store.prisma.$queryRaw<{ id: string; portal_id: string }[]>`
    SELECT id::text, portal_id FROM channel_sync
    WHERE deleted_at IS NULL AND starts_with(id::text, ${prefix.toLowerCase()}) ${inPortal(portalId)}
    ORDER BY created_at, id LIMIT ${MAX_MATCHES}`;
  return rows.map((row) => ({ portalId: row.portal_id, syncId: row.id }));
}

/** Live items of live syncs whose id starts with `prefix`. At most ten. */
export async function findItems(store: Store, prefix: string, portalId?: string): Promise<ItemRef[]> {
  // As a range on the uuid itself, so that the primary key's index serves it.
  const digits = prefix.toLowerCase().replaceAll('-', '').slice(0, 32);
  const rows = await store.prisma.$queryRaw<{ id: string; portal_id: string; sync_id: string }[]>`
    SELECT i.id::text, i.portal_id, i.channel_sync_id::text AS sync_id
    FROM file_folder_sync i JOIN channel_sync s ON s.portal_id = i.portal_id AND s.id = i.channel_sync_id
    WHERE i.deleted_at IS NULL AND s.deleted_at IS NULL
      AND i.id BETWEEN ${digits.padEnd(32, '0')}::uuid AND ${digits.padEnd(32, 'f')}::uuid
      ${portalId === undefined ? Prisma.empty : Prisma.sql`AND i.portal_id = ${portalId}`}
    ORDER BY i.id LIMIT ${MAX_MATCHES}`;
  return rows.map((row) => ({ portalId: row.portal_id, syncId: row.sync_id, itemId: row.id }));
}

/** Portals that have live syncs or a connection, in order, `after` the one given. */
export async function listPortals(store: Store, page: { after?: string; limit: number }): Promise<string[]> {
  const rows = await store.prisma.$queryRaw<{ portal_id: string }[]>`
    SELECT portal_id FROM (
      SELECT portal_id FROM dropbox_connections
      UNION SELECT portal_id FROM channel_sync WHERE deleted_at IS NULL) p
    WHERE portal_id > ${page.after ?? ''} ORDER BY portal_id LIMIT ${page.limit}`;
  return rows.map((row) => row.portal_id);
}

const inPortal = (portalId?: string): Prisma.Sql =>
  portalId === undefined ? Prisma.empty : Prisma.sql`AND portal_id = ${portalId}`;
