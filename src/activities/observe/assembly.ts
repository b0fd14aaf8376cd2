import { randomUUID } from 'node:crypto';
import type { AssemblyClient, AssemblyObject } from '../../assembly/types';
import { parentOf, pathKey } from '../../domain/paths';
import { RemoteError } from '../../domain/remoteError';
import type { SyncRef } from '../../domain/types';
import { inTransaction } from '../../store/client';
import {
  abandonAssemblyLook,
  beginAssemblyLook,
  finishAssemblyLook,
  foldAssemblyObjects,
  missingFromAssemblyLook,
  removeAssemblyObjects,
  saveAssemblyPosition,
} from '../../store/foldAssemblyObjects';
import { haltSync } from '../../store/guards';
import {
  completeAsListed,
  type KnownObject,
  knownAssemblyFolder,
  knownBelow,
  looksAt,
  othersAt,
  outermostFirst,
} from '../../store/observing';
import type { SyncRecord } from '../../store/records';
import { flows, readSync } from '../../store/syncRecords';
import type { ActivityDeps } from '../deps';
import { assemblyObservation } from './assemblyObservation';
import type { Observed, ObserveRun } from './dropbox';
import { removeLeftovers } from './leftovers';

/** Missing objects that are read one by one before a listing is believed. */
const CONFIRM_AT_MOST = 25;
const MAX_PENDING_LOOKS = 2;
/** Reads that one arrival may cause. */
const MAX_RIVALS = 8;
const MAX_PAGES = 10_000;

interface Look {
  readonly deps: ActivityDeps;
  readonly ref: SyncRef;
  readonly sync: SyncRecord;
  readonly client: AssemblyClient;
  readonly run: ObserveRun;
  /** Ids that this look has found to be gone: whoever names them again learns nothing new. */
  readonly gone: Set<string>;
}

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
  if (object && known?.path !== slashed(object)) await readRivals(look, object);
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
  if (!object || path !== folder.path) await readSubtree(look, folder.path, path, object !== null);
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

const slashed = (object: AssemblyObject): string => `/${object.path.replace(/^\//, '')}`;

/** After a folder's move or delete: what a complete list of its place shows is there, the rest is gone from it. */
async function readSubtree(
  look: Look,
  oldPath: string,
  newPath: string,
  folderIsThere: boolean,
): Promise<void> {
  const { deps, ref, client, sync, run } = look;
  const before = await knownBelow(deps.store.prisma, ref, pathKey(oldPath));
  const shown = new Set<string>();
  let nextToken: string | null = null;
  for (let page = 0; page < MAX_PAGES; page++) {
    const answer: Awaited<ReturnType<typeof client.listFiles>> = await client.listFiles(
      { channelId: sync.channelId, path: newPath.slice(1), ...(nextToken === null ? {} : { nextToken }) },
      run.signal,
    );
    await fold(look, await ready(look, answer.objects), sync.assemblyLook);
    for (const object of answer.objects) shown.add(object.id);
    nextToken = answer.nextToken;
    run.heartbeat();
    if (nextToken === null) break;
  }
  if (nextToken !== null) throw endless();
  const missing = before.filter(({ id }) => !shown.has(id));
  // With the folder itself gone, one of what was in it is proof enough.
  await confirmGone(look, missing, folderIsThere ? CONFIRM_AT_MOST : 1);
}

/**
 * Objects of a list with their state known: where a list leaves out the state of files, each that is not known as it
 * is listed has to be read by itself.
 */
async function ready(look: Look, objects: readonly AssemblyObject[]): Promise<AssemblyObject[]> {
  const { deps, ref, client, run } = look;
  const silent = objects.filter((one) => one.object === 'file' && one.status === null);
  if (silent.length === 0) return [...objects];
  const known = await completeAsListed(
    deps.store.prisma,
    ref,
    silent.map((one) => ({ id: one.id, path: slashed(one), version: one.version })),
  );
  const result: AssemblyObject[] = [];
  for (const object of objects) {
    if (object.object !== 'file' || object.status !== null) result.push(object);
    else if (known.has(object.id)) result.push({ ...object, status: 'completed' });
    else result.push((await client.retrieveFile(object.id, run.signal)) ?? object);
    run.heartbeat();
  }
  return result;
}

