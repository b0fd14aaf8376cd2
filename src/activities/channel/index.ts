import type { Action, Origin, Review, Side, SyncRef } from '../../domain/types';
import { analyzeTables } from '../../store/analyzeTables';
import { type Breaker, claimProbe, openBreakers, workGround } from '../../store/breakers';
import { inTransaction, isUnreachable } from '../../store/client';
import { isMany } from '../../store/manyRows';
import { retryCollisions } from '../../store/matching';
import { lookDone, markPassed, markSyncFailed } from '../../store/observing';
import { outlook } from '../../store/outlook';
import { type DueSettings, type ReadyItem, readyItems, staleRuns } from '../../store/ready';
import { reviewUnlike, reviewWaits } from '../../store/review';
import { flows, readSync } from '../../store/syncRecords';
import type { ActivityDeps } from '../deps';
import { reconcile } from '../reconcile';
import type { ToldFailure } from '../sideTrouble';

/** Whether a pass may run, and what it has to look at first. */
export interface PassStart {
  readonly flows: boolean;
  /** Both sides in full: a new mapping, a resync, a resume, a lost cursor, or one that broke off. */
  readonly look: boolean;
  readonly state: string;
}

export async function startPass(deps: ActivityDeps, ref: SyncRef): Promise<PassStart> {
  const sync = await readSync(deps.store.prisma, ref);
  if (!sync) return { flows: false, look: false, state: 'removed' };
  return {
    flows: flows(sync.state),
    look: sync.lookWanted || !sync.dropboxObserved || !sync.assemblyObserved || sync.dropboxLook % 2 === 1,
    state: sync.state,
  };
}

/** Plans the sync; `false` when it was halted or may not be planned now. */
export async function planSync(
  deps: ActivityDeps,
  ref: SyncRef,
  origin: Origin,
  lookedInFull: boolean,
): Promise<boolean> {
  await deps.reach('beforeReconcile', ref.syncId);
  if (lookedInFull) {
    await analyzeTables(deps.store);
    await lookDone(deps.store.prisma, ref);
  }
  const result = await reconcile(deps.store, ref, { ...deps.settings, origin, now: deps.now });
  // The first plan of a sync finds its tables empty, and they were analysed so.
  if (result.kind === 'planned' && isMany(result.items)) await analyzeTables(deps.store);
  await deps.reach('afterReconcile', ref.syncId);
  return result.kind === 'planned';
}

/** A plan that has failed for so long is no matter of two that met. */
const PLAN_FAILS_MS = 30_000;

/** A plan that fails is tried again until it succeeds; that it goes on failing is said on the sync, where people look. */
export async function planFailed(
  deps: ActivityDeps,
  ref: SyncRef,
  error: unknown,
  forMs: number,
): Promise<void> {
  if (forMs < PLAN_FAILS_MS || isUnreachable(error)) return;
  deps.logger.error({ ...ref, err: error }, 'planning goes on failing');
  const reason = error instanceof Error ? error.message : String(error);
  const message = `planning fails and is tried again: ${reason}`;
  await markSyncFailed(deps.store.prisma, ref, { code: 'internal', message }).catch(() => undefined);
}

/** Ids and labels of items to start now, or what the pass has to wait for. */
export interface NextWork {
  readonly items: readonly {
    readonly itemId: string;
    readonly label: string;
    readonly action?: Action;
    readonly target?: Side;
  }[];
  /** Something was observed that is not planned yet. */
  readonly dirty: boolean;
  /** Milliseconds until something is due; `null` when nothing waits for its time. */
  readonly dueInMs: number | null;
  /** A mover that has to step aside for another. */
  readonly blockedMove: string | null;
  readonly pending: number;
  readonly stuck: number;
}

const LABEL_BYTES = 180;

/**
 * The next due operations whose time and place have come. What needs a side of the portal that can't be used is not
 * handed out, but for one operation as a probe when its time comes, for all syncs of the portal together: ten thousand
 * items wait without spending attempts.
 */
