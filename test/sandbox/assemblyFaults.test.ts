import { encoded, type Harness, type Json, startSandbox } from './assemblyHarness';

let harness: Harness;
let channelId: string;

beforeEach(async () => {
  harness = await startSandbox();
  channelId = await harness.channel();
});
afterEach(() => harness.close());

const fault = async (rule: Json): Promise<void> => {
  const answer = await harness.control('POST', '/faults', { rules: [rule] });
  expect(answer.status).toBe(200);
};
const create = (path: string) => harness.api('POST', '/v1/files/file', { channelId, path });
const count = async (): Promise<number> => (await harness.tree(channelId)).length;

test.each([
  ['before', 0],
  ['after', 1],
] as const)('a failure %s the effect leaves %d object', async (when, objects) => {
  for (const [action, status] of [
    ['status', 503],
    ['html502', 502],
    ['empty500', 500],
  ] as const) {
    await fault({ route: 'POST /v1/files/file', times: 1, when, action, status: 503 });
    const answer = await create(action);
    expect(answer.status).toBe(status);
    expect(answer.body).not.toHaveProperty('id');
  }
  expect(await count()).toBe(3 * objects);
  expect((await create('fine')).status).toBe(200);
});

test.each([
  ['before', 0],
  ['after', 1],
] as const)('a reset or a hang %s the effect leaves %d object', async (when, objects) => {
  await fault({ route: 'POST /v1/files/*', times: 1, when, action: 'reset' });
  await expect(create('a')).rejects.toThrow('fetch failed');
  await fault({ route: 'POST /v1/files/*', times: 1, when, action: 'hang' });
  const hanging = fetch(`${harness.sandbox.apiUrl}/v1/files/file`, {
    method: 'POST',
    headers: { 'x-api-key': 'ws_1/test-api-key-0001' },
    body: JSON.stringify({ channelId, path: 'b' }),
    signal: AbortSignal.timeout(200),
  });
  await expect(hanging).rejects.toThrow(/timeout|abort/i);
  expect(await count()).toBe(2 * objects);
});

test('a rule says status, headers and body, where and how often', async () => {
  await harness.control('POST', '/workspaces', { id: 'ws_2' });
  await fault({
    route: 'GET /v1/workspaces',
    workspace: 'ws_2',
    skip: 1,
    times: 1,
    action: 'status',
    status: 429,
    headers: { 'retry-after': '7' },
    body: '{"message":"slow down"}',
  });
  const statuses = async (key: string) =>
    (await harness.api('GET', '/v1/workspaces', undefined, `${key}/test-api-key-0001`)).status;
  expect([await statuses('ws_1'), await statuses('ws_1')]).toEqual([200, 200]);
  expect(await statuses('ws_2')).toBe(200);
  const hit = await harness.api('GET', '/v1/workspaces', undefined, 'ws_2/test-api-key-0001');
  expect([hit.status, hit.headers.get('retry-after'), hit.text]).toEqual([
    429,
    '7',
    '{"message":"slow down"}',
  ]);
  expect(await statuses('ws_2')).toBe(200);
  const { calls } = (await harness.control('GET', '/log')).body as { calls: Json[] };
  expect(calls.map((call) => call.fault)).toEqual([
    undefined,
    undefined,
    undefined,
    'status before',
    undefined,
  ]);
});

test('chance is repeatable', async () => {
  const run = async (): Promise<number[]> => {
    await harness.control('DELETE', '/faults');
    await fault({ route: '* /v1/workspaces', probability: 0.5, seed: 3, action: 'empty500' });
    const statuses: number[] = [];
    for (let i = 0; i < 20; i += 1) statuses.push((await harness.api('GET', '/v1/workspaces')).status);
    return statuses;
  };
  const first = await run();
  expect(new Set(first)).toEqual(new Set([200, 500]));
  expect(await run()).toEqual(first);
});

