import { setTimeout as delay } from 'node:timers/promises';
import { CairnError } from '../domain/errors';
import { STOPPED_AFTER_MS } from '../domain/stopping';
import type { Origin, SyncRef } from '../domain/types';
import type { Store } from '../store/client';
import { getConnection } from '../store/connections';
import { rearmItem } from '../store/itemViews';
import * as syncState from '../store/syncState';
import { getSync, type SyncView } from '../store/syncs';
import type { TemporalGateway } from '../temporal/gateway';
import type { ChannelHint } from '../workflows/messages';

/** What a person may do to a sync, the same from the API and from the command line. */

export interface ActionDeps {
  readonly store: Store;
  readonly temporal: TemporalGateway;
  /** Of the request that asks for it: goes into the memo of what is started. */
  readonly requestId?: string;
}

/** Rejects with `unavailable` when Temporal did not take the hint: asking again is safe. */
export async function giveHint(
  temporal: TemporalGateway,
  ref: SyncRef,
  hint: ChannelHint,
  requestId?: string,
): Promise<void> {
  try {
    await temporal.hint(ref, hint, requestId);
  } catch (cause) {
    throw new CairnError('unavailable', undefined, { cause });
  }
}

async function existing(store: Store, ref: SyncRef): Promise<SyncView> {
  const sync = await getSync(store, ref);
  if (sync === null) throw new CairnError('not_found');
  return sync;
}

/** Until then a write that was permitted before the sync was stopped may still begin; afterwards none does (I7). */
export const writesHaveStopped = (): Promise<void> => delay(STOPPED_AFTER_MS);

/** Pauses a sync; one that is paused stays so. Once it resolves no write begins any more. Rejects with `not_found`. */
export async function pause({ store }: Pick<ActionDeps, 'store'>, ref: SyncRef): Promise<void> {
  await existing(store, ref);
  await syncState.pauseSync(store, ref);
  // Also where it was paused already: that may have been a moment ago, by somebody else.
  await writesHaveStopped();
}

/**
 * Lets a paused or halted sync flow again after a full look, which may halt it anew. On one that flows already it only
 * repeats a hint that may have got lost. Rejects with `not_found`, `not_connected`, `unavailable`.
 */
export async function resume({ store, temporal, requestId }: ActionDeps, ref: SyncRef): Promise<void> {
  await existing(store, ref);
  const connection = await getConnection(store, ref.portalId);
  // One that merely needs a new consent comes back by itself; one that was ended does not.
  if (connection === null || connection.status === 'disconnected') throw new CairnError('not_connected');
  const changed = await syncState.resumeSync(store, ref);
  const sync = await existing(store, ref);
  if (changed || sync.lookWanted)
    await giveHint(temporal, ref, { kind: 'look', origin: 'operator' }, requestId);
}

/** Lets the halted mass delete `haltId` go ahead. Rejects with `not_found`, `halt_changed`, `unavailable`. */
export async function approve(
  { store, temporal, requestId }: ActionDeps,
  ref: SyncRef,
  haltId: string,
): Promise<void> {
  await existing(store, ref);
  if (!(await syncState.approveHalt(store, ref, haltId))) throw new CairnError('halt_changed');
  await giveHint(temporal, ref, { kind: 'look', origin: 'operator' }, requestId);
}

/** Ends a mapping. Once it resolves no write begins any more. Rejects with `not_found`. */
export async function remove({ store }: Pick<ActionDeps, 'store'>, ref: SyncRef): Promise<void> {
  if (!(await syncState.removeSync(store, ref))) throw new CairnError('not_found');
  await writesHaveStopped();
}

/** Re-arms one item and, where its sync flows, wakes it. Rejects with `not_found`, `unavailable`. */
export async function retryItem(
  { store, temporal, requestId }: ActionDeps,
  ref: SyncRef,
  itemId: string,
): Promise<void> {
  const sync = await existing(store, ref);
  if (!(await rearmItem(store, ref, itemId))) throw new CairnError('not_found');
  if (sync.state === 'initial' || sync.state === 'active') {
    await giveHint(temporal, ref, { kind: 'work', origin: 'operator' }, requestId);
  }
}

/** Halts that a full look may find to be over. */
const LOOK_RELEASES: readonly (string | null)[] = ['mass_delete', 'channel_missing', 'channel_emptied'];

/**
 * Starts a resync. The same `key` again is the same resync and starts no second one. Rejects with `not_found`,
 * `not_active`, `resync_running`, `unavailable`.
 */
export async function resync(
  deps: ActionDeps,
  ref: SyncRef,
  key: string | null,
  origin: Origin = 'resync',
): Promise<void> {
  const before = await existing(deps.store, ref);
  if (isRepeat(before, key)) return restartIfLost(deps, before, ref, origin);
  refuseUnlessActive(before);
  if (!(await syncState.beginResync(deps.store, ref, key))) return joinOrRefuse(deps, ref, key, origin);
  await startMarked(deps, ref, origin);
}

const isRepeat = (sync: SyncView, key: string | null): boolean => key !== null && sync.resyncKey === key;

function refuseUnlessActive(sync: SyncView): void {
  if (sync.state === 'initial') {
    throw new CairnError('not_active', 'The first look at both sides is still under way; wait for it.');
  }
  if (sync.state === 'active') return;
  if (sync.state === 'halted' && LOOK_RELEASES.includes(sync.haltReason)) return;
  throw new CairnError('not_active', `The sync is ${sync.state}; set it active first.`);
}

/** A process may have died between the mark and the start; Temporal knows whether the workflow runs. */
async function restartIfLost(deps: ActionDeps, sync: SyncView, ref: SyncRef, origin: Origin): Promise<void> {
  if (sync.resyncing) await start(deps, ref, origin);
}

async function joinOrRefuse(
  deps: ActionDeps,
  ref: SyncRef,
  key: string | null,
  origin: Origin,
): Promise<void> {
  const now = await existing(deps.store, ref);
  if (isRepeat(now, key)) return restartIfLost(deps, now, ref, origin);
  refuseUnlessActive(now);
  if (!now.resyncing) throw new CairnError('not_active');
  if ((await start(deps, ref, origin)) === 'running') throw new CairnError('resync_running');
  await syncState.setResyncing(deps.store, ref, true, key);
}

async function startMarked(deps: ActionDeps, ref: SyncRef, origin: Origin): Promise<void> {
  let outcome: 'started' | 'running';
  try {
    outcome = await start(deps, ref, origin);
  } catch (error) {
    await syncState.setResyncing(deps.store, ref, false, null);
    throw error;
  }
  if (outcome === 'started') return;
  // Started by hand with Temporal's own tools: not the one that was asked for here.
  await syncState.setResyncing(deps.store, ref, true, null);
  throw new CairnError('resync_running');
}

async function start(
  { temporal, requestId }: ActionDeps,
  ref: SyncRef,
  origin: Origin,
): Promise<'started' | 'running'> {
  try {
    return await temporal.startResync(ref, origin, requestId);
  } catch (cause) {
    throw new CairnError('unavailable', undefined, { cause });
  }
}