async function listChannel(look: Look): Promise<Observed> {
  const { deps, ref, client, sync, run } = look;
  await removeLeftovers(deps, ref, sync, client, run);
  const begun = await inTransaction(deps.store, (tx) => beginAssemblyLook(tx, ref));
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
  await inTransaction(deps.store, (tx) => abandonAssemblyLook(tx, ref));
  throw new RemoteError('assembly', 'bad_answer', 'the channel list broke off; it starts anew');
}

async function finishListing(look: Look, number: number): Promise<Observed> {
  const { deps, ref } = look;
  const { missing, shown } = await missingFromAssemblyLook(deps.store.prisma, ref, number);
  const confirmed = await confirmGone(look, missing);
  // An empty list where items were a moment ago is believed only where every known id that was read is gone.
  if (!confirmed && shown === 0 && missing.length > 0) {
    await inTransaction(deps.store, (tx) => finishAssemblyLook(tx, ref));
    await halt(look, 'channel_emptied');
    return 'halted';
  }
  await inTransaction(deps.store, (tx) => finishAssemblyLook(tx, ref));
  return 'observed';
}

/**
 * Makes objects absent that a complete list did not show, after reading the outermost of them: what is missing below
 * one that is gone went with it. Where one that was read is still there the list was not to be trusted: only what was
 * read as gone goes, and `false` is returned.
 */
async function confirmGone(
  look: Look,
  missing: readonly KnownObject[],
  atMost = CONFIRM_AT_MOST,
): Promise<boolean> {
  const { client, run, sync } = look;
  const gone: string[] = [];
  let trusted = true;
  for (const id of outermost(missing).slice(0, atMost)) {
    const object = await client.retrieveFile(id, run.signal);
    run.heartbeat();
    if (object?.channelId === sync.channelId) {
      trusted = false;
      await fold(look, [object], sync.assemblyLook);
    } else gone.push(id);
  }
  await isGone(look, trusted ? missing.map(({ id }) => id) : gone);
  return trusted;
}

/** Those that are not below another one of them. */
function outermost(missing: readonly KnownObject[]): string[] {
  const keys = new Set(missing.map(({ pathKey: key }) => key));
  return missing.filter(({ pathKey: key }) => !keys.has(parentOf(key))).map(({ id }) => id);
}

/** Positively gone, or gone with a folder that is. */
async function isGone(look: Look, ids: readonly string[]): Promise<void> {
  const { deps, ref } = look;
  for (const id of ids) look.gone.add(id);
  await inTransaction(deps.store, (tx) => removeAssemblyObjects(tx, ref, ids));
}

async function fold(
  look: Look,
  objects: readonly AssemblyObject[],
  number: number,
  nextToken?: string | null,
) {
  const { deps, ref } = look;
  await deps.reach('beforeFold', 'assembly');
  const observed = objects.map((object) => assemblyObservation(deps.keyring, ref.portalId, object));
  await inTransaction(deps.store, async (tx) => {
    await foldAssemblyObjects(tx, ref, observed, number);
    if (nextToken) await saveAssemblyPosition(tx, ref, nextToken);
  });
  await deps.reach('afterFold', 'assembly');
}

async function halt({ deps, ref }: Look, reason: 'channel_missing' | 'channel_emptied') {
  await inTransaction(deps.store, (tx) => haltSync(tx, ref, { id: randomUUID(), reason, items: null }));
}

const endless = () =>
  new RemoteError('assembly', 'bad_answer', 'the channel list did not come to an end within its bound');
