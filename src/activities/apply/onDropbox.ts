import { hashingPassThrough } from '../../domain/contentHash';
import { parkingName } from '../../domain/names';
import { joinPath, nameOf, parentOf, pathKey } from '../../domain/paths';
import { RemoteError } from '../../domain/remoteError';
import type { DropboxFile, DropboxFolder } from '../../dropbox/types';
import { abandonSource } from '../../net/sendBody';
import { clearDropboxCreate, stampDropboxCreate } from '../../store/operations';
import type { Effect } from '../../store/settleOperation';
import { openAssemblySource, skipping } from './assemblySource';
import {
  type ApplyContext,
  dropboxPath,
  isCode,
  lookAgain,
  madeNothing,
  Replan,
  sawOnDropbox,
  write,
} from './context';
import { earlierUpload } from './earlierUpload';

/** Carries out an operation on Dropbox. Every branch is safe to repeat from the start. */
export async function applyOnDropbox(context: ApplyContext): Promise<Effect> {
  const { operation } = context;
  if (operation.compare) return { hash: await hashAssemblySource(context) };
  switch (operation.action) {
    case 'create':
      return operation.object === 'folder' ? await createFolder(context) : await createFile(context);
    case 'update':
      return await updateFile(context);
    case 'move':
      return await move(context);
    case 'delete':
      return await remove(context);
    default:
      return operation.action satisfies never;
  }
}

/** Reads the bytes for their hash alone: equal ones then need no write at all. */
async function hashAssemblySource(context: ApplyContext): Promise<string> {
  const source = hashingPassThrough(await openAssemblySource(context));
  for await (const _chunk of source.body) context.run.heartbeat();
  return source.result().hash;
}

async function createFolder(context: ApplyContext): Promise<Effect> {
  const path = dropboxPath(context.sync, context.operation.path);
  try {
    const made = await write(context, 'dropbox create folder', () =>
      context.dropbox.createFolder(path, context.run.signal),
    );
    return { dropbox: { id: made.id, rev: null, size: null }, hash: null };
  } catch (error) {
    if (!isCode(error, 'path_conflict')) throw error;
  }
  const there = await context.dropbox.metadata(path, context.run.signal);
  if (there?.tag === 'folder') return { dropbox: { id: there.id, rev: null, size: null }, hash: null };
  await sawOnDropbox(context, there);
  throw new Replan('a file is where the folder belongs');
}

async function createFile(context: ApplyContext): Promise<Effect> {
  const { operation, sync, deps, ref, dropbox, run, sentUpload } = context;
  const path = dropboxPath(sync, operation.path);
  const earlier = await earlierUpload(context, () => hashAssemblySource(context));
  if (earlier) return earlier;
  if (!(await stampDropboxCreate(deps.store.prisma, ref, operation.serial, pathKey(operation.path)))) {
    throw new Replan('nothing may be sent there now');
  }
  try {
    return await upload(context, path, 'add');
  } catch (error) {
    const taken = isCode(error, 'path_conflict', 'version_conflict', 'session_lost');
    // Of an earlier try nothing is known as long as Dropbox itself has not refused the very same.
    const certain = error instanceof RemoteError || sentUpload === null;
    if (!taken && certain && madeNothing(error))
      await clearDropboxCreate(deps.store.prisma, ref, operation.serial);
    if (!taken) throw error;
  }
  const there = await dropbox.metadata(path, run.signal);
  const adopted = await adopt(context, there);
  if (adopted) return adopted;
  await clearDropboxCreate(deps.store.prisma, ref, operation.serial);
  if (!(await sawOnDropbox(context, there))) await lookAgain(context, 'dropbox');
  throw new Replan('something is at that path already');
}

/** A file with just the bytes that were to be put there is as good as ours. */
async function adopt(
  context: ApplyContext,
  there: DropboxFile | DropboxFolder | null,
): Promise<Effect | null> {
  if (there?.tag !== 'file' || there.hash === null || there.size !== context.operation.assembly?.size)
    return null;
  const hash = await hashAssemblySource(context);
  return hash === there.hash ? { dropbox: { id: there.id, rev: there.rev, size: there.size }, hash } : null;
}

async function updateFile(context: ApplyContext): Promise<Effect> {
  const target = context.operation.dropbox;
  if (!target?.rev) throw new Replan('the file to update is gone');
  try {
    return await upload(context, target.id, { update: target.rev });
  } catch (error) {
    if (!isCode(error, 'path_conflict', 'version_conflict', 'source_missing', 'session_lost')) throw error;
  }
  return await seeWhatIsThere(context, target.id, 'the file changed meanwhile');
}

/**
 * Looks at the place of an upload that Dropbox did not take. A session that it no longer knows may have been finished by
 * an earlier try whose answer was lost: then the file is there, and nothing is sent a second time.
 */
async function seeWhatIsThere(context: ApplyContext, pathOrId: string, reason: string): Promise<never> {
  const there = await context.dropbox.metadata(pathOrId, context.run.signal);
  if (!(await sawOnDropbox(context, there))) await lookAgain(context, 'dropbox');
  throw new Replan(reason);
}

