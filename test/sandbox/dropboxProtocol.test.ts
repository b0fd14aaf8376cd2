import { answerOf, type Harness, startHarness, summary } from './dropboxHarness';

let h: Harness;
beforeEach(async () => {
  h = await startHarness();
});
afterEach(() => h.stop());

const raw = (path: string, init: RequestInit) => fetch(`${h.box.url}${path}`, init).then(answerOf);
const bearer = () => ({ authorization: `Bearer ${h.token}` });

describe('routing', () => {
  test('a route on the wrong host, or none, is 404', async () => {
    expect((await raw('/content/2/files/list_folder', { method: 'POST', headers: bearer() })).status).toBe(
      404,
    );
    expect((await raw('/api/2/files/upload', { method: 'POST', headers: bearer() })).status).toBe(404);
    expect((await raw('/api/2/files/none', { method: 'POST', headers: bearer() })).status).toBe(404);
  });

  test('the host can be named by header instead of a prefix', async () => {
    const headers = { ...bearer(), 'x-sim-host': 'api.dropboxapi.com' };
    const answer = await raw('/2/users/get_current_account', { method: 'POST', headers });
    expect(answer.json).toMatchObject({ account_id: h.accountId, root_info: { '.tag': 'user' } });
    const wrong = { ...headers, 'x-sim-host': 'content.dropboxapi.com' };
    expect((await raw('/2/users/get_current_account', { method: 'POST', headers: wrong })).status).toBe(404);
  });

  test('downloads take GET with the arguments in the URL', async () => {
    await h.upload('/a', 'bytes');
    const arg = encodeURIComponent('{"path":"/a"}');
    expect((await raw(`/content/2/files/download?arg=${arg}`, { headers: bearer() })).text).toBe('bytes');
    const headers = { ...bearer(), 'dropbox-api-arg': '{"path":"/a"}' };
    expect((await raw(`/content/2/files/download?arg=${arg}`, { headers })).status).toBe(400);
  });
});

describe('refusals as text', () => {
  test.each([
    ['files/list_folder', { path: '/' }, 'Specify the root folder as an empty string rather than as "/".'],
    ['files/get_metadata', { path: '' }, 'The root folder is unsupported.'],
    ['files/list_folder', { path: '', extra: 1 }, "unknown field 'extra'"],
    ['files/list_folder', { path: '', limit: 0 }, 'limit: '],
    ['files/list_folder', { path: '', limit: 2001 }, 'limit: '],
    ['files/list_folder', { path: 'no-slash' }, 'did not match pattern'],
    ['files/delete_v2', { path: '/a', parent_rev: 'abc' }, 'parent_rev: did not match pattern'],
    ['files/create_folder_v2', { path: 'id:abc' }, 'path: did not match pattern'],
  ])('%s %j', async (route, args, text) => {
    const answer = await h.rpc(route, args);
    expect(answer.status).toBe(400);
    expect(answer.headers.get('content-type')).toMatch(/^text\/plain/);
    expect(answer.text).toContain(`Error in call to API function "${route}": `);
    expect(answer.text).toContain(text);
  });

  test('bad JSON, a missing argument header, a wrong content type, a time with millis', async () => {
    const url = '/api/2/files/list_folder';
    const headers = { ...bearer(), 'content-type': 'application/json' };
    const bad = await raw(url, { method: 'POST', headers, body: '{' });
    expect(bad.text).toContain('could not decode input as JSON');
    const upload = { method: 'POST', headers: { ...bearer(), 'content-type': 'application/octet-stream' } };
    expect((await raw('/content/2/files/upload', upload)).text).toContain('Must provide HTTP header');
    const typed = { ...bearer(), 'dropbox-api-arg': '{"path":"/a"}', 'content-type': 'text/html' };
    const refused = await raw('/content/2/files/upload', { method: 'POST', headers: typed, body: 'x' });
    expect(refused.text).toContain('Bad HTTP "Content-Type" header');
    const millis = await h.upload('/a', 'x', { client_modified: '2026-11-20T10:00:00.123Z' });
    expect(millis.text).toContain('client_modified');
  });
});

