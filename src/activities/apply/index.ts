import type { ItemRef } from '../../domain/types';
import { mayWrite, readOperation } from '../../store/operations';
import type { Operation } from '../../store/records';
import { readSync } from '../../store/syncRecords';
import type { ActivityDeps } from '../deps';
import type { Outcome } from '../item/settle';
import { cleanUp, makesAssemblyFile, takeBack } from './assemblyFile';
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
  const { operation, upload, sentCreate, sentUpload } = opened;
  try {
    const context = {
      deps,
      ref,
      sync,
      run,
      operation,
      upload,
      sentCreate,
      sentUpload,
      dropbox: await deps.remotes.dropbox(ref.portalId),
      assembly: deps.remotes.assembly(ref.portalId),
    };
    if (upload !== null && !makesAssemblyFile(operation)) await takeBack(context, upload);
    if (operation.cleanUp) return { kind: 'done', effect: await cleanUp(context) };
    const effect =
      operation.target === 'dropbox' ? await applyOnDropbox(context) : await applyOnAssembly(context);
    return { kind: 'done', effect };
  } catch (error) {
    if (!(error instanceof Replan) && !(await wasStopped(deps, ref, operation, run))) throw error;
    const reason = error instanceof Error ? error.message : String(error);
    deps.logger.debug({ portalId: ref.portalId, itemId: ref.itemId, reason }, 'replan');
    return { kind: 'replan' };
  }
}

/** Whatever goes wrong once the sync is paused, removed or disconnected is no fault of the item. */
async function wasStopped(
  deps: ActivityDeps,
  ref: ItemRef,
  operation: Operation,
  run: ActivityRun,
): Promise<boolean> {
  if (run.signal.aborted) return false;
  return !(await mayWrite(deps.store.prisma, ref, operation).catch(() => true));
}
