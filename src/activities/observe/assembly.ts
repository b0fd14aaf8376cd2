import { randomUUID } from 'node:crypto';
import type { AssemblyObject } from '../../assembly/types';
import { isSpelledAs, pathKey } from '../../domain/paths';
import { RemoteError } from '../../domain/remoteError';
import type { SyncRef } from '../../domain/types';
import {
  abandonAssemblyLook,
  beginAssemblyLook,
  finishAssemblyLook,
  missingFromAssemblyLook,
} from '../../store/foldAssemblyObjects';
import { haltSync } from '../../store/guards';
import { knownAssemblyFolder, looksAt, othersAt, outermostFirst } from '../../store/observing';
import { flows, readSync } from '../../store/syncRecords';
import type { ActivityDeps } from '../deps';
import { readSubtree } from './assemblyFolder';
import { confirmGone, endless, fold, isGone, type Look, MAX_PAGES, ready, slashed } from './assemblyLook';
import type { Observed, ObserveRun } from './dropbox';
import { removeLeftovers } from './leftovers';

const MAX_PENDING_LOOKS = 2;
/** Reads that one arrival may cause. */
const MAX_RIVALS = 8;

/**
 * Brings the picture of the channel up to date: reads the named objects, one call each, or lists the channel where
 * none is named. Only a complete listing or a positive 404 makes anything absent.
 */
export async function observeAssembly(
  deps: ActivityDeps,
  ref: SyncRef,
  ids: readonly string[],
  run: ObserveRun,
): Promise<Observed> {
  const sync = await readSync(deps.store.prisma, ref);
  if (!sync || !flows(sync.state)) return 'idle';
  const look: Look = { deps, ref, sync, client: deps.remotes.assembly(ref.portalId), run, gone: new Set() };
  if (ids.length === 0) return await listChannel(look);
  // What becomes of a folder tells of all that is in it, so folders come before their children.
  const known = ids.length > 1 ? await outermostFirst(deps.store.prisma, ref, ids) : [];
  for (const id of new Set([...known, ...ids])) {
    if (look.gone.has(id)) continue;
    await readObject(look, id);
    run.heartbeat();
  }
  return 'observed';
}

async function readObject(look: Look, id: string): Promise<void> {
  const known = await looksAt(look.deps.store.prisma, look.ref, id);
  if (known?.status === 'pending' && known.looks >= MAX_PENDING_LOOKS) return;
  const object = await readOne(look, id);
  if (object && !(known && isSpelledAs(known.path, slashed(object)))) await readRivals(look, object);
}

/** Reads one object and stores what it is now; of a folder that went or moved, all that was known to be in it too. */
async function readOne(look: Look, id: string): Promise<AssemblyObject | null> {
  const { deps, ref, client, run, sync } = look;
  const folder = await knownAssemblyFolder(deps.store.prisma, ref, id);
  const found = await client.retrieveFile(id, run.signal);
  // In another channel it is gone from this one.
  const object = found?.channelId === sync.channelId ? found : null;
  if (object) await fold(look, [object], sync.assemblyLook);
  else await isGone(look, [id]);
  if (!folder?.inhabited) return object;
  // Events for what a folder holds may never come: one list of the subtree tells of all of it.
  const path = object ? slashed(object) : folder.path;
  if (!object || !isSpelledAs(path, folder.path)) await readSubtree(look, folder.path, path, object !== null);
  return object;
}

/**
 * An object has come to a path where another one was seen: a file was replaced (the old object deleted, a new one made),
 * or names were passed on. The events come in any order, so whoever was seen there is read too, and whoever is where
 * that one has gone. Without this, one of the two would look like a second file of the same name.
 */
async function readRivals(look: Look, arrived: AssemblyObject): Promise<void> {
  const { deps, ref } = look;
  const arrivals = [arrived];
  for (let reads = 0; reads < MAX_RIVALS; ) {
    const object = arrivals.shift();
    if (!object) return;
    const key = pathKey(slashed(object));
    for (const id of await othersAt(deps.store.prisma, ref, object.id, key, MAX_RIVALS)) {
      const rival = await readOne(look, id);
      reads += 1;
      if (rival && slashed(rival) !== slashed(object)) arrivals.push(rival);
    }
  }
}

async function listChannel(look: Look): Promise<Observed> {
  const { deps, ref, client, sync, run } = look;
  await removeLeftovers(deps, ref, sync, client, run);
  const begun = await beginAssemblyLook(deps.store.prisma, ref);
  let nextToken = begun.nextToken;
  for (let page = 0; page < MAX_PAGES; page++) {
    let answer: Awaited<ReturnType<typeof client.listFiles>>;
    try {
      answer = await client.listFiles(
        { channelId: sync.channelId, ...(nextToken === null ? {} : { nextToken }) },
        run.signal,
      );
    } catch (error) {
      return await listingRefused(look, error, nextToken !== null);
    }
    nextToken = answer.nextToken;
    await fold(look, await ready(look, answer.objects), begun.look, nextToken);
    run.heartbeat();
    if (nextToken === null) return await finishListing(look, begun.look);
  }
  throw endless();
}

/** A 400 for a listing: the channel is gone, or its page token has died. */
async function listingRefused(look: Look, error: unknown, midway: boolean): Promise<Observed> {
  const { deps, ref, client, sync, run } = look;
  if (!(error instanceof RemoteError) || error.code !== 'rejected') throw error;
  if ((await client.retrieveChannel(sync.channelId, run.signal)) === null) {
    await halt(look, 'channel_missing');
    return 'halted';
  }
  if (!midway) throw error;
  await abandonAssemblyLook(deps.store.prisma, ref);
  throw new RemoteError('assembly', 'bad_answer', 'the channel list broke off; it starts anew');
}

async function finishListing(look: Look, number: number): Promise<Observed> {
  const { deps, ref } = look;
  const { missing, shown } = await missingFromAssemblyLook(deps.store.prisma, ref, number);
  const confirmed = await confirmGone(look, missing);
  // An empty list where items were a moment ago is believed only where every known id that was read is gone.
  if (!confirmed && !shown) {
    await finishAssemblyLook(deps.store.prisma, ref);
    await halt(look, 'channel_emptied');
    return 'halted';
  }
  await finishAssemblyLook(deps.store.prisma, ref);
  return 'observed';
}

async function halt({ deps, ref }: Look, reason: 'channel_missing' | 'channel_emptied') {
  await haltSync(deps.store.prisma, ref, { id: randomUUID(), reason, items: null });
}
