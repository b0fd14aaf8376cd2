import { type Harness, type Json, startHarness, summary, told } from './dropboxHarness';

let h: Harness;
beforeEach(async () => {
  h = await startHarness();
});
afterEach(() => h.stop());

const switches = (changed: Json) => h.control('POST', '/switches', changed);
const more = (cursor: unknown) => h.rpc('files/list_folder/continue', { cursor });
const entriesOf = (answer: { json: Json }): string[] => told(answer.json.entries as Json[]);
const longpoll = async (cursor: string): Promise<{ status: number; json: Json }> => {
  const url = `${h.box.notifyUrl}/2/files/list_folder/longpoll`;
  const headers = { 'content-type': 'application/json' };
  const answer = await fetch(url, { method: 'POST', headers, body: JSON.stringify({ cursor, timeout: 30 }) });
  return { status: answer.status, json: (await answer.json()) as Json };
};

test('a page may hold slightly more than its limit', async () => {
  for (const name of ['/a', '/b', '/c', '/d']) await h.put(name, name);
  await switches({ pageOvershoot: 1 });
  const first = await h.rpc('files/list_folder', { path: '', limit: 2 });
  expect([entriesOf(first), first.json.has_more]).toEqual([['/a', '/b', '/c'], true]);
  expect(entriesOf(await more(first.json.cursor))).toEqual(['/d']);
});

test('a page may be empty with more to come', async () => {
  const { cursor } = await h.list();
  await h.control('POST', '/feed', { action: 'pages', count: 1 });
  await h.put('/a', '1');
  const empty = await more(cursor);
  expect([empty.json.entries, empty.json.has_more]).toEqual([[], true]);
  expect(entriesOf(await more(empty.json.cursor))).toEqual(['/a']);
});

test('a parent may come after its child', async () => {
  const { cursor } = await h.list();
  await h.put('/p/child', '1');
  await h.control('POST', '/feed', { action: 'touch', path: '/p' });
  expect(told((await h.drain(cursor)).entries)).toEqual(['/p/child', '/p']);
});

test('an upsert and then a tombstone of one path: a true one, and a stale one', async () => {
  const { cursor } = await h.list();
  await h.put('/true', '1');
  await h.put('/stale', '1');
  await h.control('POST', '/delete', { path: '/true' });
  await h.control('POST', '/feed', { action: 'tombstone', path: '/stale' });
  await switches({ feedHistory: 'every' });
  expect(told((await h.drain(cursor)).entries)).toEqual(['/true', '/stale', '-/true', '-/stale']);
  expect((await h.rpc('files/get_metadata', { path: '/stale' })).status).toBe(200);
  expect(summary(await h.rpc('files/get_metadata', { path: '/true' }))).toBe('path/not_found');
});

test('deleted and made again, a path has another id', async () => {
  const before = await h.put('/a', '1');
  const { cursor } = await h.list();
  await h.control('POST', '/delete', { path: '/a' });
  const after = await h.put('/a', '1');
  const { entries } = await h.drain(cursor);
  expect(entries.at(-1)).toMatchObject({ '.tag': 'file', id: after.id });
  expect(after.id).not.toBe(before.id);
});

test('a share shows a whole tree as gone; whoever reads in the middle sees no more than that', async () => {
  const { id, content_hash } = await h.put('/s/file', '1');
  const { cursor } = await h.list();
  await h.control('POST', '/share', { path: '/s', action: 'share', half: 'gone' });
  const middle = await h.drain(cursor);
  expect(told(middle.entries)).toEqual(['-/s']);
  await h.control('POST', '/share', { path: '/s', action: 'share', half: 'complete' });
  const rest = await h.drain(middle.cursor);
  expect(told(rest.entries)).toEqual(['/s', '/s/file']);
  expect(rest.entries[1]).toMatchObject({ id, content_hash });
});

test('the listed folder itself may be unshared, which tells of all of it twice', async () => {
  const { id } = (await h.rpc('files/create_folder_v2', { path: '/listed' })).json.metadata as Json;
  await h.put('/listed/a', '1');
  const { cursor } = await h.list({ path: id });
  await h.control('POST', '/share', { path: '/listed', action: 'unshare' });
  const { entries, pages } = await h.drain(cursor);
  expect([told(entries), pages]).toEqual([['-/listed', '/listed', '/listed/a'], 2]);
});

test.each([
  ['reset', 'reset'],
  ['not_found', 'path/not_found'],
  ['other', 'other'],
])(
  'a dead cursor, or one whose folder is gone, is told as %s, in the middle of paging too',
  async (how, said) => {
    for (const name of ['/d/a', '/d/b', '/d/c']) await h.put(name, name);
    const { id } = (await h.rpc('files/get_metadata', { path: '/d' })).json;
    await switches({ deadCursor: how, rootGone: how });
    const { json } = await h.rpc('files/list_folder', { path: id, limit: 1 });
    const live = await h.list({ path: '' });
    await h.control('POST', '/feed', { action: 'reset' });
    expect(summary(await more(json.cursor))).toBe(said);
    expect(summary(await more(live.cursor))).toBe(said);
    const rooted = await h.list({ path: id });
    await h.control('POST', '/delete', { path: '/d' });
    expect(summary(await more(rooted.cursor))).toBe(said);
  },
);

test('longpoll: nothing until its time is over, then false with the pause it asks for', async () => {
  const { cursor } = await h.list();
  await switches({ longpollBackoff: 60 });
  let answered: Json | undefined;
  const waiting = longpoll(cursor).then(({ json }) => {
    answered = json;
  });
  await h.control('POST', '/clock', { advanceMs: 29_000 });
  expect(answered).toBeUndefined();
  // The poll may begin after the clock was moved, so it is moved more than once; nobody waits for 30 real seconds.
  for (let step = 0; answered === undefined && step < 200; step++) {
    await h.control('POST', '/clock', { advanceMs: 31_000 });
  }
  expect(answered).toEqual({ changes: false, backoff: 60 });
  await waiting;
});

test('longpoll: a change outside the listed folder is none, a cursor that died is a reset', async () => {
  await h.put('/in/a', '1');
  const { cursor } = await h.list({ path: '/in' });
  const waiting = longpoll(cursor);
  await h.put('/out', '1');
  await h.put('/in/b', '1');
  expect((await waiting).json).toEqual({ changes: true });
  await switches({ deadCursor: 'other' });
  await h.control('POST', '/feed', { action: 'reset' });
  expect(await longpoll(cursor)).toMatchObject({ status: 409, json: { error: { '.tag': 'reset' } } });
});
