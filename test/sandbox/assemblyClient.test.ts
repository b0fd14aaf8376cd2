import { type AssemblyClientDeps, createAssemblyClient } from '../../src/assembly';
import type { AssemblyClient } from '../../src/assembly/types';
import { createTransferPolicy } from '../../src/net/transferPolicy';
import { encoded, eventually, type Harness, type Json, startSandbox } from './assemblyHarness';
import { failure } from './failure';

/** The product's client against the simulator: every outcome that the simulator knows has one code. */

let harness: Harness;
let assembly: AssemblyClient;
let channelId: string;
let defaults: Json;

const connect = (more: Partial<AssemblyClientDeps> = {}): AssemblyClient =>
  createAssemblyClient({
    apiUrl: harness.sandbox.apiUrl,
    apiKey: 'test-api-key-0001',
    portalId: 'ws_1',
    limiter: { acquire: async () => undefined },
    transfer: createTransferPolicy({ hosts: ['127.0.0.1'], allowPrivate: true }),
    ...more,
  });

beforeAll(async () => {
  harness = await startSandbox({ switches: { completionDelayMs: 0 } });
  defaults = (await harness.control('GET', '/switches')).body;
});
afterAll(() => harness.close());
beforeEach(async () => {
  channelId = await harness.channel();
  assembly = connect();
});
afterEach(async () => {
  await harness.control('DELETE', '/faults');
  await harness.control('POST', '/switches', defaults);
  await harness.control('POST', '/clock', { offsetMs: 0 });
  await harness.control('POST', '/workspaces', { id: 'ws_1', installed: true });
});

const switches = (changed: Json) => harness.control('POST', '/switches', changed);
const strike = (rule: Json) => harness.control('POST', '/faults', { rules: [{ times: 1, ...rule }] });
const person = (path: string, body = 'x') =>
  harness
    .control('PUT', `/files?channelId=${encoded(channelId)}&path=${encoded(path)}`, body)
    .then(({ body: made }) => made);
const bytes = async function* (text: string): AsyncGenerator<Uint8Array> {
  if (text !== '') yield Buffer.from(text);
};
const put = async (path: string, text: string) => {
  const { object, uploadUrl } = await assembly.createFile({ channelId, path });
  await assembly.upload({ url: uploadUrl, size: Buffer.byteLength(text), body: bytes(text) });
  return eventually(async () => {
    const seen = await assembly.retrieveFile(object.id);
    return seen?.status === 'completed' ? seen : null;
  });
};
const read = async (id: string, size: number | null = null): Promise<string> => {
  const url = (await assembly.retrieveFile(id))?.downloadUrl ?? '';
  return readFrom(url, size);
};
const readFrom = async (url: string, size: number | null = null): Promise<string> => {
  const { stream } = await assembly.download({ url, size });
  const chunks: Buffer[] = [];
  for await (const chunk of stream) chunks.push(chunk as Buffer);
  return Buffer.concat(chunks).toString('utf8');
};
const list = async (client = assembly): Promise<string[]> => {
  const paths: string[] = [];
  let nextToken: string | null = null;
  do {
    const page: Awaited<ReturnType<AssemblyClient['listFiles']>> = await client.listFiles({
      channelId,
      ...(nextToken === null ? {} : { nextToken }),
    });
    paths.push(...page.objects.map((object) => object.path));
    ({ nextToken } = page);
  } while (nextToken !== null);
  return paths;
};

const total = async (): Promise<number> =>
  ((await harness.control('GET', '/counts')).body.api as { total: number }).total;

