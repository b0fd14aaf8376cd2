import type { AssemblyObject } from '../../assembly/types';
import { RemoteError } from '../../domain/remoteError';
import type { AssemblySeen } from '../../domain/types';
import type { Operation } from '../../store/records';
import type { Effect } from '../../store/settleOperation';
import { findOnAssembly, hashOf, isAt, makeAssemblyFile, markOf, takeBack } from './assemblyFile';
import {
  type ApplyContext,
  assemblyPath,
  goneFromAssembly,
  isCode,
  lookAgain,
  mustBeGoneFromDropbox,
  Replan,
  sawOnAssembly,
  write,
} from './context';

/** Carries out an operation on Assembly. Every branch is safe to repeat from the start. */
export async function applyOnAssembly(context: ApplyContext): Promise<Effect> {
  const { operation } = context;
  switch (operation.action) {
    case 'create':
    case 'move':
    case 'update':
      if (isThere(operation)) return { assembly: operation.assembly, hash: null };
      if (operation.object === 'folder') return await createFolder(context);
      return operation.action === 'create' ? await createFile(context) : await replaceFile(context);
    case 'delete':
      return await remove(context);
    default:
      return operation.action satisfies never;
  }
}

/** A move of a folder that is about the spelling of one above alone, which could not be changed: this one stays as it is. */
const isThere = (operation: Operation): operation is Operation & { assembly: AssemblySeen } =>
  operation.action === 'move' && operation.object === 'folder' && operation.assembly?.path === operation.path;

/** Also a folder's move: it is built anew here, and its old self goes once everything has left it. */
async function createFolder(context: ApplyContext): Promise<Effect> {
  const { assembly, operation, sync, run } = context;
  const path = assemblyPath(operation.path);
  const made = (folder: AssemblyObject): Effect => ({
    assembly: { id: folder.id, version: folder.version, size: null },
    hash: null,
  });
  try {
    const folder = await write(context, 'assembly create folder', () =>
      assembly.createFolder({ channelId: sync.channelId, path }, run.signal),
    );
    if (isAt(folder, operation.path)) return made(folder);
    // Assembly gave it another name, for something is in its place.
    await deleteObject(context, folder.id);
  } catch (error) {
    if (isCode(error, 'parent_missing')) return await parentMissing(context);
    if (!isCode(error, 'path_conflict')) throw error;
  }
  const there = await findOnAssembly(context, operation.path);
  const folder = there.find((one) => one.object === 'folder' && one.id !== operation.assembly?.id);
  if (folder) return made(folder);
  await refuseBesideGuests(context, there);
  await lookAgain(context, 'assembly');
  throw new Replan('something else is where the folder belongs');
}

/**
 * Where Assembly lets nothing stand beside another object at its path, and only guests are there, which are no matter of
 * the sync: the item waits under its name until they are gone.
 */
async function refuseBesideGuests(context: ApplyContext, there: readonly AssemblyObject[]): Promise<void> {
  if (there.length === 0 || !there.every(isGuest)) return;
  for (const guest of there) await sawOnAssembly(context, guest);
  throw new RemoteError(
    'assembly',
    'name_collision',
    'In Assembly a link or an unfinished upload has this name; rename one of the two.',
  );
}

const isGuest = ({ object, status }: AssemblyObject): boolean => object === 'link' || status === 'pending';

async function createFile(context: ApplyContext): Promise<Effect> {
  try {
    return await makeAssemblyFile(context);
  } catch (error) {
    if (isCode(error, 'parent_missing')) return await parentMissing(context);
    if (!isCode(error, 'path_conflict', 'rejected')) throw error;
    return await placeTaken(context, error);
  }
}

async function placeTaken(context: ApplyContext, error: RemoteError): Promise<never> {
  const there = await findOnAssembly(context, context.operation.path);
  if (there.length === 0) throw error;
  await refuseBesideGuests(context, there);
  for (const object of there) await sawOnAssembly(context, object);
  throw new Replan('something is at that path already');
}

async function parentMissing(context: ApplyContext): Promise<never> {
  await lookAgain(context, 'assembly');
  throw new Replan('the parent folder is gone');
}

