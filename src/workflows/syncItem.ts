import { ApplicationFailure } from '@temporalio/common';
import {
  CancellationScope,
  defineSignal,
  isCancellation,
  setHandler,
  upsertSearchAttributes,
} from '@temporalio/workflow';
import { ERROR_CODE, SYNC_STATUS } from '../temporal/searchAttributes';
import type { ItemActivities } from './activities';
import { type ItemResult, OperationFailed, runItem } from './carryOut';
import { failureOf } from './failure';
import { LOOK_AGAIN_SIGNAL, type SyncItemInput } from './messages';
import { postgresSteps, remoteSteps, syncSteps } from './proxies';

export const lookAgain = defineSignal(LOOK_AGAIN_SIGNAL);

const steps: ItemActivities = {
  openOperation: postgresSteps.openOperation,
  applyOperation: (input, serial, target) => remoteSteps(target).applyOperation(input, serial, target),
  settleOperation: postgresSteps.settleOperation,
  // A cancelled or failing workflow still writes down what happened.
  markFailed: (input, serial, failure) =>
    CancellationScope.nonCancellable(() => syncSteps.markFailed(input, serial, failure)),
};

/**
 * Carries out what one item owes. Its id is the item's, so operations of one item never overlap (I6). A signal while
 * it runs makes it look once more before it ends. Fails in red when the operation failed for good.
 */
export async function syncItem(input: SyncItemInput): Promise<ItemResult> {
  let asked = false;
  setHandler(lookAgain, () => {
    asked = true;
  });
  try {
    return await runItem(steps, input, failureOf, () => {
      const again = asked;
      asked = false;
      return again;
    });
  } catch (error) {
    if (!(error instanceof OperationFailed) || isCancellation(error.cause)) throw error;
    const { code, message } = error.failure;
    upsertSearchAttributes([
      { key: SYNC_STATUS, value: error.state },
      { key: ERROR_CODE, value: code },
    ]);
    throw ApplicationFailure.create({ type: code, message, nonRetryable: true });
  }
}
