import { pathKey } from '../../domain/paths';
import type { DropboxFile } from '../../dropbox/types';
import { isUnclaimedAt, unclaimedDropboxFiles } from '../../store/earlierUploads';
import { clearDropboxCreate } from '../../store/operations';
import type { Effect } from '../../store/settleOperation';
import {
  type ApplyContext,
  dropboxPath,
  dropboxSeen,
  isCode,
  lookAgain,
  Replan,
  sawOnDropbox,
  write,
} from './context';
import { rootStands } from './dropboxRoot';

/** Pages of the feed that a search may take; a longer one is looked at by an observation instead. */
const MAX_SEARCH_PAGES = 10;

/**
 * What an earlier try made on Dropbox, whose answer was lost. It is known by its bytes, since people rename and move what
 * they see: all that the feed has told and all that it would tell now is searched. Where it lies as it was sent, it comes
 * to where the item is to live now, at once or, where something is there, by a move that follows; where somebody has moved
 * it, it stays, and the item follows. Another file where it was sent is somebody's own: nothing can arrive there any more.
 * `null`: nothing is there.
 */
export async function earlierUpload(
  context: ApplyContext,
  hashSource: () => Promise<string>,
): Promise<Effect | null> {
  const { operation, sentUpload, dropbox, run, deps, ref } = context;
  const size = operation.assembly?.size ?? null;
  if (sentUpload === null || size === null) return null;
  const told = await newestFiles(context, size);
  const files = await unclaimedDropboxFiles(deps.store.prisma, ref, size, told);
  const hash = files.length === 0 ? null : await hashSource();
  const found: DropboxFile[] = [];
  for (const { id } of files.filter((file) => file.hash === hash)) {
    const there = await dropbox.metadata(id, run.signal);
    if (there?.tag === 'file' && there.hash === hash) found.push(there);
  }
  const [made] = found.sort(
    (one, other) => Number(isAt(context, other, sentUpload)) - Number(isAt(context, one, sentUpload)),
  );
  if (!made) {
    if (!(await isUnclaimedAt(deps.store.prisma, ref, sentUpload))) return null;
    await clearDropboxCreate(deps.store.prisma, ref, operation.serial);
    throw new Replan('another file lies where it was sent');
  }
  const adopted: Effect = { dropbox: { id: made.id, rev: made.rev, size: made.size }, hash };
  if (isAt(context, made, sentUpload)) return await bringAlong(context, made, adopted);
  // Outside the folder that is synced it is nobody's here.
  return (await sawOnDropbox(context, made)) ? adopted : null;
}

const isAt = ({ sync }: ApplyContext, file: DropboxFile, key: string): boolean =>
  pathKey(dropboxSeen(sync, file)?.path ?? '') === key;

/** Files of this size that the feed tells of from where it was last read; nothing of it is stored. */
async function newestFiles(context: ApplyContext, size: number): Promise<DropboxFile[]> {
  const { sync, dropbox, run } = context;
  const files: DropboxFile[] = [];
  let cursor = sync.dropboxOpen ? null : sync.cursor;
  for (let pages = 0; cursor !== null && pages < MAX_SEARCH_PAGES; pages++) {
    const page = await dropbox.listFolderContinue(cursor, run.signal).catch((error: unknown) => {
      if (isCode(error, 'cursor_reset')) return null;
      throw error;
    });
    if (page === null) break;
    run.heartbeat();
    for (const entry of page.entries) if (entry.tag === 'file' && entry.size === size) files.push(entry);
    if (!page.hasMore) return files;
    cursor = page.cursor;
  }
  await lookAgain(context, 'dropbox');
  throw new Replan('what an earlier try made can not be looked for now');
}

async function bringAlong(context: ApplyContext, found: DropboxFile, adopted: Effect): Promise<Effect> {
  const { operation, sync, sentUpload, dropbox, run, deps, ref } = context;
  if (sentUpload === pathKey(operation.path)) return adopted;
  try {
    const made = await write(context, 'dropbox move', async () => {
      await rootStands(context);
      return await dropbox.move(found.id, dropboxPath(sync, operation.path), run.signal);
    });
    return { ...adopted, dropbox: { ...adopted.dropbox!, rev: made.tag === 'file' ? made.rev : null } };
  } catch (error) {
    if (!isCode(error, 'path_conflict', 'source_missing')) throw error;
    const there = await dropbox.metadata(found.id, run.signal);
    if (there?.tag === 'file' && (await sawOnDropbox(context, there)))
      return isAt(context, there, sentUpload!) ? { ...adopted, whereFound: true } : adopted;
    await clearDropboxCreate(deps.store.prisma, ref, operation.serial);
    await lookAgain(context, 'dropbox');
    throw new Replan('what an earlier try made could not be moved');
  }
}
