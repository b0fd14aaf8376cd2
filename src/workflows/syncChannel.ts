import { ChildWorkflowFailure, WorkflowExecutionAlreadyStartedError } from '@temporalio/common';
import {
  condition,
  continueAsNew,
  defineSignal,
  getExternalWorkflowHandle,
  isCancellation,
  log,
  ParentClosePolicy,
  patched,
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

/**
 * While no item runs, a new run costs next to nothing, and a long history much: where the worker has lost its copy of the
 * workflow, or may not end it since a hint came just then, it goes through all of it again.
 */
const LONG_WHILE_IDLE = 1_000;
/** So long is waited for a hint, and where none comes in it, the next one is not likely to come in an instant either. */
const QUIET_MS = 250;
/** Runs from before this rule have ended their histories without a wait. */
const BETWEEN_HINTS = 'begin-anew-between-hints';
/**
 * A sync that is told without an end, and of nothing that is to be carried out, looks once in this while, or a second, which
 * is how late Temporal's timers may be: passes back to back would take the cores that the webhooks are answered with.
 */
const GATHER_MS = 250;
/** Runs from before this rule have passed on at once. */
const GATHER = 'let-hints-gather';
const CIRCLING_MS = 30_000;
/** Runs from before this rule have planned again at once. */
const HOLD_BACK = 'hold-back-what-circles';

/** Runs from before this rule have ended without another look at whether the sync flows. */
const LATE_HINTS = 'heed-late-hints';

/** One sync's passes, as `runChannel` says, with Temporal as their engine. One at a time: its id is the sync's. */
export async function syncChannel(input: SyncChannelInput, carried: Agenda = emptyAgenda()): Promise<void> {
  const agenda = carried;
  let heard = 0;
  setHandler(hint, (told) => {
    heard += 1;
    addHint(agenda, told);
  });
  const ref = { portalId: input.portalId, syncId: input.syncId };
  await runChannel(
    temporalEngine(input, ref, () => heard),
    ref,
    agenda,
  );
}

const temporalEngine = (input: SyncChannelInput, ref: SyncRef, heard: () => number): ChannelEngine => ({
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
  async letGather() {
    if (patched(GATHER)) await sleep(GATHER_MS);
  },
  async holdBack() {
    if (patched(HOLD_BACK)) await sleep(CIRCLING_MS);
  },
  runItem: (item, origin, park) => runItem(ref, item, origin, park),
  askItemToLookAgain: (itemId) =>
    getExternalWorkflowHandle(itemWorkflowId(ref.portalId, itemId))
      .signal(LOOK_AGAIN_SIGNAL)
      .catch(() => log.debug('the item ended meanwhile', { itemId })),
  tellResync: (workflowId, report) =>
    getExternalWorkflowHandle(workflowId)
      .signal(PASS_DONE_SIGNAL, report)
      .catch(() => log.debug('nobody waits for this resync any more', { workflowId })),
  shouldContinueAsNew(idle) {
    const { continueAsNewSuggested, historyLength } = workflowInfo();
    return continueAsNewSuggested || (idle && historyLength > LONG_WHILE_IDLE && patched(BETWEEN_HINTS));
  },
  async continueAsNew(agenda) {
    if (patched(BETWEEN_HINTS)) await betweenHints(heard);
    return continueAsNew<typeof syncChannel>(input, agenda);
  },
  failureOf(error) {
    if (isCancellation(error)) throw error;
    return failureOf(error);
  },
  heard,
  heedsLateHints: () => patched(LATE_HINTS),
  details: setCurrentDetails,
});

/**
 * Resolves just after a hint, when the next one is furthest away, or after a quiet while. Temporal refuses an end that was
 * decided while a hint came, and takes no further hint until the workflow has been brought to that end again. The first hint
 * may have waited for the task that is under way now, and be old; the second comes to a workflow that does nothing else.
 */
async function betweenHints(heard: () => number): Promise<void> {
  const before = heard();
  await condition(() => heard() >= before + 2, QUIET_MS);
}

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
