import { createLimiter } from '../../src/sandbox/assembly/limiter';
import { encoded, eventually, type Harness, type Json, KEY, startSandbox } from './assemblyHarness';

let harness: Harness;

const start = async (options: Parameters<typeof startSandbox>[0] = {}): Promise<void> => {
  harness = await startSandbox(options);
  await harness.control('POST', '/workspaces', { id: 'ws_2', name: 'Second' });
};
afterEach(() => harness.close());

const OTHER = 'ws_2/test-api-key-0001';
const as = (key: string, path = '/v1/workspaces') => harness.api('GET', path, undefined, key);

test.each([
  ['the app key for a workspace', KEY, 200],
  ["a workspace's own key", 'workspace-key-ws_1', 200],
  ['a session key', `${KEY}/token-1`, 200],
  ['no key', '', 401],
  ['the app key alone', 'test-api-key-0001', 401],
  ['another key', 'ws_1/other', 401],
  ['an unknown workspace', 'ws_9/test-api-key-0001', 401],
])('%s', async (_, key, status) => {
  await start();
  expect((await as(key)).status).toBe(status);
});

test('an unknown workspace, or one that removed the app, is 403 by switch', async () => {
  await start({ switches: { unknownWorkspaceStatus: 403 } });
  expect((await as('ws_9/test-api-key-0001')).status).toBe(403);
  await harness.control('POST', '/workspaces', { id: 'ws_2', installed: false });
  expect((await as(OTHER)).status).toBe(403);
  expect((await as(KEY)).status).toBe(200);
});

test('a session key answers 403 on every route when it is old, the app key never', async () => {
  await start();
  const session = `${KEY}/token-1`;
  expect((await as(session)).status).toBe(200);
  await harness.control('POST', '/clock', { advanceMs: 301_000 });
  for (const path of ['/v1/workspaces', '/v1/files?channelId=x', '/v1/nothing']) {
    expect((await as(session, path)).status).toBe(403);
  }
  expect((await as(KEY)).status).toBe(200);
});

test('a portal sees nothing of another', async () => {
  await start();
  const mine = await harness.channel('ws_1');
  const theirs = await harness.channel('ws_2');
  const file = await harness.upload(mine, 'secret.txt', 'mine');
  expect((await as(OTHER)).body).toMatchObject({ id: 'ws_2', brandName: 'Second' });
  expect((await as(OTHER, `/v1/files/${file.id}`)).status).toBe(404);
  expect((await harness.api('DELETE', `/v1/files/${file.id}`, undefined, OTHER)).status).toBe(404);
  expect((await as(OTHER, `/v1/files?channelId=${encoded(mine)}`)).status).toBe(400);
  expect((await as(OTHER, `/v1/channels/files/${mine}`)).status).toBe(400);
  const create = { path: 'x', channelId: mine };
  expect((await harness.api('POST', '/v1/files/file', create, OTHER)).status).toBe(400);
  const channels = (await as(OTHER, '/v1/channels/files')).body.data as Json[];
  expect(channels.map((one) => one.id)).toEqual([theirs]);
  await harness.control('POST', '/switches', { foreignIdStatus: 403 });
  expect((await as(OTHER, `/v1/files/${file.id}`)).status).toBe(403);

  const { calls } = (await harness.control('GET', '/log')).body as { calls: Json[] };
  const touching = calls.filter((call) => String(call.path).includes(String(file.id)));
  expect(touching.map((call) => [call.route, call.workspace, call.status])).toContainEqual([
    'DELETE /v1/files/{id}',
    'ws_2',
    404,
  ]);
  expect(JSON.stringify(calls)).not.toContain('test-api-key-0001');
  const { byWorkspace } = (await harness.control('GET', '/counts')).body as { byWorkspace: Json };
  expect(byWorkspace).toMatchObject({ ws_1: { storage: 1 }, ws_2: { api: 8 } });
});

