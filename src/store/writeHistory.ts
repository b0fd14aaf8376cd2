import type { ErrorCode } from '../domain/errors';
import type { Tx } from './client';
import type { ItemRecord, Operation } from './records';

export type HistoryOutcome = 'done' | 'failed' | 'unsyncable';

/** Appends one settled operation: who caused it, what it was, how it ended. */
export async function writeHistory(
  tx: Tx,
  item: Pick<ItemRecord, 'id' | 'portalId' | 'syncId'>,
  operation: Operation,
  entry: {
    outcome: HistoryOutcome;
    dropboxId: string | null;
    assemblyId: string | null;
    hashAfter: string | null;
    code?: ErrorCode;
    message?: string;
  },
): Promise<void> {
  await tx.$executeRaw`
    INSERT INTO sync_history (portal_id, channel_sync_id, item_id, operation, target, outcome, item_path, rule,
      dbx_file_id, assembly_file_id, hash_before, hash_after, error_code, error, attempts, origin)
    VALUES (${item.portalId}, ${item.syncId}::uuid, ${item.id}::uuid, ${operation.action}, ${operation.target},
      ${entry.outcome}, ${operation.path}, ${operation.rule}, ${entry.dropboxId}, ${entry.assemblyId},
      ${operation.base?.hash ?? null}, ${entry.hashAfter}, ${entry.code ?? null}, ${entry.message ?? null},
      ${operation.attempt}, ${operation.origin})`;
}
