import { type ActivityRun, apply } from '../../../../src/activities/apply';
import type { ActivityDeps } from '../../../../src/activities/deps';
import { openOperation } from '../../../../src/activities/item/open';
import { markFailed, settle } from '../../../../src/activities/item/settle';
import { failureFrom } from '../../../../src/activities/temporal';
import { isErrorCode } from '../../../../src/domain/errors';
import type { ItemActivities } from '../../../../src/workflows/activities';
import type { Failure } from '../../../../src/workflows/failure';

/** As often as an apply is repeated here before it fails for good; the real bound is a time. */
const TRIES = 3;

/** One try of an activity, with nothing left of an earlier one. */
export const newRun = (): ActivityRun => ({
  signal: new AbortController().signal,
  resume: undefined,
  heartbeat() {},
});

/** The steps of one item as the worker registers them, with the activity's retry policy but without its pauses. */
export function itemSteps(deps: ActivityDeps): ItemActivities {
  return {
    async openOperation(input) {
      await deps.reach('beforeOpen', input.itemId);
      const opened = await openOperation(deps, input);
      await deps.reach('afterOpen', input.itemId);
      return opened;
    },
    async applyOperation(input, serial) {
      for (let attempt = 1; ; attempt++) {
        try {
          return await apply(deps, input, serial, newRun());
        } catch (error) {
          if (attempt === TRIES || failureFrom(error, false).nonRetryable) throw error;
        }
      }
    },
    async settleOperation(input, serial, outcome) {
      await deps.reach('beforeSettle', input.itemId);
      const settled = await settle(deps, input, serial, outcome);
      await deps.reach('afterSettle', input.itemId);
      return settled;
    },
    markFailed: (input, serial, { code, message }) =>
      markFailed(deps, input, serial, { code: isErrorCode(code) ? code : 'internal', message }),
  };
}

export const failureOf = (error: unknown): Failure => {
  const failure = failureFrom(error, false);
  return { code: failure.type ?? 'internal', message: failure.message };
};
