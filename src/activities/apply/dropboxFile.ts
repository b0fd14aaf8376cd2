import { hashingPassThrough } from '../../domain/contentHash';
import { pathKey } from '../../domain/paths';
import { RemoteError } from '../../domain/remoteError';
import type { DropboxFile, DropboxFolder } from '../../dropbox/types';
import { abandonSource } from '../../net/sendBody';
import { clearDropboxCreate, stampDropboxCreate } from '../../store/operations';
import type { Effect } from '../../store/settleOperation';
import { openAssemblySource, skipping } from './assemblySource';
import {
  type ApplyContext,
  dropboxPath,
  dropboxSeen,
  isCode,
  lookAgain,
  madeNothing,
  Replan,
  sawOnDropbox,
  seeOnDropbox,
  write,
} from './context';
import { rootStands } from './dropboxRoot';
import { earlierUpload } from './earlierUpload';

/** Reads the bytes for their hash alone: equal ones then need no write at all. */
export async function hashAssemblySource(context: ApplyContext): Promise<string> {
  const source = hashingPassThrough(await openAssemblySource(context));
  for await (const _chunk of source.body) context.run.heartbeat();
  return source.result().hash;
}

export async function createFile(context: ApplyContext): Promise<Effect> {
  const { operation, sync, deps, ref, dropbox, run, sentUpload } = context;
  const path = dropboxPath(sync, operation.path);
  const earlier = await earlierUpload(context, () => hashAssemblySource(context));
  if (earlier) return earlier;
  if (!(await stampDropboxCreate(deps.store.prisma, ref, operation.serial, pathKey(operation.path)))) {
    throw new Replan('nothing may be sent there now');
  }
  try {
    return effectOf(await upload(context, path, 'add'));
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
  return hash === there.hash ? effectOf({ made: there, hash }) : null;
}

export async function updateFile(context: ApplyContext): Promise<Effect> {
  const target = context.operation.dropbox;
  if (!target?.rev) throw new Replan('the file to update is gone');
  try {
    const sent = await upload(context, target.id, { update: target.rev });
    // Moved out of the folder meanwhile, it has taken the bytes along: they are not on Dropbox for this sync.
    if (dropboxSeen(context.sync, sent.made)) return effectOf(sent);
  } catch (error) {
    if (!isCode(error, 'path_conflict', 'version_conflict', 'source_missing', 'session_lost')) throw error;
  }
  // A session that Dropbox no longer knows may have been finished by an earlier try whose answer was lost: then the file has
  // those bytes, and nothing is sent a second time.
  await seeOnDropbox(context, target.id);
  throw new Replan('the file changed meanwhile');
}

interface Sent {
  readonly made: DropboxFile;
  readonly hash: string;
}

const effectOf = ({ made: { id, rev, size }, hash }: Sent): Effect => ({ dropbox: { id, rev, size }, hash });

/** Streams Assembly's bytes to Dropbox, hashed on the way; what Dropbox stored must have the same hash. */
async function upload(context: ApplyContext, path: string, mode: 'add' | { update: string }): Promise<Sent> {
  const { deps, dropbox, run, operation } = context;
  const size = operation.assembly?.size;
  if (size === null || size === undefined) throw new Replan('the size of the source is not known');
  let source = await openAssemblySource(context);
  let passing = hashingPassThrough(source);
  let opened = false;
  const made = await write(context, `dropbox ${operation.action} file`, async () => {
    if (mode === 'add') await rootStands(context);
    return await dropbox.upload({
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
      async onProgress(progress) {
        run.heartbeat(progress);
        await deps.reach('afterPart', `${progress.offset}`);
      },
      signal: run.signal,
    });
  }).catch((error: unknown) => {
    abandonSource(source);
    throw error;
  });
  const hash = passing.ended() ? passing.result().hash : await hashOfAllSent(context, source);
  if (made.hash !== null && made.hash !== hash) await refuse(context, made);
  return { made, hash };
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
