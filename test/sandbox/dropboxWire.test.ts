import { request } from 'node:http';
import { answerOf, type Harness, type Json, startHarness, summary } from './dropboxHarness';

let h: Harness;
beforeEach(async () => {
  h = await startHarness();
});
afterEach(() => h.stop());

const raw = (path: string, init: RequestInit) => fetch(`${h.box.url}${path}`, init).then(answerOf);
const bearer = () => ({ authorization: `Bearer ${h.token}` });
const json = () => ({ ...bearer(), 'content-type': 'application/json' });

/** With header lines as they are given, which fetch would refuse or join. */
const rawHeaders = (path: string, headers: Record<string, string | string[]>) =>
  new Promise<{ status: number; text: string }>((resolve, reject) => {
    const call = request(`${h.box.url}${path}`, { method: 'POST', headers }, (response) => {
      let text = '';
      response.setEncoding('utf8').on('data', (part: string) => {
        text += part;
      });
      response.on('end', () => resolve({ status: response.statusCode ?? 0, text }));
    });
    call.on('error', reject).end();
  });

describe('what a call may look like', () => {
  test('routes take POST alone; only downloads take GET, with ranges and etags', async () => {
    expect((await raw('/api/2/files/list_folder', { headers: bearer() })).status).toBe(400);
    expect((await raw('/content/2/files/upload', { headers: bearer() })).status).toBe(400);
    await h.upload('/a', 'bytes');
    const url = `/content/2/files/download?arg=${encodeURIComponent('{"path":"/a"}')}`;
    const part = await raw(url, { headers: { ...bearer(), range: 'bytes=1-2' } });
    expect([part.status, part.text, JSON.parse(part.headers.get('dropbox-api-result') ?? '').size]).toEqual([
      206,
      'yt',
      5,
    ]);
    const etag = part.headers.get('etag') ?? '';
    expect((await raw(url, { headers: { ...bearer(), 'if-none-match': etag } })).status).toBe(304);
    expect((await raw(url, { headers: { ...bearer(), range: 'bytes=5-' } })).status).toBe(416);
  });

  test('an unknown host is 404', async () => {
    const headers = { ...json(), 'x-sim-host': 'dl.dropboxusercontent.com' };
    expect((await raw('/2/files/list_folder', { method: 'POST', headers, body: '{"path":""}' })).status).toBe(
      404,
    );
  });

  test('a route without arguments takes null or nothing, but no empty JSON', async () => {
    const call = (init: RequestInit) => raw('/api/2/users/get_current_account', { method: 'POST', ...init });
    expect((await call({ headers: bearer() })).status).toBe(200);
    expect((await call({ headers: json(), body: 'null' })).status).toBe(200);
    const empty = await call({ headers: json(), body: '' });
    expect([empty.status, empty.text]).toEqual([
      400,
      'Error in call to API function "users/get_current_account": request body: could not decode input as JSON',
    ]);
  });

  test('wrong types and a wrong content type are refused as text', async () => {
    for (const args of [{ path: 7 }, { path: '', recursive: 'yes' }, { path: '', limit: 1.5 }, []]) {
      const answer = await h.rpc('files/list_folder', args);
      expect([answer.status, answer.text]).toEqual([400, expect.stringContaining('request body: ')]);
    }
    const headers = { ...bearer(), 'content-type': 'application/octet-stream' };
    const typed = await raw('/api/2/files/list_folder', { method: 'POST', headers, body: '{"path":""}' });
    expect([typed.status, typed.text]).toEqual([
      400,
      expect.stringContaining('Bad HTTP "Content-Type" header'),
    ]);
  });

  test('arguments that come twice, or beyond ASCII, are no JSON', async () => {
    const own = { ...bearer(), 'content-type': 'application/octet-stream' };
    const twice = { ...own, 'dropbox-api-arg': ['{"path":"/a"}', '{"path":"/b"}'] };
    const beyond = { ...own, 'dropbox-api-arg': '{"path":"/R\u00e9sum\u00e9"}' };
    for (const headers of [twice, beyond]) {
      expect(await rawHeaders('/content/2/files/upload', headers)).toEqual({
        status: 400,
        text: 'Error in call to API function "files/upload": HTTP header "Dropbox-API-Arg": could not decode input as JSON',
      });
    }
  });
});

