import type { ItemRef } from '../../domain/types';
import { readOperation } from '../../store/operations';
import { readSync } from '../../store/syncRecords';
import type { ActivityDeps } from '../deps';
import type { Outcome } from '../item/settle';
import { type ActivityRun, Replan } from './context';
import { applyOnAssembly } from './onAssembly';
import { applyOnDropbox } from './onDropbox';

export type { ActivityRun } from './context';

/**
 * Carries an opened operation out on its remote side. Looks before it acts, so that any number of tries leaves one
 * object; answers `replan` where the world is not as the operation assumes. Rejects with a `RemoteError`.
 */
export async function apply(
  deps: ActivityDeps,
  ref: ItemRef,
  serial: string,
  run: ActivityRun,
): Promise<Outcome> {
  const opened = await readOperation(deps.store.prisma, ref, serial);
  const sync = await readSync(deps.store.prisma, ref);
  if (!opened || !sync) return { kind: 'replan' };
  const context = {
    deps,
    ref,
    sync,
    run,
    operation: opened.operation,
    upload: opened.upload,
    dropbox: await deps.remotes.dropbox(ref.portalId),
    assembly: deps.remotes.assembly(ref.portalId),
  };
  try {
    const effect =
      opened.operation.target === 'dropbox' ? await applyOnDropbox(context) : await applyOnAssembly(context);
    return { kind: 'done', effect };
  } catch (error) {
    if (!(error instanceof Replan)) throw error;
    deps.logger.debug({ portalId: ref.portalId, itemId: ref.itemId, reason: error.message }, 'replan');
    return { kind: 'replan' };
  }
}
