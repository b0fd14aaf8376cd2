import type { FailedState } from '../activities/item/settle';
import type { ItemActivities } from './activities';
import type { Failure } from './failure';
import type { SyncItemInput } from './messages';

/** How one look at an item ended. */
export type ItemResult = 'settled' | 'replan' | 'wait';

/** More operations than one item ever owes in a row; reaching it means that planning runs in a circle. */
const MAX_OPERATIONS = 8;

/** An operation failed for good for now; the row says so already. */
export class OperationFailed extends Error {
  constructor(
    readonly failure: Failure,
    readonly state: FailedState,
    cause: unknown,
  ) {
    super(failure.message, { cause });
  }
}

/**
 * The life of one item: open, apply, settle, and again while more is owed. Plain code over the activities, so that it
 * runs the same inside Temporal and in a simulation without a server. When `apply` has failed for good by the item's own
 * fault, the failure is on the row before this rejects.
 */
export async function carryOut(
  steps: ItemActivities,
  input: SyncItemInput,
  failureOf: (error: unknown) => Failure,
): Promise<ItemResult> {
  for (let round = 0; round < MAX_OPERATIONS; round++) {
    const opened = await steps.openOperation(input);
    if (opened.kind !== 'operation') return opened.kind;
    const { serial } = opened;
    let outcome: Awaited<ReturnType<ItemActivities['applyOperation']>>;
    try {
      outcome = await steps.applyOperation(input, serial, opened.target);
    } catch (error) {
      const failure = failureOf(error);
      const state = await steps.markFailed(input, serial, failure);
      // The side's fault is told once, on the side; the item waits for it like all the others.
      if (state === 'waiting') return 'wait';
      throw new OperationFailed(failure, state, error);
    }
    const settled = await steps.settleOperation(input, serial, outcome);
    if (settled !== 'more') return settled;
  }
  return 'replan';
}

/**
 * Carries the item out, and once more for as long as somebody asked for it meanwhile: `again` tells whether, and
 * forgets it. Rejects with `OperationFailed`.
 */
export async function runItem(
  steps: ItemActivities,
  input: SyncItemInput,
  failureOf: (error: unknown) => Failure,
  again: () => boolean,
): Promise<ItemResult> {
  for (;;) {
    again();
    const result = await carryOut(steps, input, failureOf);
    if (!again()) return result;
  }
}
