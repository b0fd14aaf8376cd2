import type { AssemblyObject } from '../../assembly/types';
import { contentHash, hashingPassThrough } from '../../domain/contentHash';
import { errorEntry } from '../../domain/errors';
import { isNumberedName } from '../../domain/names';
import { isSpelledAs, nameOf, parentOf } from '../../domain/paths';
import { RemoteError } from '../../domain/remoteError';
import type { DropboxSeen, ItemPath } from '../../domain/types';
import { abandonSource } from '../../net/sendBody';
import { isSentByAnother, knownAssemblyIds } from '../../store/assemblyIds';
import { clearCreate, clearUpload, stampCreate, stampUpload } from '../../store/operations';
import type { Operation } from '../../store/records';
import type { Effect } from '../../store/settleOperation';
import {
  type ApplyContext,
  assemblyPath,
  isCode,
  lookAgain,
  madeNothing,
  Replan,
  sawOnAssembly,
  write,
} from './context';

/** Pages that a search for one path may take; a larger folder is looked at by a full observation instead. */
const MAX_SEARCH_PAGES = 100;
/** The rule by which a change beats a delete. */
const RECREATES = 11;

/** Everything at exactly this path. */
export const findOnAssembly = (context: ApplyContext, path: ItemPath): Promise<AssemblyObject[]> =>
  findBeside(context, path, (object) => isAt(object, path));

/** What `fits` in the folder of a path. Assembly has no get-by-path: its list takes a prefix. */
async function findBeside(
  context: ApplyContext,
  path: ItemPath,
  fits: (object: AssemblyObject) => boolean,
): Promise<AssemblyObject[]> {
  const { assembly, sync, run } = context;
  const folder = assemblyPath(parentOf(path)).normalize('NFC');
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
      if (fits(object)) found.set(object.id, object);
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
  const { operation, deps, ref } = context;
  const source = operation.dropbox;
  if (!source?.rev || source.size === null) throw new Replan('the source is gone');
  const adopted = await resolveEarlierTry(context);
  if (adopted) return adopted;

  const { object, uploadUrl } = await sendCreate(context);
  await stampUpload(deps.store.prisma, ref, operation.serial, { id: object.id, source: markOf(source) });
  await deps.reach('afterStamp', object.id);
  if (!isAt(object, operation.path)) {
    await removeUnfinished(context, object.id);
    throw new RemoteError('assembly', 'path_conflict', 'Assembly put the file at another path');
  }
  const hash = await fill(context, object.id, uploadUrl, source.rev, source.size);
  return { assembly: { id: object.id, version: null, size: source.size }, hash };
}

/**
 * The POST, announced on the item first: should its answer be lost, the next try knows where to look for what it made.
 * An answer that says no takes the announcement back.
 */
async function sendCreate(context: ApplyContext) {
  const { operation, assembly, sync, run, deps, ref } = context;
  const { path, serial } = operation;
  if (!(await stampCreate(deps.store.prisma, ref, serial, path))) throw new Replan('the operation is void');
  try {
    return await write(context, 'assembly create file', () =>
      assembly.createFile({ channelId: sync.channelId, path: assemblyPath(path) }, run.signal),
    );
  } catch (error) {
    if (madeNothing(error)) await clearCreate(deps.store.prisma, ref, serial);
    throw error;
  }
}

