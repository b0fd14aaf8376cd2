import { createHash } from 'node:crypto';
import { type Harness, type Json, startHarness, summary, told } from './dropboxHarness';

let h: Harness;
beforeEach(async () => {
  h = await startHarness();
});
afterEach(() => h.stop());

const MIB4 = 4 * 1024 * 1024;

describe('content hashes', () => {
  test.each([
    ['empty', 0, 'e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855'],
    ['4 MiB', MIB4, 'c7e946d101855255d919ef0c70718633adf77d3dfb3adeeecf5d0cb4e951be58'],
    ['4 MiB + 1', MIB4 + 1, '14a4d47f23a30177885d9820122f17d2d3a55fe63f7f5c27b95f689e0b2accd6'],
    ['8 MiB', 2 * MIB4, '03ae066c707c588592d9e27aa2444ca98423e0999024f1ceaa11a153790b37de'],
  ])('of %s of zeros is the known value', async (_name, size, hash) => {
    const stored = await h.upload('/zeros', new Uint8Array(size));
    expect(stored.json).toMatchObject({ size, content_hash: hash });
    expect(stored.json['.tag']).toBeUndefined();
  });

  test('a wrong content_hash stores nothing', async () => {
    const refused = await h.upload('/a', 'hello', { content_hash: '0'.repeat(64) });
    expect([refused.status, summary(refused)]).toEqual([409, 'content_hash_mismatch']);
    expect(summary(await h.rpc('files/get_metadata', { path: '/a' }))).toBe('path/not_found');
  });
});

describe('names', () => {
  test('lookup ignores case, creation keeps it, names are stored as NFC', async () => {
    await h.upload('/Docs/Re\u0301sume\u0301.TXT', 'x');
    const found = await h.rpc('files/get_metadata', { path: '/docs/R\u00c9SUM\u00c9.txt' });
    expect(found.json).toMatchObject({
      '.tag': 'file',
      name: 'R\u00e9sum\u00e9.TXT',
      path_lower: '/docs/r\u00e9sum\u00e9.txt',
    });
    const echoed = await h.upload('/DOCS/other', 'y');
    expect(echoed.json.path_display).toBe('/DOCS/other');
    expect((await h.rpc('files/get_metadata', { path: '/docs' })).json.name).toBe('Docs');
  });

  test.each([
    ['/a\\b', 'path/malformed_path'],
    ['/ends ', 'path/malformed_path'],
    ['/\u{1f600}.txt', 'path/malformed_path'],
    [`/${'x'.repeat(256)}`, 'path/malformed_path'],
    ['/a/', 'path/malformed_path'],
    ['/Desktop.INI', 'path/disallowed_name'],
  ])('%s is refused', async (path, expected) => {
    expect(summary(await h.upload(path, 'x'))).toBe(expected);
    expect(summary(await h.rpc('files/create_folder_v2', { path }))).toBe(expected);
  });
});

test('a name beyond the Basic Multilingual Plane: refused by tag, by text, or taken', async () => {
  const path = '/\u{1f600}.txt';
  await h.control('POST', '/switches', { nonBmp: 'bad_request' });
  const refused = await h.upload(path, 'x');
  expect([refused.status, refused.text]).toEqual([
    400,
    expect.stringContaining('not part of the Unicode Basic Multilingual Plane'),
  ]);
  await h.control('POST', '/switches', { nonBmp: 'accept' });
  expect((await h.upload(path, 'x')).json.name).toBe('\u{1f600}.txt');
});

test('an upload and a new folder make the parents they lack, and the feed tells of each', async () => {
  const { cursor } = await h.list();
  await h.upload('/a/b/c.txt', 'x');
  await h.rpc('files/create_folder_v2', { path: '/d/e/f' });
  expect(told((await h.drain(cursor)).entries)).toEqual(['/a', '/a/b', '/a/b/c.txt', '/d', '/d/e', '/d/e/f']);
});

describe('delete', () => {
  test('parent_rev deletes only the version it names, and the answer is the file as it was', async () => {
    const first = (await h.upload('/a', 'one')).json;
    const second = (await h.upload('/a', 'two', { mode: 'overwrite' })).json;
    const stale = await h.rpc('files/delete_v2', { path: '/a', parent_rev: first.rev });
    expect(summary(stale)).toBe('path_write/conflict/file');
    const done = await h.rpc('files/delete_v2', { path: second.id, parent_rev: second.rev });
    expect(done.json.metadata).toMatchObject({ '.tag': 'file', rev: second.rev });
    const again = await h.rpc('files/delete_v2', { path: '/a', parent_rev: second.rev });
    expect(summary(again)).toBe('path_lookup/not_found');
  });

  test('a folder goes with everything in it; recreated, the path has a new id', async () => {
    const before = (await h.upload('/d/e/f', 'x')).json;
    await h.rpc('files/delete_v2', { path: '/d' });
    expect(summary(await h.rpc('files/get_metadata', { path: before.id }))).toBe('path/not_found');
    expect((await h.upload('/d/e/f', 'x')).json.id).not.toBe(before.id);
  });
});

