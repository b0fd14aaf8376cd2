import { type Harness, type Json, startHarness, summary, told } from './dropboxHarness';

let h: Harness;
beforeEach(async () => {
  h = await startHarness();
});
afterEach(() => h.stop());

const switches = (changed: Json) => h.control('POST', '/switches', changed);

test('pages of one, then everything since the listing began', async () => {
  await h.put('/a/one', '1');
  await h.put('/b', '2');
  const first = await h.rpc('files/list_folder', { path: '', recursive: true, limit: 1 });
  await h.put('/a/late', '3');
  const { entries, pages, cursor } = await h.drain(String(first.json.cursor));
  const all = [...(first.json.entries as Json[]), ...entries];
  expect(new Set(told(all))).toEqual(new Set(['/a', '/a/one', '/a/late', '/b']));
  expect(pages).toBeGreaterThan(3);
  expect((await h.drain(cursor)).entries).toEqual([]);
});

test('own writes and the changes of people both appear, and an old cursor replays them', async () => {
  const { cursor } = await h.list();
  await h.upload('/mine', '1');
  await h.put('/theirs', '2');
  expect(told((await h.drain(cursor)).entries)).toEqual(['/mine', '/theirs']);
  expect(told((await h.drain(cursor)).entries)).toEqual(['/mine', '/theirs']);
});

test('one entry per path with its current state, unless every step is asked for', async () => {
  const { cursor } = await h.list();
  await h.put('/a', '1');
  await h.put('/a', '22');
  await h.put('/gone', 'x');
  await h.control('POST', '/delete', { path: '/gone' });
  const latest = (await h.drain(cursor)).entries;
  expect(told(latest)).toEqual(['/a', '-/gone']);
  expect(latest[0]).toMatchObject({ size: 2 });
  await switches({ feedHistory: 'every' });
  const every = (await h.drain(cursor)).entries;
  expect(told(every)).toEqual(['/a', '/a', '/gone', '-/gone']);
  expect(every[0]).toMatchObject({ size: 1 });
});

test('a deleted folder is one tombstone, or one for each descendant', async () => {
  await h.put('/d/e/f', '1');
  await h.put('/g/h', '1');
  const { cursor } = await h.list();
  await h.control('POST', '/delete', { path: '/d' });
  await switches({ childTombstones: true });
  await h.control('POST', '/delete', { path: '/g' });
  expect(told((await h.drain(cursor)).entries)).toEqual(['-/d', '-/g', '-/g/h']);
});

test('a folder deleted and made again is told as both, so old children are not left over', async () => {
  await h.put('/d/old', '1');
  const { cursor } = await h.list();
  await h.control('POST', '/delete', { path: '/d' });
  await h.put('/d/new', '2');
  expect(told((await h.drain(cursor)).entries)).toEqual(['-/d', '/d', '/d/new']);
});

test('a moved folder is told with its descendants, ids kept, in either order, on one page or two', async () => {
  const { id } = await h.put('/a/x', '1');
  const { cursor } = await h.list();
  await h.control('POST', '/move', { from: '/a', to: '/b' });
  const first = await h.drain(cursor);
  expect(told(first.entries)).toEqual(['-/a', '/b', '/b/x']);
  expect(first.entries[2]).toMatchObject({ id });
  await switches({ renameOrder: 'added_first', splitRenames: true });
  await h.control('POST', '/move', { from: '/b', to: '/c' });
  const page = await h.rpc('files/list_folder/continue', { cursor: first.cursor });
  expect(told(page.json.entries as Json[])).toEqual(['/c', '/c/x']);
  expect(page.json.has_more).toBe(true);
  expect(told((await h.drain(String(page.json.cursor))).entries)).toEqual(['-/b']);
});

test('case-only changes are hidden, or told', async () => {
  await h.put('/a', '1');
  const { cursor } = await h.list();
  await h.control('POST', '/move', { from: '/a', to: '/A' });
  expect((await h.drain(cursor)).entries).toEqual([]);
  expect((await h.rpc('files/get_metadata', { path: '/a' })).json.name).toBe('A');
  await switches({ caseChangesInFeed: true });
  await h.control('POST', '/move', { from: '/A', to: '/a' });
  expect(told((await h.drain(cursor)).entries)).toEqual(['/a']);
});

test('stale tombstones, repeated entries, empty pages and storms can be put into the feed', async () => {
  await h.put('/s/file', '1');
  const { cursor } = await h.list();
  await h.control('POST', '/feed', { action: 'touch', path: '/s/file' });
  await h.control('POST', '/feed', { action: 'tombstone', path: '/s/file' });
  await h.control('POST', '/feed', { action: 'pages', count: 3 });
  const stale = await h.drain(cursor);
  expect(told(stale.entries)).toEqual(['/s/file', '-/s/file']);
  expect(stale.pages).toBe(4);
  expect((await h.rpc('files/get_metadata', { path: '/s/file' })).status).toBe(200);
  await h.control('POST', '/share', { path: '/s', action: 'share' });
  const page = await h.rpc('files/list_folder/continue', { cursor: stale.cursor });
  expect([told(page.json.entries as Json[]), page.json.has_more]).toEqual([['-/s'], true]);
  expect(told((await h.drain(String(page.json.cursor))).entries)).toEqual(['/s', '/s/file']);
});

