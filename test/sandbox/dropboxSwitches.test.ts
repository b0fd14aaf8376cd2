import { type Harness, type Json, startHarness, told } from './dropboxHarness';

let h: Harness;
beforeEach(async () => {
  h = await startHarness();
});
afterEach(() => h.stop());

const switches = (changed: Json) => h.control('POST', '/switches', changed);

test('a moved file keeps its rev or gets one', async () => {
  const { id, rev } = (await h.upload('/a', '1')).json;
  const move = async (to_path: string) =>
    (await h.rpc('files/move_v2', { from_path: id, to_path })).json.metadata as Json;
  expect((await move('/b')).rev).toBe(rev);
  await switches({ revOnMove: 'new' });
  const moved = await move('/c');
  expect(String(moved.rev) > String(rev)).toBe(true);
  expect((await h.download({ path: `rev:${String(moved.rev)}` })).text).toBe('1');
});

test('a restored file has its old id or another', async () => {
  const file = (await h.upload('/a', '1')).json;
  const restore = async () => {
    await h.rpc('files/delete_v2', { path: '/a' });
    return (await h.rpc('files/restore', { path: '/a', rev: file.rev })).json;
  };
  expect((await restore()).id).toBe(file.id);
  await switches({ restoreId: 'new' });
  const back = await restore();
  expect(back).toMatchObject({ content_hash: file.content_hash });
  expect(back.id).not.toBe(file.id);
});

test('a recursive listing names the listed folder, or not', async () => {
  await h.put('/d/a', '1');
  expect(told((await h.list({ path: '/d' })).entries)).toEqual(['/d', '/d/a']);
  await switches({ listRootItself: false });
  expect(told((await h.list({ path: '/d' })).entries)).toEqual(['/d/a']);
});

test('a folder that a file has replaced is told as deleted, or by the file alone', async () => {
  const replaced = async (name: string) => {
    await h.put(`/${name}/in`, '1');
    const { cursor } = await h.list();
    await h.control('POST', '/delete', { path: `/${name}` });
    await h.put(`/${name}`, 'file');
    return (await h.rpc('files/list_folder/continue', { cursor })).json.entries as Json[];
  };
  expect((await replaced('one')).map((entry) => entry['.tag'])).toEqual(['deleted', 'file']);
  await switches({ replacedFolderTold: false });
  expect((await replaced('two')).map((entry) => entry['.tag'])).toEqual(['file']);
});

test('entries of pages carry path_display, or not', async () => {
  await h.put('/D/A', '1');
  const displayed = async () => (await h.list({ path: '/d' })).entries.map((entry) => entry.path_display);
  expect(await displayed()).toEqual(['/D', '/D/A']);
  await switches({ pathDisplayInPages: false });
  expect(await displayed()).toEqual([undefined, undefined]);
});

test('an access token lives as long as the switch says', async () => {
  await switches({ accessTokenSeconds: 60 });
  h.token = String((await h.control('POST', '/tokens', {})).accessToken);
  await h.control('POST', '/clock', { advanceMs: 59_000 });
  expect((await h.rpc('users/get_current_account')).status).toBe(200);
  await h.control('POST', '/clock', { advanceMs: 1_001 });
  expect((await h.rpc('users/get_current_account')).status).toBe(401);
});

test('a longpoll may take longer than it was asked to', async () => {
  await switches({ longpollJitterMs: 90_000 });
  const { cursor } = await h.list();
  const poll = fetch(`${h.box.notifyUrl}/2/files/list_folder/longpoll`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ cursor, timeout: 30 }),
  }).then((answer) => answer.json());
  let answered: unknown;
  void poll.then((answer) => {
    answered = answer;
  });
  // Time passes in steps, since the poll may begin after any of them; 120 s after its begin it is over for certain.
  for (let step = 0; answered === undefined && step < 500; step++) {
    await h.control('POST', '/clock', { advanceMs: 10_000 });
  }
  expect(answered).toEqual({ changes: false });
  await poll;
});