describe('move', () => {
  test('keeps ids, follows by id, makes parents, never overwrites', async () => {
    const file = (await h.upload('/a/one', 'x')).json;
    const moved = await h.rpc('files/move_v2', { from_path: '/a', to_path: '/new/b' });
    expect(moved.json.metadata).toMatchObject({ '.tag': 'folder', path_display: '/new/b' });
    const found = await h.rpc('files/get_metadata', { path: file.id });
    expect(found.json).toMatchObject({ path_display: '/new/b/one', rev: file.rev });
    await h.upload('/taken', 'y');
    const refused = await h.rpc('files/move_v2', { from_path: file.id, to_path: '/taken' });
    expect(summary(refused)).toBe('to/conflict/file');
  });

  test.each([
    [{ from_path: '/none', to_path: '/a' }, 'from_lookup/not_found'],
    [{ from_path: '/a', to_path: '/a' }, 'duplicated_or_nested_paths'],
    [{ from_path: '/a', to_path: '/a/b/c' }, 'cant_move_folder_into_itself'],
    [{ from_path: '/a', to_path: '/a/x/y' }, 'to/conflict/file_ancestor'],
  ])('%j fails with %s', async (args, expected) => {
    await h.upload('/a/x', '1');
    expect(summary(await h.rpc('files/move_v2', args))).toBe(expected);
  });

  test('a missing source is told before a taken target', async () => {
    await h.upload('/taken', 'x');
    const refused = await h.rpc('files/move_v2', { from_path: '/none', to_path: '/taken' });
    expect(summary(refused)).toBe('from_lookup/not_found');
  });

  test('an owner may not be changed without a word; a locked or read-only place is left alone', async () => {
    await h.upload('/shared/x', '1');
    await h.upload('/mine/y', '1');
    await h.control('POST', '/share', { path: '/shared', action: 'share' });
    await h.control('POST', '/flags', { path: '/shared/x', keepOwner: true });
    const args = { from_path: '/shared/x', to_path: '/x' };
    expect(summary(await h.rpc('files/move_v2', args))).toBe('cant_transfer_ownership');
    const allowed = await h.rpc('files/move_v2', { ...args, allow_ownership_transfer: true });
    expect(allowed.json.metadata).toMatchObject({ path_display: '/x' });
    await h.control('POST', '/flags', { path: '/x', locked: true });
    expect(summary(await h.rpc('files/move_v2', { from_path: '/x', to_path: '/z' }))).toBe(
      'from_lookup/locked',
    );
    expect(summary(await h.rpc('files/delete_v2', { path: '/x' }))).toBe('path_lookup/locked');
    expect(summary(await h.upload('/x', 'new', { mode: 'overwrite' }))).toBe('path/no_write_permission');
    await h.control('POST', '/flags', { path: '/mine', readOnly: true });
    const into = await h.rpc('files/move_v2', { from_path: '/shared', to_path: '/mine/shared' });
    expect(summary(into)).toBe('to/no_write_permission');
    const out = await h.rpc('files/move_v2', { from_path: '/mine/y', to_path: '/y' });
    expect(summary(out)).toBe('from_write/no_write_permission');
    const { json } = await h.rpc('files/get_metadata', { path: '/mine/y' });
    expect(json.sharing_info).toMatchObject({ read_only: true });
  });

  test('a change of case alone: nothing, a conflict, or done', async () => {
    await h.upload('/a', '1');
    const args = { from_path: '/a', to_path: '/A' };
    expect((await h.rpc('files/move_v2', args)).json.metadata).toMatchObject({ name: 'a' });
    await h.control('POST', '/switches', { caseOnlyMove: 'conflict' });
    expect(summary(await h.rpc('files/move_v2', args))).toBe('to/conflict/file');
    await h.control('POST', '/switches', { caseOnlyMove: 'works' });
    expect((await h.rpc('files/move_v2', args)).json.metadata).toMatchObject({ name: 'A' });
  });
});

