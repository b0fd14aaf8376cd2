import { open } from 'node:fs/promises';
import { z } from 'zod';
import { BodyTooLarge } from '../../model/blobs';
import { SessionError } from '../../model/sessions';
import { commitInfo, contentHash, sessionCursor, tag } from '../args';
import { type Call, defineRoute, type Route } from '../call';
import { routeError } from '../failure';
import { checkJob, eachEntry, launch } from '../jobs';
import type { Json } from '../metadata';
import { commitBytes, commitSession, tooLarge } from './upload';

const SCOPE = 'files.content.write';
const MAX_BODY = 157_286_400;
const READ = 256 * 1024;
const SAVE_LIMIT_MS = 15 * 60_000;

const finishEntry = z.strictObject({
  cursor: sessionCursor,
  commit: commitInfo,
  content_hash: contentHash.nullish(),
});
const finishBatch = z.strictObject({ entries: z.array(finishEntry).max(1_000) });

const finishAll = (call: Call, entries: z.infer<typeof finishBatch>['entries']): Promise<Json[]> =>
  eachEntry(entries, (entry) =>
    commitSession(call, entry.cursor.session_id, entry.cursor.offset, entry.commit, true),
  );

const appendEntry = z.strictObject({
  cursor: sessionCursor,
  length: z.number().int().min(0),
  close: z.boolean().nullish(),
});
const appendBatch = z.strictObject({
  entries: z.array(appendEntry).max(1_000),
  content_hash: contentHash.nullish(),
});

/** One body for several sessions: received whole, checked, then dealt out piece by piece. */
async function append(call: Call, args: z.infer<typeof appendBatch>): Promise<Json> {
  const { blobs, sessions } = call.service;
  const received = await blobs.receive(call.body, MAX_BODY).catch((error: unknown) => {
    throw error instanceof BodyTooLarge ? tooLarge(call) : error;
  });
  try {
    if (args.content_hash && args.content_hash !== received.hasher.hex()) {
      throw routeError(['content_hash_mismatch']);
    }
    let at = 0;
    const results: Json[] = [];
    for (const entry of args.entries) {
      const from = at;
      at += entry.length;
      const store = sessions.append({
        id: entry.cursor.session_id,
        account: call.view.account.record.id,
        offset: entry.cursor.offset,
        close: entry.close ?? false,
        limit: MAX_BODY,
        body: slice(received.file, from, Math.min(entry.length, received.size - from)),
      });
      results.push(await outcome(store));
    }
    return { entries: results };
  } finally {
    await blobs.discard(received.file);
  }
}

async function outcome(store: Promise<void>): Promise<Json> {
  try {
    await store;
    return { '.tag': 'success' };
  } catch (error) {
    if (!(error instanceof SessionError)) throw error;
    return { '.tag': 'failure', failure: { '.tag': error.tagged.tags[0], ...error.tagged.fields } };
  }
}

async function* slice(file: string, from: number, length: number): AsyncGenerator<Uint8Array> {
  const handle = await open(file, 'r');
  try {
    for (let done = 0; done < length; ) {
      const buffer = Buffer.allocUnsafe(Math.min(READ, length - done));
      const { bytesRead } = await handle.read(buffer, 0, buffer.length, from + done);
      if (bytesRead === 0) return;
      yield buffer.subarray(0, bytesRead);
      done += bytesRead;
    }
  } finally {
    await handle.close();
  }
}

/** Fetches an address into a file. Only http and https, within the time and size that uploads have. */
async function saveUrl(call: Call, path: string, address: string): Promise<Json> {
  const { blobs } = call.service;
  const answer = await fetch(address, { signal: AbortSignal.timeout(SAVE_LIMIT_MS) }).catch(() => null);
  if (!answer?.ok || !answer.body) throw routeError(['download_failed']);
  const received = await blobs.receive(answer.body, MAX_BODY);
  const bytes = { size: received.size, hash: received.hasher.hex() };
  const commit = { path, mode: 'add' as const, autorename: true, strictConflict: false };
  return commitBytes(call, commit, bytes, () => blobs.adopt(received.file, bytes.hash));
}

const startBatch = z.strictObject({
  num_sessions: z.number().int().min(1).max(1_000),
  session_type: tag(['sequential', 'concurrent']).nullish(),
});

export const uploadBatchRoutes: Record<string, Route> = {
  'files/upload_session/start_batch': defineRoute({
    scope: SCOPE,
    args: startBatch,
    run: ({ service, view }, args) => ({
      session_ids: Array.from({ length: args.num_sessions }, () =>
        service.sessions.start(view.account.record.id, args.session_type === 'concurrent', false),
      ),
    }),
  }),
  'files/upload_session/append_batch': defineRoute({
    host: 'content',
    style: 'upload',
    scope: SCOPE,
    args: appendBatch,
    run: append,
  }),
  'files/upload_session/finish_batch_v2': defineRoute({
    scope: SCOPE,
    args: finishBatch,
    run: async (call, { entries }) => ({ entries: await finishAll(call, entries) }),
  }),
  'files/upload_session/finish_batch': defineRoute({
    scope: SCOPE,
    args: finishBatch,
    run: async (call, { entries }) => launch(call, { entries: await finishAll(call, entries) }),
  }),
  'files/upload_session/finish_batch/check': defineRoute({
    scope: SCOPE,
    args: z.strictObject({ async_job_id: z.string().min(1) }),
    run: (call, args) => checkJob(call, args.async_job_id),
  }),
  'files/save_url': defineRoute({
    scope: SCOPE,
    args: z.strictObject({
      path: z.string().startsWith('/'),
      url: z.url({ protocol: /^https?$/ }),
    }),
    run: async (call, args) => launch(call, await saveUrl(call, args.path, args.url)),
  }),
  'files/save_url/check_job_status': defineRoute({
    scope: SCOPE,
    args: z.strictObject({ async_job_id: z.string().min(1) }),
    run: (call, args) => checkJob(call, args.async_job_id),
  }),
};