export async function nextWork(
  deps: ActivityDeps,
  ref: SyncRef,
  limit: number,
  running: readonly string[],
): Promise<NextWork> {
  const { store, settings } = deps;
  const none: NextWork = { items: [], dirty: false, dueInMs: null, blockedMove: null, pending: 0, stuck: 0 };
  const ground = await workGround(store.prisma, ref);
  if (!ground || !flows(ground.state)) return none;
  const { closed } = ground;
  const pace = { ...settings, except: running };
  const ready = await readyItems(store.prisma, ref, { ...pace, limit, closed });
  if (closed.length > 0) ready.push(...(await probes(deps, ref, closed, pace)));
  const items: NextWork['items'][number][] = ready.map(({ itemId, action, object, path, target }) => ({
    itemId,
    action,
    target,
    label: cut(`${action}${object === 'folder' ? ' folder' : ''} ${path.slice(1)} on ${target}`),
  }));
  if (items.length === 0) {
    const stale = await staleRuns(store.prisma, ref, { limit, except: running });
    items.push(...stale.map(({ itemId, path }) => ({ itemId, label: cut(`${path.slice(1)} is settled`) })));
  }
  // What waits is asked for where nothing can be started: it is counted over all that is owed.
  if (items.length > 0) return { ...none, items };
  const rest = await outlook(store.prisma, ref, settings, closed);
  const nextProbe =
    rest.waiting === 0 ? [] : closed.map(({ probeInMs }) => Math.max(probeInMs, SHORTEST_WAIT_MS));
  const waits = [...nextProbe, ...(rest.nextDueMs === null ? [] : [rest.nextDueMs])];
  return {
    items,
    dirty: rest.dirty > 0,
    dueInMs: waits.length === 0 ? null : Math.min(...waits),
    blockedMove: rest.blockedMove,
    pending: rest.pending,
    stuck: rest.stuck,
  };
}

/** A probe that is due and was not handed out has just been taken by another sync, or has nothing ready here. */
const SHORTEST_WAIT_MS = 5_000;

/** At most one operation for each closed side whose probe is due. */
async function probes(
  deps: ActivityDeps,
  ref: SyncRef,
  closed: readonly Breaker[],
  pace: DueSettings & { except: readonly string[] },
): Promise<ReadyItem[]> {
  const { prisma } = deps.store;
  const found: ReadyItem[] = [];
  for (const breaker of closed) {
    if (breaker.probeInMs > 0) continue;
    const [item] = await readyItems(prisma, ref, { ...pace, limit: 1, probing: breaker });
    if (!item || found.some(({ itemId }) => itemId === item.itemId)) continue;
    if (await claimProbe(prisma, ref.portalId, breaker.side)) found.push(item);
  }
  return found;
}

/** Temporal bounds a summary at 400 bytes; a long path keeps its end, which names the file. */
const cut = (label: string): string => {
  if (Buffer.byteLength(label) <= LABEL_BYTES) return label;
  return `…${[...label].slice(-Math.floor(LABEL_BYTES / 4)).join('')}`;
};

export interface PassEnd {
  readonly pending: number;
  readonly stuck: number;
  readonly unsyncable: number;
  readonly state: string;
  /** Items that the review plans anew. None in what was recorded before there were reviews. */
  readonly reviewed?: number;
}

/** The end of a pass: converged, or with work left that waits for its time or for a person. */
export async function endPass(deps: ActivityDeps, ref: SyncRef, review: Review): Promise<PassEnd> {
  const { store, settings } = deps;
  return await inTransaction(store, async (tx) => {
    // What this pass took away may have been all that a name collided with.
    await retryCollisions(tx, ref);
    const unlike = review === 'all' ? await reviewUnlike(tx, ref) : 0;
    const { pending, dirty, stuck } = await outlook(tx, ref, settings);
    const waits = review !== 'none' && pending > stuck ? await reviewWaits(tx, ref, settings) : 0;
    const passed = await markPassed(tx, ref, pending === 0 && dirty === 0);
    return { pending, stuck, ...passed, reviewed: waits + unlike };
  });
}

const LOOK_AGAIN_MS = 30_000;

/**
 * An observation that failed for good for now: said once on the sync, and tried again within a minute and a half. Returns
 * in how many milliseconds: with the side's next probe where the side is at fault.
 */
export async function observationFailed(
  deps: ActivityDeps,
  ref: SyncRef,
  failure: ToldFailure,
): Promise<number> {
  const { code, message, side } = failure;
  deps.logger.warn({ ...ref, code, side }, 'observation failed');
  await markSyncFailed(deps.store.prisma, ref, { code, message });
  const closed = await openBreakers(deps.store.prisma, ref.portalId);
  const waits = closed.filter((breaker) => breaker.side === side).map(({ probeInMs }) => probeInMs);
  return waits.length === 0 ? LOOK_AGAIN_MS : Math.max(...waits, SHORTEST_WAIT_MS);
}
