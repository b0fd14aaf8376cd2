import type { AssemblyClient, AssemblyObject } from '../../assembly/types';
import { errorEntry } from '../../domain/errors';
import { nameOf, relativeTo } from '../../domain/paths';
import { RemoteError } from '../../domain/remoteError';
import type { DropboxSeen, ItemPath, ItemRef } from '../../domain/types';
import type { DropboxClient, DropboxFile, DropboxFolder, UploadProgress } from '../../dropbox/types';
import { throughGate } from '../../net/sendGate';
import { inTransaction } from '../../store/client';
import { foldAssemblyObjects, removeAssemblyObjects } from '../../store/foldAssemblyObjects';
import { removeDropboxObject, storeDropboxObject } from '../../store/foldDropboxPage';
import { mayWrite } from '../../store/operations';
import type { Operation, SyncRecord } from '../../store/records';
import type { ActivityDeps } from '../deps';
import { assemblyObservation } from '../observe/assemblyObservation';
import { createPermission, NotPermitted } from './permission';

/** What the surroundings of a running activity give: cancellation, and a place to leave a mark for the next try. */
export interface ActivityRun {
  readonly signal: AbortSignal;
  readonly resume: UploadProgress | undefined;
  heartbeat(progress?: UploadProgress): void;
}

export interface ApplyContext {
  readonly deps: ActivityDeps;
  readonly ref: ItemRef;
  readonly sync: SyncRecord;
  readonly operation: Operation;
  /** An object that an earlier try made on Assembly, and the Dropbox revision that it was made for. */
  readonly upload: { readonly id: string; readonly source: string | null } | null;
  /** Where an earlier try sent a create to Assembly whose answer never came. */
  readonly sentCreate: string | null;
  /** The key of the path where an earlier try sent a create to Dropbox whose answer never came. */
  readonly sentUpload: string | null;
  readonly dropbox: DropboxClient;
  readonly assembly: AssemblyClient;
  readonly run: ActivityRun;
}

/** The world is not as the operation assumes; nothing was written, or what was written has been taken back. */
export class Replan extends Error {
  constructor(reason: string) {
    super(reason);
  }
}

/**
 * Every remote write goes through here: the sync may have been stopped, or the item opened anew, meanwhile (I7). Asked
 * before anything is done for it, and again right before each of its requests.
 */
export async function write<T>(context: ApplyContext, what: string, call: () => Promise<T>): Promise<T> {
  const { deps, ref, operation } = context;
  const permitted = createPermission(
    () => mayWrite(deps.store.prisma, ref, operation),
    () => performance.now(),
  );
  try {
    await permitted();
    await deps.reach('beforeRemote', what);
    const result = await throughGate(permitted, call);
    await deps.reach('afterRemote', what);
    return result;
  } catch (error) {
    if (error instanceof NotPermitted) throw new Replan(error.message);
    throw error;
  }
}

export const dropboxPath = (sync: SyncRecord, path: ItemPath): string => `${sync.rootPath}${path}`;
export const assemblyPath = (path: ItemPath): string => path.slice(1);

/** A Dropbox object as an observation; `null` where it lies outside the sync's folder. */
export function dropboxSeen(sync: SyncRecord, entry: DropboxFile | DropboxFolder): DropboxSeen | null {
  const absolute = entry.pathDisplay ?? entry.pathLower;
  const path = absolute === null ? null : relativeTo(sync.rootPath, absolute);
  if (path === null || path === '' || nameOf(path) === '') return null;
  const file = entry.tag === 'file';
  return {
    id: entry.id,
    path,
    object: entry.tag,
    rev: file ? entry.rev : null,
    size: file ? entry.size : null,
    hash: file ? entry.hash : null,
    downloadable: file ? entry.downloadable : true,
  };
}

/** Stores what a read of Dropbox showed, so that the plan that follows knows it. `false`: nothing of this sync. */
export async function sawOnDropbox(context: ApplyContext, entry: DropboxFile | DropboxFolder | null) {
  const seen = entry && dropboxSeen(context.sync, entry);
  if (!seen) return false;
  await inTransaction(context.deps.store, (tx) => storeDropboxObject(tx, context.ref, seen));
  return true;
}

/**
 * Reads an object that is not as it was taken for, and stores what is there, or that nothing is: nobody has to list the folder
 * in full for what the feed names by a place that is not its own any more, such as a file in a folder that we have moved since.
 */
export async function seeOnDropbox(context: ApplyContext, id: string): Promise<void> {
  if (await sawOnDropbox(context, await context.dropbox.metadata(id, context.run.signal))) return;
  await inTransaction(context.deps.store, (tx) => removeDropboxObject(tx, context.ref, id));
  await lookAgain(context, 'dropbox');
}

/**
 * What Dropbox has lost is deleted from Assembly, or made anew on Dropbox, only once it is gone. A feed's tombstone may be the
 * stale half of a move, and so may be another object that was read at its old place: only a positive not-found by id tells.
 */
export async function mustBeGoneFromDropbox(context: ApplyContext): Promise<void> {
  const lost = context.operation.base?.dropbox;
  if (lost && (await sawOnDropbox(context, await context.dropbox.metadata(lost.id, context.run.signal))))
    throw new Replan('the object is still on Dropbox');
}

export async function sawOnAssembly(context: ApplyContext, object: AssemblyObject): Promise<void> {
  const { deps, ref, sync } = context;
  const observation = assemblyObservation(deps.keyring, ref.portalId, object);
  await inTransaction(deps.store, (tx) => foldAssemblyObjects(tx, ref, [observation], sync.assemblyLook));
}

export async function goneFromAssembly(context: ApplyContext, id: string): Promise<void> {
  await inTransaction(context.deps.store, (tx) => removeAssemblyObjects(tx, context.ref, [id]));
}

/** The rest has to be looked at by an observation of its own. */
export async function lookAgain(context: ApplyContext, side: 'dropbox' | 'assembly'): Promise<void> {
  const { deps, ref, operation } = context;
  const origin = operation.origin;
  await deps.hinter.hint(
    ref,
    side === 'dropbox' ? { kind: 'dropbox', origin } : { kind: 'assembly', ids: [], origin },
  );
}

export const isCode = (error: unknown, ...codes: RemoteError['code'][]): error is RemoteError =>
  error instanceof RemoteError && codes.includes(error.code);

/** A write that was not sent at all, or that the other side refused by its own word: nothing came of it. */
export const madeNothing = (error: unknown): boolean =>
  error instanceof Replan || (error instanceof RemoteError && errorEntry(error.code).scope !== 'transient');