describe('download', () => {
  test('pins a revision, follows an id, takes ranges and etags', async () => {
    const old = (await h.upload('/caf\u00e9.txt', 'first bytes')).json;
    await h.upload('/caf\u00e9.txt', 'second', { mode: 'overwrite' });
    const pinned = await h.download({ path: `rev:${String(old.rev)}` });
    expect([pinned.status, pinned.text]).toEqual([200, 'first bytes']);
    const raw = pinned.headers.get('dropbox-api-result') ?? '';
    expect(raw).toContain('caf\\u00e9');
    expect(JSON.parse(raw)).toMatchObject({ rev: old.rev, content_hash: old.content_hash, size: 11 });
    const part = await h.download({ path: `rev:${String(old.rev)}` }, { range: 'bytes=6-' });
    expect([part.status, part.text, part.headers.get('content-range')]).toEqual([
      206,
      'bytes',
      'bytes 6-10/11',
    ]);
    expect((await h.download({ path: old.id }, { range: 'bytes=99-' })).status).toBe(416);
    const etag = pinned.headers.get('etag') ?? '';
    expect((await h.download({ path: `rev:${String(old.rev)}` }, { 'if-none-match': etag })).status).toBe(
      304,
    );
    expect((await h.download({ path: old.id })).text).toBe('second');
  });

  test('what is no bytes is told apart', async () => {
    await h.upload('/d/f', 'x');
    expect(summary(await h.download({ path: '/d' }))).toBe('path/not_file');
    expect(summary(await h.download({ path: '/none' }))).toBe('path/not_found');
    const deleted = (await h.upload('/deleted', 'x')).json;
    await h.rpc('files/delete_v2', { path: '/deleted' });
    for (const path of ['/deleted', deleted.id]) {
      expect(summary(await h.download({ path }))).toBe('path/not_found');
    }
    await h.control('POST', '/flags', { path: '/d/f', restricted: true });
    expect(summary(await h.download({ path: '/d/f' }))).toBe('path/restricted_content');
    await h.control('POST', '/flags', { path: '/d/f', restricted: false, exportAs: 'html' });
    expect(summary(await h.download({ path: '/d/f' }))).toBe('unsupported_file');
    const metadata = (await h.rpc('files/get_metadata', { path: '/d/f' })).json;
    expect(metadata).toMatchObject({ is_downloadable: false, export_info: { export_as: 'html' } });
  });

  test('a temporary link works for four hours', async () => {
    await h.upload('/a', 'linked');
    const { json } = await h.rpc('files/get_temporary_link', { path: '/a' });
    expect(await (await fetch(String(json.link))).text()).toBe('linked');
    await h.control('POST', '/clock', { advanceMs: 4 * 3_600_000 });
    expect((await fetch(String(json.link))).status).toBe(410);
  });
});

describe('history', () => {
  test('lists revisions newest first and restores a deleted file', async () => {
    const one = (await h.upload('/a', 'one')).json;
    const two = (await h.upload('/a', 'two', { mode: 'overwrite' })).json;
    await h.rpc('files/delete_v2', { path: '/a' });
    const list = (await h.rpc('files/list_revisions', { path: '/a' })).json;
    expect(list.is_deleted).toBe(true);
    expect((list.entries as { rev: string }[]).map((one) => one.rev)).toEqual([two.rev, one.rev]);
    const back = await h.rpc('files/restore', { path: '/a', rev: one.rev });
    expect(back.json).toMatchObject({ id: one.id, content_hash: one.content_hash });
    expect((await h.download({ path: '/a' })).text).toBe('one');
  });
});

test('a person restores what was deleted at a path, wherever it was written', async () => {
  await h.put('/other', 'other');
  const { id } = await h.put('/a', 'mine');
  await h.control('POST', '/move', { from: '/a', to: '/b' });
  await h.control('POST', '/delete', { path: '/b' });
  expect(await h.control('POST', '/restore', { path: '/b' })).toMatchObject({ id, name: 'b' });
  expect((await h.download({ path: '/b' })).text).toBe('mine');
});

test('a person restores a deleted folder with all that went with it, under the old ids', async () => {
  await h.put('/docs/Sub/a', 'mine');
  await h.put('/docs/earlier', 'gone before');
  await h.control('POST', '/delete', { path: '/docs/earlier' });
  await h.control('POST', '/clock', { advanceMs: 5_000 });
  const tree = async () =>
    ((await h.control('GET', '/tree?path=/docs')).entries as Json[]).map(({ path, id, hash }) => ({
      path,
      id,
      hash,
    }));
  const before = await tree();
  await h.control('POST', '/delete', { path: '/docs' });
  await h.control('POST', '/restore', { path: '/docs' });
  expect(await tree()).toEqual(before);
  expect((await h.download({ path: '/docs/Sub/a' })).text).toBe('mine');
});

describe('limits', () => {
  test('a full account and a read-only folder refuse writes', async () => {
    await h.upload('/keep/a', '12345');
    await h.control('POST', '/account', { quota: 8 });
    expect(summary(await h.upload('/b', '12345'))).toBe('path/insufficient_space');
    await h.control('POST', '/account', { quota: null });
    await h.control('POST', '/flags', { path: '/keep', readOnly: true });
    expect(summary(await h.upload('/keep/b', 'x'))).toBe('path/no_write_permission');
    expect(summary(await h.rpc('files/delete_v2', { path: '/keep/a' }))).toBe(
      'path_write/no_write_permission',
    );
  });
});

test('the stored bytes are the sent bytes', async () => {
  const bytes = Buffer.alloc(3_000_001, 'cairn');
  await h.upload('/big', bytes);
  const response = await fetch(`${h.box.controlUrl}/files?path=/big`);
  const digest = createHash('sha256')
    .update(Buffer.from(await response.arrayBuffer()))
    .digest('hex');
  expect(digest).toBe(createHash('sha256').update(bytes).digest('hex'));
});
