import { mkdir, mkdtemp, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { encoded, eventually, type Json, useToldSandbox } from './assemblyHarness';

const { harness, receiver, channelId } = useToldSandbox();

const upload = async (path: string, body: string, mode = ''): Promise<Json> => {
  const query = `channelId=${encoded(channelId())}&path=${encoded(path)}&mode=${mode}`;
  return (await harness.control('PUT', `/files?${query}`, body)).body;
};
const act = (route: string, body: Json) =>
  harness.control('POST', route, { channelId: channelId(), ...body });
const paths = async (): Promise<unknown[]> => (await harness.tree(channelId())).map((entry) => entry.path);
const told = async (count: number): Promise<unknown[]> => {
  const hooks = await receiver.count(count);
  return hooks.map((hook) => [hook.eventType, hook.data.path, hook.data.previousAttributes]);
};

test('uploading creates parents and tells of each', async () => {
  const made = await upload('/Tax/2026/a.pdf', 'hello');
  expect(made).toMatchObject({ path: '/Tax/2026/a.pdf', size: 5, status: 'completed' });
  expect(await told(3)).toEqual(
    expect.arrayContaining([
      ['folder.created', 'Tax', undefined],
      ['folder.created', 'Tax/2026', undefined],
      ['file.created', 'Tax/2026/a.pdf', undefined],
    ]),
  );
  const bytes = await harness.control('GET', `/files?channelId=${encoded(channelId())}&path=Tax/2026/a.pdf`);
  expect(bytes.text).toBe('hello');
});

test('replacing makes another id, with a delete and a create', async () => {
  const first = await upload('a', 'one');
  await receiver.count(1);
  const second = await upload('a', 'two');
  expect(second.id).not.toBe(first.id);
  const hooks = (await receiver.count(3)).slice(1).map((hook) => [hook.eventType, hook.data.id]);
  expect(hooks).toEqual(
    expect.arrayContaining([
      ['file.deleted', first.id],
      ['file.created', second.id],
    ]),
  );
  expect(await paths()).toEqual(['/a']);
});

test('editing keeps the id, with a bare update and the new bytes', async () => {
  const first = await upload('a', 'one');
  const edited = await upload('a', 'three', 'edit');
  expect([edited.id, edited.size]).toEqual([first.id, 5]);
  expect(edited.updatedAt).not.toBe(first.updatedAt);
  expect(await told(2)).toEqual([
    ['file.created', 'a', undefined],
    ['file.updated', 'a', undefined],
  ]);
  const seen = (await harness.api('GET', `/v1/files/${first.id}`)).body;
  expect(await (await fetch(String(seen.downloadUrl))).text()).toBe('three');
});

test('duplicating leaves two at one path', async () => {
  await upload('a', 'one');
  await upload('a', 'two', 'duplicate');
  expect(await paths()).toEqual(['/a', '/a']);
  expect((await act('/delete', { path: 'a' })).status).toBe(409);
});

test('a rename keeps the id and tells the old name', async () => {
  const file = await upload('a.txt', 'x');
  const moved = (await act('/move', { from: '/a.txt', to: '/b.txt' })).body;
  expect([moved.id, moved.path]).toEqual([file.id, '/b.txt']);
  expect(moved.updatedAt).not.toBe(file.updatedAt);
  expect((await told(2))[1]).toEqual(['file.updated', 'b.txt', { name: 'a.txt' }]);
  const seen = (await harness.api('GET', `/v1/files/${file.id}`)).body;
  expect(seen).toMatchObject({ name: 'b.txt', path: 'b.txt' });
});

test.each(['nested', 'top', 'absent'] as const)('previousAttributes %s', async (previousAttributes) => {
  await harness.control('POST', '/switches', { previousAttributes, previousPath: true });
  await upload('A/a.txt', 'x');
  await act('/move', { from: 'A/a.txt', to: 'B/b.txt' });
  const hook = (await receiver.count(4)).find((one) => one.eventType === 'file.updated');
  const previous = { name: 'a.txt', path: 'A/a.txt' };
  expect(hook?.data.previousAttributes).toEqual(previousAttributes === 'nested' ? previous : undefined);
  expect(hook?.envelope.previousAttributes).toEqual(previousAttributes === 'top' ? previous : undefined);
});

test('renaming a folder moves what is in it, silently unless switched', async () => {
  const inner = await upload('A/B/x.txt', 'x');
  await upload('Ab.txt', 'not in it');
  await receiver.count(4);
  await act('/move', { from: 'A', to: 'C' });
  expect(await paths()).toEqual(['/Ab.txt', '/C', '/C/B', '/C/B/x.txt']);
  const after = (await harness.api('GET', `/v1/files/${inner.id}`)).body;
  expect([after.path, after.updatedAt]).toEqual(['C/B/x.txt', inner.updatedAt]);
  expect((await told(5)).slice(4)).toEqual([['folder.updated', 'C', { name: 'A' }]]);

  await harness.control('POST', '/switches', { descendantEvents: true, descendantUpdatedAt: true });
  await act('/move', { from: 'C', to: 'D' });
  expect((await told(8)).slice(5)).toEqual(
    expect.arrayContaining([
      ['folder.updated', 'D', { name: 'C' }],
      ['folder.updated', 'D/B', {}],
      ['file.updated', 'D/B/x.txt', {}],
    ]),
  );
  expect((await harness.api('GET', `/v1/files/${inner.id}`)).body.updatedAt).not.toBe(inner.updatedAt);
});

test('what is in a renamed folder may be listed under its old path for a while', async () => {
  await harness.control('POST', '/switches', { descendantPathLagMs: 300 });
  await upload('A/x.txt', 'x');
  await act('/move', { from: 'A', to: 'B' });
  const listed = async (): Promise<unknown[]> => {
    const { body } = await harness.api('GET', `/v1/files?channelId=${encoded(channelId())}`);
    return (body.data as Json[]).map((one) => one.path);
  };
  expect(await listed()).toEqual(['B', 'A/x.txt']);
  await eventually(async () => ((await listed())[1] === 'B/x.txt' ? true : null));
});

test('a move onto something, or of a folder into itself, is refused', async () => {
  await upload('A/x', 'x');
  await upload('b', 'b');
  expect((await act('/move', { from: 'b', to: 'A/x' })).status).toBe(409);
  expect((await act('/move', { from: 'A', to: 'A/A' })).status).toBe(400);
  expect((await act('/move', { from: 'none', to: 'c' })).status).toBe(404);
  expect(await paths()).toEqual(['/A', '/A/x', '/b']);
});

test.each(['sameId', 'newId'] as const)('a move between channels: %s', async (crossChannelMove) => {
  await harness.control('POST', '/switches', { crossChannelMove });
  const other = await harness.channel();
  const file = await upload('A/x', 'bytes');
  await act('/move', { from: 'A', to: 'A', toChannelId: other });
  expect(await paths()).toEqual([]);
  const entries = await harness.tree(other);
  expect(entries.map((entry) => entry.path)).toEqual(['/A', '/A/x']);
  expect(entries[1]?.id === file.id).toBe(crossChannelMove === 'sameId');
  const got = await harness.control('GET', `/files?channelId=${encoded(other)}&path=A/x`);
  expect(got.text).toBe('bytes');
});

test('a person deletes a full folder at once', async () => {
  for (const path of ['A/B/x', 'A/y', 'z']) await upload(path, 'x');
  await receiver.count(5);
  expect((await act('/delete', { path: 'A' })).body).toEqual({ deleted: 4 });
  expect(await paths()).toEqual(['/z']);
  expect((await told(6)).slice(5)).toEqual([['folder.deleted', 'A', undefined]]);
  await harness.control('POST', '/switches', { descendantEvents: true, deletedEventData: 'id' });
  await upload('B/x', 'x');
  await receiver.count(8);
  await act('/delete', { path: 'B' });
  const last = (await receiver.count(10)).slice(8);
  expect(last.map((hook) => [hook.eventType, Object.keys(hook.data)])).toEqual([
    ['folder.deleted', ['id', 'object']],
    ['file.deleted', ['id', 'object']],
  ]);
});

test('an upload in two steps looks like that of another app', async () => {
  await harness.control('POST', '/switches', { personUpload: 'twoStep' });
  await upload('a', 'x');
  const hooks = await receiver.count(2);
  expect(hooks.map((hook) => [hook.eventType, hook.data.status])).toEqual([
    ['file.created', 'pending'],
    ['file.updated', 'completed'],
  ]);
});

test('a local folder is copied, and what cannot be is reported', async () => {
  const dir = await mkdtemp(join(tmpdir(), 'assembly-seed-'));
  await mkdir(join(dir, 'empty'));
  await mkdir(join(dir, 'sub'));
  await writeFile(join(dir, 'sub', 'a.txt'), 'hello');
  await writeFile(join(dir, 'no@pe'), 'x');
  await symlink(join(dir, 'sub', 'a.txt'), join(dir, 'inside'));
  await symlink('/etc/hostname', join(dir, 'outside'));
  await symlink(dir, join(dir, 'sub', 'loop'));
  const { body } = await act('/seed', { dir });
  expect(body).toMatchObject({ files: 2, bytes: 10 });
  const skipped = (body.skipped as Json[]).map((one) => [one.path, one.reason]);
  expect(skipped).toEqual([
    ['no@pe', expect.stringMatching(/forbidden character/)],
    ['outside', expect.stringMatching(/symbolic link/)],
    ['sub/loop', expect.stringMatching(/symbolic link/)],
  ]);
  expect(await paths()).toEqual(['/empty', '/inside', '/sub', '/sub/a.txt']);
  expect((await act('/seed', { dir: join(dir, 'none') })).status).toBe(400);
  expect(receiver.hooks).toEqual([]);
  await rm(dir, { recursive: true });
});
