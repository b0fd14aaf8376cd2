import type { AssemblyClient, AssemblyObject } from '../../assembly/types';
import { parentOf } from '../../domain/paths';
import { RemoteError } from '../../domain/remoteError';
import type { SyncRef } from '../../domain/types';
import { inTransaction } from '../../store/client';
import {
  foldAssemblyObjects,
  removeAssemblyObjects,
  saveAssemblyPosition,
} from '../../store/foldAssemblyObjects';
import { completeAsListed, type KnownObject } from '../../store/observing';
import type { SyncRecord } from '../../store/records';
import type { ActivityDeps } from '../deps';
import { assemblyObservation } from './assemblyObservation';
import type { ObserveRun } from './dropbox';

/** Missing objects that are read one by one before a listing is believed. */
const CONFIRM_AT_MOST = 25;
/** More than any channel has; a list that goes on beyond it is broken. */
export const MAX_PAGES = 10_000;

export interface Look {
  readonly deps: ActivityDeps;
  readonly ref: SyncRef;
  readonly sync: SyncRecord;
  readonly client: AssemblyClient;
  readonly run: ObserveRun;
  /** Ids that this look has found to be gone: whoever names them again learns nothing new. */
  readonly gone: Set<string>;
}

export const slashed = (object: AssemblyObject): string => `/${object.path.replace(/^\//, '')}`;

/**
 * Objects of a list with their state known: where a list leaves out the state of files, each that is not known as it
 * is listed has to be read by itself.
 */
export async function ready(look: Look, objects: readonly AssemblyObject[]): Promise<AssemblyObject[]> {
  const { deps, ref, client, run } = look;
  const silent = objects.filter((one) => one.object === 'file' && one.status === null);
  if (silent.length === 0) return [...objects];
  const known = await completeAsListed(
    deps.store.prisma,
    ref,
    silent.map((one) => ({ id: one.id, path: slashed(one), version: one.version, size: one.size })),
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

/**
 * Makes objects absent that a complete list of the channel did not show, after reading the outermost of them: what is
 * missing below one that is gone went with it. Where one that was read is still there the list was not to be trusted: only
 * what was read as gone goes, and `false` is returned.
 */
export async function confirmGone(
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
export async function isGone(look: Look, ids: readonly string[]): Promise<void> {
  const { deps, ref } = look;
  for (const id of ids) look.gone.add(id);
  await removeAssemblyObjects(deps.store.prisma, ref, ids);
}

export async function fold(
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

export const endless = () =>
  new RemoteError('assembly', 'bad_answer', 'the channel list did not come to an end within its bound');
