import { encoded, type Harness, type Json, startReceiver, startSandbox } from './assemblyHarness';

let harness: Harness;
let channelId: string;

const start = async (options: Parameters<typeof startSandbox>[0] = {}): Promise<void> => {
  harness = await startSandbox(options);
  channelId = await harness.channel();
};
const create = (kind: string, path: string, more: Json = {}) =>
  harness.api('POST', `/v1/files/${kind}`, { path, channelId, ...more });

afterEach(() => harness.close());

test('a file is created in two steps and completes by itself', async () => {
  await start();
  const created = await create('file', '/a.pdf');
  expect(created.status).toBe(200);
  expect(created.body).toMatchObject({
    object: 'file',
    channelId,
    name: 'a.pdf',
    path: 'a.pdf',
    status: 'pending',
    size: 0,
    linkUrl: '',
  });
  expect(created.body.id).toMatch(/^[0-9a-f-]{36}$/);
  expect(created.body).not.toHaveProperty('downloadUrl');
  expect(created.body.createdAt).toMatch(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{4,9}Z$/);

  const done = await harness.upload(channelId, 'b.pdf', 'hello');
  expect(done).toMatchObject({ status: 'completed', size: 5 });
  expect(done).not.toHaveProperty('uploadUrl');
  const got = await fetch(String(done.downloadUrl));
  expect(got.headers.get('content-length')).toBe('5');
  expect(got.headers.get('content-type')).toBe('application/octet-stream');
  expect(await got.text()).toBe('hello');

  // Without a PUT it never completes.
  const waiting = await harness.api('GET', `/v1/files/${created.body.id}`);
  expect(waiting.body.status).toBe('pending');
});

test('nothing of the API gives away a hash', async () => {
  await start();
  const done = await harness.upload(channelId, 'a', 'hello');
  const list = await harness.api('GET', `/v1/files?channelId=${encoded(channelId)}`);
  expect(`${JSON.stringify(done)}${list.text}`).not.toMatch(/hash|etag|checksum|revision|blob/i);
  const [entry] = await harness.tree(channelId);
  expect(entry).toMatchObject({
    path: '/a',
    size: 5,
    hash: '9595c9df90075148eb06860365df33584b75bff782a510c6cd4883a419833d50',
  });
});

test('keys may be spelled channelID, unknown ones are ignored', async () => {
  await start();
  const made = await harness.api('POST', '/v1/files/folder', {
    path: 'A',
    channelID: channelId,
    type: 'folder',
  });
  expect(made.body).toMatchObject({ object: 'folder', path: 'A', channelId });
  expect(made.body).not.toHaveProperty('status');
  expect(made.body).not.toHaveProperty('uploadUrl');
});

const REFUSED: [string, string, string, Json, RegExp][] = [
  ['a missing parent', 'file', 'No/a.txt', {}, /parent/i],
  ['a folder that exists', 'folder', 'Tax', {}, /^Folder already exists$/],
  ['an empty name', 'file', 'Tax//a', {}, /empty name/],
  ['a link without a target', 'link', 'l', {}, /linkUrl/],
  ['an unknown channel', 'file', 'a', { channelId: 'us-east-1_X/none' }, /Channel not found/],
  ...['*', '=', '|', '@', '^'].map((c): [string, string, string, Json, RegExp] => [
    `a ${c} in a name`,
    'file',
    `a${c}b`,
    {},
    /forbidden character/,
  ]),
];

test.each(REFUSED)('400 for %s', async (_, kind, path, more, message) => {
  await start();
  await create('folder', 'Tax');
  const refused = await create(kind, path, more);
  expect(refused.status).toBe(400);
  expect(refused.body.code).toBe('bad_request');
  expect(refused.body.message).toMatch(message);
});

test('names differ by case', async () => {
  await start();
  expect((await create('folder', 'tax')).status).toBe(200);
  expect((await create('folder', 'Tax')).status).toBe(200);
  await harness.control('POST', '/switches', { folderNamesIgnoreCase: true });
  expect((await create('folder', 'TAX')).body.message).toBe('Folder already exists');
});

