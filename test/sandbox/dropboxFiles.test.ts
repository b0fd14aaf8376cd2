import { createHash } from 'node:crypto';
import { type Harness, startHarness, summary } from './dropboxHarness';

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

describe('write modes', () => {
  const cells: [string, string, unknown, boolean, string][] = [
    ['nothing', 'add', 'add', false, 'new'],
    ['nothing', 'overwrite', 'overwrite', true, 'new'],
    ['nothing', 'update', 'stale', false, 'new'],
    ['nothing', 'strict update', 'stale', true, 'path/conflict/file'],
    ['same', 'add', 'add', false, 'kept'],
    ['same', 'strict add', 'add', true, 'path/conflict/file'],
    ['same', 'update with a stale rev', 'stale', false, 'kept'],
    ['same', 'strict update', 'current', true, 'path/conflict/file'],
    ['other', 'add', 'add', false, 'path/conflict/file'],
    ['other', 'overwrite', 'overwrite', true, 'new rev'],
    ['other', 'update', 'current', true, 'new rev'],
    ['other', 'update with a stale rev', 'stale', false, 'path/conflict/file'],
    ['folder', 'overwrite', 'overwrite', false, 'path/conflict/folder'],
    ['ancestor', 'add', 'add', false, 'path/conflict/file_ancestor'],
    ['deleted', 'update', 'stale', false, 'new'],
    ['deleted', 'strict update', 'stale', true, 'path/conflict/file'],
  ];
  test.each(cells)('onto %s: %s (%s, strict %s) gives %s', async (state, _name, mode, strict, expected) => {
    const target = state === 'ancestor' ? '/t/x' : '/t';
    let before: Record<string, unknown> = {};
    if (state === 'same') before = (await h.upload('/t', 'bytes')).json;
    if (['other', 'ancestor', 'deleted'].includes(state)) before = (await h.upload('/t', 'older')).json;
    if (state === 'folder') await h.rpc('files/create_folder_v2', { path: '/t' });
    if (state === 'deleted') await h.rpc('files/delete_v2', { path: '/t' });
    const rev = mode === 'current' ? before.rev : '123456789ab';
    const wire = mode === 'current' || mode === 'stale' ? { '.tag': 'update', update: rev } : mode;
    const answer = await h.upload(target, 'bytes', { mode: wire, strict_conflict: strict });
    if (expected.includes('/')) {
      expect(summary(answer)).toBe(expected);
      const error = answer.json.error as Record<string, unknown>;
      expect(error).toMatchObject({ '.tag': 'path', reason: { '.tag': 'conflict' } });
      expect(String(error.upload_session_id)).toMatch(/^pid_upload_session:/);
      return;
    }
    expect(answer.status).toBe(200);
    if (expected === 'kept') expect(answer.json.rev).toBe(before.rev);
    if (expected === 'new rev') {
      expect(answer.json.id).toBe(before.id);
      expect(String(answer.json.rev) > String(before.rev)).toBe(true);
    }
    expect(String(answer.json.rev)).toMatch(/^[0-9a-f]{9,}$/);
  });

  test('autorename counts on, and a refused update becomes a conflicted copy', async () => {
    await h.upload('/document.txt', 'one');
    const second = await h.upload('/document.txt', 'two', { autorename: true });
    expect(second.json.name).toBe('document (2).txt');
    const update = { '.tag': 'update', update: '123456789ab' };
    const third = await h.upload('/document.txt', 'three', { mode: update, autorename: true });
    expect(third.json.name).toBe('document (conflicted copy).txt');
    await h.control('POST', '/switches', { autorenameFrom: 1, autorenameUpdate: 'named' });
    expect((await h.upload('/document.txt', 'four', { autorename: true })).json.name).toBe(
      'document (1).txt',
    );
    const fifth = await h.upload('/document.txt', 'five', { mode: update, autorename: true });
    expect(fifth.json.name).toBe("document (Sandbox Person's conflicted copy).txt");
  });

  test('switches: identical bytes mint a rev, strict tolerates them, a deleted path refuses an update', async () => {
    const first = await h.upload('/a', 'same');
    const mode = { '.tag': 'update', update: first.json.rev };
    await h.control('POST', '/switches', { strictIdentical: 'same' });
    expect((await h.upload('/a', 'same', { mode, strict_conflict: true })).json.rev).toBe(first.json.rev);
    await h.control('POST', '/switches', { identicalUpload: 'new_rev', updateOnDeleted: 'conflict' });
    expect((await h.upload('/a', 'same')).json.rev).not.toBe(first.json.rev);
    await h.rpc('files/delete_v2', { path: '/a' });
    expect(summary(await h.upload('/a', 'other', { mode }))).toBe('path/conflict/file');
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

  test('commits that overlap contend where the switch says so, and data does not', async () => {
    await h.control('POST', '/switches', { writeLock: 'contend', commitMs: 100 });
    const answers = await Promise.all([h.upload('/a', '1'), h.upload('/b', '2'), h.upload('/c', '3')]);
    expect(answers.map((one) => one.status).sort()).toEqual([200, 429, 429]);
    expect(answers.find((one) => one.status === 429)?.json).toMatchObject({
      error: { reason: { '.tag': 'too_many_write_operations' }, retry_after: 1 },
    });
    const data = await Promise.all([1, 2, 3].map(() => h.content('files/upload_session/start', {}, 'x')));
    expect(data.map((one) => one.status)).toEqual([200, 200, 200]);
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
