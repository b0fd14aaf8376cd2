import type { AssemblyObject } from '../../assembly/types';
import { hashingPassThrough } from '../../domain/contentHash';
import { errorEntry } from '../../domain/errors';
import { RemoteError } from '../../domain/remoteError';
import type { ItemPath } from '../../domain/types';
import { knownAssemblyIds } from '../../store/assemblyIds';
import { clearUpload, stampUpload } from '../../store/operations';
import type { Effect } from '../../store/settleOperation';
import { type ApplyContext, assemblyPath, isCode, lookAgain, Replan, sawOnAssembly, write } from './context';

/** Pages that a search for one path may take; a larger folder is looked at by a full observation instead. */
const MAX_SEARCH_PAGES = 100;
/** The rule by which a change beats a delete. */
const RECREATES = 11;

/** Everything at exactly this path. Assembly has no get-by-path: its list takes a prefix. */
export async function findOnAssembly(context: ApplyContext, path: ItemPath): Promise<AssemblyObject[]> {
  const { assembly, sync, run } = context;
  const wanted = assemblyPath(path).normalize('NFC');
  const folder = wanted.slice(0, Math.max(0, wanted.lastIndexOf('/')));
  const found = new Map<string, AssemblyObject>();
  let nextToken: string | null = null;
  for (let page = 0; page < MAX_SEARCH_PAGES; page++) {
    const answer: Awaited<ReturnType<typeof assembly.listFiles>> = await assembly.listFiles(
      {
        channelId: sync.channelId,
        ...(folder === '' ? {} : { path: folder }),
        ...(nextToken === null ? {} : { nextToken }),
      },
      run.signal,
    );
    for (const object of answer.objects) {
      if (object.path.replace(/^\//, '').normalize('NFC') === wanted) found.set(object.id, object);
    }
    nextToken = answer.nextToken;
    if (nextToken === null) return [...found.values()];
    run.heartbeat();
  }
  throw new RemoteError('assembly', 'bad_answer', 'the channel list did not come to an end');
}

/**
 * Makes the file at the operation's path from Dropbox's bytes: adopts what an earlier try finished, removes what it
 * left half done, then POST, the id stamped in a commit of its own, PUT. Verified by size and Dropbox content hash.
 */
export async function makeAssemblyFile(context: ApplyContext): Promise<Effect> {
  const { operation, assembly, sync, run, deps, ref } = context;
  const source = operation.dropbox;
  if (!source?.rev || source.size === null) throw new Replan('the source is gone');
  const adopted = await resolveEarlierTry(context);
  if (adopted) return adopted;

  const created = await write(context, 'assembly create file', () =>
    assembly.createFile({ channelId: sync.channelId, path: assemblyPath(operation.path) }, run.signal),
  );
  const { object, uploadUrl } = created;
  await stampUpload(deps.store.prisma, ref, operation.serial, { id: object.id, source: source.rev });
  await deps.reach('afterStamp', object.id);
  if (object.path.replace(/^\//, '').normalize('NFC') !== assemblyPath(operation.path).normalize('NFC')) {
    await removeUnfinished(context, object.id);
    throw new RemoteError('assembly', 'path_conflict', 'Assembly put the file at another path');
  }
  const hash = await fill(context, object.id, uploadUrl, source.rev, source.size);
  return { assembly: { id: object.id, version: null, size: source.size }, hash };
}

async function fill(
  context: ApplyContext,
  id: string,
  url: string,
  rev: string,
  size: number,
): Promise<string> {
  const { dropbox, assembly, run, operation } = context;
  try {
    const { stream } = await dropbox.download(rev, { signal: run.signal });
    const passing = hashingPassThrough(stream);
    await write(context, 'assembly upload', () =>
      assembly.upload({ url, size, body: beating(passing.body, run.heartbeat), signal: run.signal }),
    );
    const { hash } = passing.result();
    if (operation.dropbox?.hash != null && operation.dropbox.hash !== hash) {
      await removeUnfinished(context, id);
      throw new RemoteError(
        'dropbox',
        'content_mismatch',
        'Dropbox handed out other bytes than its hash says',
      );
    }
    return hash;
  } catch (error) {
    // The revision is gone: there is nothing to put in, so nothing may stay behind.
    if (isCode(error, 'source_missing', 'version_conflict') || error instanceof Replan) {
      await removeUnfinished(context, id);
      await lookAgain(context, 'dropbox');
      throw new Replan('the source changed meanwhile');
    }
    // Dropbox will never hand these bytes out: the object that was to hold them goes too.
    if (error instanceof RemoteError && errorEntry(error.code).scope === 'unsyncable') {
      await removeUnfinished(context, id);
    }
    throw error;
  }
}

async function* beating(source: AsyncIterable<Uint8Array>, beat: () => void): AsyncIterable<Uint8Array> {
  for await (const chunk of source) {
    beat();
    yield chunk;
  }
}

/** What an earlier try left: `null` when nothing of it remains and a new object can be made. */
async function resolveEarlierTry(context: ApplyContext): Promise<Effect | null> {
  const { operation, assembly, upload, run, deps, ref } = context;
  const source = operation.dropbox!;
  if (upload) {
    const left = await assembly.retrieveFile(upload.id, run.signal);
    const whole = left?.status === 'completed' && (left.size === null || left.size === source.size);
    if (left && whole && upload.source === source.rev) {
      return { assembly: { id: left.id, version: left.version, size: source.size }, hash: source.hash };
    }
    if (left) await removeUnfinished(context, upload.id);
    else await clearUpload(deps.store.prisma, ref, upload.id);
    return null;
  }
  const triedBefore = operation.repeated || run.attempt > 1;
  // A file that was deleted may have been replaced: its successor is looked for before another one is made beside it.
  if (!triedBefore && operation.rule !== RECREATES) return null;
  // The POST of an earlier try may have worked without our knowing its id.
  const there = await findOnAssembly(context, operation.path);
  const known = await knownAssemblyIds(
    deps.store.prisma,
    ref,
    there.map((object) => object.id),
  );
  for (const object of there) {
    if (object.id === operation.assembly?.id || object.object !== 'file') continue;
    if (object.status === 'pending' && !known.has(object.id) && triedBefore) {
      await removeUnfinished(context, object.id);
      continue;
    }
    if (object.status !== 'completed' || known.has(object.id)) continue;
    await sawOnAssembly(context, object);
    throw new Replan('a file is at that path already');
  }
  return null;
}

/**
 * An object of ours without its bytes is not left behind. Where the sync was stopped it stays for now, noted on the
 * item: the next contact removes it.
 */
async function removeUnfinished(context: ApplyContext, id: string): Promise<void> {
  await write(context, 'assembly remove unfinished', () =>
    context.assembly.deleteFile(id, context.run.signal),
  );
  await clearUpload(context.deps.store.prisma, context.ref, id);
}
