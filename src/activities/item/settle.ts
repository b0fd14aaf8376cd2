import type { ErrorCode } from '../../domain/errors';
import { errorEntry, sideOf } from '../../domain/errors';
import type { ItemRef } from '../../domain/types';
import { openBreaker } from '../../store/breakers';
import { inTransaction } from '../../store/client';
import { readOperation, voidOperation, writeFailure } from '../../store/operations';
import { type Effect, settleOperation } from '../../store/settleOperation';
import { writeHistory } from '../../store/writeHistory';
import type { ActivityDeps } from '../deps';
import { sourceFingerprint } from '../reconcile/plannedRow';
import { replanItem } from '../reconcile/replanItem';

/** What `apply` found out. Ids, hashes and sizes only: paths stay in Postgres. */
export type Outcome = { readonly kind: 'done'; readonly effect: Effect } | { readonly kind: 'replan' };

export type Settled = 'more' | 'settled' | 'replan';

export type FailedState = 'retrying' | 'stuck' | 'unsyncable';

/** Records the outcome and plans the item anew under the same lock; `more` when another operation is owed. */
export async function settle(
  deps: ActivityDeps,
  ref: ItemRef,
  serial: string,
  outcome: Outcome,
): Promise<Settled> {
  return await inTransaction(deps.store, async (tx) => {
    if (outcome.kind === 'replan') {
      await voidOperation(tx, ref, serial);
      return 'replan';
    }
    const item = await settleOperation(tx, ref, serial, outcome.effect);
    // A later opening has voided this one; whoever opened it settles it.
    if (!item) return 'settled';
    const replan = await replanItem(tx, ref, item);
    return replan.kind === 'owed' ? 'more' : replan.kind === 'wider' ? 'replan' : 'settled';
  });
}

/** Writes a failure on the tombstone and in the history, once, and says what the item is now. */
export async function markFailed(
  deps: ActivityDeps,
  ref: ItemRef,
  serial: string,
  failure: { code: ErrorCode; message: string },
): Promise<FailedState> {
  const { scope } = errorEntry(failure.code);
  return await inTransaction(deps.store, async (tx) => {
    const opened = await readOperation(tx, ref, serial);
    if (!opened) return 'retrying';
    const { operation } = opened;
    const written = await writeFailure(tx, ref, serial, {
      ...failure,
      spendsAttempt: scope !== 'side',
      refusedSource: scope === 'unsyncable' ? sourceFingerprint(opened.operation) : null,
    });
    if (scope === 'side')
      await openBreaker(tx, ref.portalId, sideOf(failure.code, operation.target), failure);
    if (!written || scope === 'side') return 'retrying';
    await writeHistory(tx, { id: ref.itemId, portalId: ref.portalId, syncId: ref.syncId }, opened.operation, {
      outcome: scope === 'unsyncable' ? 'unsyncable' : 'failed',
      dropboxId: opened.operation.dropbox?.id ?? null,
      assemblyId: opened.operation.assembly?.id ?? null,
      hashAfter: null,
      code: failure.code,
      message: failure.message.slice(0, 1_000),
    });
    if (scope === 'unsyncable') return 'unsyncable';
    return operation.attempt >= deps.settings.maxAttempts ? 'stuck' : 'retrying';
  });
}
