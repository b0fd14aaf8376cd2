import { errorEntry, sideOf } from '../../domain/errors';
import type { ItemRef } from '../../domain/types';
import { inTransaction } from '../../store/client';
import { giveBack, readOperation, voidOperation, writeFailure } from '../../store/operations';
import { dirtyBelow, forgetBelow } from '../../store/planConsequences';
import { type Effect, settleOperation } from '../../store/settleOperation';
import { writeHistory } from '../../store/writeHistory';
import type { ActivityDeps } from '../deps';
import { sourceFingerprint } from '../reconcile/plannedRow';
import { replanItem } from '../reconcile/replanItem';
import { blameSide, closeOff, type ToldFailure } from '../sideTrouble';

/** What `apply` found out. Ids, hashes and sizes only: paths stay in Postgres. */
export type Outcome = { readonly kind: 'done'; readonly effect: Effect } | { readonly kind: 'replan' };

export type Settled = 'more' | 'settled' | 'replan';

/** `waiting`: the side is at fault and says so itself; the item is owed as if it had not been tried. */
export type FailedState = 'retrying' | 'stuck' | 'unsyncable' | 'waiting';

/**
 * Records the outcome and plans the item anew under the same lock; `more` when another operation is owed, `replan` where the
 * whole sync has to be planned before.
 */
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
    const settled = await settleOperation(tx, ref, serial, outcome.effect);
    // A later opening has voided this one; whoever opened it settles it.
    if (!settled) return 'settled';
    if (settled.displaced) return 'replan';
    const replan = await replanItem(tx, ref, settled.item);
    return replan.kind === 'owed' || replan.kind === 'cleanUp'
      ? 'more'
      : replan.kind === 'wider'
        ? 'replan'
        : 'settled';
  });
}

/** Writes a failure on the tombstone and in the history, once, and says what the item is now. */
export async function markFailed(
  deps: ActivityDeps,
  ref: ItemRef,
  serial: string,
  failure: ToldFailure,
): Promise<FailedState> {
  const { scope } = errorEntry(failure.code);
  const failed = await readOperation(deps.store.prisma, ref, serial);
  if (!failed) return 'retrying';
  const side = failure.side ?? sideOf(failure.code, failed.operation.target);
  if (await blameSide(deps, ref, side, failure)) {
    await closeOff(deps, ref.portalId, side, failure);
    await giveBack(deps.store.prisma, ref, serial);
    return 'waiting';
  }
  return await inTransaction(deps.store, async (tx) => {
    const opened = await readOperation(tx, ref, serial);
    if (!opened) return 'retrying';
    const written = await writeFailure(tx, ref, serial, {
      ...failure,
      refusedSource: scope === 'unsyncable' ? sourceFingerprint(opened.operation) : null,
    });
    if (!written) return 'retrying';
    await writeHistory(tx, { id: ref.itemId, portalId: ref.portalId, syncId: ref.syncId }, opened.operation, {
      outcome: scope === 'unsyncable' ? 'unsyncable' : 'failed',
      dropboxId: opened.operation.dropbox?.id ?? null,
      assemblyId: opened.operation.assembly?.id ?? null,
      hashAfter: null,
      code: failure.code,
      message: failure.message.slice(0, 1_000),
    });
    if (scope === 'unsyncable') {
      // What lies below a folder that can't be held becomes an item when the folder can be.
      await forgetBelow(tx, ref, [ref.itemId]);
      await dirtyBelow(tx, ref, [ref.itemId]);
      return 'unsyncable';
    }
    return written.attempts >= deps.settings.maxAttempts ? 'stuck' : 'retrying';
  });
}