test('a recursive cursor by id follows its folder; by path it resets', async () => {
  await h.put('/base/a', '1');
  const { id } = (await h.rpc('files/get_metadata', { path: '/base' })).json;
  const byId = await h.list({ path: id });
  expect(told(byId.entries)).toEqual(['/base', '/base/a']);
  const byPath = await h.list({ path: '/base' });
  await h.put('/elsewhere', 'x');
  await h.control('POST', '/delete', { path: '/base/a' });
  await h.control('POST', '/move', { from: '/base', to: '/renamed' });
  await h.put('/renamed/b', '2');
  expect(told((await h.drain(byId.cursor)).entries)).toEqual([
    '-/base/a',
    '-/base',
    '/renamed',
    '/renamed/b',
  ]);
  const dead = await h.rpc('files/list_folder/continue', { cursor: byPath.cursor });
  expect(summary(dead)).toBe('reset');
  await switches({ rootGone: 'not_found', rootRenamed: 'reset' });
  expect(summary(await h.rpc('files/list_folder/continue', { cursor: byPath.cursor }))).toBe(
    'path/not_found',
  );
  expect(summary(await h.rpc('files/list_folder/continue', { cursor: byId.cursor }))).toBe('reset');
});

test('a reset kills cursors in the middle of paging; a new listing works', async () => {
  for (const name of ['/a', '/b', '/c']) await h.put(name, name);
  const { json } = await h.rpc('files/list_folder', { path: '', limit: 1 });
  await h.control('POST', '/feed', { action: 'reset' });
  expect(summary(await h.rpc('files/list_folder/continue', { cursor: json.cursor }))).toBe('reset');
  const fresh = await h.list();
  expect(told(fresh.entries)).toEqual(['/a', '/b', '/c']);
  await h.put('/d', 'd');
  expect(told((await h.drain(fresh.cursor)).entries)).toEqual(['/d']);
});

test('a cursor that is garbled or of another account is refused, as text or as reset', async () => {
  const { cursor } = await h.list();
  const garbled = `${cursor.slice(0, -2)}xx`;
  expect((await h.rpc('files/list_folder/continue', { cursor: garbled })).status).toBe(400);
  const other = await h.control('POST', '/accounts', { email: 'other@example.com' });
  const minted = await h.control('POST', '/tokens', { account: other.account_id ?? other.id });
  const headers = { authorization: `Bearer ${String(minted.accessToken)}` };
  expect((await h.rpc('files/list_folder/continue', { cursor }, headers)).status).toBe(400);
  await switches({ badCursor: 'reset' });
  expect(summary(await h.rpc('files/list_folder/continue', { cursor }, headers))).toBe('reset');
});

test('get_latest_cursor skips what is there; include_deleted lists old tombstones after the living', async () => {
  await h.put('/a', '1');
  await h.put('/b', '1');
  await h.control('POST', '/delete', { path: '/b' });
  const latest = await h.rpc('files/list_folder/get_latest_cursor', { path: '', recursive: true });
  expect((await h.drain(String(latest.json.cursor))).entries).toEqual([]);
  expect(told((await h.list({ include_deleted: true, limit: 1 })).entries)).toEqual(['/a', '-/b']);
});

test('longpoll answers without authorisation when something changes, and resets', async () => {
  const { cursor } = await h.list();
  const poll = (): Promise<Response> =>
    fetch(`${h.box.notifyUrl}/2/files/list_folder/longpoll`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ cursor, timeout: 30 }),
    });
  const waiting = poll();
  await h.put('/a', '1');
  expect(await (await waiting).json()).toEqual({ changes: true });
  await switches({ longpollBackoff: 60 });
  expect(await (await poll()).json()).toEqual({ changes: true, backoff: 60 });
  await h.control('POST', '/feed', { action: 'reset' });
  expect((await poll()).status).toBe(409);
});

test('of identical listings in flight all but one are turned away where the switch says so', async () => {
  await switches({ duplicateLists: 'rate_limit' });
  const args = { path: '', recursive: true };
  // Many at once, since two may just miss one another on a busy machine.
  const answers = await Promise.all(Array.from({ length: 20 }, () => h.rpc('files/list_folder', args)));
  expect(new Set(answers.map((one) => one.status))).toEqual(new Set([200, 429]));
});

test('10,000 files list in as many calls as pages, and a change costs one entry', async () => {
  const paths = Array.from({ length: 10_000 }, (_, n) => `/many/${String(n).padStart(5, '0')}`);
  for (let at = 0; at < paths.length; at += 1_000) {
    const results = await h.rpc('files/create_folder_batch', {
      paths: paths.slice(at, at + 1_000),
      force_async: true,
    });
    expect(results.json['.tag']).toBe('async_job_id');
  }
  await h.control('POST', '/reset-log');
  const listed = await h.list({ limit: 2_000 });
  expect([listed.entries.length, listed.pages]).toEqual([10_001, 6]);
  await h.put('/many/05000x', 'x');
  expect(told((await h.drain(listed.cursor)).entries)).toEqual(['/many/05000x']);
  expect(await h.control('GET', '/counts')).toMatchObject({
    byRoute: { 'files/list_folder': 1, 'files/list_folder/continue': 6 },
    status: { 200: 7 },
  });
  // With the folder itself and the file they are 10,002.
  const move = await h.rpc('files/move_v2', { from_path: '/many', to_path: '/moved' });
  expect(summary(move)).toBe('too_many_files');
}, 30_000);

test('the tree is told whole and sorted', async () => {
  await h.put('/b/x', '1');
  await h.put('/a', '2');
  const { entries } = await h.control('GET', '/tree');
  expect((entries as Json[]).map((one) => [one.path, one.object])).toEqual([
    ['/a', 'file'],
    ['/b', 'folder'],
    ['/b/x', 'file'],
  ]);
});