describe('how results are encoded', () => {
  const concrete = { '.tag': expect.anything() };
  const start = async (text: string) =>
    String((await h.content('files/upload_session/start', { close: true }, text)).json.session_id);
  const cursorOf = async (text: string) => ({ session_id: await start(text), offset: text.length });

  test('a result of one type has no tag', async () => {
    const finish = { cursor: await cursorOf('x'), commit: { path: '/finished' } };
    const rev = (await h.upload('/old', 'x')).json.rev;
    const results = [
      (await h.upload('/uploaded', 'x')).json,
      (await h.content('files/upload_session/finish', finish)).json,
      (await h.rpc('files/create_folder_v2', { path: '/d' })).json.metadata,
      (await h.rpc('files/get_temporary_link', { path: '/uploaded' })).json.metadata,
      (await h.rpc('files/restore', { path: '/restored', rev })).json,
      JSON.parse((await h.download({ path: '/uploaded' })).headers.get('dropbox-api-result') ?? 'null'),
    ];
    for (const result of results) {
      expect(result).toMatchObject({ id: expect.any(String) });
      expect(result).not.toMatchObject(concrete);
    }
  });

  test('a result that may be a file or a folder has one; on a move a switch leaves it out', async () => {
    const { id } = (await h.upload('/a', 'x')).json;
    expect((await h.rpc('files/get_metadata', { path: '/a' })).json['.tag']).toBe('file');
    expect((await h.list()).entries).toMatchObject([{ '.tag': 'file' }]);
    const move = async (to_path: string) =>
      (await h.rpc('files/move_v2', { from_path: id, to_path })).json.metadata as Json;
    expect((await move('/b'))['.tag']).toBe('file');
    await h.control('POST', '/switches', { moveTag: false });
    expect(await move('/c')).not.toHaveProperty('.tag');
    expect((await h.rpc('files/delete_v2', { path: id })).json.metadata).toMatchObject({ '.tag': 'file' });
  });

  test('what is not set is left out, the hash too where a switch says so', async () => {
    await h.upload('/a', 'x');
    const plain = (await h.rpc('files/get_metadata', { path: '/a' })).json;
    expect(Object.keys(plain).sort()).toEqual([
      '.tag',
      'client_modified',
      'content_hash',
      'id',
      'is_downloadable',
      'name',
      'path_display',
      'path_lower',
      'rev',
      'server_modified',
      'size',
    ]);
    await h.control('POST', '/switches', { hashInMetadata: false });
    expect((await h.rpc('files/get_metadata', { path: '/a' })).json).not.toHaveProperty('content_hash');
  });

  test('a batch of finishes flattens its files, one of moves nests them, and a refusal has no reason', async () => {
    await h.control('POST', '/switches', { batches: 'sync' });
    const entries = [
      { cursor: await cursorOf('x'), commit: { path: '/a' } },
      { cursor: await cursorOf('y'), commit: { path: '/a' } },
    ];
    const finished = (await h.rpc('files/upload_session/finish_batch_v2', { entries })).json
      .entries as Json[];
    expect(finished[0]).toMatchObject({ '.tag': 'success', name: 'a', size: 1 });
    expect(finished[1]).toEqual({
      '.tag': 'failure',
      failure: { '.tag': 'path', path: { '.tag': 'conflict', conflict: { '.tag': 'file' } } },
    });
    const moves = { entries: [{ from_path: '/a', to_path: '/b' }] };
    expect((await h.rpc('files/move_batch_v2', moves)).json).toMatchObject({
      '.tag': 'complete',
      entries: [{ '.tag': 'success', success: { '.tag': 'file', name: 'b' } }],
    });
    const folders = (await h.rpc('files/create_folder_batch', { paths: ['/d', '/b'] })).json
      .entries as Json[];
    expect(folders[0]).toMatchObject({ '.tag': 'success', metadata: { name: 'd' } });
    expect(folders[1]).toEqual(finished[1]);
  });

  test('a refused finish nests where a refused upload has a reason', async () => {
    await h.upload('/a', 'x');
    const conflict = { '.tag': 'conflict', conflict: { '.tag': 'file' } };
    const upload = (await h.upload('/a', 'y')).json.error as Json;
    expect(upload).toEqual({ '.tag': 'path', reason: conflict, upload_session_id: expect.any(String) });
    const args = { cursor: await cursorOf('y'), commit: { path: '/a' } };
    const finish = await h.content('files/upload_session/finish', args);
    expect(finish.json.error).toEqual({ '.tag': 'path', path: conflict });
  });

  test('a summary is the tags and up to three dots', async () => {
    const said = new Set<string>();
    for (let n = 0; n < 40; n++) {
      said.add(String((await h.rpc('files/get_metadata', { path: '/none' })).json.error_summary));
    }
    for (const one of said) expect(one).toMatch(/^path\/not_found\/\.{0,3}$/);
    expect(said.size).toBeGreaterThan(1);
  });

  test('by switch an error has a tag that nobody knows', async () => {
    await h.control('POST', '/switches', { unknownTags: true });
    const { json: answer, status } = await h.rpc('files/get_metadata', { path: '/none' });
    expect([status, answer.error]).toEqual([409, { '.tag': 'brand_new_tag' }]);
  });
});

