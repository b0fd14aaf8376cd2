import {
  createDropboxClient,
  createTokenSource,
  type DropboxClient,
  type DropboxClientDeps,
} from '../../src/dropbox';
import { createContentHasher } from '../../src/sandbox/dropbox/model/contentHash';
import { eventually, type Harness, type Json, startHarness } from './dropboxHarness';
import { failure } from './failure';

/** The product's client against the simulator: every outcome that the simulator knows has one code. */

const APP = { key: 'test-app-key', secret: 'test-app-secret' };
let h: Harness;
let dropbox: DropboxClient;
let defaults: Json;

const connect = (more: Partial<DropboxClientDeps> = {}): DropboxClient =>
  createDropboxClient({
    apiUrl: h.box.apiUrl,
    contentUrl: h.box.contentUrl,
    accessToken: createTokenSource({
      tokenUrl: `${h.box.apiUrl}/oauth2/token`,
      appKey: APP.key,
      appSecret: APP.secret,
      refreshToken: h.refreshToken,
    }),
    ...more,
  });

beforeAll(async () => {
  h = await startHarness({ app: APP });
  defaults = await h.control('GET', '/switches');
  dropbox = connect();
  await h.put('/file', 'old bytes');
  await h.put('/dir/inner', 'x');
  await dropbox.account();
});
afterAll(() => h.stop());
afterEach(async () => {
  await h.control('DELETE', '/faults');
  await h.control('POST', '/switches', defaults);
  await h.control('POST', '/account', { suspended: false, accessError: null, quota: null });
});

const switches = (changed: Json) => h.control('POST', '/switches', changed);
const strike = (rule: Json) => h.control('POST', '/faults', { rules: [{ times: 1, ...rule }] });
const flag = (path: string, flags: Json) => h.control('POST', '/flags', { path, feed: 'none', ...flags });
const meta = async (path: string) => {
  const found = await dropbox.metadata(path);
  if (found === null) throw new Error(`nothing at ${path}`);
  return found;
};
const fileAt = async (path: string) => {
  const found = await meta(path);
  if (found.tag !== 'file') throw new Error(`${path} is no file`);
  return found;
};
const source = (text: string) => async () =>
  (async function* () {
    yield Buffer.from(text);
  })();
const upload = (path: string, text: string, mode: 'add' | { update: string } = 'add', client = dropbox) =>
  client.upload({ path, mode, size: Buffer.byteLength(text), open: source(text) });
const read = async (rev: string, client = dropbox): Promise<string> => {
  const chunks: Buffer[] = [];
  for await (const chunk of (await client.download(rev)).stream) chunks.push(chunk as Buffer);
  return Buffer.concat(chunks).toString('utf8');
};

const calls = async (): Promise<Record<string, number>> =>
  (await h.control('GET', '/counts')).byRoute as Record<string, number>;
/** How many calls of the route came since. The sandbox writes one down after its answer has left. */
const callsSince = async (before: Record<string, number>, route: string, least: number): Promise<number> => {
  const grown = async () => ((await calls())[route] ?? 0) - (before[route] ?? 0);
  await eventually(async () => ((await grown()) >= least ? true : undefined));
  return await grown();
};