/** Streams Assembly's bytes to Dropbox, hashed on the way; what Dropbox stored must have the same hash. */
async function upload(
  context: ApplyContext,
  path: string,
  mode: 'add' | { update: string },
): Promise<Effect> {
  const { dropbox, run, operation } = context;
  const size = operation.assembly?.size;
  if (size === null || size === undefined) throw new Replan('the size of the source is not known');
  let source = await openAssemblySource(context);
  let passing = hashingPassThrough(source);
  let opened = false;
  const made = await write(context, `dropbox ${operation.action} file`, () =>
    dropbox.upload({
      path,
      mode,
      size,
      open: async (offset) => {
        if (opened) {
          source = await openAssemblySource(context);
          passing = hashingPassThrough(source);
        }
        opened = true;
        return skipping(passing.body, offset);
      },
      ...(run.resume ? { resume: run.resume } : {}),
      onProgress: (progress) => run.heartbeat(progress),
      signal: run.signal,
    }),
  ).catch((error: unknown) => {
    abandonSource(source);
    throw error;
  });
  const hash = passing.ended() ? passing.result().hash : await hashOfAllSent(context, source);
  if (made.hash !== null && made.hash !== hash) await refuse(context, made);
  return { dropbox: { id: made.id, rev: made.rev, size: made.size }, hash };
}

/** A session had the last bytes from a try before this one, so not all of them passed now: they are read once more. */
async function hashOfAllSent(context: ApplyContext, source: AsyncIterable<Uint8Array>): Promise<string> {
  abandonSource(source);
  return await hashAssemblySource(context);
}

async function refuse(context: ApplyContext, made: DropboxFile): Promise<never> {
  if (context.operation.action === 'create') {
    await write(context, 'dropbox undo create', () => context.dropbox.delete(made.id, made.rev));
  }
  throw new RemoteError('dropbox', 'content_mismatch', 'Dropbox stored other bytes than were sent');
}

async function move(context: ApplyContext): Promise<Effect> {
  const { operation, sync, run, dropbox } = context;
  const source = operation.dropbox;
  if (!source) throw new Replan('the object to move is gone');
  const target = dropboxPath(sync, operation.path);
  const caseOnly = source.path !== operation.path && pathKey(source.path) === pathKey(operation.path);
  try {
    if (caseOnly) await stepAside(context, source.id);
    const made = await write(context, 'dropbox move', () => dropbox.move(source.id, target, run.signal));
    return { dropbox: { id: source.id, rev: made.tag === 'file' ? made.rev : null, size: null }, hash: null };
  } catch (error) {
    if (!isCode(error, 'path_conflict', 'source_missing')) throw error;
  }
  // An earlier try may have moved it: then the plan finds it at its goal.
  const there = await dropbox.metadata(source.id, run.signal);
  if (!(await sawOnDropbox(context, there))) await lookAgain(context, 'dropbox');
  const occupant = await dropbox.metadata(target, run.signal);
  if (occupant && occupant.id !== source.id) await sawOnDropbox(context, occupant);
  throw new Replan('the object could not be moved as planned');
}

/** Dropbox can't rename by letter case alone: it takes two moves, by way of a name of our own. */
async function stepAside(context: ApplyContext, id: string): Promise<void> {
  const { operation, sync, run, dropbox, ref } = context;
  const aside = joinPath(parentOf(operation.path), parkingName(nameOf(operation.path), ref.itemId));
  await write(context, 'dropbox move aside', () => dropbox.move(id, dropboxPath(sync, aside), run.signal));
}

async function remove(context: ApplyContext): Promise<Effect> {
  const { operation, run, dropbox } = context;
  const target = operation.dropbox;
  if (!target) return { hash: null };
  if (target.object === 'folder') return await removeFolder(context, target.id);
  try {
    await write(context, 'dropbox delete file', () => dropbox.delete(target.id, target.rev, run.signal));
    return { hash: null };
  } catch (error) {
    if (!isCode(error, 'version_conflict', 'path_conflict')) throw error;
  }
  if (!(await sawOnDropbox(context, await dropbox.metadata(target.id, run.signal))))
    await lookAgain(context, 'dropbox');
  throw new Replan('the file changed before it could be deleted');
}

/** Dropbox has no conditional delete of a folder, so only one that lists empty goes, leaf by leaf (I2). */
async function removeFolder(context: ApplyContext, id: string): Promise<Effect> {
  const { run, dropbox } = context;
  const there = await dropbox.metadata(id, run.signal);
  if (!there) return { hash: null };
  const inside = await dropbox.listFolder({ path: id, recursive: false, limit: 1 }, run.signal);
  if (inside.entries.length > 0 || inside.hasMore) {
    await lookAgain(context, 'dropbox');
    throw new Replan('the folder holds something new');
  }
  await write(context, 'dropbox delete folder', () => dropbox.delete(id, null, run.signal));
  return { hash: null };
}