test('a channel id with a slash is routed as two raw segments and as one encoded', async () => {
  await start();
  const id = await harness.channel();
  expect(id).toMatch(/^us-east-1_\w{9}\/[0-9a-f-]{36}$/);
  expect((await as(KEY, `/v1/channels/files/${id}`)).body.id).toBe(id);
  expect((await as(KEY, `/v1/channels/files/${encoded(id)}`)).body.id).toBe(id);
  await harness.control('POST', '/switches', { encodedChannelId: 'reject' });
  expect((await as(KEY, `/v1/channels/files/${encoded(id)}`)).status).toBe(400);
  const { byRoute } = ((await harness.control('GET', '/counts')).body as { api: { byRoute: Json } }).api;
  expect(byRoute).toEqual({ 'GET /v1/channels/files/{id}': 3 });
});

test('a window of one second slides: the 21st call waits for the first to be a second old', async () => {
  await start();
  let now = 0;
  const limiter = createLimiter(20, () => now);
  const admitted: number[] = [];
  for (; now < 3000; now += 10) if (limiter.admit('ws_1')) admitted.push(now);
  expect(admitted.slice(0, 21)).toEqual([...Array.from({ length: 20 }, (_, i) => i * 10), 1000]);
  for (const [i, at] of admitted.entries())
    expect((admitted[i + 20] ?? Infinity) - at).toBeGreaterThanOrEqual(1000);
  expect(admitted).toHaveLength(60);
  expect(limiter.admit('ws_2')).toBe(true);
});

test('above 20 calls a second the answer is 429, in that workspace only, and only for a second', async () => {
  await start({ rps: 20, switches: { retryAfterHeader: true } });
  const begun = performance.now();
  const burst = await Promise.all(Array.from({ length: 60 }, () => as(KEY)));
  const windows = Math.floor((performance.now() - begun) / 1000) + 1;
  const passed = burst.filter((one) => one.status === 200).length;
  expect(passed).toBeGreaterThanOrEqual(20);
  expect(passed).toBeLessThanOrEqual(20 * windows);
  const refused = burst.find((one) => one.status === 429);
  expect(refused?.body).toEqual({ code: 'too_many_requests', message: 'rate limit exceeded' });
  expect(refused?.headers.get('retry-after')).toBe('1');
  expect((await as(OTHER)).status).toBe(200);
  await eventually(async () => ((await as(KEY)).status === 200 ? true : null));
  await harness.control('POST', '/switches', { rateScope: 'app', retryAfterHeader: false });
  const both = await Promise.all(Array.from({ length: 60 }, (_, i) => as(i % 2 === 0 ? KEY : OTHER)));
  const shared = both.filter((one) => one.status === 429);
  expect(shared.length).toBeGreaterThan(0);
  expect(shared[0]?.headers.has('retry-after')).toBe(false);
}, 20_000);

test('a month has so many calls and no more, by switch', async () => {
  await start({ switches: { monthlyQuota: 3, quotaStatus: 403 } });
  const statuses: number[] = [];
  for (let i = 0; i < 5; i += 1) statuses.push((await as(KEY)).status);
  expect(statuses).toEqual([200, 200, 200, 403, 403]);
  expect((await as(OTHER)).status).toBe(200);
  await harness.control('POST', '/clock', { advanceMs: 32 * 86_400_000 });
  expect((await as(KEY)).status).toBe(200);
});

test('clients have one individual channel per company, companies one, and deletes take them along', async () => {
  await start();
  const company = async (name: string) => (await harness.control('POST', '/companies', { name })).body;
  const [one, two] = [await company('One'), await company('Two')];
  const client = (await harness.control('POST', '/clients', { companyIds: [one.id, two.id] })).body;
  const individual = { membershipType: 'individual', clientId: client.id };
  const ambiguous = await harness.api('POST', '/v1/channels/files', individual);
  expect([ambiguous.status, ambiguous.body.message]).toEqual([400, expect.stringMatching(/companyId/)]);
  const first = await harness.api('POST', '/v1/channels/files', { ...individual, companyId: one.id });
  await harness.api('POST', '/v1/channels/files', { ...individual, companyId: two.id });
  const own = await harness.api('POST', '/v1/channels/files', {
    membershipType: 'company',
    companyId: two.id,
  });
  expect(own.body).not.toHaveProperty('clientId');
  expect(own.body).toMatchObject({ companyId: two.id, memberIds: [client.id] });
  const list = async (query: string): Promise<number> =>
    ((await as(KEY, `/v1/channels/files?${query}`)).body.data as Json[]).length;
  expect(await list(`clientId=${client.id}`)).toBe(2);
  expect(await list(`membershipType=individual&companyId=${one.id}&membershipEntityId=`)).toBe(1);
  expect(await list(`memberId=${client.id}&limit=2`)).toBe(2);

  await harness.upload(String(first.body.id), 'a', 'x');
  await harness.control('DELETE', `/companies/${two.id}`);
  expect((await as(KEY, `/v1/channels/files/${own.body.id}`)).status).toBe(400);
  await harness.control('DELETE', `/clients?id=${client.id}`);
  expect((await as(KEY, `/v1/channels/files/${first.body.id}`)).status).toBe(400);
  expect((await as(KEY, `/v1/clients/${client.id}`)).status).toBe(404);
  expect(await list('')).toBe(0);
});

