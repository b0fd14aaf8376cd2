import { randomBytes } from 'node:crypto';
import type { IncomingMessage, ServerResponse } from 'node:http';
import { contentHash, createContentHasher } from '../../../src/domain/contentHash';
import type { UploadProgress, UploadRequest } from '../../../src/dropbox';
import {
  argOf,
  bytes,
  clientOf,
  fileJson,
  json,
  MIB,
  rejection,
  remoteRejection,
  routeError,
  until,
  useServers,
} from './support';

const servers = useServers();
const PART = 64 * MIB;
const SIZE = 150 * MIB + 1;

const block = randomBytes(MIB);

/** The same bytes from any offset. */
const content = async function* (offset: number, size: number): AsyncGenerator<Uint8Array> {
  for (let at = offset; at < size; ) {
    const from = at % MIB;
    const chunk = block.subarray(from, Math.min(MIB, from + size - at));
    at += chunk.length;
    yield chunk;
  }
};

const offsetError = (correct: number) => ({ '.tag': 'incorrect_offset', correct_offset: correct });

/** Enough of an upload session for a client: one session, sequential, hashed as it grows. */
const sessions = async (
  hooks: { append?: (call: Call) => boolean; finish?: (call: Call) => boolean } = {},
) => {
  const state = { offset: 0, calls: [] as string[], commit: null as unknown };
  const hasher = createContentHasher();
  const url = await servers.http(async (request, response) => {
    const route = request.url?.replace('/2/files/upload_session/', '') ?? '';
    const { cursor, commit } = argOf(request) as {
      cursor?: { session_id: string; offset: number };
      commit?: unknown;
    };
    state.calls.push(cursor ? `${route}@${cursor.offset / MIB}` : route);
    const call: Call = { request, response, state };
    if (route === 'append_v2' && hooks.append?.(call)) return;
    if (route === 'finish' && hooks.finish?.(call)) return;
    const known = !cursor || cursor.session_id === 'session-1';
    const wrong = cursor && cursor.offset !== state.offset;
    for await (const chunk of request) {
      if (!known || wrong) continue;
      hasher.update(chunk);
      state.offset += chunk.length;
    }
    if (route === 'start') return json(response, 200, { session_id: 'session-1' });
    const refusal = !known ? { '.tag': 'not_found' } : wrong ? offsetError(state.offset) : null;
    if (refusal) {
      const error = route === 'finish' ? { '.tag': 'lookup_failed', lookup_failed: refusal } : refusal;
      return json(response, 409, routeError(error));
    }
    if (route === 'append_v2') return json(response, 200, null);
    state.commit = commit;
    json(response, 200, fileJson({ size: state.offset, content_hash: hasher.digest() }));
  });
  return { url, state };
};

interface Call {
  readonly request: IncomingMessage;
  readonly response: ServerResponse;
  readonly state: { offset: number; readonly calls: string[] };
}

const upload = (url: string, over: Partial<UploadRequest> = {}, opened: number[] = []) =>
  clientOf(url).upload({
    path: '/big.bin',
    mode: 'add',
    size: SIZE,
    open: async (offset) => {
      opened.push(offset);
      return content(offset, SIZE);
    },
    ...over,
  });

