import type { ObjectKind, SyncRef } from '../domain/types';
import type { Store } from './client';

/** A live row as a comparison with both sides needs it. */
export interface VerifyRow {
  readonly id: string;
  readonly path: string;
  readonly object: ObjectKind;
  readonly dropboxId: string | null;
  readonly rev: string | null;
  readonly assemblyId: string | null;
  readonly hash: string | null;
  /** The operation that is owed, in words. */
  readonly pending: string | null;
  /** The reason's code. */
  readonly unsyncable: string | null;
  readonly dirty: boolean;
}

/** A page of a sync's live rows, by id. */
export async function verifyRows(
  store: Store,
  ref: SyncRef,
  page: { after?: string; limit: number },
): Promise<VerifyRow[]> {
  const after = page.after ?? null;
  return store.prisma.$queryRaw<VerifyRow[]>`
    SELECT id::text, item_path AS path, object, dbx_file_id AS "dropboxId", dbx_rev AS rev,
           assembly_file_id AS "assemblyId", content_hash AS hash, dirty,
           pending_action || ' on ' || pending_action_target AS pending,
           CASE WHEN pending_action IS NULL THEN pending_action_error_code END AS unsyncable
    FROM file_folder_sync
    WHERE portal_id = ${ref.portalId} AND channel_sync_id = ${ref.syncId}::uuid AND deleted_at IS NULL
      AND (${after}::uuid IS NULL OR id > ${after}::uuid)
    ORDER BY id LIMIT ${page.limit}`;
}