describe('authorisation', () => {
  test('missing, garbage, expired, suspended, without scope, revoked', async () => {
    const call = (authorization: string) => h.rpc('users/get_current_account', null, { authorization });
    expect((await call('Basic x')).status).toBe(400);
    expect(summary(await call('Bearer garbage'))).toBe('invalid_access_token');
    const narrow = await h.control('POST', '/tokens', { scopes: ['files.metadata.read'] });
    const missing = await call(`Bearer ${String(narrow.accessToken)}`);
    expect(missing.json.error).toEqual({ '.tag': 'missing_scope', required_scope: 'account_info.read' });
    await h.control('POST', '/account', { suspended: true });
    expect(summary(await call(`Bearer ${h.token}`))).toBe('user_suspended');
    await h.control('POST', '/account', { suspended: false });
    await h.control('POST', '/clock', { advanceMs: 14_400_001 });
    const expired = await call(`Bearer ${h.token}`);
    expect([expired.status, summary(expired)]).toEqual([401, 'expired_access_token']);
  });

  test('revoking kills the refresh token and every access token made from it', async () => {
    expect((await h.rpc('auth/token/revoke')).text).toBe('null');
    expect(summary(await h.rpc('users/get_current_account'))).toBe('invalid_access_token');
    const body = new URLSearchParams({
      grant_type: 'refresh_token',
      refresh_token: h.refreshToken,
      client_id: 'sandbox-app-key',
      client_secret: 'sandbox-app-secret',
    });
    const answer = await raw('/api/oauth2/token', { method: 'POST', body });
    expect([answer.status, answer.json.error]).toEqual([400, 'invalid_grant']);
  });
});

describe('path roots', () => {
  const root = (value: unknown) => ({ 'dropbox-api-path-root': JSON.stringify(value) });

  test('a team account: home by default, team space by root, 422 when the root has changed', async () => {
    const team = await h.control('POST', '/accounts', { email: 'team@example.com', homePath: '/Franz' });
    const minted = await h.control('POST', '/tokens', { account: team.id });
    const own = { authorization: `Bearer ${String(minted.accessToken)}` };
    await h.rpc('files/create_folder_v2', { path: '/mine' }, own);
    const inTeam = { ...own, ...root({ '.tag': 'root', root: team.rootNs }) };
    expect((await h.rpc('files/get_metadata', { path: '/Franz/mine' }, inTeam)).json.path_display).toBe(
      '/Franz/mine',
    );
    expect((await h.rpc('files/get_metadata', { path: '/mine' }, own)).json.path_display).toBe('/mine');
    await h.control('POST', '/account', { account: team.id, rootNamespaceId: '777' });
    const stale = await h.rpc('files/get_metadata', { path: '/Franz' }, inTeam);
    expect(stale.status).toBe(422);
    expect(stale.json.error).toMatchObject({
      '.tag': 'invalid_root',
      invalid_root: { '.tag': 'team', root_namespace_id: '777', home_path: '/Franz' },
    });
    const foreign = { ...own, ...root({ '.tag': 'namespace_id', namespace_id: '5' }) };
    expect(summary(await h.rpc('files/list_folder', { path: '' }, foreign))).toBe('no_permission');
  });

  test('an app-folder app sees its folder as the root, and may not send the header', async () => {
    const app = { key: 'folder-app', secret: 'folder-secret', name: 'Boxed', appFolder: true };
    await h.control('POST', '/apps', app);
    const minted = await h.control('POST', '/tokens', { app: 'folder-app' });
    const own = { authorization: `Bearer ${String(minted.accessToken)}` };
    expect((await h.rpc('files/create_folder_v2', { path: '/x' }, own)).status).toBe(200);
    expect((await h.rpc('files/get_metadata', { path: '/Apps/Boxed/x' })).status).toBe(200);
    const refused = await h.rpc('files/list_folder', { path: '' }, { ...own, ...root({ '.tag': 'home' }) });
    expect(refused.text).toContain('Path root is not supported for sandbox app.');
  });
});

test('switches: fresh ids and fresh objects are not seen everywhere at once', async () => {
  await h.control('POST', '/switches', { consistencyWindowMs: 60_000 });
  const { json } = await h.rpc('files/create_folder_v2', { path: '/new' });
  const { id } = json.metadata as { id: string };
  expect((await h.upload(`${id}/x`, '1')).text).toContain('did not match pattern');
  const early = await h.rpc('files/move_v2', { from_path: id, to_path: '/other' });
  expect(summary(early)).toBe('from_lookup/not_found');
  await h.control('POST', '/clock', { advanceMs: 60_001 });
  expect((await h.upload(`${id}/x`, '1')).status).toBe(200);
  expect((await h.rpc('files/move_v2', { from_path: id, to_path: '/other' })).status).toBe(200);
});