describe('upload session', () => {
  jest.setTimeout(30_000);

  test('a file above 150 MiB goes part by part and is committed by the last call', async () => {
    const { url, state } = await sessions();
    const progress: UploadProgress[] = [];
    const opened: number[] = [];
    const file = await upload(url, { onProgress: (at) => void progress.push(at) }, opened);
    expect(file.hash).toBe(await contentHash(content(0, SIZE)));
    expect(state.calls).toEqual([
      'start',
      'append_v2@0',
      'append_v2@64',
      'append_v2@128',
      `finish@${SIZE / MIB}`,
    ]);
    expect(progress.map((at) => at.offset)).toEqual([PART, 2 * PART, SIZE]);
    expect(opened).toEqual([0]);
    expect(state.commit).toEqual({
      path: '/big.bin',
      mode: { '.tag': 'add' },
      autorename: false,
      strict_conflict: true,
      mute: true,
    });
  });

  test('a lost append is not tried again; the caller resumes where Dropbox is', async () => {
    let lose = true;
    const { url, state } = await sessions({
      append: ({ request, state: { offset } }) => {
        if (!lose || offset < PART) return false;
        lose = false;
        request.socket.destroy();
        return true;
      },
    });
    const progress: UploadProgress[] = [];
    const error = await remoteRejection(upload(url, { onProgress: (at) => void progress.push(at) }));
    expect(error.code).toBe('connection_failed');
    const resume = progress.at(-1);
    expect(resume).toEqual({ sessionId: 'session-1', offset: PART });
    const opened: number[] = [];
    const file = await upload(url, { resume }, opened);
    expect(file.hash).toBe(await contentHash(content(0, SIZE)));
    expect(opened).toEqual([PART]);
    expect(state.calls.filter((call) => call === 'start')).toHaveLength(1);
  });

  test('an append that landed unseen is found by the offset that Dropbox names', async () => {
    const { url, state } = await sessions({
      finish: ({ request, response }) => {
        request.resume();
        json(response, 200, fileJson({ size: SIZE }));
        return true;
      },
    });
    state.offset = 2 * PART;
    const opened: number[] = [];
    await upload(url, { resume: { sessionId: 'session-1', offset: PART } }, opened);
    expect(state.calls).toEqual(['append_v2@64', 'append_v2@128', `finish@${SIZE / MIB}`]);
    expect(opened).toEqual([PART, 2 * PART]);
  });

  test('a resumed session that has everything is only finished', async () => {
    const { url, state } = await sessions({
      finish: ({ request, response }) => {
        request.resume();
        json(response, 200, fileJson({ size: SIZE }));
        return true;
      },
    });
    const opened: number[] = [];
    await upload(url, { resume: { sessionId: 'session-1', offset: SIZE } }, opened);
    expect([state.calls, opened]).toEqual([[`finish@${SIZE / MIB}`], []]);
  });

  test('a finish at the wrong offset goes on from the right one', async () => {
    const { url, state } = await sessions();
    state.offset = 2 * PART;
    const opened: number[] = [];
    await upload(url, { resume: { sessionId: 'session-1', offset: SIZE } }, opened);
    expect(state.calls).toEqual([`finish@${SIZE / MIB}`, 'append_v2@128', `finish@${SIZE / MIB}`]);
    expect(opened).toEqual([2 * PART]);
  });

  test.each([
    ['unknown', { sessionId: 'session-9', offset: PART }],
    ['beyond the end', { sessionId: 'session-1', offset: SIZE + 1 }],
  ])('a session that is %s is session_lost', async (_name, resume) => {
    const { url } = await sessions();
    expect((await remoteRejection(upload(url, { resume }))).code).toBe('session_lost');
  });

  test.each([
    ['closed', { '.tag': 'closed' }],
    ['at an offset beyond the file', offsetError(SIZE + 1)],
    ['never twice at the same offset', null],
  ])('an append to a session that is %s is session_lost', async (_name, error) => {
    let turn = 0;
    const { url, state } = await sessions({
      append: ({ request, response }) => {
        request.resume();
        turn += 1;
        json(response, 409, routeError(error ?? offsetError(turn)));
        return true;
      },
    });
    expect((await remoteRejection(upload(url))).code).toBe('session_lost');
    expect(state.calls.length).toBeLessThan(8);
  });

  test.each([
    ['add', 'path_conflict'],
    [{ update: 'abcdef012' }, 'version_conflict'],
  ] as const)('a finish with mode %j against another file is %s', async (mode, code) => {
    const path = { '.tag': 'conflict', conflict: { '.tag': 'file' } };
    const { url } = await sessions({
      finish: ({ request, response }) => {
        request.resume();
        json(response, 409, routeError({ '.tag': 'path', path }));
        return true;
      },
    });
    const resume = { sessionId: 'session-1', offset: SIZE };
    expect((await remoteRejection(upload(url, { mode, resume }))).code).toBe(code);
  });

  test.each([
    ['one byte fewer', SIZE - 1],
    ['one byte more', SIZE + 1],
  ])('%s than announced: never finished', async (_name, actual) => {
    const { url, state } = await sessions();
    const error = await remoteRejection(upload(url, { open: async (offset) => content(offset, actual) }));
    expect(error.code).toBe('truncated_body');
    expect(state.calls.some((call) => call.startsWith('finish'))).toBe(false);
  });

  test('an expired token within the session is renewed and that part sent again from its start', async () => {
    let refused = false;
    const { url, state } = await sessions({
      append: ({ request, response, state: { offset } }) => {
        if (refused || offset < PART) return false;
        refused = true;
        request.resume();
        json(response, 401, routeError({ '.tag': 'expired_access_token' }));
        return true;
      },
    });
    let refreshes = 0;
    const client = clientOf(url, {
      accessToken: async (options) => {
        if (options?.refresh) refreshes += 1;
        return `token-${refreshes}`;
      },
    });
    const opened: number[] = [];
    const open = async (offset: number) => {
      opened.push(offset);
      return content(offset, SIZE);
    };
    const file = await client.upload({ path: '/big.bin', mode: 'add', size: SIZE, open });
    expect(file.hash).toBe(await contentHash(content(0, SIZE)));
    expect([refreshes, opened]).toEqual([1, [0, PART]]);
    expect(state.calls.filter((call) => call === 'append_v2@64')).toHaveLength(2);
  });

  test('no part is ever held: the source is at most a few chunks ahead of the server', async () => {
    let yielded = 0;
    let ahead = 0;
    let received = 0;
    const url = await servers.http(async (request, response) => {
      const { cursor } = argOf(request) as { cursor?: unknown };
      for await (const chunk of request) {
        received += (chunk as Buffer).length;
        ahead = Math.max(ahead, yielded - received);
      }
      const finish = request.url?.endsWith('finish');
      json(response, 200, finish ? fileJson({ size: SIZE }) : cursor ? null : { session_id: 'session-1' });
    });
    await upload(url, {
      open: async () =>
        bytes(SIZE, 65_536, (at) => {
          yielded = at;
        }),
    });
    expect(received).toBe(SIZE);
    expect(ahead).toBeLessThan(24 * MIB);
  });

  test('an abort between two parts ends the session with its reason', async () => {
    const { url, state } = await sessions();
    const abort = new AbortController();
    const reason = new Error('cancelled');
    const onProgress = () => abort.abort(reason);
    expect(await rejection(upload(url, { signal: abort.signal, onProgress }))).toBe(reason);
    await until('nothing more to come', () => state.calls.length === 2);
  });
});

test('a file larger than Dropbox stores, and a length that is none, are refused before any call', async () => {
  const client = clientOf('http://127.0.0.1:9');
  const open = async () => bytes(1);
  const codes = [2 ** 42, -1, 1.5, Number.NaN].map(
    async (size) => (await remoteRejection(client.upload({ path: '/x', mode: 'add', size, open }))).code,
  );
  expect(await Promise.all(codes)).toEqual(['file_too_large', 'internal', 'internal', 'internal']);
});