describe('what the whole call is refused with', () => {
  const route = 'files/get_metadata';
  const cases: [string, () => Promise<unknown>, string, number | undefined][] = [
    ['429 as JSON', () => strike({ route, action: 'throttle', retryAfter: 300 }), 'throttled', 300_000],
    [
      '429 as text',
      () => strike({ route, action: 'throttle', shape: 'text', retryAfter: 15 }),
      'throttled',
      15_000,
    ],
    ['429 with nothing', () => strike({ route, action: 'throttle', shape: 'empty' }), 'throttled', undefined],
    [
      '429 of the write lock',
      () => strike({ route, action: 'throttle', reason: 'too_many_write_operations', retryAfter: 1 }),
      'write_contention',
      1000,
    ],
    ['500 as text', () => strike({ route, action: 'status' }), 'remote_unavailable', undefined],
    [
      '503 as a page',
      () => strike({ route, action: 'status', status: 503, body: '<html></html>', retryAfter: 7 }),
      'remote_unavailable',
      7000,
    ],
    ['a reset before', () => strike({ route, action: 'reset' }), 'connection_failed', undefined],
    [
      'a reset after',
      () => strike({ route, action: 'reset', when: 'after' }),
      'connection_failed',
      undefined,
    ],
    ['half an answer', () => strike({ route, action: 'truncate' }), 'connection_failed', undefined],
    ['a short answer', () => strike({ route, action: 'short' }), 'bad_answer', undefined],
    ['suspended', () => h.control('POST', '/account', { suspended: true }), 'account_suspended', undefined],
    [
      '403 for the account',
      () => h.control('POST', '/account', { accessError: 'invalid_account_type' }),
      'access_denied',
      undefined,
    ],
    [
      'an unknown tag',
      async () => {
        await switches({ unknownTags: true });
        await flag('/file', {});
      },
      'rejected',
      undefined,
    ],
  ];
  test.each(cases)('%s', async (name, arrange, code, retryAfterMs) => {
    await arrange();
    const before = await calls();
    const target = name === 'an unknown tag' ? '/none' : '/file';
    const error = await failure(() => dropbox.metadata(target));
    expect([error.code, error.options.retryAfterMs, error.side]).toEqual([code, retryAfterMs, 'dropbox']);
    expect(await callsSince(before, route, 1)).toBe(1);
  });

  test('silence ends with the time of the call, cancelling at once', async () => {
    await strike({ route, action: 'hang', times: 2 });
    const impatient = connect({ timeouts: { rpcMs: 60 } });
    expect((await failure(() => impatient.metadata('/file'))).code).toBe('timeout');
    const abort = new AbortController();
    const reason = new Error('the worker shuts down');
    const hung = dropbox.metadata('/file', abort.signal);
    abort.abort(reason);
    await expect(hung).rejects.toBe(reason);
  });

  test.each(['unauthorized', 'bad_request'])('a scope that is missing: %s', async (missingScope) => {
    await switches({ missingScope });
    const { accessToken } = await h.control('POST', '/tokens', { scopes: ['account_info.read'] });
    const narrow = connect({ accessToken: async () => String(accessToken) });
    expect((await failure(() => narrow.metadata('/file'))).code).toBe('scope_missing');
  });
});

describe('tokens', () => {
  test.each(['expire_token', 'revoke_token'])('%s: one refresh, one repetition', async (action) => {
    await strike({ route: 'files/get_metadata', action });
    const before = await calls();
    expect((await meta('/file')).name).toBe('file');
    expect(await callsSince(before, 'files/get_metadata', 2)).toBe(2);
    expect(await callsSince(before, 'oauth2/token', 1)).toBe(1);
  });

  test('many calls at once on tokens that have all run out share one refresh', async () => {
    await h.control('POST', '/expire', {});
    const before = await calls();
    await Promise.all(Array.from({ length: 8 }, () => dropbox.metadata('/file')));
    expect(await callsSince(before, 'oauth2/token', 1)).toBe(1);
    h.token = String((await h.control('POST', '/tokens', {})).accessToken);
  });

  test('a token that is refused again after its refresh is told, and not asked for without end', async () => {
    const fresh = connect();
    await strike({ route: 'files/get_metadata', action: 'expire_token', times: 2 });
    const before = await calls();
    expect((await failure(() => fresh.metadata('/file'))).code).toBe('remote_unavailable');
    expect(await callsSince(before, 'files/get_metadata', 2)).toBe(2);
  });

  test.each([
    [{ status: 503 }, 'remote_unavailable'],
    [{ status: 400, body: { error: 'invalid_grant' } }, 'auth_revoked'],
    [{ status: 400, body: { error: 'invalid_client' } }, 'auth_misconfigured'],
    [{ status: 429, body: '', retryAfter: 3 }, 'throttled'],
  ])('a refresh that fails with %j is %s, and the next one may work', async (rule, code) => {
    const fresh = connect();
    await strike({ route: 'oauth2/token', action: 'status', ...rule });
    expect((await failure(() => fresh.account())).code).toBe(code);
    expect((await fresh.account()).accountId).toBe(h.accountId);
  });
});