describe('what the whole call is refused with', () => {
  const route = 'POST /v1/files/folder';
  test.each<[string, Json, string, number | undefined]>([
    ['a page of a gateway', { action: 'html502' }, 'remote_unavailable', undefined],
    ['an empty 500', { action: 'empty500' }, 'remote_unavailable', undefined],
    [
      'a 503 that says how long',
      { action: 'status', status: 503, headers: { 'retry-after': '7' } },
      'remote_unavailable',
      7000,
    ],
    ['a 429 that says nothing', { action: 'status', status: 429, body: '' }, 'throttled', 1000],
    [
      'a 429 that does',
      { action: 'status', status: 429, headers: { 'retry-after': '3' } },
      'throttled',
      3000,
    ],
    [
      'an error with data',
      { action: 'status', status: 500, body: '{"code":"x","message":"y","data":{"a":1}}' },
      'remote_unavailable',
      undefined,
    ],
    ['garbage with 200', { action: 'garbage' }, 'bad_answer', undefined],
    ['half an answer', { action: 'truncate' }, 'connection_failed', undefined],
    ['a short answer', { action: 'short' }, 'bad_answer', undefined],
    ['a reset', { action: 'reset' }, 'connection_failed', undefined],
    ['401', { action: 'status', status: 401 }, 'access_denied', undefined],
  ])('%s, and one call was made', async (_name, rule, code, retryAfterMs) => {
    await strike({ route, ...rule });
    const before = await total();
    const error = await failure(() => assembly.createFolder({ channelId, path: 'A' }));
    expect([error.code, error.options.retryAfterMs, error.side]).toEqual([code, retryAfterMs, 'assembly']);
    expect((await total()) - before).toBe(1);
  });

  test('a 403 of a write is that of one object where the portal can be read, and else of all of it', async () => {
    const refused = () => failure(() => assembly.createFolder({ channelId, path: 'A' }));
    await strike({ route, action: 'status', status: 403, body: '' });
    expect((await refused()).code).toBe('write_denied');
    await strike({ route: '* /v1/*', action: 'status', status: 403, times: 2 });
    const before = await total();
    expect((await refused()).code).toBe('access_denied');
    expect((await total()) - before).toBe(2);
    expect((await assembly.createFolder({ channelId, path: 'A' })).path).toBe('A');
  });

  test('silence ends with the time of the call; a slow answer within it is taken', async () => {
    await strike({ route: 'GET /v1/files', action: 'hang' });
    const impatient = connect({ timeouts: { callMs: 60 } });
    expect((await failure(() => list(impatient))).code).toBe('timeout');
    await strike({ route: 'GET /v1/files', action: 'slow', delayMs: 50 });
    expect(await list()).toEqual([]);
  });

  test('a limit of calls a second, and one of calls a month', async () => {
    await switches({ monthlyQuota: 1, quotaStatus: 429, retryAfterHeader: true });
    const { code, options } = await failure(async () => {
      for (let n = 0; n < 2; n++) await list();
    });
    expect([code, options.retryAfterMs]).toEqual(['throttled', 1000]);
    await switches({ quotaStatus: 403 });
    expect((await failure(() => list())).code).toBe('access_denied');
  });

  test.each([401, 403])('a portal that removed the app: %i', async (unknownWorkspaceStatus) => {
    await switches({ unknownWorkspaceStatus });
    await harness.control('POST', '/workspaces', { id: 'ws_1', installed: false });
    expect((await failure(() => list())).code).toBe('access_denied');
  });
});

describe('lists', () => {
  beforeEach(async () => {
    for (const path of ['Tax/a', 'Tax/b', 'Taxes/c', 'd']) await person(path);
  });
  const ALL = ['Tax', 'Tax/a', 'Tax/b', 'Taxes', 'Taxes/c', 'd'];

  test.each<[string, Json]>([
    ['as it is', {}],
    ['in small pages', { maxFilesLimit: 1 }],
    ['in short pages', { listPages: 'short', maxFilesLimit: 3 }],
    ['with an empty page first', { listPages: 'emptyFirst' }],
    ['children first', { listOrder: 'reversePath' }],
    ['where 500 a page are refused', { maxFilesLimit: 100, overLimit: 'reject' }],
  ])('%s the list is whole', async (_name, changed) => {
    await switches(changed);
    expect((await list()).sort()).toEqual(ALL);
  });

  test('a list of nothing may be null', async () => {
    await switches({ nullLists: true });
    channelId = await harness.channel();
    expect(await assembly.listFiles({ channelId })).toEqual({ objects: [], nextToken: null });
    await harness.control('POST', '/workspaces', { id: 'ws_empty' });
    const empty = connect({ portalId: 'ws_empty' });
    expect((await empty.listClients({})).clients).toEqual([]);
    expect((await empty.listChannels({})).channels).toEqual([]);
  });

  test('members that are missing are unknown and no value', async () => {
    await switches({ listOmits: ['status', 'downloadUrl', 'size', 'updatedAt'] });
    const { objects } = await assembly.listFiles({ channelId, path: 'Tax' });
    expect(objects[0]).toMatchObject({ status: null, downloadUrl: null, size: null, version: null });
  });

  test('a page token that died is told by 400, as a channel that is gone is, whatever its status', async () => {
    const { nextToken } = await assembly.listFiles({ channelId, limit: 2 });
    await switches({ nextTokenLifetimeMs: 1 });
    await harness.control('POST', '/clock', { advanceMs: 1000 });
    const dead = await failure(() => assembly.listFiles({ channelId, nextToken: nextToken ?? '' }));
    expect([dead.code, dead.options.detail]).toEqual(['rejected', '400']);
    await harness.control('DELETE', `/channels/${encoded(channelId)}`);
    expect(await assembly.retrieveChannel(channelId)).toBeNull();
    for (const [missingChannelStatus, code] of [
      [400, 'rejected'],
      [404, 'rejected'],
      [403, 'access_denied'],
    ] as const) {
      await switches({ missingChannelStatus });
      expect((await failure(() => list())).code).toBe(code);
    }
  });
});

