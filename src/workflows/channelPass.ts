import type { Origin, Side, SyncRef } from '../domain/types';
import type { ChannelActivities } from './activities';
import type { Failure } from './failure';
import { type Agenda, emptyAgenda, hasWork, wantsObservation } from './hints';
import type { ResyncReport } from './messages';

/** Items in flight at once: enough to keep both sides busy, few enough for the limits of one history. */
const WINDOW = 24;
/** Ids fetched ahead, so that one query serves many starts. */
const PAGE = 96;
const JOIN_MS = 2_000;
const MAX_SLEEP_MS = 3_600_000;
/** An item that has called for so many plans in a row, and got nowhere, waits before each further one. */
const MAX_REPLANS = 20;
/** Reviews in a row between two observations: each but the first follows an operation that was settled since. */
const MAX_REVIEWS = 10;

export interface WorkItem {
  readonly itemId: string;
  readonly label: string;
  readonly action?: string;
  readonly target?: string;
}

/** `running`: somebody else runs the item already. `failed`: the failure is on its row. */
export type ItemEnd = 'settled' | 'replan' | 'wait' | 'failed' | 'running';

/** All that a pass asks of whatever runs it: Temporal, or a simulation without a server. */
export interface ChannelEngine {
  readonly steps: ChannelActivities;
  /** Resolves when it holds, or after `timeoutMs`. */
  condition(holds: () => boolean, timeoutMs?: number): Promise<unknown>;
  sleep(ms: number): Promise<void>;
  /** Lets hints gather: they came while a pass ran that had nothing to carry out, and more may come. */
  letGather(): Promise<void>;
  /** Holds back an item that circles: it would take the time of all others. */
  holdBack(): Promise<void>;
  /** Starts the item's own workflow and resolves with its end. */
  runItem(item: WorkItem, origin: Origin, park: boolean): Promise<ItemEnd>;
  /** Asks a running item to look once more before it ends; nothing when it has ended meanwhile. */
  askItemToLookAgain(itemId: string): Promise<void>;
  tellResync(workflowId: string, report: Omit<ResyncReport, 'rearmed'>): Promise<void>;
  /** The history has grown long: the pass goes on in a new run as soon as it can, and the sooner while no item runs. */
  shouldContinueAsNew(idle: boolean): boolean;
  /** Goes on with what is on the agenda by the time it does. */
  continueAsNew(agenda: Agenda): Promise<never>;
  /** What a failed step says; throws where the failure is the end of the workflow itself. */
  failureOf(error: unknown): Failure;
  /** How many hints have come so far. */
  heard(): number;
  /** Whether a pass that may not go on begins anew for a hint that came meanwhile. */
  heedsLateHints(): boolean;
  /** For a person who looks at the running workflow. */
  details(text: string): void;
}

/**
 * Brings one sync to rest: observe, plan, hand out due items in order with a bounded window, until nothing is owed or
 * what is left waits for its time. Hints while it runs are coalesced. Its durable timer tries a failed item again when
 * it is due, not at the next sweep. Returns when converged; a hint starts it anew. `agenda` is added to from outside.
 */
