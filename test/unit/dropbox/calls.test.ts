import type { IncomingMessage } from 'node:http';
import {
  argOf,
  clientOf,
  fileJson,
  folderJson,
  json,
  readBody,
  remoteRejection,
  routeError,
  useServers,
} from './support';

const servers = useServers();

interface Seen {
  readonly method?: string;
  readonly path?: string;
  readonly headers: IncomingMessage['headers'];
  readonly body: string;
}

/** A server that gives every call the same answer and keeps what it was asked. */
const answering = async (answer: unknown, status = 200) => {
  const seen: Seen[] = [];
  const url = await servers.http(async (request, response) => {
    const body = (await readBody(request)).toString();
    seen.push({ method: request.method, path: request.url, headers: request.headers, body });
    json(response, status, answer);
  });
  return { url, seen };
};

const FILE = {
  tag: 'file',
  id: 'id:file1',
  name: 'A.txt',
  pathLower: '/docs/a.txt',
  pathDisplay: '/Docs/A.txt',
  rev: '6151bdaff690d91f858d3',
  size: 5,
  hash: '9595c9df90075148eb06860365df33584b75bff782a510c6cd4883a419833d50',
  downloadable: true,
};
const FOLDER = { tag: 'folder', id: 'id:folder1', name: 'Docs', pathLower: '/docs', pathDisplay: '/Docs' };