test('deleting is permanent, not recursive, and 404 the second time', async () => {
  await start();
  const folder = (await create('folder', 'A')).body;
  const file = await harness.upload(channelId, 'A/x', 'x');
  const refused = await harness.api('DELETE', `/v1/files/${folder.id}`);
  expect([refused.status, refused.body.message]).toEqual([400, 'Folder is not empty']);
  const deleted = await harness.api('DELETE', `/v1/files/${file.id}`);
  expect(deleted.body).toEqual({ id: file.id, object: 'file', deleted: true });
  expect((await harness.api('DELETE', `/v1/files/${file.id}`)).status).toBe(404);
  expect((await harness.api('GET', `/v1/files/${file.id}`)).status).toBe(404);
  expect((await fetch(String(file.downloadUrl))).status).toBe(404);
  expect((await harness.api('DELETE', `/v1/files/${folder.id}`)).status).toBe(200);
  expect(await harness.tree(channelId)).toEqual([]);
});

test.each([
  ['duplicate', ['a.txt', 'a.txt']],
  ['autorename', ['a (1).txt', 'a.txt']],
  ['reject', ['a.txt']],
] as const)('a file on an occupied path: %s', async (occupiedPath, paths) => {
  await start({ switches: { occupiedPath } });
  await harness.upload(channelId, 'a.txt', 'one');
  const second = await create('file', 'a.txt');
  expect(second.status).toBe(occupiedPath === 'reject' ? 400 : 200);
  expect((await harness.tree(channelId)).map((entry) => entry.path)).toEqual(paths.map((path) => `/${path}`));
});

test('a pending object can be made not to occupy its path', async () => {
  await start({ switches: { occupiedPath: 'reject', pendingOccupies: false } });
  await create('file', 'a');
  expect((await create('file', 'a')).status).toBe(200);
});

test('two folder creates at once get one id, and one event, by switch', async () => {
  const receiver = await startReceiver();
  await start({ switches: { folderRace: 'sameId' }, webhookUrl: receiver.url });
  const [one, two] = await Promise.all([create('folder', 'A'), create('folder', 'A')]);
  expect([one?.status, two?.status]).toEqual([200, 200]);
  expect(one?.body.id).toBe(two?.body.id);
  expect((await create('folder', 'A')).body.message).toBe('Folder already exists');
  expect(await harness.tree(channelId)).toHaveLength(1);
  expect((await receiver.count(1)).map((hook) => hook.eventType)).toEqual(['folder.created']);
  await receiver.close();
});

test('folder permissions: underscore in, hyphen out, root by name, 403 below by switch', async () => {
  await start({ switches: { readOnlyFolders: 'forbid' } });
  const folder = (await create('folder', 'A', { clientPermissions: 'read_write' })).body;
  expect(folder).not.toHaveProperty('clientPermissions');
  const set = await harness.api('PUT', `/v1/files/${folder.id}/permissions/`, {
    clientPermissions: 'read_only',
  });
  expect(set.status).toBe(200);
  expect((await harness.api('GET', `/v1/files/${folder.id}`)).body.clientPermissions).toBe('read-only');
  expect((await create('file', 'A/x')).status).toBe(403);
  const bad = await harness.api('PUT', '/v1/files/root/permissions/', { clientPermissions: 'read_only' });
  expect(bad.status).toBe(400);
  await harness.api('PUT', '/v1/files/root/permissions/', { clientPermissions: 'read_only', channelId });
  expect((await create('file', 'x')).status).toBe(403);
});

test('there is no route to rename, move, copy or get by path', async () => {
  await start();
  const file = await harness.upload(channelId, 'a', 'a');
  for (const [method, path] of [
    ['PATCH', `/v1/files/${file.id}`],
    ['PUT', `/v1/files/${file.id}`],
    ['POST', `/v1/files/${file.id}/move`],
    ['GET', '/v1/files/by-path'],
    ['GET', `/v1/files/${file.id}/content`],
  ] as const) {
    expect([path, (await harness.api(method, path)).status]).toEqual([path, 404]);
  }
});

test('a path is stored as sent, or in the form that a switch says', async () => {
  await start();
  const sent = 'caf\u0065\u0301 \u{1F600} .txt';
  expect((await create('file', sent)).body.path).toBe(sent);
  await harness.control('POST', '/switches', { pathForm: 'nfc', trimNames: true });
  expect((await create('file', ' cafe\u0301. ')).body.path).toBe('caf\u00e9');
});
