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
import { itemWorkflowId } from '../temporal/ids';
import {
  ORIGIN,
  PORTAL_ID,
  SYNC_ID,
  SYNC_OPERATION,
  SYNC_STATUS,
  SYNC_TARGET,
} from '../temporal/searchAttributes';
import { failureOf } from './failure';
import { type Agenda, addHint, emptyAgenda, hasWork, wantsObservation } from './hints';
import {
  type ChannelHint,
  HINT_SIGNAL,
  LOOK_AGAIN_SIGNAL,
  PASS_DONE_SIGNAL,
  type ResyncReport,
  type SyncChannelInput,
  type SyncItemInput,
} from './messages';
import { postgresSteps, remoteSteps, syncSteps } from './proxies';
import type { syncItem } from './syncItem';

export const hint = defineSignal<[ChannelHint]>(HINT_SIGNAL);

/** Items in flight at once: enough to keep both sides busy, few enough for the limits of one history. */
const WINDOW = 24;
/** Ids fetched ahead, so that one query serves many starts. */
const PAGE = 96;
const RETRY_OBSERVATION = '30s';
const MAX_SLEEP_MS = 3_600_000;

/**
 * Brings one sync to rest: observe, plan, hand out due items in order with a bounded window, until nothing is owed or
 * what is left waits for its time. Hints while it runs are coalesced. Its durable timer tries a failed item again when
 * it is due, not at the next sweep. Ends when converged; a hint starts it anew.
 */
