import { z } from 'zod';
import { BodyTooLarge } from '../../model/blobs';
import { Contention } from '../../model/locks';
import { SessionError } from '../../model/sessions';
import { type Bytes, type Commit, decideUpload } from '../../model/writes';
import { type CommitInfo, commitInfo, contentHash, flag, sessionCursor, tag, uploadArgs } from '../args';
import { type Call, defineRoute, exclusively, nodeById, type Route, writerOf } from '../call';
import {
  badRequest,
  encodeTags,
  Failure,
  RouteError,
  routeError,
  summaryOf,
  tooMany,
  under,
} from '../failure';
import { type Json, metadataOf } from '../metadata';

const SCOPE = 'files.content.write';
const MAX_BODY = 157_286_400;

export const commitOf = (args: CommitInfo): Commit => ({
  path: args.path,
  mode: args.mode ?? 'add',
  autorename: args.autorename ?? false,
  strictConflict: args.strict_conflict ?? false,
  ...(args.client_modified ? { clientModified: args.client_modified } : {}),
});

/** Commits bytes that are a blob already. Fails with `path/…`, or `Contention`. */
export const commitBytes = (call: Call, commit: Commit, bytes: Bytes, store: () => void): Promise<Json> =>
  exclusively(call, [commit.path], () => {
    const { view, service } = call;
    const decision = under('path', () => decideUpload(view, commit, bytes, writerOf(call)));
    store();
    service.commit(decision.changes);
    return metadataOf(view, nodeById(call, decision.id), service.switches());
  });

export function tooLarge(call: Call): Error {
  if (call.service.switches().payloadTooLarge === 'conflict') return routeError(['payload_too_large']);
  return badRequest(call.route, `request body: the body is over the limit of ${MAX_BODY} bytes`);
}

async function upload(call: Call, args: z.infer<typeof uploadArgs>): Promise<Json> {
  const { content_hash: wanted, ...commit } = args;
  const { blobs } = call.service;
  const received = await blobs.receive(call.body, MAX_BODY).catch((error: unknown) => {
    throw error instanceof BodyTooLarge ? tooLarge(call) : error;
  });
  const hash = received.hasher.hex();
  if (wanted && wanted !== hash) {
    await blobs.discard(received.file);
    throw routeError(['content_hash_mismatch']);
  }
  const bytes = { size: received.size, hash };
  try {
    return await commitBytes(call, commitOf(commit), bytes, () => blobs.adopt(received.file, hash));
  } catch (error) {
    if (error instanceof Contention) throw await refuseBusy(call, received.file);
    if (!(error instanceof RouteError)) throw error;
    throw await keepForFinish(call, error, received.file, received.size);
  }
}

async function refuseBusy(call: Call, file: string): Promise<Failure> {
  await call.service.blobs.discard(file);
  return tooMany('too_many_write_operations', 1);
}

/** A refused commit leaves its bytes as a session, and answers with UploadWriteFailed: a struct with `reason`. */
async function keepForFinish(call: Call, error: RouteError, file: string, size: number): Promise<Failure> {
  const account = call.view.account.record.id;
  const id = await call.service.sessions.fromReceived(account, file, size, false);
  const [, ...reason] = error.tagged.tags;
  return new Failure(409, {
    error_summary: summaryOf(error.tagged.tags),
    error: { '.tag': 'path', reason: encodeTags({ ...error.tagged, tags: reason }), upload_session_id: id },
  });
}

const startArgs = z.strictObject({
  close: flag,
  session_type: tag(['sequential', 'concurrent']).nullish(),
  content_hash: contentHash.nullish(),
});

const appendArgs = z.strictObject({
  cursor: sessionCursor,
  close: flag,
  content_hash: contentHash.nullish(),
});

/** Tags that stand beside `lookup_failed`, not under it. */
const DIRECT = new Set([
  'content_hash_mismatch',
  'concurrent_session_missing_data',
  'concurrent_session_not_closed',
]);

/** Session errors come out under `prefix`, as route errors of the calling route. */
export async function sessionCall<T>(
  call: Call,
  prefix: readonly string[],
  work: () => Promise<T>,
): Promise<T> {
  try {
    return await work();
  } catch (error) {
    if (error instanceof BodyTooLarge) throw tooLarge(call);
    if (!(error instanceof SessionError)) throw error;
    const { tags } = error.tagged;
    throw new RouteError({ ...error.tagged, tags: DIRECT.has(tags[0] ?? '') ? tags : [...prefix, ...tags] });
  }
}

