import { type Harness, type Json, startHarness, summary } from './dropboxHarness';

let h: Harness;
beforeEach(async () => {
  h = await startHarness();
});
afterEach(() => h.stop());

const switches = (changed: Json) => h.control('POST', '/switches', changed);
const start = async (body: string, args: Json = {}): Promise<string> =>
  String((await h.content('files/upload_session/start', args, body)).json.session_id);
const finish = (id: string, offset: number, path: string, body = '', args: Json = {}) =>
  h.content(
    'files/upload_session/finish',
    { cursor: { session_id: id, offset }, commit: { path }, ...args },
    body,
  );

test('a busy namespace: 429 for some routes, a route error for others, and per entry in an answer of 200', async () => {
  await h.put('/a', '1');
  await switches({ batches: 'sync' });
  const id = await start('x', { close: true });
  const calm = await h.busy();
  const [deleted, ...answers] = await Promise.all([
    h.rpc('files/delete_batch', { entries: [{ path: '/a' }, { path: '/a' }] }),
    h.upload('/b', '1'),
    h.rpc('files/move_v2', { from_path: '/a', to_path: '/c' }),
    h.rpc('files/create_folder_v2', { path: '/d' }),
    h.rpc('files/delete_v2', { path: '/a' }),
    finish(id, 1, '/e'),
  ]);
  const busy = { '.tag': 'failure', failure: { '.tag': 'too_many_write_operations' } };
  expect([deleted.status, deleted.json.entries]).toEqual([200, [busy, busy]]);
  expect(answers.map((one) => one.status)).toEqual([429, 429, 429, 409, 409]);
  expect(new Set(answers.map(summary))).toEqual(new Set(['too_many_write_operations']));
  expect(answers[0]?.json.error).toEqual({
    reason: { '.tag': 'too_many_write_operations' },
    retry_after: 1,
  });
  expect(answers[0]?.headers.get('retry-after')).toBe('1');
  await calm();
  expect((await finish(id, 1, '/e')).status).toBe(200);
});

test('namespaces are busy each on its own, a move in both of its own; data and reads are never refused', async () => {
  await h.put('/shared/a', '1');
  await h.put('/b', '1');
  await h.control('POST', '/share', { path: '/shared', action: 'share' });
  const calm = await h.busy('/shared');
  const answers = await Promise.all([
    h.upload('/c', '2'),
    h.upload('/shared/c', '2'),
    h.content('files/upload_session/start', {}, 'x'),
    h.rpc('files/list_folder', { path: '/shared' }),
  ]);
  expect(answers.map((one) => one.status)).toEqual([200, 429, 200, 200]);
  const across = { from_path: '/b', to_path: '/shared/b' };
  expect((await h.rpc('files/move_v2', across)).status).toBe(429);
  await calm();
});

test.each([
  ['files/move_batch_v2', { entries: [] }],
  ['files/move_batch_v2', { entries: Array(1_001).fill({ from_path: '/a', to_path: '/b' }) }],
  ['files/delete_batch', { entries: Array(1_001).fill({ path: '/a' }) }],
  ['files/create_folder_batch', { paths: Array(10_001).fill('/a') }],
  ['files/upload_session/start_batch', { num_sessions: 0 }],
  ['files/upload_session/start_batch', { num_sessions: 1_001 }],
  [
    'files/upload_session/finish_batch_v2',
    { entries: Array(1_001).fill({ cursor: { session_id: 's', offset: 0 }, commit: { path: '/a' } }) },
  ],
])('%s refuses too few or too many entries as text', async (route, args) => {
  const answer = await h.rpc(route, args);
  expect([answer.status, answer.text]).toEqual([400, expect.stringContaining('request body: ')]);
});

test('equal folders in a batch are one', async () => {
  await switches({ batches: 'sync' });
  const { json } = await h.rpc('files/create_folder_batch', { paths: ['/a', '/a', '/b'] });
  expect((json.entries as Json[]).map((one) => one['.tag'])).toEqual(['success', 'success']);
});

test('a job is known to its own check route alone, and to its account', async () => {
  await h.put('/a', '1');
  const { json } = await h.rpc('files/delete_batch', { entries: [{ path: '/a' }] });
  const job = { async_job_id: json.async_job_id };
  expect(summary(await h.rpc('files/move_batch/check_v2', job))).toBe('invalid_async_job_id');
  const other = await h.control('POST', '/accounts', { email: 'other@example.com' });
  const minted = await h.control('POST', '/tokens', { account: other.id });
  const foreign = { authorization: `Bearer ${String(minted.accessToken)}` };
  expect(summary(await h.rpc('files/delete_batch/check', job, foreign))).toBe('invalid_async_job_id');
  expect((await h.rpc('files/delete_batch/check', job)).json).toEqual({ '.tag': 'in_progress' });
  expect((await h.rpc('files/delete_batch/check', job)).json['.tag']).toBe('complete');
});

test('a wrong content hash at start or finish stores nothing', async () => {
  const content_hash = '0'.repeat(64);
  const refused = await h.content('files/upload_session/start', { content_hash }, 'x');
  expect(summary(refused)).toBe('content_hash_mismatch');
  const id = await start('abc');
  expect(summary(await finish(id, 3, '/a', 'def', { content_hash }))).toBe('content_hash_mismatch');
  expect((await h.control('GET', '/tree')).entries).toEqual([]);
  expect((await finish(id, 3, '/a', 'xyz')).json.size).toBe(6);
});

test('an unknown session is not found; a concurrent one takes no data at its end and has to be closed', async () => {
  const cursor = { session_id: 'pid_upload_session:none', offset: 0 };
  expect(summary(await h.content('files/upload_session/append_v2', { cursor }, 'x'))).toBe('not_found');
  const id = await start('', { session_type: 'concurrent' });
  expect(summary(await finish(id, 0, '/a'))).toBe('concurrent_session_not_closed');
  const append = { cursor: { session_id: id, offset: 0 }, close: true };
  await h.content('files/upload_session/append_v2', append, 'abc');
  expect(summary(await finish(id, 3, '/a', 'more'))).toBe('concurrent_session_data_not_allowed');
  expect((await finish(id, 3, '/a')).json.size).toBe(3);
});

test('a body above 150 MiB is text where a switch says so', async () => {
  await switches({ payloadTooLarge: 'bad_request' });
  const answer = await h.upload('/big', new Uint8Array(157_286_401));
  expect([answer.status, answer.text]).toEqual([400, expect.stringContaining('157286400')]);
});