test('garbage with 200, and a slow but true answer', async () => {
  await fault({ route: 'GET /v1/workspaces', times: 1, action: 'garbage' });
  const garbage = await harness.api('GET', '/v1/workspaces');
  expect(garbage.status).toBe(200);
  expect(() => JSON.parse(garbage.text)).toThrow();
  await fault({ route: 'GET /v1/workspaces', times: 1, action: 'slow', delayMs: 200 });
  const begun = performance.now();
  expect((await harness.api('GET', '/v1/workspaces')).body.id).toBe('ws_1');
  expect(performance.now() - begun).toBeGreaterThan(150);
});

test('a download that is cut off, and one that is well formed but short', async () => {
  const bytes = Buffer.alloc(200_000, 'x');
  const { downloadUrl } = await harness.upload(channelId, 'a', bytes);
  await fault({ route: 'storage GET', times: 1, action: 'truncate', afterBytes: 70_000 });
  const cut = await fetch(String(downloadUrl));
  expect([cut.status, cut.headers.get('content-length')]).toEqual([200, '200000']);
  let got = 0;
  await expect(
    (async () => {
      for await (const chunk of cut.body ?? []) got += chunk.length;
    })(),
  ).rejects.toThrow('terminated');
  expect(got).toBe(70_000);
  await fault({ route: 'storage GET', times: 1, action: 'short', afterBytes: 3 });
  expect(await (await fetch(String(downloadUrl))).text()).toBe('xxx');
  expect((await (await fetch(String(downloadUrl))).arrayBuffer()).byteLength).toBe(200_000);
});

test('an upload that is answered badly after it was stored, or dies in its middle', async () => {
  const lost = (await create('lost')).body;
  await fault({ route: 'storage PUT', times: 1, when: 'after', action: 'reset' });
  await expect(fetch(String(lost.uploadUrl), { method: 'PUT', body: 'x' })).rejects.toThrow('fetch failed');
  const died = (await create('died')).body;
  await fault({ route: 'storage PUT', times: 1, action: 'reset', afterBytes: 50_000 });
  const body = Buffer.alloc(5_000_000);
  await expect(fetch(String(died.uploadUrl), { method: 'PUT', body })).rejects.toThrow('fetch failed');
  const sizes = (await harness.tree(channelId)).map((entry) => [entry.path, entry.size]);
  expect(sizes).toEqual([
    ['/died', null],
    ['/lost', 1],
  ]);
  const { calls } = (await harness.control('GET', '/log')).body as { calls: Json[] };
  const puts = calls.filter((call) => call.kind === 'storage');
  expect(puts.map((call) => [call.route, call.status, call.workspace, call.keyForm])).toEqual([
    ['storage PUT', 0, 'ws_1', 'none'],
    ['storage PUT', 0, 'ws_1', 'none'],
  ]);
  expect(Number(puts[1]?.bytesIn)).toBeGreaterThanOrEqual(50_000);
  expect(Number(puts[1]?.bytesIn)).toBeLessThan(5_000_000);
});

test('rules that do not fit are refused, and the log counts from where one likes', async () => {
  const bad = await harness.control('POST', '/faults', { rules: [{ route: 'x', action: 'explode' }] });
  expect(bad.status).toBe(400);
  expect(bad.body.message).toMatch(/rules\.0\.action/);
  await create('a');
  await harness.api('GET', `/v1/files?channelId=${encoded(channelId)}`);
  const log = async (since: number) =>
    (await harness.control('GET', `/log?since=${since}`)).body.calls as Json[];
  const [first, second] = await log(0);
  expect([first?.route, second?.route]).toEqual(['POST /v1/files/file', 'GET /v1/files']);
  expect(first).toMatchObject({ kind: 'api', keyForm: 'app', workspace: 'ws_1', status: 200 });
  expect(Number(first?.bytesIn)).toBeGreaterThan(20);
  expect(await log(Number(first?.seq))).toEqual([second]);
  await harness.control('POST', '/reset-log');
  expect(await log(0)).toEqual([]);
  expect((await harness.control('GET', '/counts')).body).toMatchObject({ api: { total: 0 } });
});
