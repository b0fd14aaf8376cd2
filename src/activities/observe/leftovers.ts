import type { AssemblyClient } from '../../assembly/types';
import type { SyncRef } from '../../domain/types';
import { throughGate } from '../../net/sendGate';
import { forgetUpload, leftUploads, stillFlows } from '../../store/leftovers';
import type { SyncRecord } from '../../store/records';
import { createPermission, NotPermitted } from '../apply/permission';
import type { ActivityDeps } from '../deps';
import type { ObserveRun } from './dropbox';

/** More than a worker has in hand at once; a next look takes the rest. */
const AT_MOST = 100;

/**
 * Removes what a mapping of this channel that has been removed left without its bytes: then nothing more was allowed
 * to be written for it, and now something is. An object that got its bytes is a file like any other.
 */
export async function removeLeftovers(
  deps: ActivityDeps,
  ref: SyncRef,
  sync: SyncRecord,
  client: AssemblyClient,
  run: ObserveRun,
): Promise<void> {
  const { prisma } = deps.store;
  const permitted = createPermission(
    () => stillFlows(prisma, ref, sync.generation),
    () => performance.now(),
  );
  try {
    for (const id of await leftUploads(prisma, ref, sync.channelId, AT_MOST)) {
      const left = await client.retrieveFile(id, run.signal);
      if (left?.object === 'file' && left.status === 'pending') {
        await permitted();
        await throughGate(permitted, () => client.deleteFile(id, run.signal));
      }
      await forgetUpload(prisma, ref.portalId, id);
      run.heartbeat();
    }
  } catch (error) {
    if (!(error instanceof NotPermitted)) throw error;
  }
}
