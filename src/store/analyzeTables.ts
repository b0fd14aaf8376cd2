import type { Store } from './client';

/**
 * Tells the query planner what the tables hold. Postgres does so by itself a minute after many rows came, and not at all
 * where it crashed in that minute; until then it takes every sync for a handful of rows and joins them by nested loops.
 * Cheap: it samples. Changes nothing else; where the role may not, Postgres only warns.
 */
export async function analyzeTables(store: Store): Promise<void> {
  await store.prisma.$executeRaw`ANALYZE (SKIP_LOCKED) file_folder_sync, dbx_seen, assembly_seen`;
}