describe('roots and cursors', () => {
  test('another root than the one that is sent', async () => {
    const rooted = connect({ pathRoot: '777' });
    expect((await failure(() => rooted.metadata('/file'))).code).toBe('root_changed');
    expect((await rooted.account()).rootNamespaceId).toBe((await dropbox.account()).rootNamespaceId);
  });

  test.each(['reset', 'not_found', 'other'])('a cursor that died as %s', async (deadCursor) => {
    const { cursor } = await dropbox.listFolder({ path: '', recursive: true });
    await switches({ deadCursor });
    await h.control('POST', '/feed', { action: 'reset' });
    expect((await failure(() => dropbox.listFolderContinue(cursor))).code).toBe('cursor_reset');
  });

  test.each(['bad_request', 'reset'])('a cursor that is none: %s', async (badCursor) => {
    await switches({ badCursor });
    expect((await failure(() => dropbox.listFolderContinue('AAnone'))).code).toBe('cursor_reset');
  });

  test('a busy Dropbox is no dead cursor', async () => {
    const { cursor } = await dropbox.listFolder({ path: '', recursive: true });
    await strike({ route: '*continue', action: 'throttle', shape: 'empty' });
    expect((await failure(() => dropbox.listFolderContinue(cursor))).code).toBe('throttled');
  });

  test('pages of any shape make one whole', async () => {
    await switches({ pageOvershoot: 2 });
    let page = await dropbox.listFolder({ path: '', recursive: true, limit: 1 });
    const names = page.entries.map((entry) => entry.name);
    while (page.hasMore) {
      page = await dropbox.listFolderContinue(page.cursor);
      names.push(...page.entries.map((entry) => entry.name));
    }
    expect(names).toEqual(expect.arrayContaining(['file', 'dir', 'inner']));
  });
});