describe('writes', () => {
  test('a file in two steps, whatever the case of its status', async () => {
    await switches({ statusCase: 'upper' });
    const file = await put('a.txt', 'hello');
    expect(file).toMatchObject({ status: 'completed', size: 5, path: 'a.txt' });
    expect(await read(file.id, 5)).toBe('hello');
    expect((await put('empty', '')).size).toBe(0);
  });

  test.each([
    ['a missing parent', 'createFile', 'No/a', 'parent_missing'],
    ['a folder that exists', 'createFolder', 'A', 'path_conflict'],
    ['a forbidden character', 'createFile', 'a*b', 'name_not_allowed'],
    ['the same for a folder', 'createFolder', 'a|b', 'name_not_allowed'],
  ] as const)('%s', async (_name, operation, path, code) => {
    await assembly.createFolder({ channelId, path: 'A' });
    expect((await failure(() => assembly[operation]({ channelId, path }))).code).toBe(code);
  });

  test('an occupied path: two objects, another name, or a refusal', async () => {
    await put('a.txt', 'one');
    const again = async () => (await assembly.createFile({ channelId, path: 'a.txt' })).object.path;
    expect(await again()).toBe('a.txt');
    await switches({ occupiedPath: 'autorename' });
    expect(await again()).not.toBe('a.txt');
    await switches({ occupiedPath: 'reject' });
    expect((await failure(again)).code).toBe('path_conflict');
  });

  test('two folders at once may be one', async () => {
    await switches({ folderRace: 'sameId', folderRaceWindowMs: 20 });
    const [one, two] = await Promise.all([1, 2].map(() => assembly.createFolder({ channelId, path: 'A' })));
    expect(one?.id).toBe(two?.id);
  });

  test.each(['forbid', 'forbidWordlessly'])(
    'one folder that may not be written to is not the whole side: %s',
    async (readOnlyFolders) => {
      await switches({ readOnlyFolders });
      const folder = await assembly.createFolder({ channelId, path: 'A' });
      await harness.api('PUT', `/v1/files/${folder.id}/permissions/`, { clientPermissions: 'read_only' });
      expect((await failure(() => assembly.createFile({ channelId, path: 'A/x' }))).code).toBe(
        'write_denied',
      );
    },
  );

  test('a delete by id: full, done, gone, and of another portal', async () => {
    const folder = await assembly.createFolder({ channelId, path: 'A' });
    const file = await put('A/x', 'x');
    expect((await failure(() => assembly.deleteFile(folder.id))).code).toBe('folder_not_empty');
    await harness.control('POST', '/workspaces', { id: 'ws_2' });
    const other = connect({ portalId: 'ws_2' });
    expect([await other.retrieveFile(file.id), await other.deleteFile(file.id)]).toEqual([null, 'gone']);
    await switches({ foreignIdStatus: 403 });
    expect((await failure(() => other.retrieveFile(file.id))).code).toBe('access_denied');
    expect([await assembly.deleteFile(file.id), await assembly.deleteFile(file.id)]).toEqual([
      'deleted',
      'gone',
    ]);
    expect(await assembly.deleteFile(folder.id)).toBe('deleted');
  });

  test('a create whose answer was lost has made its object', async () => {
    for (const action of ['reset', 'html502', 'garbage']) {
      await strike({ route: 'POST /v1/files/file', when: 'after', action });
      await failure(() => assembly.createFile({ channelId, path: action }));
    }
    expect(await list()).toEqual(['garbage', 'html502', 'reset']);
  });
});