async function fill(
  context: ApplyContext,
  id: string,
  url: string,
  rev: string,
  size: number,
): Promise<string> {
  const { dropbox, assembly, run, operation } = context;
  let hash: string;
  try {
    const { stream } = await dropbox.download(rev, { signal: run.signal });
    const passing = hashingPassThrough(stream);
    await write(context, 'assembly upload', () =>
      assembly.upload({ url, size, body: beating(passing.body, run.heartbeat), signal: run.signal }),
    ).catch((error: unknown) => {
      abandonSource(stream);
      throw error;
    });
    hash = passing.result().hash;
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
  if (operation.dropbox?.hash != null && operation.dropbox.hash !== hash) {
    await takeBack(context, { id, source: markOf({ rev, hash }) });
    throw new RemoteError('dropbox', 'content_mismatch', 'Dropbox handed out other bytes than its hash says');
  }
  return hash;
}

async function* beating(source: AsyncIterable<Uint8Array>, beat: () => void): AsyncIterable<Uint8Array> {
  for await (const chunk of source) {
    beat();
    yield chunk;
  }
}

type Upload = NonNullable<ApplyContext['upload']>;

/** Whether the operation makes a file on Assembly, and so finds a use for what an earlier try made. */
export const makesAssemblyFile = ({ action, target, object, cleanUp }: Operation): boolean =>
  target === 'assembly' && object === 'file' && action !== 'delete' && !cleanUp;

/** What an earlier try left: `null` when nothing of it remains and a new object can be made. */
async function resolveEarlierTry(context: ApplyContext): Promise<Effect | null> {
  const { operation, upload, sentCreate } = context;
  if (upload) {
    const left = await takeBack(context, upload, operation.dropbox!);
    return (
      left && {
        assembly: { id: left.id, version: left.version, size: operation.dropbox!.size },
        hash: operation.dropbox!.hash,
      }
    );
  }
  if (sentCreate !== null && sentCreate !== operation.path) await removeWhatWasSent(context, sentCreate);
  // A file that was deleted may have been replaced: its successor is looked for before another one is made beside it.
  if (sentCreate !== operation.path && operation.rule !== RECREATES) return null;
  for (const object of await removeWhatWasSent(context, operation.path)) {
    await sawOnAssembly(context, object);
    throw new Replan('a file is at that path already');
  }
  return null;
}

/**
 * A create that was sent to this path may have worked without our knowing the id: what is pending there, or beside it
 * under a name that Assembly gives where one is taken, and was not seen before, is ours and goes. Returns other files at
 * the path that nobody has seen yet.
 */
async function removeWhatWasSent(context: ApplyContext, path: ItemPath): Promise<AssemblyObject[]> {
  const { operation, sentCreate, deps, ref } = context;
  const wasSent = sentCreate === path;
  const there = await findBeside(
    context,
    path,
    (object) => isAt(object, path) || (wasSent && isRenamedFrom(object, path)),
  );
  const known = await knownAssemblyIds(
    deps.store.prisma,
    ref,
    there.map(({ id }) => id),
  );
  const unknown = await withStatus(
    context,
    there.filter(({ id, object }) => object === 'file' && id !== operation.assembly?.id && !known.has(id)),
  );
  if (wasSent) {
    const pending = unknown.filter(({ status }) => status === 'pending');
    const atIt = pending.filter((object) => isAt(object, path));
    // Another name is given only where this one is taken, by something that was not sent.
    const taken = atIt.length === 0 && there.some((object) => isAt(object, path));
    const beside = taken ? pending : [];
    if (await isSentByAnother(deps.store.prisma, ref, beside.map(placeOf))) {
      throw new Replan('it may be of another item');
    }
    for (const { id } of [...atIt, ...beside]) await removeUnfinished(context, id);
    await clearCreate(deps.store.prisma, ref, operation.serial);
  }
  return unknown.filter((object) => object.status === 'completed' && isAt(object, path));
}

/** Where the list leaves out the state of files each is read by itself. */
async function withStatus(
  context: ApplyContext,
  listed: readonly AssemblyObject[],
): Promise<AssemblyObject[]> {
  const { assembly, run } = context;
  const result: AssemblyObject[] = [];
  for (const object of listed) {
    const known = object.status === null ? await assembly.retrieveFile(object.id, run.signal) : object;
    if (known) result.push(known);
  }
  return result;
}

/** So often what changes while it is read is read, to tell a move from a write. */
const MOST_READS = 3;

/**
 * Takes back what was made in vain, by an earlier try too, unless it is just what is `wanted`: then it is returned. It may have
 * been complete for a while, and a person may have written into it: other bytes than ours are theirs, and stay to be observed.
 */
export async function takeBack(
  context: ApplyContext,
  upload: Upload,
  wanted: DropboxSeen | null = null,
): Promise<AssemblyObject | null> {
  const { assembly, run, deps, ref } = context;
  const mark = readMark(upload.source);
  let left = await assembly.retrieveFile(upload.id, run.signal);
  for (let reads = 0; left?.status === 'completed'; reads += 1) {
    if (reads === MOST_READS) return await leave(left);
    const url = mark.hash === null ? null : left.downloadUrl;
    if (url !== null && (await hashOf(context, left, url)) !== mark.hash) return await leave(left);
    const isAtPlace = isAt(left, context.operation.path);
    if (wanted?.rev === mark.rev && isAtPlace) return left;
    // Reading takes as long as the file is large: what is another one by now is read again, for it may only have moved.
    const now = url !== null ? await assembly.retrieveFile(left.id, run.signal) : left;
    if (now && now.version === left.version && now.size === left.size) break;
    if (now && now.status !== 'completed') return await leave(now);
    left = now;
  }
  if (left) await removeUnfinished(context, left.id);
  else await clearUpload(deps.store.prisma, ref, upload.id);
  return null;

  async function leave(written: AssemblyObject): Promise<never> {
    await clearUpload(deps.store.prisma, ref, upload.id);
    await sawOnAssembly(context, written);
    throw new Replan('somebody wrote into what an earlier try made');
  }
}

/** Reads an object's bytes for their hash alone. */
export async function hashOf(
  { assembly, run }: ApplyContext,
  { size }: AssemblyObject,
  url: string,
): Promise<string> {
  const { stream } = await assembly.download({ url, size, signal: run.signal });
  return await contentHash(stream);
}

/** Nothing is owed but that nothing of an earlier try stays. */
export async function cleanUp(context: ApplyContext): Promise<Effect> {
  if (context.sentCreate !== null) await removeWhatWasSent(context, context.sentCreate);
  return { hash: null };
}

/** The revision that an object is made for, and the hash of its bytes where Dropbox gave it. */
export const markOf = ({ rev, hash }: Pick<DropboxSeen, 'rev' | 'hash'>): string =>
  hash === null ? `${rev}` : `${rev} ${hash}`;

const readMark = (mark: string | null): { rev: string | null; hash: string | null } => {
  const [rev = null, hash = null] = mark?.split(' ') ?? [];
  return { rev, hash };
};

export const isAt = (object: AssemblyObject, path: ItemPath): boolean => isSpelledAs(placeOf(object), path);

/** Beside the path, under the name that it gets where another object has its own. */
const isRenamedFrom = (object: AssemblyObject, path: ItemPath): boolean => {
  const place = placeOf(object);
  return isSpelledAs(parentOf(place), parentOf(path)) && isNumberedName(nameOf(place), nameOf(path));
};

const placeOf = ({ path }: AssemblyObject): ItemPath => `/${path.replace(/^\//, '')}`;

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