describe('writes', () => {
  const cases: [string, () => Promise<unknown>, string, string | undefined, Json?][] = [
    ['add onto a file', () => upload('/file', 'x'), 'path_conflict', 'file'],
    ['add onto the same bytes', () => upload('/file', 'old bytes'), 'path_conflict', 'file'],
    ['add onto a folder', () => upload('/dir', 'x'), 'path_conflict', 'folder'],
    ['add below a file', () => upload('/file/x', 'x'), 'path_conflict', 'file_ancestor'],
    [
      'update with a stale rev',
      () => upload('/file', 'x', { update: '1234567890' }),
      'version_conflict',
      'file',
    ],
    ['update of nothing', () => upload('/none', 'x', { update: '1234567890' }), 'version_conflict', 'file'],
    [
      'update of nothing, said otherwise',
      () => upload('/none', 'x', { update: '1234567890' }),
      'version_conflict',
      'not_found',
      { strictMissing: 'not_found' },
    ],
    ['update of a folder', () => upload('/dir', 'x', { update: '1234567890' }), 'path_conflict', 'folder'],
    ['a name beyond the plane', () => upload('/\u{1f600}', 'x'), 'name_not_allowed', 'malformed_path'],
    [
      'the same as text',
      () => upload('/\u{1f600}', 'x'),
      'name_not_allowed',
      '400',
      { nonBmp: 'bad_request' },
    ],
    ['a reserved name', () => upload('/Desktop.ini', 'x'), 'name_not_allowed', 'disallowed_name'],
    ['a folder where a file is', () => dropbox.createFolder('/file'), 'path_conflict', 'file'],
    ['a folder where one is', () => dropbox.createFolder('/dir'), 'path_conflict', 'folder'],
    ['a move of nothing', () => dropbox.move('/none', '/x'), 'source_missing', 'not_found'],
    ['a move onto something', () => dropbox.move('/file', '/dir'), 'path_conflict', 'folder'],
    [
      'a move into itself',
      () => dropbox.move('/dir', '/dir/dir/x'),
      'path_conflict',
      'cant_move_folder_into_itself',
    ],
    [
      'a move to where it is',
      () => dropbox.move('/dir', '/dir'),
      'path_conflict',
      'duplicated_or_nested_paths',
    ],
    [
      'a move by case',
      () => dropbox.move('/file', '/FILE'),
      'path_conflict',
      'file',
      { caseOnlyMove: 'conflict' },
    ],
    [
      'a delete of a newer file',
      async () => dropbox.delete((await fileAt('/file')).id, '1234567890'),
      'version_conflict',
      'file',
    ],
  ];
  test.each(cases)('%s', async (_name, act, code, detail, changed = {}) => {
    await switches(changed);
    const error = await failure(act);
    expect([error.code, error.options.detail]).toEqual([code, detail]);
    expect(await read((await fileAt('/file')).rev)).toBe('old bytes');
  });

  test('a delete of nothing is done', async () => {
    const { id, rev } = await upload('/brief', 'x');
    expect([await dropbox.delete(id, rev), await dropbox.delete(id, rev)]).toEqual(['deleted', 'gone']);
  });

  test('a full account, a read-only folder and a lock', async () => {
    await h.control('POST', '/account', { quota: 1 });
    expect((await failure(() => upload('/big', 'xxxx'))).code).toBe('quota_exceeded');
    await h.control('POST', '/account', { quota: null });
    await h.put('/kept/a', '1');
    const { id, rev } = await fileAt('/kept/a');
    await flag('/kept', { readOnly: true });
    for (const act of [
      () => upload('/kept/b', 'x'),
      () => dropbox.createFolder('/kept/c'),
      () => dropbox.move('/file', '/kept/file'),
      () => dropbox.move(id, '/elsewhere'),
      () => dropbox.delete(id, rev),
    ]) {
      expect((await failure(act)).code).toBe('write_denied');
    }
    await flag('/kept', { readOnly: false });
    await flag('/kept/a', { locked: true });
    expect((await failure(() => dropbox.delete(id, rev))).code).toBe('locked');
    expect((await failure(() => dropbox.move(id, '/elsewhere'))).code).toBe('locked');
  });

  test('a busy namespace, in either form', async () => {
    const { id, rev } = await upload('/contended', 'x');
    const calm = await h.busy();
    const refused = await Promise.all([
      failure(() => upload('/b', 'x')),
      failure(() => dropbox.delete(id, rev)),
    ]);
    expect(refused.map((error) => error.code)).toEqual(['write_contention', 'write_contention']);
    expect(refused[0]?.options.retryAfterMs).toBe(1000);
    await calm();
  });

  test('an id that is not known everywhere yet', async () => {
    await switches({ consistencyWindowMs: 60_000 });
    const { id } = await dropbox.createFolder('/fresh');
    expect((await failure(() => upload(`${id}/x`, 'x'))).code).toBe('remote_unavailable');
    expect((await failure(() => dropbox.move(id, '/other'))).code).toBe('source_missing');
  });

  test('a lost answer: the effect is found, the second try is a conflict with the same bytes', async () => {
    await strike({ route: 'files/upload', action: 'reset', when: 'after' });
    expect((await failure(() => upload('/lost', 'mine'))).code).toBe('connection_failed');
    const error = await failure(() => upload('/lost', 'mine'));
    expect([error.code, error.options.detail]).toEqual(['path_conflict', 'file']);
    expect((await fileAt('/lost')).hash).toHaveLength(64);
  });

  test('a server that stops reading', async () => {
    await strike({ route: 'files/upload', action: 'stall', afterBytes: 1 });
    const impatient = connect({ timeouts: { idleMs: 60 } });
    expect((await failure(() => upload('/stalled', 'x'.repeat(1000), 'add', impatient))).code).toBe(
      'timeout',
    );
    expect(await dropbox.metadata('/stalled')).toBeNull();
  });
});