describe('transfers', () => {
  const LONG = 'x'.repeat(100_000);
  const link = async () => (await assembly.createFile({ channelId, path: 'up' })).uploadUrl;
  const upload = (url: string, text = LONG) =>
    assembly.upload({ url, size: Buffer.byteLength(text), body: bytes(text) });

  test('links die after a quarter of an hour, and fresh ones work', async () => {
    const file = await put('a', 'hello');
    const up = await link();
    await harness.control('POST', '/clock', { advanceMs: 901_000 });
    expect((await failure(() => readFrom(file.downloadUrl ?? ''))).code).toBe('url_expired');
    expect((await failure(() => upload(up))).code).toBe('url_expired');
    expect(await read(file.id)).toBe('hello');
  });

  test.each<[string, Json, string]>([
    ['cut', { action: 'truncate' }, 'truncated_body'],
    ['short', { action: 'short' }, 'content_mismatch'],
    ['refused for now', { action: 'status', status: 503 }, 'remote_unavailable'],
    ['reset', { action: 'reset' }, 'connection_failed'],
  ])('a download that is %s is no content', async (_name, rule, code) => {
    const file = await put('a', LONG);
    await strike({ route: 'storage GET', ...rule });
    expect((await failure(() => read(file.id, LONG.length))).code).toBe(code);
    expect(await read(file.id, LONG.length)).toBe(LONG);
  });

  test('the bytes of a deleted file are gone', async () => {
    const file = await put('a', 'x');
    await assembly.deleteFile(file.id);
    expect((await failure(() => readFrom(file.downloadUrl ?? ''))).code).toBe('source_missing');
  });

  test.each<[string, Json, Json, string]>([
    ['answered badly', {}, { action: 'empty500', when: 'after' }, 'remote_unavailable'],
    ['cut', {}, { action: 'reset', afterBytes: 1000 }, 'connection_failed'],
    [
      'throttled',
      {},
      { action: 'status', status: 503, body: '<Error><Code>SlowDown</Code></Error>' },
      'throttled',
    ],
  ])('an upload that is %s', async (_name, changed, rule, code) => {
    await switches(changed);
    const url = await link();
    await strike({ route: 'storage PUT', ...rule });
    expect((await failure(() => upload(url))).code).toBe(code);
  });

  test('an upload of nothing, a second one and a late one are refused where the host does so', async () => {
    await switches({ zeroBytes: 'reject', secondPut: 'reject', latePut: 'reject', uploadTypeSigned: true });
    const { object, uploadUrl } = await assembly.createFile({ channelId, path: 'a' });
    expect((await failure(() => upload(uploadUrl, ''))).code).toBe('rejected');
    await upload(uploadUrl, 'one');
    expect((await failure(() => upload(uploadUrl, 'two'))).code).toBe('url_expired');
    await assembly.deleteFile(object.id);
    expect((await failure(() => upload(uploadUrl, 'late'))).code).toBe('url_expired');
  });

  test('the key goes to the API alone', async () => {
    await harness.control('POST', '/reset-log');
    await put('a', 'x').then((file) => read(file.id));
    const { calls } = (await harness.control('GET', '/log')).body as { calls: Json[] };
    const forms = (kind: string) => [
      ...new Set(calls.filter((call) => call.kind === kind).map((call) => call.keyForm)),
    ];
    expect([forms('api'), forms('storage')]).toEqual([['app'], ['none']]);
  });
});

test('channels and people, with nulls wherever they may be', async () => {
  const company = (await harness.control('POST', '/companies', { name: 'Co' })).body;
  const client = (await harness.control('POST', '/clients', { companyId: company.id, givenName: 'Ada' }))
    .body;
  const made = await harness.control('POST', '/channels', {
    membershipType: 'individual',
    clientId: client.id,
  });
  for (const nullFields of ['always', 'never']) {
    await switches({ nullFields });
    const { channels } = await assembly.listChannels({});
    expect(channels.find(({ id }) => id === made.body.id)).toMatchObject({
      clientId: client.id,
      companyId: company.id,
    });
    expect(channels.find(({ id }) => id === channelId)).toMatchObject({
      membershipType: 'group',
      memberIds: [],
    });
    expect((await assembly.listClients({})).clients).toContainEqual(
      expect.objectContaining({ id: client.id }),
    );
    expect((await assembly.listCompanies({})).companies).toContainEqual(
      expect.objectContaining({ id: company.id, name: 'Co' }),
    );
    expect((await assembly.retrieveChannel(channelId))?.id).toBe(channelId);
  }
});