describe('refusals of the account', () => {
  test.each([
    [
      'invalid_account_type',
      { '.tag': 'invalid_account_type', invalid_account_type: { '.tag': 'endpoint' } },
    ],
    [
      'paper_access_denied',
      { '.tag': 'paper_access_denied', paper_access_denied: { '.tag': 'paper_disabled' } },
    ],
    ['team_access_denied', { '.tag': 'team_access_denied' }],
    ['no_permission', { '.tag': 'no_permission' }],
  ])('403 %s, until it is taken back', async (accessError, error) => {
    await h.control('POST', '/account', { accessError });
    const refused = await h.rpc('files/list_folder', { path: '' });
    expect([refused.status, refused.json.error]).toEqual([403, error]);
    await h.control('POST', '/account', { accessError: null });
    expect((await h.rpc('files/list_folder', { path: '' })).status).toBe(200);
  });

  test('a missing scope is text where a switch says so', async () => {
    const narrow = await h.control('POST', '/tokens', { scopes: ['files.metadata.read'] });
    await h.control('POST', '/switches', { missingScope: 'bad_request' });
    const authorization = `Bearer ${String(narrow.accessToken)}`;
    const refused = await h.rpc('users/get_current_account', null, { authorization });
    expect([refused.status, refused.text]).toEqual([
      400,
      expect.stringContaining("does not have the required scope 'account_info.read'"),
    ]);
  });

  test('a token can be revoked between two calls of one operation', async () => {
    const rules = [{ route: 'files/list_folder/continue', times: 1, action: 'revoke_token' }];
    await h.control('POST', '/faults', { rules });
    const { json: page } = await h.rpc('files/list_folder', { path: '' });
    const answer = await h.rpc('files/list_folder/continue', { cursor: page.cursor });
    expect([answer.status, summary(answer)]).toEqual([401, 'invalid_access_token']);
  });

  test('a team account tells of both its namespaces, and no page is for a former root', async () => {
    const team = await h.control('POST', '/accounts', { email: 'team@example.com', homePath: '/Franz' });
    const minted = await h.control('POST', '/tokens', { account: team.id });
    const own = { authorization: `Bearer ${String(minted.accessToken)}` };
    const { root_info } = (await h.rpc('users/get_current_account', null, own)).json as { root_info: Json };
    expect(root_info).toEqual({
      '.tag': 'team',
      root_namespace_id: team.rootNs,
      home_namespace_id: team.homeNs,
      home_path: '/Franz',
    });
    expect(team.rootNs).not.toBe(team.homeNs);
    const root = JSON.stringify({ '.tag': 'root', root: team.rootNs });
    const { json: page } = await h.rpc(
      'files/list_folder',
      { path: '' },
      { ...own, 'dropbox-api-path-root': root },
    );
    const elsewhere = await h.rpc('files/list_folder/continue', { cursor: page.cursor }, own);
    expect(elsewhere.status).toBe(400);
  });
});

describe('trouble on the server', () => {
  test('500 as text, 503 as a page of HTML, and storms of them', async () => {
    const page = {
      status: 503,
      body: '<html>Busy</html>',
      headers: { 'content-type': 'text/html' },
      retryAfter: 15,
    };
    const rules = [
      { route: 'users/*', times: 2, action: 'status' },
      { route: 'users/*', times: 1, action: 'status', ...page },
    ];
    await h.control('POST', '/faults', { rules });
    const seen = [];
    for (let n = 0; n < 4; n++) {
      const answer = await h.rpc('users/get_space_usage');
      seen.push([
        answer.status,
        answer.headers.get('content-type')?.split(';')[0],
        answer.headers.get('retry-after'),
      ]);
    }
    expect(seen).toEqual([
      [500, 'text/plain', null],
      [500, 'text/plain', null],
      [503, 'text/html', '15'],
      [200, 'application/json', null],
    ]);
  });

  test('a refresh can fail on the server too, and its clock can be wrong', async () => {
    const refresh = () =>
      raw('/api/oauth2/token', {
        method: 'POST',
        body: new URLSearchParams({
          grant_type: 'refresh_token',
          refresh_token: h.refreshToken,
          client_id: 'sandbox-app-key',
          client_secret: 'sandbox-app-secret',
        }),
      });
    await h.control('POST', '/faults', {
      rules: [{ route: 'oauth2/token', times: 1, action: 'status', status: 503 }],
    });
    expect([(await refresh()).status, (await refresh()).status]).toEqual([503, 200]);
    await h.control('POST', '/clock', { offsetMs: -86_400_000 });
    h.token = String((await refresh()).json.access_token);
    const { json: file } = await h.upload('/a', 'x');
    expect(Date.parse(String(file.server_modified))).toBeLessThan(Date.now() - 80_000_000);
  });
});