interface Part {
  readonly cursor: z.infer<typeof sessionCursor>;
  readonly close: boolean;
  readonly content_hash?: string | null | undefined;
}

const appendPart = (call: Call, part: Part): Promise<void> =>
  call.service.sessions.append({
    id: part.cursor.session_id,
    account: call.view.account.record.id,
    offset: part.cursor.offset,
    close: part.close,
    limit: MAX_BODY,
    ...(part.content_hash ? { contentHash: part.content_hash } : {}),
    body: call.body,
  });

async function start(call: Call, args: z.infer<typeof startArgs>): Promise<Json> {
  const { sessions, blobs } = call.service;
  const account = call.view.account.record.id;
  const concurrent = args.session_type === 'concurrent';
  if (concurrent && args.close) throw routeError(['concurrent_session_close_not_allowed']);
  const received = await sessionCall(call, [], () => blobs.receive(call.body, MAX_BODY));
  const refusal =
    concurrent && received.size > 0
      ? 'concurrent_session_data_not_allowed'
      : args.content_hash && args.content_hash !== received.hasher.hex()
        ? 'content_hash_mismatch'
        : null;
  if (refusal) {
    await blobs.discard(received.file);
    throw routeError([refusal]);
  }
  if (concurrent) {
    await blobs.discard(received.file);
    return { session_id: sessions.start(account, true, false) };
  }
  return {
    session_id: await sessions.fromReceived(account, received.file, received.size, args.close ?? false),
  };
}

const finishArgs = z.strictObject({
  cursor: sessionCursor,
  commit: commitInfo,
  content_hash: contentHash.nullish(),
});

/** Commits a session whose data is complete. The session goes only when the commit succeeded. */
export async function commitSession(
  call: Call,
  id: string,
  offset: number,
  info: CommitInfo,
  mustBeClosed: boolean,
): Promise<Json> {
  const { service } = call;
  const { sessions, blobs } = service;
  const account = call.view.account.record.id;
  const session = sessions.ready(id, account, offset, mustBeClosed);
  const bytes = { size: session.offset, hash: await sessions.hash(id) };
  const metadata = await commitBytes(call, commitOf(info), bytes, () =>
    blobs.adopt(blobs.sessionFile(id), bytes.hash, 'keep'),
  );
  service.commit([{ t: 'sessionDone', id, node: String(metadata.id) }]);
  await sessions.drop(id);
  return metadata;
}

async function finish(call: Call, args: z.infer<typeof finishArgs>): Promise<Json> {
  const { sessions, world } = call.service;
  const { session_id: id, offset } = args.cursor;
  const account = call.view.account.record.id;
  const replay = world.finished.get(id);
  if (replay && replay.account === account) return replayed(call, replay.node);
  return sessionCall(call, ['lookup_failed'], async () => {
    const session = sessions.find(id, account);
    const before = call.body.seen();
    if (session.concurrent) await refuseData(call);
    else if (!session.closed) await appendPart(call, { ...args, close: false });
    else await refuseClosed(call);
    const total = offset + (session.concurrent ? 0 : call.body.seen() - before);
    return commitSession(call, id, total, args.commit, false);
  });
}

async function refuseData(call: Call): Promise<void> {
  for await (const chunk of call.body) {
    if (chunk.length > 0) throw routeError(['concurrent_session_data_not_allowed']);
  }
}

async function refuseClosed(call: Call): Promise<void> {
  for await (const chunk of call.body) if (chunk.length > 0) throw new SessionError({ tags: ['closed'] });
}

function replayed(call: Call, nodeId: string): Json {
  const { finishReplay } = call.service.switches();
  if (finishReplay !== 'idempotent') throw routeError(['lookup_failed', finishReplay]);
  return metadataOf(call.view, nodeById(call, nodeId), call.service.switches());
}

const content = { host: 'content', style: 'upload', scope: SCOPE } as const;

export const uploadRoutes: Record<string, Route> = {
  'files/upload': defineRoute({ ...content, contention: '429', args: uploadArgs, run: upload }),
  'files/upload_session/start': defineRoute({ ...content, args: startArgs, run: start }),
  'files/upload_session/append_v2': defineRoute({
    ...content,
    args: appendArgs,
    run: (call, args) =>
      sessionCall(call, [], async () => {
        await appendPart(call, { ...args, close: args.close ?? false });
        return null;
      }),
  }),
  'files/upload_session/finish': defineRoute({ ...content, args: finishArgs, run: finish }),
};
