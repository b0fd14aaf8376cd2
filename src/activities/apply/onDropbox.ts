import { asidePath } from '../../domain/names';
import { pathKey } from '../../domain/paths';
import type { DropboxSeen } from '../../domain/types';
import type { DropboxFile, DropboxFolder } from '../../dropbox/types';
import { isAnotherOnDropbox } from '../../store/observing';
import type { Effect } from '../../store/settleOperation';
import {
  type ApplyContext,
  dropboxPath,
  isCode,
  lookAgain,
  mustBeGoneFromDropbox,
  Replan,
  sawOnDropbox,
  seeOnDropbox,
  write,
} from './context';
import { createFile, hashAssemblySource, updateFile } from './dropboxFile';
import { rootStands } from './dropboxRoot';

/** Carries out an operation on Dropbox. Every branch is safe to repeat from the start. */
export async function applyOnDropbox(context: ApplyContext): Promise<Effect> {
  const { operation } = context;
  if (operation.compare) return { hash: await hashAssemblySource(context) };
  switch (operation.action) {
    case 'create':
      await mustBeGoneFromDropbox(context);
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

async function createFolder(context: ApplyContext): Promise<Effect> {
  const path = dropboxPath(context.sync, context.operation.path);
  const made = await makeFolder(context, path);
  if (made && !(await isAnotherThere(context, made.id))) return isNow(made);
  const there = await context.dropbox.metadata(path, context.run.signal);
  if (!(await sawOnDropbox(context, there))) await lookAgain(context, 'dropbox');
  if (there?.tag === 'folder') return isNow(there);
  throw new Replan('something else is where the folder belongs, or nothing any more');
}

/** `null` where something is there. */
async function makeFolder(context: ApplyContext, path: string): Promise<DropboxFolder | null> {
  try {
    return await write(context, 'dropbox create folder', async () => {
      await rootStands(context);
      return await context.dropbox.createFolder(path, context.run.signal);
    });
  } catch (error) {
    if (!isCode(error, 'path_conflict')) throw error;
    return null;
  }
}

const isNow = ({ id }: DropboxFolder): Effect => ({ dropbox: { id, rev: null, size: null }, hash: null });

/** Whether something else was seen at the place: it has gone since, or has come. */
const isAnotherThere = ({ deps, ref, operation }: ApplyContext, id: string): Promise<boolean> =>
  isAnotherOnDropbox(deps.store.prisma, ref, pathKey(operation.path), id);

async function move(context: ApplyContext): Promise<Effect> {
  const { operation, sync, run, dropbox } = context;
  const source = operation.dropbox;
  if (!source) throw new Replan('the object to move is gone');
  const target = dropboxPath(sync, operation.path);
  const caseOnly = source.path !== operation.path && pathKey(source.path) === pathKey(operation.path);
  try {
    if (caseOnly) await stepAside(context, source.id);
    const made = await write(context, 'dropbox move', async () => {
      await rootStands(context);
      return await dropbox.move(source.id, target, run.signal);
    });
    return { dropbox: { id: source.id, rev: await movedRev(context, source, made), size: null }, hash: null };
  } catch (error) {
    if (!isCode(error, 'path_conflict', 'source_missing')) throw error;
  }
  // An earlier try may have moved it: then the plan finds it at its goal.
  await seeOnDropbox(context, source.id);
  const occupant = await dropbox.metadata(target, run.signal);
  if (occupant && occupant.id !== source.id) await sawOnDropbox(context, occupant);
  throw new Replan('the object could not be moved as planned');
}

/**
 * The revision that is agreed on after a move, which may give a new one. Dropbox moves what is there, whether or not it was
 * observed: the revision of an edit that nobody has seen yet is not agreed on, or the next write would go over it (I2).
 */
async function movedRev(
  context: ApplyContext,
  source: DropboxSeen,
  made: DropboxFile | DropboxFolder,
): Promise<string | null> {
  if (made.tag === 'folder') return null;
  const known = made.hash !== null && source.hash !== null;
  if (known ? made.hash === source.hash : made.rev === source.rev) return made.rev;
  await sawOnDropbox(context, made);
  return source.rev;
}

/** Dropbox can't rename by letter case alone: it takes two moves, by way of a name of our own. */
async function stepAside(context: ApplyContext, id: string): Promise<void> {
  const { operation, sync, run, dropbox, ref } = context;
  const aside = asidePath(operation.path, ref.itemId);
  await write(context, 'dropbox move aside', async () => {
    await rootStands(context);
    return await dropbox.move(id, dropboxPath(sync, aside), run.signal);
  });
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
  await seeOnDropbox(context, target.id);
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