describe('downloads', () => {
  const BYTES = 'x'.repeat(100_000);
  let rev: string;
  beforeAll(async () => {
    rev = (await upload('/down', BYTES)).rev;
  });
  const route = 'files/download';

  test.each<[string, Json, string]>([
    ['cut with a length', { action: 'truncate', encoding: 'length' }, 'truncated_body'],
    ['cut in chunks', { action: 'truncate', encoding: 'chunked' }, 'truncated_body'],
    ['well formed and short', { action: 'short', afterBytes: 50_000 }, 'truncated_body'],
    ['without metadata', { action: 'no_result' }, 'bad_answer'],
    ['429 with nothing', { action: 'throttle', shape: 'empty' }, 'throttled'],
    ['503', { action: 'status', status: 503 }, 'remote_unavailable'],
  ])('%s', async (_name, rule, code) => {
    await strike({ route, ...rule });
    const before = await calls();
    expect((await failure(() => read(rev))).code).toBe(code);
    expect(await callsSince(before, route, 1)).toBe(1);
    expect(await read(rev)).toBe(BYTES);
  });

  test('packed and cut', async () => {
    await strike({ route, action: 'truncate', encoding: 'gzip' });
    const { code } = await failure(() => read(rev));
    expect(['truncated_body', 'connection_failed']).toContain(code);
  });

  test('a slow one comes whole, and the rest of one can be had alone', async () => {
    const { rev: small } = await upload('/slow', '0123456789');
    await strike({ route, action: 'slow', bytesPerSecond: 100 });
    expect(await read(small)).toBe('0123456789');
    const { stream } = await dropbox.download(small, { offset: 7 });
    const rest: Buffer[] = [];
    for await (const chunk of stream) rest.push(chunk as Buffer);
    expect(Buffer.concat(rest).toString()).toBe('789');
  });

  test('the pinned bytes come after a newer version and after a delete', async () => {
    const first = await upload('/pinned', 'one');
    const second = await upload('/pinned', 'two', { update: first.rev });
    expect([await read(first.rev), await read(second.rev)]).toEqual(['one', 'two']);
    await dropbox.delete(second.id, second.rev);
    expect(await read(second.rev)).toBe('two');
  });

  test('what is no bytes', async () => {
    const { rev: restricted } = await upload('/restricted', 'x');
    await flag('/restricted', { restricted: true });
    expect((await failure(() => read(restricted))).code).toBe('restricted_content');
    const { rev: paper } = await upload('/paper', 'x');
    await flag('/paper', { exportAs: 'html' });
    expect((await failure(() => read(paper))).code).toBe('not_downloadable');
    expect((await fileAt('/paper')).downloadable).toBe(false);
    await flag('/restricted', { restricted: false, symlink: '/etc' });
    expect((await fileAt('/restricted')).downloadable).toBe(false);
    expect((await failure(() => read('ffffffffffff'))).code).toBe('source_missing');
  });
});

describe('sessions', () => {
  const SIZE = 150 * 1024 * 1024 + 1;
  const CHUNK = Buffer.alloc(1024 * 1024, 'cairn');
  const big = (
    path: string,
    resume?: { sessionId: string; offset: number },
    told: { sessionId: string; offset: number }[] = [],
  ) =>
    dropbox.upload({
      path,
      mode: 'add',
      size: SIZE,
      open: async (offset) => bytesFrom(offset),
      onProgress: (progress) => void told.push(progress),
      ...(resume ? { resume } : {}),
    });
  async function* bytesFrom(offset: number): AsyncGenerator<Uint8Array> {
    for (let at = offset; at < SIZE; ) {
      const begin = at % CHUNK.length;
      const chunk = CHUNK.subarray(begin, begin + Math.min(CHUNK.length - begin, SIZE - at));
      at += chunk.length;
      yield chunk;
    }
  }

  test('a part whose answer was lost is not sent again; a finish that landed unseen is told as lost', async () => {
    const told: { sessionId: string; offset: number }[] = [];
    await h.control('POST', '/reset-log');
    await strike({ route: '*append_v2', skip: 1, action: 'reset', when: 'after' });
    expect((await failure(() => big('/huge', undefined, told))).code).toBe('connection_failed');
    const last = told.at(-1);
    if (!last) throw new Error('no part was stored');
    await strike({ route: '*finish', action: 'reset', when: 'after' });
    expect((await failure(() => big('/huge', last, told))).code).toBe('connection_failed');
    expect(await calls()).toMatchObject({
      'files/upload_session/start': 1,
      // Three parts, the second answered with the offset it had reached.
      'files/upload_session/append_v2': 4,
      'files/upload_session/finish': 1,
    });
    const done = told.at(-1);
    for (const finishReplay of ['not_found', 'closed']) {
      await switches({ finishReplay });
      expect((await failure(() => big('/huge', done))).code).toBe('session_lost');
    }
    await switches({ finishReplay: 'idempotent' });
    const stored = await big('/huge', done);
    expect(stored.size).toBe(SIZE);
    const hasher = createContentHasher();
    for await (const chunk of bytesFrom(0)) hasher.update(chunk);
    expect(stored.hash).toBe(hasher.hex());
  }, 30_000);
});
