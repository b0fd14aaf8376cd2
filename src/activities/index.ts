import { type ErrorCode, isErrorCode } from '../domain/errors';
import type { Side, SyncRef } from '../domain/types';
import type { CairnActivities } from '../workflows/activities';
import { type ActivityRun, apply } from './apply';
import { endPass, nextWork, observationFailed, planFailed, planSync, startPass } from './channel';
import type { ActivityDeps } from './deps';
import { openOperation } from './item/open';
import { markFailed, settle } from './item/settle';
import { observeAssembly } from './observe/assembly';
import { type Observed, observeDropbox } from './observe/dropbox';
import { mayObserve, sideIsDown, sideWorks } from './sideTrouble';
import { armResync, listPortals, wakeSyncs } from './sweep';
import { beating, remoteStep, type StepContext, temporalContext } from './temporal';

export type { ActivityDeps } from './deps';

const known = (code: string): ErrorCode => (isErrorCode(code) ? code : 'internal');

/**
 * Every activity of Cairn, over one set of dependencies. The only place where store and remotes meet. `context` is
 * asked at the start of each activity that is no local one.
 */
export function createActivities(
  deps: ActivityDeps,
  options: { readonly retryMaxSeconds: number; readonly context?: () => StepContext },
): CairnActivities {
  const context = options.context ?? temporalContext;
  const remote = <T>(portalId: string, striker: string, step: (run: ActivityRun) => Promise<T>) =>
    remoteStep(context(), options.retryMaxSeconds, step, (error) =>
      sideIsDown(deps, portalId, striker, error),
    );
  const observe = (
    { portalId, syncId }: SyncRef,
    side: Side,
    look: (run: ActivityRun) => Promise<Observed>,
  ) =>
    remote(portalId, `look/${syncId}`, async (run) => {
      await mayObserve(deps, portalId, side);
      const observed = await look(run);
      await sideWorks(deps, portalId, side);
      return observed;
    });
  const regular = <T>(step: () => Promise<T>) => beating(context(), step);
  return {
    async openOperation(input) {
      await deps.reach('beforeOpen', input.itemId);
      const opened = await openOperation(deps, input);
      await deps.reach('afterOpen', input.itemId);
      return opened;
    },
    applyOperation: (input, serial) =>
      remote(input.portalId, `item/${input.itemId}`, (run) => apply(deps, input, serial, run)),
    async settleOperation(input, serial, outcome) {
      await deps.reach('beforeSettle', input.itemId);
      const settled = await settle(deps, input, serial, outcome);
      await deps.reach('afterSettle', input.itemId);
      return settled;
    },
    markFailed: (input, serial, failure) =>
      regular(() => markFailed(deps, input, serial, { ...failure, code: known(failure.code) })),
    startPass: (ref) => startPass(deps, ref),
    observeDropbox: (ref, full) => observe(ref, 'dropbox', (run) => observeDropbox(deps, ref, full, run)),
    observeAssembly: (ref, ids) => observe(ref, 'assembly', (run) => observeAssembly(deps, ref, ids, run)),
    planSync(ref, origin, lookedInFull) {
      const { nowMs, scheduledMs } = context();
      return regular(async () => {
        try {
          return await planSync(deps, ref, origin, lookedInFull);
        } catch (error) {
          await planFailed(deps, ref, error, nowMs() - scheduledMs);
          throw error;
        }
      });
    },
    nextWork: (ref, limit, running) => nextWork(deps, ref, limit, running),
    endPass: (ref, review) => endPass(deps, ref, review),
    observationFailed: (ref, failure) =>
      regular(() => observationFailed(deps, ref, { ...failure, code: known(failure.code) })),
    listPortals: (after) => regular(() => listPortals(deps, after)),
    wakeSyncs: (portalId, after) => regular(() => wakeSyncs(deps, portalId, after)),
    armResync: (ref) => regular(() => armResync(deps, ref)),
    hintChannel: (ref, hint) => regular(() => deps.hinter.hint(ref, hint)),
  };
}
