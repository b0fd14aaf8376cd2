import type { Action, ObjectKind, Side, SyncRef } from '../domain/types';
import type { Tx } from './client';

export interface OwedOperation {
  readonly path: string;
  readonly object: ObjectKind;
  readonly rule: number;
  readonly action: Action;
  readonly target: Side;
}

/** The tombstones of a sync, by path. */
export async function owedOperations(tx: Tx, ref: SyncRef, limit: number): Promise<OwedOperation[]> {
  return await tx.$queryRaw<OwedOperation[]>`
    SELECT item_path AS path, object, coalesce(pending_rule, 0) AS rule, pending_action AS action,
           pending_action_target AS target
    FROM file_folder_sync
    WHERE portal_id = ${ref.portalId} AND channel_sync_id = ${ref.syncId}::uuid AND pending_action IS NOT NULL
    ORDER BY item_path, id LIMIT ${limit}`;
}
