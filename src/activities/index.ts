import { type ErrorCode, isErrorCode } from '../domain/errors';
import type { CairnActivities } from '../workflows/activities';
import { apply } from './apply';
import { endPass, nextWork, observationFailed, planSync, startPass } from './channel';
import type { ActivityDeps } from './deps';
import { openOperation } from './item/open';
import { markFailed, settle } from './item/settle';
import { observeAssembly } from './observe/assembly';
import { observeDropbox } from './observe/dropbox';
import { armResync, listPortals, wakeSyncs } from './sweep';
import { beating, remoteStep } from './temporal';

export type { ActivityDeps } from './deps';

const known = (code: string): ErrorCode => (isErrorCode(code) ? code : 'internal');

/** Every activity of Cairn, over one set of dependencies. The only place where store and remotes meet. */
export function createActivities(
  deps: ActivityDeps,
  options: { readonly retryMaxSeconds: number },
): CairnActivities {
  const { retryMaxSeconds } = options;
  return {
    async openOperation(input) {
      await deps.reach('beforeOpen', input.itemId);
      const opened = await openOperation(deps, input);
      await deps.reach('afterOpen', input.itemId);
      return opened;
    },
    applyOperation: (input, serial) => remoteStep(retryMaxSeconds, (run) => apply(deps, input, serial, run)),
    async settleOperation(input, serial, outcome) {
      await deps.reach('beforeSettle', input.itemId);
      const settled = await settle(deps, input, serial, outcome);
      await deps.reach('afterSettle', input.itemId);
      return settled;
    },
    markFailed: (input, serial, failure) =>
      beating(() => markFailed(deps, input, serial, { ...failure, code: known(failure.code) })),
    startPass: (ref) => startPass(deps, ref),
    observeDropbox: (ref, full) => remoteStep(retryMaxSeconds, (run) => observeDropbox(deps, ref, full, run)),
    observeAssembly: (ref, ids) => remoteStep(retryMaxSeconds, (run) => observeAssembly(deps, ref, ids, run)),
    planSync: (ref, origin, lookedInFull) => beating(() => planSync(deps, ref, origin, lookedInFull)),
    nextWork: (ref, limit, running) => nextWork(deps, ref, limit, running),
    endPass: (ref) => endPass(deps, ref),
    observationFailed: (ref, failure) =>
      beating(() => observationFailed(deps, ref, { ...failure, code: known(failure.code) })),
    listPortals: (after) => beating(() => listPortals(deps, after)),
    wakeSyncs: (portalId, after) => beating(() => wakeSyncs(deps, portalId, after)),
    armResync: (ref) => beating(() => armResync(deps, ref)),
    hintChannel: (ref, hint) => beating(() => deps.hinter.hint(ref, hint)),
  };
}