/**
 * An update or a move: Assembly knows neither, so the new object is made and verified first and the old one goes
 * afterwards, by id: there is no moment without a file. Only where Assembly refuses a second object at the path does
 * the old one go first, while the tombstone says `update`. The old one is read right before it goes, not before the
 * transfer: whoever writes into it meanwhile must not lose that.
 */
async function replaceFile(context: ApplyContext): Promise<Effect> {
  const old = context.operation.assembly;
  if (!old) throw new Replan('the file to replace is gone');
  const wasTried = context.upload !== null;
  let effect: Effect;
  try {
    effect = await makeAssemblyFile(context);
  } catch (error) {
    if (isCode(error, 'parent_missing')) return await parentMissing(context);
    if (!isCode(error, 'path_conflict', 'rejected')) throw error;
    if (old.path !== context.operation.path) return await placeTaken(context, error);
    if (await unchanged(context, old)) await deleteObject(context, old.id);
    return await makeAssemblyFile(context);
  }
  const made = effect.assembly!.id;
  try {
    if (await unchanged(context, old)) await deleteObject(context, old.id);
    else if (!wasTried && followsAssembly(context.operation)) await deletedMeanwhile(context, old);
  } catch (error) {
    // The plan has to think again, with the old file and without the new one, unless somebody has written into that too.
    if (error instanceof Replan)
      await takeBack(context, { id: made, source: markOf(context.operation.dropbox!) });
    throw error;
  }
  return effect;
}

/** A move that nobody asked for on Dropbox: the file is to follow what Assembly has done to its folder. */
const followsAssembly = ({ action, base, dropbox }: Operation): boolean =>
  action === 'move' && dropbox !== null && base?.dropbox?.path === dropbox.path;

/** No try of ours has got as far as deleting it, so a person did. */
async function deletedMeanwhile(context: ApplyContext, { id }: AssemblySeen): Promise<never> {
  await goneFromAssembly(context, id);
  throw new Replan('the file to move was deleted meanwhile');
}

/**
 * Reads an object that is about to be removed: content can change under one id. `false` when it is gone. A version
 * that was observed must still be there; where it never was (our own last write), the bytes themselves are compared.
 */
async function unchanged(context: ApplyContext, seen: AssemblySeen): Promise<boolean> {
  const current = await context.assembly.retrieveFile(seen.id, context.run.signal);
  if (!current) return false;
  const sameSize = current.size === null || seen.size === null || current.size === seen.size;
  const samePlace = isAt(current, seen.path);
  // Our own write that Assembly has not looked through yet: nobody can have changed what nobody can open.
  if (current.status === 'pending' && seen.version === null && samePlace) return true;
  const sameVersion =
    seen.version === null ? await sameBytes(context, current) : current.version === seen.version;
  if (sameSize && samePlace && sameVersion) return true;
  await sawOnAssembly(context, current);
  throw new Replan('the file on Assembly changed meanwhile');
}

async function sameBytes(context: ApplyContext, current: AssemblyObject): Promise<boolean> {
  const { assembly, operation, run } = context;
  const expected = operation.assembly?.hash ?? operation.base?.hash ?? null;
  if (expected === null || current.downloadUrl === null || current.object !== 'file') return true;
  if ((await hashOf(context, current, current.downloadUrl)) !== expected) return false;
  // Reading took its time.
  const after = await assembly.retrieveFile(current.id, run.signal);
  return after === null || after.version === current.version;
}

async function deleteObject(context: ApplyContext, id: string): Promise<void> {
  await write(context, 'assembly delete', () => context.assembly.deleteFile(id, context.run.signal));
}

async function remove(context: ApplyContext): Promise<Effect> {
  const target = context.operation.assembly;
  if (!target) return { hash: null };
  await mustBeGoneFromDropbox(context);
  if (target.object === 'file' && !(await unchanged(context, target))) return { hash: null };
  try {
    await deleteObject(context, target.id);
  } catch (error) {
    if (!isCode(error, 'folder_not_empty')) throw error;
    await lookAgain(context, 'assembly');
    throw new Replan('the folder holds something new');
  }
  return { hash: null };
}