export async function runChannel(engine: ChannelEngine, ref: SyncRef, agenda: Agenda): Promise<void> {
  const { steps } = engine;
  const running = new Map<string, Promise<void>>();
  const queue: WorkItem[] = [];
  /** Asked to step aside since the last plan, and could not. */
  const unmoved = new Set<string>();
  /** How many plans in a row an item has called for. */
  const replans = new Map<string, number>();
  let replan = true;
  let reviews = 0;

  for (;;) {
    const heard = engine.heard();
    const start = await steps.startPass(ref);
    if (!start.flows) {
      await Promise.all(running.values());
      if (await mayFlowAgain(heard)) continue;
      await tellResyncs(engine, agenda, {
        outcome: start.state === 'halted' ? 'halted' : 'not_active',
        pending: 0,
        stuck: 0,
        unsyncable: 0,
      });
      if (await mayFlowAgain(heard)) continue;
      Object.assign(agenda, emptyAgenda());
      return;
    }
    if (start.look) agenda.look = true;
    const origin = agenda.origin;
    let looked = false;
    if (wantsObservation(agenda)) {
      looked = agenda.look;
      const againInMs = await observe(engine, ref, agenda);
      if (againInMs !== null) {
        // The fault is on the sync for a person to see; what was to be looked at stays on the agenda.
        await engine.sleep(againInMs);
        if (running.size === 0 && engine.shouldContinueAsNew(true)) await engine.continueAsNew(agenda);
        continue;
      }
      replan = true;
      agenda.review = looked || agenda.review === 'all' ? 'all' : 'waits';
      reviews = 0;
    }
    agenda.work = false;
    if (replan) {
      replan = false;
      unmoved.clear();
      await steps.planSync(ref, origin, looked);
    }
    if (await handOut(origin)) continue;
    // Nothing is running, nothing is ready, nothing is unplanned: the pass is over.
    if (hasWork(agenda)) {
      await engine.letGather();
      continue;
    }
    const end = await steps.endPass(ref, agenda.review ?? 'waits');
    // Once: what it finds to be right stays as it is, and is found again.
    agenda.review = 'none';
    reviews += 1;
    replan ||= (end.reviewed ?? 0) > 0;
    if (replan || hasWork(agenda)) continue;
    await tellResyncs(engine, agenda, {
      ...end,
      outcome: end.state === 'halted' ? 'halted' : end.pending === 0 ? 'converged' : 'unfinished',
    });
    const next = await steps.nextWork(ref, 1, []);
    if (hasWork(agenda) || next.items.length > 0 || next.dirty) {
      queue.push(...next.items);
      replan ||= next.dirty;
      continue;
    }
    if (next.dueInMs === null) return;
    engine.details(`${next.pending} owed, next try in ${Math.ceil(next.dueInMs / 1_000)} s`);
    await engine.condition(() => hasWork(agenda), Math.min(Math.max(next.dueInMs, 1_000), MAX_SLEEP_MS));
    if (engine.shouldContinueAsNew(true)) await engine.continueAsNew(agenda);
  }

  /** A hint that came since: what made a person send it may have let the sync flow, and then the hint is for this pass. */
  async function mayFlowAgain(heard: number): Promise<boolean> {
    if (engine.heard() === heard || !engine.heedsLateHints()) return false;
    if (engine.shouldContinueAsNew(true)) await engine.continueAsNew(agenda);
    return true;
  }

  /**
   * Starts what is ready, up to the window. `true` when the loop should come round again: something ran, or was
   * planned anew; `false` when there is nothing to do.
   */
  async function handOut(origin: Origin): Promise<boolean> {
    let moved = false;
    for (;;) {
      if (engine.shouldContinueAsNew(running.size === 0)) {
        await Promise.all(running.values());
        Object.assign(agenda, { work: true, origin });
        await engine.continueAsNew(agenda);
      }
      if (queue.length === 0) {
        const next = await steps.nextWork(ref, PAGE, [...running.keys()]);
        queue.push(...next.items);
        if (next.items.length === 0 && running.size === 0) {
          replan ||= next.dirty;
          if (next.dirty) return true;
          if (next.blockedMove === null || unmoved.has(next.blockedMove)) return moved && replan;
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
      await engine.condition(() => running.size <= enough || wantsObservation(agenda));
      if (wantsObservation(agenda) || replan) return true;
    }
  }

  /** Starting takes a round trip to the server, so nothing waits for one start before the next. */
  function start(item: WorkItem, origin: Origin, park: boolean): void {
    running.set(
      item.itemId,
      run(item, origin, park).then((again) => {
        running.delete(item.itemId);
        replan ||= again;
      }),
    );
  }

  /** Runs one item to its end; `true` when the whole sync has to be planned before the item can go on. */
  async function run(item: WorkItem, origin: Origin, park: boolean): Promise<boolean> {
    const end = await engine.runItem(item, origin, park);
    if (park && end === 'wait') unmoved.add(item.itemId);
    if (end === 'replan') {
      const times = (replans.get(item.itemId) ?? 0) + 1;
      replans.set(item.itemId, times);
      if (times > MAX_REPLANS) await engine.holdBack();
      return true;
    }
    replans.delete(item.itemId);
    if (end === 'settled' && agenda.review === 'none' && reviews < MAX_REVIEWS) agenda.review = 'waits';
    if (end !== 'running') return false;
    // Left alone for a moment: what it does meanwhile shows on its row.
    await engine.askItemToLookAgain(item.itemId);
    await engine.sleep(JOIN_MS);
    return false;
  }
}

/** Looks at what the hints named. Milliseconds until the next try where a side could not be observed. */
async function observe(
  { steps, failureOf }: ChannelEngine,
  ref: SyncRef,
  what: Agenda,
): Promise<number | null> {
  const { look, dropbox, assemblyList, assemblyIds } = what;
  const full = (side: Side) => look && !what.looked.includes(side);
  const wanted = { dropbox: full('dropbox'), assembly: full('assembly') };
  Object.assign(what, { look: false, dropbox: false, assemblyList: false, assemblyIds: [] });
  const looks: [Side, Promise<unknown>][] = [];
  if (wanted.dropbox || dropbox) looks.push(['dropbox', steps.observeDropbox(ref, wanted.dropbox)]);
  if (wanted.assembly || assemblyList || assemblyIds.length > 0) {
    const ids = wanted.assembly || assemblyList ? [] : assemblyIds;
    looks.push(['assembly', steps.observeAssembly(ref, ids)]);
  }
  const results = await Promise.allSettled(looks.map(([, seen]) => seen));
  const waits: number[] = [];
  for (const [index, result] of results.entries()) {
    const [side] = looks[index]!;
    if (result.status === 'fulfilled') {
      if (wanted[side]) what.looked.push(side);
      continue;
    }
    waits.push(await steps.observationFailed(ref, failureOf(result.reason)));
    // Only the side that failed is looked at again: the other one costs calls.
    what.look ||= wanted[side];
    if (side === 'dropbox') what.dropbox ||= dropbox;
    else what.assemblyList ||= assemblyList;
    if (side === 'assembly' && !what.assemblyList) what.assemblyIds.push(...assemblyIds);
  }
  if (waits.length > 0) return Math.min(...waits);
  what.looked = [];
  return null;
}

async function tellResyncs(
  engine: ChannelEngine,
  agenda: Agenda,
  end: Omit<ResyncReport, 'rearmed'>,
): Promise<void> {
  const { outcome, pending, stuck, unsyncable } = end;
  for (const workflowId of agenda.waiting.splice(0)) {
    await engine.tellResync(workflowId, { outcome, pending, stuck, unsyncable });
  }
}
