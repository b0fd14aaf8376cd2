import { ChildWorkflowFailure, WorkflowExecutionAlreadyStartedError } from '@temporalio/common';
import {
  condition,
  continueAsNew,
  defineSignal,
  getExternalWorkflowHandle,
  isCancellation,
  log,
  ParentClosePolicy,
  setCurrentDetails,
  setHandler,
  sleep,
  startChild,
  workflowInfo,
} from '@temporalio/workflow';
import type { Origin, SyncRef } from '../domain/types';
import { itemWorkflowId } from '../temporal/ids';
import {
  ORIGIN,
  PORTAL_ID,
  SYNC_ID,
  SYNC_OPERATION,
  SYNC_STATUS,
  SYNC_TARGET,
} from '../temporal/searchAttributes';
import { type ChannelEngine, type ItemEnd, runChannel, type WorkItem } from './channelPass';
import { failureOf } from './failure';
import { type Agenda, addHint, emptyAgenda } from './hints';
import {
  type ChannelHint,
  HINT_SIGNAL,
  LOOK_AGAIN_SIGNAL,
  PASS_DONE_SIGNAL,
  type SyncChannelInput,
  type SyncItemInput,
} from './messages';
import { postgresSteps, remoteSteps, syncSteps } from './proxies';
import type { syncItem } from './syncItem';

export const hint = defineSignal<[ChannelHint]>(HINT_SIGNAL);

/** One sync's passes, as `runChannel` says, with Temporal as their engine. One at a time: its id is the sync's. */
export async function syncChannel(input: SyncChannelInput, carried: Agenda = emptyAgenda()): Promise<void> {
  const agenda = carried;
  setHandler(hint, (told) => addHint(agenda, told));
  const ref = { portalId: input.portalId, syncId: input.syncId };
  await runChannel(temporalEngine(input, ref), ref, agenda);
}

const temporalEngine = (input: SyncChannelInput, ref: SyncRef): ChannelEngine => ({
  steps: {
    startPass: postgresSteps.startPass,
    nextWork: postgresSteps.nextWork,
    endPass: postgresSteps.endPass,
    observeDropbox: (...args) => remoteSteps('dropbox').observeDropbox(...args),
    observeAssembly: (...args) => remoteSteps('assembly').observeAssembly(...args),
    planSync: syncSteps.planSync,
    observationFailed: syncSteps.observationFailed,
  },
  condition: (holds, timeoutMs) => (timeoutMs === undefined ? condition(holds) : condition(holds, timeoutMs)),
  sleep,
  runItem: (item, origin, park) => runItem(ref, item, origin, park),
  askItemToLookAgain: (itemId) =>
    getExternalWorkflowHandle(itemWorkflowId(ref.portalId, itemId))
      .signal(LOOK_AGAIN_SIGNAL)
      .catch(() => log.debug('the item ended meanwhile', { itemId })),
  tellResync: (workflowId, report) =>
    getExternalWorkflowHandle(workflowId)
      .signal(PASS_DONE_SIGNAL, report)
      .catch(() => log.debug('nobody waits for this resync any more', { workflowId })),
  shouldContinueAsNew: () => workflowInfo().continueAsNewSuggested,
  continueAsNew: (agenda) => continueAsNew<typeof syncChannel>(input, agenda),
  failureOf(error) {
    if (isCancellation(error)) throw error;
    return failureOf(error);
  },
  details: setCurrentDetails,
});

async function runItem(ref: SyncRef, item: WorkItem, origin: Origin, park: boolean): Promise<ItemEnd> {
  const child: SyncItemInput = { ...ref, itemId: item.itemId, origin, ...(park ? { park } : {}) };
  try {
    const handle = await startChild<typeof syncItem>('syncItem', {
      workflowId: itemWorkflowId(ref.portalId, item.itemId),
      args: [child],
      parentClosePolicy: ParentClosePolicy.ABANDON,
      staticSummary: item.label,
      typedSearchAttributes: [
        { key: PORTAL_ID, value: ref.portalId },
        { key: SYNC_ID, value: ref.syncId },
        { key: ORIGIN, value: origin },
        { key: SYNC_STATUS, value: 'pending' },
        ...(item.target ? [{ key: SYNC_TARGET, value: item.target }] : []),
        ...(item.action ? [{ key: SYNC_OPERATION, value: item.action }] : []),
      ],
    });
    return await handle.result();
  } catch (error) {
    // The item's failure is on its row; it is tried again when it is due.
    if (error instanceof ChildWorkflowFailure || isCancellation(error)) return 'failed';
    if (!(error instanceof WorkflowExecutionAlreadyStartedError)) throw error;
    return 'running';
  }
}
