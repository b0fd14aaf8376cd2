import { type Harness, type Json, startHarness, summary } from './dropboxHarness';

let h: Harness;
beforeEach(async () => {
  h = await startHarness();
});
afterEach(() => h.stop());

const MIB4 = 4 * 1024 * 1024;
const start = async (body: string, args: Json = {}): Promise<string> =>
  String((await h.content('files/upload_session/start', args, body)).json.session_id);
const append = (id: string, offset: number, body: string | Uint8Array, close = false) =>
  h.content('files/upload_session/append_v2', { cursor: { session_id: id, offset }, close }, body);
const finish = (id: string, offset: number, path: string, body = '') =>
  h.content('files/upload_session/finish', { cursor: { session_id: id, offset }, commit: { path } }, body);

test('start, append and finish make one file, and a wrong offset names the right one', async () => {
  const id = await start('abc');
  expect((await append(id, 3, 'def')).text).toBe('null');
  const again = await append(id, 3, 'def');
  expect(again.json.error).toMatchObject({ '.tag': 'incorrect_offset', correct_offset: 6 });
  const early = await finish(id, 3, '/a');
  expect(early.json.error).toMatchObject({
    '.tag': 'lookup_failed',
    lookup_failed: { '.tag': 'incorrect_offset', correct_offset: 6 },
  });
  const done = await finish(id, 6, '/a', 'ghi');
  expect(done.json).toMatchObject({ path_display: '/a', size: 9 });
  expect((await h.download({ path: '/a' })).text).toBe('abcdefghi');
});

test('finish again: not_found, closed, or the same answer', async () => {
  const id = await start('abc');
  const done = await finish(id, 3, '/a');
  expect(summary(await finish(id, 3, '/a'))).toBe('lookup_failed/not_found');
  await h.control('POST', '/switches', { finishReplay: 'closed' });
  expect(summary(await finish(id, 3, '/a'))).toBe('lookup_failed/closed');
  await h.control('POST', '/switches', { finishReplay: 'idempotent' });
  expect((await finish(id, 3, '/a')).json.rev).toBe(done.json.rev);
});

test('a finish refused for its path has taken its bytes: retried empty, at the offset behind them', async () => {
  await h.upload('/taken', 'x');
  const id = await start('abc');
  const refused = await finish(id, 3, '/taken', 'def');
  expect(refused.json.error).toMatchObject({ '.tag': 'path', path: { '.tag': 'conflict' } });
  expect((await finish(id, 6, '/free')).json.size).toBe(6);
});

test('a refused upload leaves a session to finish from', async () => {
  await h.upload('/taken', 'x');
  const refused = await h.upload('/taken', 'hello');
  const id = String((refused.json.error as Json).upload_session_id);
  const done = await finish(id, 5, '/free');
  expect(done.json.content_hash).toBe('9595c9df90075148eb06860365df33584b75bff782a510c6cd4883a419833d50');
});

test('closed sessions take no more, sessions end after seven days, hashes are checked per call', async () => {
  const id = await start('abc', { close: true });
  expect(summary(await append(id, 3, 'x'))).toBe('closed');
  expect(summary(await finish(id, 3, '/a', 'x'))).toBe('lookup_failed/closed');
  const wrong = { cursor: { session_id: await start('a'), offset: 1 }, content_hash: '0'.repeat(64) };
  expect(summary(await h.content('files/upload_session/append_v2', wrong, 'b'))).toBe(
    'content_hash_mismatch',
  );
  expect((await finish(wrong.cursor.session_id, 1, '/b', 'c')).json.size).toBe(2);
  expect((await h.download({ path: '/b' })).text).toBe('ac');
  await h.control('POST', '/clock', { advanceMs: 7 * 24 * 3_600_000 + 1 });
  await h.control('POST', '/tokens', {}).then((minted) => {
    h.token = String(minted.accessToken);
  });
  expect(summary(await finish(id, 3, '/a'))).toBe('lookup_failed/not_found');
});

test('an append that breaks off does not count', async () => {
  const id = await start('abc');
  await h.control('POST', '/faults', {
    rules: [{ route: '*append_v2', times: 1, action: 'cut', afterBytes: 1 }],
  });
  await expect(append(id, 3, 'xxxx')).rejects.toThrow();
  expect((await append(id, 3, 'def')).status).toBe(200);
  await finish(id, 6, '/a');
  expect((await h.download({ path: '/a' })).text).toBe('abcdef');
});