export async function syncChannel(input: SyncChannelInput, carried: Agenda = emptyAgenda()): Promise<void> {
  const agenda = carried;
  setHandler(hint, (told) => addHint(agenda, told));
  const ref = { portalId: input.portalId, syncId: input.syncId };
  const running = new Map<string, Promise<void>>();
  const queue: WorkItem[] = [];
  let replan = true;

  for (;;) {
    const start = await postgresSteps.startPass(ref);
    if (!start.flows) {
      await Promise.all(running.values());
      await tellResyncs(agenda, {
        outcome: start.state === 'halted' ? 'halted' : 'not_active',
        pending: 0,
        stuck: 0,
        unsyncable: 0,
      });
      clear(agenda);
      return;
    }
    if (start.look) agenda.look = true;
    const origin = agenda.origin;
    let looked = false;
    if (wantsObservation(agenda)) {
      looked = agenda.look;
      if (!(await observe(agenda))) {
        // The fault is on the sync for a person to see; what was to be looked at stays on the agenda.
        await sleep(RETRY_OBSERVATION);
        if (running.size === 0 && workflowInfo().continueAsNewSuggested) {
          await continueAsNew<typeof syncChannel>(input, agenda);
        }
        continue;
      }
      replan = true;
    }
    agenda.work = false;
    if (replan) {
      replan = false;
      await syncSteps.planSync(ref, origin, looked);
    }
    if (await handOut(origin)) continue;
    // Nothing is running, nothing is ready, nothing is unplanned: the pass is over.
    if (hasWork(agenda)) continue;
    const end = await postgresSteps.endPass(ref);
    if (hasWork(agenda)) continue;
    await tellResyncs(agenda, {
      ...end,
      outcome: end.state === 'halted' ? 'halted' : end.pending === 0 ? 'converged' : 'unfinished',
    });
    const next = await postgresSteps.nextWork(ref, 1, []);
    if (hasWork(agenda) || next.items.length > 0 || next.dirty) {
      replan ||= next.dirty;
      continue;
    }
    if (next.dueInMs === null) return;
    setCurrentDetails(`${next.pending} owed, next try in ${Math.ceil(next.dueInMs / 1_000)} s`);
    await condition(() => hasWork(agenda), Math.min(Math.max(next.dueInMs, 1_000), MAX_SLEEP_MS));
    if (workflowInfo().continueAsNewSuggested) await continueAsNew<typeof syncChannel>(input, agenda);
  }

  /** Looks at what the hints named. `false` when a side could not be observed. */
  async function observe(what: Agenda): Promise<boolean> {
    const { look, dropbox, assemblyList, assemblyIds } = what;
    what.look = false;
    what.dropbox = false;
    what.assemblyList = false;
    what.assemblyIds = [];
    const looks: Promise<unknown>[] = [];
    if (look || dropbox) looks.push(remoteSteps('dropbox').observeDropbox(ref, look));
    if (look || assemblyList) looks.push(remoteSteps('assembly').observeAssembly(ref, []));
    else if (assemblyIds.length > 0) looks.push(remoteSteps('assembly').observeAssembly(ref, assemblyIds));
    const results = await Promise.allSettled(looks);
    const failed = results.find((result) => result.status === 'rejected');
    if (!failed) return true;
    if (isCancellation(failed.reason)) throw failed.reason;
    await syncSteps.observationFailed(ref, failureOf(failed.reason));
    what.look ||= look;
    what.dropbox ||= dropbox;
    what.assemblyList ||= assemblyList;
    if (assemblyIds.length > 0 && !what.assemblyList) what.assemblyIds.push(...assemblyIds);
    return false;
  }

  /**
   * Starts what is ready, up to the window. `true` when the loop should come round again: something ran, or was
   * planned anew; `false` when there is nothing to do.
   */
  async function handOut(origin: Agenda['origin']): Promise<boolean> {
    let moved = false;
    for (;;) {
      if (workflowInfo().continueAsNewSuggested) {
        await Promise.all(running.values());
        await continueAsNew<typeof syncChannel>(input, { ...agenda, work: true, origin });
      }
      if (queue.length === 0) {
        const next = await postgresSteps.nextWork(ref, PAGE, [...running.keys()]);
        queue.push(...next.items);
        if (next.items.length === 0 && running.size === 0) {
          replan ||= next.dirty;
          if (next.dirty) return true;
          if (next.blockedMove === null) return moved && replan;
          start({ itemId: next.blockedMove, label: 'step aside' }, origin, true);
        }
      }
      while (queue.length > 0 && running.size < WINDOW) {
        const item = queue.shift()!;
        if (!running.has(item.itemId)) start(item, origin, false);
      }
      moved = true;
      const size = running.size;
      // Refilled in strides: one query for several that have ended.
      const enough = queue.length > 0 ? WINDOW - 4 : Math.max(0, Math.min(size - 1, size >> 1));
      await condition(() => running.size <= enough || wantsObservation(agenda));
      if (wantsObservation(agenda) || replan) return true;
    }
  }

  /** Starting takes a round trip to the server, so nothing waits for one start before the next. */
  function start(item: WorkItem, origin: Agenda['origin'], park: boolean): void {
    running.set(
      item.itemId,
      run(item, origin, park).then((again) => {
        running.delete(item.itemId);
        replan ||= again;
      }),
    );
  }

  /** Runs one item to its end; `true` when the whole sync has to be planned before the item can go on. */
  async function run(item: WorkItem, origin: Agenda['origin'], park: boolean): Promise<boolean> {
    const { itemId, label } = item;
    const child: SyncItemInput = { ...ref, itemId, origin, ...(park ? { park } : {}) };
    try {
      const handle = await startChild<typeof syncItem>('syncItem', {
        workflowId: itemWorkflowId(ref.portalId, itemId),
        args: [child],
        parentClosePolicy: ParentClosePolicy.ABANDON,
        staticSummary: label,
        typedSearchAttributes: [
          { key: PORTAL_ID, value: ref.portalId },
          { key: SYNC_ID, value: ref.syncId },
          { key: ORIGIN, value: origin },
          { key: SYNC_STATUS, value: 'pending' },
          ...(item.target ? [{ key: SYNC_TARGET, value: item.target }] : []),
          ...(item.action ? [{ key: SYNC_OPERATION, value: item.action }] : []),
        ],
      });
      return (await handle.result()) === 'replan';
    } catch (error) {
      // The item's failure is on its row; it is tried again when it is due.
      if (error instanceof ChildWorkflowFailure || isCancellation(error)) return false;
      if (!(error instanceof WorkflowExecutionAlreadyStartedError)) throw error;
      return await joinRunning(itemId);
    }
  }

  /** Somebody else runs the item: ask it to look once more, and leave it alone for a moment. */
  async function joinRunning(itemId: string): Promise<boolean> {
    await getExternalWorkflowHandle(itemWorkflowId(ref.portalId, itemId))
      .signal(LOOK_AGAIN_SIGNAL)
      .catch(() => log.debug('the item ended meanwhile', { itemId }));
    await sleep('2s');
    return false;
  }
}

interface WorkItem {
  readonly itemId: string;
  readonly label: string;
  readonly action?: string;
  readonly target?: string;
}

const clear = (agenda: Agenda): void => {
  Object.assign(agenda, emptyAgenda());
};

async function tellResyncs(agenda: Agenda, end: Omit<ResyncReport, 'rearmed'>): Promise<void> {
  const waiting = agenda.waiting.splice(0);
  for (const workflowId of waiting) {
    const { outcome, pending, stuck, unsyncable } = end;
    await getExternalWorkflowHandle(workflowId)
      .signal(PASS_DONE_SIGNAL, { outcome, pending, stuck, unsyncable })
      .catch(() => log.debug('nobody waits for this resync any more', { workflowId }));
  }
}
