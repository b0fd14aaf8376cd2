import type { SyncRef } from '../domain/types';
import type { Tx } from './client';

/** Assembly's download links live for 15 minutes; the last few are left for the transfer to begin. */
const FRESH_MINUTES = 12;

/** The ciphertext of a link that the last look at exactly this version brought; `null` where none is fresh. */
export async function readDownloadUrl(
  tx: Tx,
  ref: SyncRef,
  objectId: string,
  version: string | null,
): Promise<string | null> {
  const rows = await tx.$queryRaw<{ url: string }[]>`
    SELECT url FROM assembly_seen
    WHERE portal_id = ${ref.portalId} AND channel_sync_id = ${ref.syncId}::uuid AND id = ${objectId}
      AND version IS NOT DISTINCT FROM ${version} AND url IS NOT NULL
      AND url_at > now() - make_interval(mins => ${FRESH_MINUTES}::int)`;
  return rows[0]?.url ?? null;
}