test('concurrent sessions: no data at start or finish, aligned pieces in any order, closed before finish', async () => {
  const args = { session_type: 'concurrent' };
  expect(summary(await h.content('files/upload_session/start', args, 'x'))).toBe(
    'concurrent_session_data_not_allowed',
  );
  expect(summary(await h.content('files/upload_session/start', { ...args, close: true }))).toBe(
    'concurrent_session_close_not_allowed',
  );
  const id = await start('', args);
  expect(summary(await append(id, 5, 'x', true))).toBe('concurrent_session_invalid_offset');
  expect(summary(await append(id, 0, 'x'))).toBe('concurrent_session_invalid_data_size');
  const block = new Uint8Array(MIB4);
  expect((await append(id, MIB4, 'end', true)).status).toBe(200);
  expect(summary(await finish(id, MIB4 + 3, '/a'))).toBe('concurrent_session_missing_data');
  expect((await append(id, 0, block, true)).status).toBe(200);
  const done = await finish(id, MIB4 + 3, '/a');
  expect(done.json.size).toBe(MIB4 + 3);
});

test('batches keep positions and mix results; success is flattened', async () => {
  await h.upload('/taken', 'x');
  const ids = [await start('one', { close: true }), await start('two', { close: true }), await start('open')];
  const entries = ['/one', '/taken', '/open'].map((path, i) => ({
    cursor: { session_id: ids[i], offset: i === 2 ? 4 : 3 },
    commit: { path },
  }));
  const { json } = await h.rpc('files/upload_session/finish_batch_v2', { entries });
  expect(json.entries).toMatchObject([
    { '.tag': 'success', path_display: '/one' },
    { '.tag': 'failure', failure: { '.tag': 'path', path: { conflict: { '.tag': 'file' } } } },
    { '.tag': 'failure', failure: { '.tag': 'lookup_failed', lookup_failed: { '.tag': 'not_closed' } } },
  ]);
});

test('start_batch and append_batch deal one body out to several sessions', async () => {
  const { json } = await h.rpc('files/upload_session/start_batch', { num_sessions: 2 });
  const [a, b] = json.session_ids as string[];
  const entries = [
    { cursor: { session_id: a, offset: 0 }, length: 3, close: true },
    { cursor: { session_id: b, offset: 9 }, length: 2 },
    { cursor: { session_id: b, offset: 0 }, length: 2, close: true },
  ];
  const answer = await h.content('files/upload_session/append_batch', { entries }, 'aaaXXbb');
  expect(answer.json.entries).toMatchObject([
    { '.tag': 'success' },
    { '.tag': 'failure', failure: { '.tag': 'incorrect_offset', correct_offset: 0 } },
    { '.tag': 'success' },
  ]);
  expect((await finish(String(b), 2, '/b')).json.size).toBe(2);
  expect((await h.download({ path: '/b' })).text).toBe('bb');
});

test('jobs are polled: in progress, then complete with nested results; unknown jobs are refused', async () => {
  await h.upload('/a', '1');
  const entries = [
    { from_path: '/a', to_path: '/b' },
    { from_path: '/none', to_path: '/c' },
  ];
  const launched = (await h.rpc('files/move_batch_v2', { entries })).json;
  expect(launched['.tag']).toBe('async_job_id');
  const check = () => h.rpc('files/move_batch/check_v2', { async_job_id: launched.async_job_id });
  expect((await check()).json).toEqual({ '.tag': 'in_progress' });
  expect((await check()).json).toMatchObject({
    '.tag': 'complete',
    entries: [
      { '.tag': 'success', success: { '.tag': 'file', name: 'b' } },
      { '.tag': 'failure', failure: { relocation_error: { from_lookup: { '.tag': 'not_found' } } } },
    ],
  });
  const unknown = await h.rpc('files/delete_batch/check', { async_job_id: 'dbjid:none' });
  expect(summary(unknown)).toBe('invalid_async_job_id');
});

test('over 150 MiB is payload_too_large, and nothing is kept', async () => {
  const answer = await h.upload('/big', new Uint8Array(200_000_000));
  expect([answer.status, summary(answer)]).toEqual([409, 'payload_too_large']);
  expect((await h.control('GET', '/tree')).entries).toEqual([]);
});