describe('calls without content', () => {
  test('account: no arguments, no content type, and no path root, which may be stale', async () => {
    const { url, seen } = await answering({
      account_id: 'dbid:AAH4f99T0taONIb-OurWxbNQ6ywGRopQngc',
      email: 'a@example.com',
      root_info: { '.tag': 'team', root_namespace_id: '7', home_namespace_id: '1', home_path: '/Franz' },
      added_later: true,
    });
    expect(await clientOf(url, { pathRoot: '9' }).account()).toEqual({
      accountId: 'dbid:AAH4f99T0taONIb-OurWxbNQ6ywGRopQngc',
      email: 'a@example.com',
      rootNamespaceId: '7',
      homeNamespaceId: '1',
    });
    expect(seen[0]).toMatchObject({ method: 'POST', path: '/2/users/get_current_account', body: '' });
    expect(seen[0]?.headers).not.toHaveProperty('content-type');
    expect(seen[0]?.headers).not.toHaveProperty('dropbox-api-path-root');
  });

  test('a call goes under the prefix of the address, with token, path root and JSON body', async () => {
    const { url, seen } = await answering({ '.tag': 'file', ...fileJson() });
    expect(await clientOf(`${url}/some/prefix`, { pathRoot: '7' }).metadata('id:file1')).toEqual(FILE);
    expect(seen[0]?.path).toBe('/some/prefix/2/files/get_metadata');
    expect(JSON.parse(seen[0]?.body ?? '')).toEqual({ path: 'id:file1' });
    expect(seen[0]?.headers).toMatchObject({
      authorization: 'Bearer test-token',
      'content-type': 'application/json',
      'dropbox-api-path-root': '{".tag":"root","root":"7"}',
    });
  });

  test('metadata: null is a positive not-found, and nothing else is', async () => {
    const missing = await answering(routeError({ '.tag': 'path', path: { '.tag': 'not_found' } }), 409);
    expect(await clientOf(missing.url).metadata('/x')).toBeNull();
    for (const tag of ['not_file', 'restricted_content', 'malformed_path', 'other']) {
      const other = await answering(routeError({ '.tag': 'path', path: { '.tag': tag } }), 409);
      await remoteRejection(clientOf(other.url).metadata('/x'));
    }
    const lost = await answering('<html>', 404);
    expect((await remoteRejection(clientOf(lost.url).metadata('/x'))).code).toBe('bad_answer');
  });

  test.each([
    ['a symlink', { symlink_info: { target: '/etc' } }],
    [
      'a Paper document',
      { is_downloadable: false, export_info: { export_as: 'markdown' }, content_hash: undefined },
    ],
  ])('metadata: %s has no bytes to read', async (_name, over) => {
    const { url } = await answering({ '.tag': 'file', ...fileJson(over) });
    expect(await clientOf(url).metadata('id:file1')).toMatchObject({ downloadable: false });
  });

  test('listFolder: asks for as much as Dropbox gives and reads every kind of entry', async () => {
    const { url, seen } = await answering({
      entries: [
        { '.tag': 'folder', ...folderJson() },
        { '.tag': 'file', ...fileJson({ content_hash: null, path_lower: null, path_display: undefined }) },
        { '.tag': 'deleted', name: 'old.txt', path_lower: '/old.txt', path_display: '/Old.txt' },
        { '.tag': 'kind_of_tomorrow', name: 'x' },
      ],
      cursor: 'AAHf',
      has_more: true,
    });
    const page = await clientOf(url).listFolder({ path: 'id:folder1', recursive: true });
    expect(page).toEqual({
      entries: [
        FOLDER,
        { ...FILE, hash: null, pathLower: null, pathDisplay: null },
        { tag: 'deleted', name: 'old.txt', pathLower: '/old.txt', pathDisplay: '/Old.txt' },
      ],
      cursor: 'AAHf',
      hasMore: true,
    });
    expect(JSON.parse(seen[0]?.body ?? '')).toMatchObject({
      path: 'id:folder1',
      recursive: true,
      limit: 2000,
    });
  });

  test('listFolder: a limit beyond what Dropbox takes is brought into range', async () => {
    const { url, seen } = await answering({ entries: [], cursor: 'c', has_more: false });
    await clientOf(url).listFolder({ path: '', recursive: false, limit: 9_000 });
    await clientOf(url).listFolder({ path: '', recursive: false, limit: 0 });
    expect(seen.map((call) => JSON.parse(call.body).limit)).toEqual([2000, 1]);
  });

  test('listFolderContinue: a dead cursor is cursor_reset, a busy Dropbox is not', async () => {
    const dead = await answering(routeError({ '.tag': 'path', path: { '.tag': 'not_found' } }), 409);
    expect((await remoteRejection(clientOf(dead.url).listFolderContinue('c'))).code).toBe('cursor_reset');
    const busy = await answering(
      routeError({ reason: { '.tag': 'too_many_requests' }, retry_after: 3 }),
      429,
    );
    const error = await remoteRejection(clientOf(busy.url).listFolderContinue('c'));
    expect([error.code, error.options.retryAfterMs]).toEqual(['throttled', 3_000]);
  });

  test('createFolder: never renames; a conflict says with what', async () => {
    const made = await answering({ metadata: folderJson() });
    expect(await clientOf(made.url).createFolder('/Docs')).toEqual(FOLDER);
    expect(JSON.parse(made.seen[0]?.body ?? '')).toEqual({ path: '/Docs', autorename: false });
    const conflict = { '.tag': 'conflict', conflict: { '.tag': 'folder' } };
    const taken = await answering(routeError({ '.tag': 'path', path: conflict }), 409);
    const error = await remoteRejection(clientOf(taken.url).createFolder('/Docs'));
    expect([error.code, error.options.detail]).toEqual(['path_conflict', 'folder']);
  });

  test.each([
    ['tagged', { '.tag': 'folder', ...folderJson() }, FOLDER],
    ['untagged folder', folderJson(), FOLDER],
    ['untagged file', fileJson(), FILE],
  ])('move: reads the %s answer', async (_name, metadata, expected) => {
    const { url, seen } = await answering({ metadata });
    expect(await clientOf(url).move('id:x', '/New')).toEqual(expected);
    expect(JSON.parse(seen[0]?.body ?? '')).toEqual({
      from_path: 'id:x',
      to_path: '/New',
      autorename: false,
    });
  });

  test('delete: a file goes with the rev it was seen with, a folder without', async () => {
    const { url, seen } = await answering({ metadata: { '.tag': 'file', ...fileJson() } });
    expect(await clientOf(url).delete('id:file1', '6151bdaff690d91f858d3')).toBe('deleted');
    expect(await clientOf(url).delete('id:folder1', null)).toBe('deleted');
    expect(seen.map((call) => JSON.parse(call.body))).toEqual([
      { path: 'id:file1', parent_rev: '6151bdaff690d91f858d3' },
      { path: 'id:folder1' },
    ]);
  });

  test('delete: not found is gone, a newer rev is version_conflict, a page of a proxy is no success', async () => {
    const gone = await answering(
      routeError({ '.tag': 'path_lookup', path_lookup: { '.tag': 'not_found' } }),
      409,
    );
    expect(await clientOf(gone.url).delete('id:x', null)).toBe('gone');
    const conflict = { '.tag': 'conflict', conflict: { '.tag': 'file' } };
    const newer = await answering(routeError({ '.tag': 'path_write', path_write: conflict }), 409);
    expect((await remoteRejection(clientOf(newer.url).delete('id:x', 'abcdef012'))).code).toBe(
      'version_conflict',
    );
    const proxy = await servers.http((_request, response) => void response.end('<html>log in</html>'));
    expect((await remoteRejection(clientOf(proxy).delete('id:x', null))).code).toBe('bad_answer');
  });

  test('revoke: sends null and takes null', async () => {
    const { url, seen } = await answering(null);
    await expect(clientOf(url, { pathRoot: '7' }).revoke()).resolves.toBeUndefined();
    expect(seen[0]).toMatchObject({ path: '/2/auth/token/revoke', body: '' });
  });

  test('an answer that does not fit names the field and not its value', async () => {
    const { url } = await answering({
      entries: [{ '.tag': 'file', ...fileJson({ size: 'secret' }) }],
      cursor: 'c',
      has_more: false,
    });
    const error = await remoteRejection(clientOf(url).listFolder({ path: '', recursive: true }));
    expect(error.code).toBe('bad_answer');
    expect(error.message).toMatch(/files\/list_folder.*entries\.0\.size/);
    expect(error.message).not.toContain('secret');
  });

  test('names beyond ASCII arrive as they were sent', async () => {
    const path = '/Résumé 😀.txt';
    const { url, seen } = await answering({ '.tag': 'file', ...fileJson() });
    await clientOf(url).metadata(path);
    expect(JSON.parse(seen[0]?.body ?? '')).toEqual({ path });
    expect(Number(seen[0]?.headers['content-length'])).toBe(Buffer.byteLength(JSON.stringify({ path })));
  });

  test('a redirect is not followed', async () => {
    const target = await answering({ '.tag': 'file', ...fileJson() });
    const url = await servers.http((_request, response) => {
      response.writeHead(307, { location: `${target.url}/2/files/get_metadata` }).end();
    });
    expect((await remoteRejection(clientOf(url).metadata('/x'))).code).toBe('bad_answer');
    expect(target.seen).toEqual([]);
  });
});

test('the arguments of a content call are ASCII', async () => {
  const args: unknown[] = [];
  let raw = '';
  const url = await servers.http(async (request, response) => {
    raw = String(request.headers['dropbox-api-arg']);
    args.push(argOf(request));
    await readBody(request);
    json(response, 200, fileJson({ size: 0 }));
  });
  await clientOf(url).upload({
    path: '/Résumé 😀.txt',
    mode: 'add',
    size: 0,
    open: async () => (async function* () {})(),
  });
  expect(raw).toContain('"/R\\u00e9sum\\u00e9 \\ud83d\\ude00.txt"');
  expect(args[0]).toMatchObject({ path: '/Résumé 😀.txt' });
});
