import { type Harness, type Json, startHarness, summary } from './dropboxHarness';

let h: Harness;
beforeEach(async () => {
  h = await startHarness();
});
afterEach(() => h.stop());

const fault = (rule: Json) => h.control('POST', '/faults', { rules: [rule] });
const paths = async (): Promise<unknown[]> =>
  ((await h.control('GET', '/tree')).entries as Json[]).map((one) => one.path);

test('before: the caller fails and nothing happened', async () => {
  await fault({ route: 'files/upload', times: 1, when: 'before', action: 'reset' });
  await expect(h.upload('/a', '1')).rejects.toThrow();
  expect(await paths()).toEqual([]);
  expect((await h.upload('/a', '1')).status).toBe(200);
});

test('after: the caller fails and it happened all the same', async () => {
  await fault({ route: 'files/upload', times: 1, when: 'after', action: 'reset' });
  await expect(h.upload('/a', '1')).rejects.toThrow();
  expect(await paths()).toEqual(['/a']);
  await fault({ route: 'files/delete_v2', times: 1, when: 'after', action: 'status', status: 503 });
  expect((await h.rpc('files/delete_v2', { path: '/a' })).status).toBe(503);
  expect(await paths()).toEqual([]);
  const { calls } = await h.control('GET', '/log');
  expect((calls as Json[]).map((one) => [one.route, one.status, one.fault])).toEqual([
    ['files/upload', 0, 'after/reset'],
    ['files/delete_v2', 503, 'after/status'],
  ]);
});

test('429 as JSON, as text, and empty without Retry-After', async () => {
  const route = 'users/*';
  await fault({ route, times: 1, action: 'throttle', retryAfter: 300 });
  const json = await h.rpc('users/get_current_account');
  expect([json.status, summary(json), json.headers.get('retry-after')]).toEqual([
    429,
    'too_many_requests',
    '300',
  ]);
  await fault({ route, times: 1, action: 'throttle', shape: 'text', retryAfter: 15 });
  expect((await h.rpc('users/get_current_account')).text).toBe('too_many_requests');
  await fault({ route, times: 1, action: 'throttle', shape: 'empty' });
  const empty = await h.rpc('users/get_current_account');
  expect([empty.status, empty.text, empty.headers.get('retry-after')]).toEqual([429, '', null]);
});

test.each(['length', 'chunked', 'gzip'])('a download breaks half way: %s', async (encoding) => {
  await h.upload('/a', 'x'.repeat(100_000));
  await fault({ route: 'files/download', times: 1, action: 'truncate', encoding, afterBytes: 50_000 });
  await expect(h.download({ path: '/a' })).rejects.toThrow();
  expect((await h.download({ path: '/a' })).text).toHaveLength(100_000);
});

test('a well-formed body that is too short, one without its metadata, one that is slow', async () => {
  await h.upload('/a', '0123456789');
  await fault({ route: 'files/download', times: 1, action: 'short', afterBytes: 4 });
  const short = await h.download({ path: '/a' });
  expect([short.text, JSON.parse(short.headers.get('dropbox-api-result') ?? '').size]).toEqual(['0123', 10]);
  await fault({ route: 'files/download', times: 1, action: 'no_result' });
  expect((await h.download({ path: '/a' })).headers.get('dropbox-api-result')).toBeNull();
  await fault({ route: 'files/download', times: 1, action: 'slow', bytesPerSecond: 100 });
  expect((await h.download({ path: '/a' })).text).toBe('0123456789');
});

test('a call can hang until the caller gives up, and an upload can stop being read', async () => {
  await fault({ route: 'files/list_folder', times: 1, action: 'hang' });
  const init = {
    method: 'POST',
    headers: { authorization: `Bearer ${h.token}`, 'content-type': 'application/json' },
    body: '{"path":""}',
  };
  const hung = fetch(`${h.box.apiUrl}/2/files/list_folder`, { ...init, signal: AbortSignal.timeout(100) });
  await expect(hung).rejects.toThrow();
  await fault({ route: 'files/upload', times: 1, action: 'stall', afterBytes: 10 });
  const headers = {
    authorization: `Bearer ${h.token}`,
    'content-type': 'application/octet-stream',
    'dropbox-api-arg': '{"path":"/a"}',
  };
  const stalled = fetch(`${h.box.contentUrl}/2/files/upload`, {
    method: 'POST',
    headers,
    body: 'x'.repeat(100),
    signal: AbortSignal.timeout(200),
  });
  await expect(stalled).rejects.toThrow();
  expect(await paths()).toEqual([]);
});

test('the token can expire between two calls of one operation', async () => {
  await h.rpc('users/get_current_account');
  await fault({ route: 'files/list_folder/continue', times: 1, action: 'expire_token' });
  await h.put('/a', '1');
  const { json } = await h.rpc('files/list_folder', { path: '' });
  const answer = await h.rpc('files/list_folder/continue', { cursor: json.cursor });
  expect(summary(answer)).toBe('expired_access_token');
});

test('the same seed strikes the same calls; skip lets some through; clearing ends it', async () => {
  const run = async (): Promise<number[]> => {
    await h.control('DELETE', '/faults');
    await fault({ route: 'users/*', probability: 0.5, seed: 7, action: 'status', status: 500 });
    const statuses = [];
    for (let n = 0; n < 20; n++) statuses.push((await h.rpc('users/get_space_usage')).status);
    return statuses;
  };
  const first = await run();
  expect(new Set(first)).toEqual(new Set([200, 500]));
  expect(await run()).toEqual(first);
  await h.control('DELETE', '/faults');
  await fault({ route: 'users/*', skip: 2, times: 1, action: 'status', status: 502 });
  const statuses = [];
  for (let n = 0; n < 4; n++) statuses.push((await h.rpc('users/get_space_usage')).status);
  expect(statuses).toEqual([200, 200, 502, 200]);
});