test('a client whose last company goes gets a placeholder', async () => {
  await start();
  const company = (await harness.control('POST', '/companies', { name: 'One' })).body;
  const client = (await harness.control('POST', '/clients', { companyId: company.id })).body;
  await harness.control('DELETE', '/companies', undefined).then((answer) => expect(answer.status).toBe(400));
  await harness.control('DELETE', `/companies/${company.id}`);
  const companies = (await as(KEY, '/v1/companies?isPlaceholder=true')).body.data as Json[];
  expect(companies).toMatchObject([{ name: '', isPlaceholder: true }]);
  const seen = (await as(KEY, `/v1/clients/${client.id}`)).body;
  expect(seen.companyIds).toEqual([companies[0]?.id]);
});

test('people are listed in pages, with documented nulls', async () => {
  await start();
  for (let i = 0; i < 5; i += 1) await harness.control('POST', '/clients', { givenName: `C${i}` });
  const page = (await as(KEY, '/v1/clients?companyId=&limit=3')).body;
  const next = (await as(KEY, `/v1/clients?limit=3&nextToken=${page.nextToken}`)).body;
  const all = [...(page.data as Json[]), ...(next.data as Json[])];
  expect(all.map((one) => one.givenName)).toEqual(['C0', 'C1', 'C2', 'C3', 'C4']);
  expect(next).not.toHaveProperty('nextToken');
  await harness.control('POST', '/switches', { nullFields: 'always' });
  const [user] = (await as(KEY, '/v1/internal-users')).body.data as Json[];
  expect(user).toMatchObject({ object: 'internalUser', companyAccessList: null, avatarImageUrl: null });
  await harness.channel();
  const [channel] = (await as(KEY, '/v1/channels/files')).body.data as Json[];
  expect(channel).toMatchObject({ object: 'fileChannel', membershipType: 'group', memberIds: null });
  expect((await as(KEY, '/v1/workspaces')).body).toMatchObject({
    id: 'ws_1',
    labels: expect.anything(),
  });
});

test('creating a client makes its channel by switch, and joins that of its company', async () => {
  await start({ switches: { autoChannels: 'company' } });
  const company = (await harness.control('POST', '/companies', {})).body;
  const one = (await harness.control('POST', '/clients', { companyId: company.id })).body;
  const two = (await harness.control('POST', '/clients', { companyId: company.id })).body;
  const alone = (await harness.control('POST', '/clients', {})).body;
  const channels = (await as(KEY, '/v1/channels/files')).body.data as Json[];
  expect(channels).toMatchObject([
    { membershipType: 'company', companyId: company.id, memberIds: [one.id, two.id] },
    { membershipType: 'individual', clientId: alone.id },
  ]);
});

test('what a channel that is gone answers depends on the switch, except when it is retrieved', async () => {
  await start({ switches: { missingChannelStatus: 404 } });
  const id = await harness.channel();
  expect((await harness.control('DELETE', `/channels/${encoded(id)}`)).status).toBe(200);
  expect((await as(KEY, `/v1/files?channelId=${encoded(id)}`)).status).toBe(404);
  expect((await harness.api('POST', '/v1/files/folder', { channelId: id, path: 'a' })).status).toBe(404);
  expect((await as(KEY, `/v1/channels/files/${id}`)).status).toBe(400);
});
