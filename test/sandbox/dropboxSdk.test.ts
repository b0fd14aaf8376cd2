import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { Dropbox, DropboxResponseError } from 'dropbox';
import { type Harness, type Json, startHarness } from './dropboxHarness';

const APP = { key: 'test-app-key', secret: 'test-app-secret' };

let h: Harness;
let sdk: Dropbox;

/** The official package, its hosts sent here by header. */
const simFetch = async (input: string, init: RequestInit = {}): Promise<unknown> => {
  const url = new URL(input);
  const headers = new Headers(init.headers);
  headers.set('x-sim-host', url.host);
  const response = await fetch(`${h.box.url}${url.pathname}${url.search}`, { ...init, headers });
  // The package asks for `buffer()`, which only its own default fetch has.
  return Object.assign(response, {
    buffer: async () => Buffer.from(await response.arrayBuffer()),
  });
};

const SIGNED_IN = { clientId: APP.key, clientSecret: APP.secret, fetch: simFetch };
/** Every method of the package that was called here. */
const called = new Set<string>();

const recorded = (plain: Dropbox): Dropbox =>
  new Proxy(plain, {
    get(target, name, receiver) {
      called.add(String(name));
      return Reflect.get(target, name, receiver);
    },
  });

beforeEach(async () => {
  h = await startHarness({ app: APP });
  sdk = recorded(new Dropbox({ ...SIGNED_IN, refreshToken: h.refreshToken }));
});
afterEach(() => h.stop());

/** What the package rejects with. */
async function failure(call: Promise<unknown>): Promise<DropboxResponseError<Json | string>> {
  const error: unknown = await call.then(
    () => null,
    (reason: unknown) => reason,
  );
  if (!(error instanceof DropboxResponseError)) throw new Error(`no refusal but ${String(error)}`);
  return error;
}

/** The route error of a call that must fail. */
async function refusal(call: Promise<unknown>): Promise<{ status: number; summary: string }> {
  const { status, error } = await failure(call);
  const { error_summary: summary = '' } = error as { error_summary?: string };
  return { status, summary: summary.replace(/\/\.*$/, '') };
}

const strike = (rule: Json) => h.control('POST', '/faults', { rules: [{ times: 1, ...rule }] });

test('the official package signs in, lists, writes, moves, reads and deletes', async () => {
  const { result: account } = await sdk.usersGetCurrentAccount();
  expect(account).toMatchObject({ account_id: h.accountId, account_type: { '.tag': 'basic' } });

  const { result: folder } = await sdk.filesCreateFolderV2({ path: '/Docs' });
  expect(folder.metadata.path_display).toBe('/Docs');
  const { result: file } = await sdk.filesUpload({
    path: '/Docs/R\u00e9sum\u00e9.txt',
    contents: 'hello',
    mode: { '.tag': 'add' },
    client_modified: '2026-11-20T10:00:00Z',
  });
  expect(file).toMatchObject({
    content_hash: '9595c9df90075148eb06860365df33584b75bff782a510c6cd4883a419833d50',
    client_modified: '2026-11-20T10:00:00Z',
  });

  const { result: list } = await sdk.filesListFolder({ path: '', recursive: true, limit: 1 });
  expect(list.has_more).toBe(true);
  const { result: rest } = await sdk.filesListFolderContinue({ cursor: list.cursor });
  expect(rest.entries[0]).toMatchObject({ '.tag': 'file', id: file.id });

  const { result: seen } = await sdk.filesGetMetadata({ path: file.id });
  expect(seen).toMatchObject({ '.tag': 'file', rev: file.rev });
  const { result: moved } = await sdk.filesMoveV2({ from_path: file.id, to_path: '/Papers/b.txt' });
  expect(moved.metadata).toMatchObject({ '.tag': 'file', id: file.id });
  const { result: read } = await sdk.filesDownload({ path: `rev:${file.rev}` });
  expect((read as unknown as { fileBinary: Buffer }).fileBinary.toString()).toBe('hello');
  const { result: link } = await sdk.filesGetTemporaryLink({ path: file.id });
  expect(await (await fetch(link.link)).text()).toBe('hello');
  const { result: gone } = await sdk.filesDeleteV2({ path: file.id, parent_rev: file.rev });
  expect(gone.metadata).toMatchObject({ '.tag': 'file', rev: file.rev });
});

test('sessions and batches through the official package', async () => {
  const { result: started } = await sdk.filesUploadSessionStart({ contents: 'abc' });
  const session_id = started.session_id;
  await sdk.filesUploadSessionAppendV2({ cursor: { session_id, offset: 3 }, contents: 'def', close: true });
  const entry = { cursor: { session_id, offset: 6 }, commit: { path: '/s' } };
  const { result: finished } = await sdk.filesUploadSessionFinishBatchV2({ entries: [entry] });
  expect(finished.entries[0]).toMatchObject({ '.tag': 'success', name: 's', size: 6 });
  const { result: job } = await sdk.filesDeleteBatch({ entries: [{ path: '/s' }, { path: '/none' }] });
  if (job['.tag'] !== 'async_job_id') throw new Error('not a job');
  const poll = () => sdk.filesDeleteBatchCheck({ async_job_id: job.async_job_id });
  expect((await poll()).result['.tag']).toBe('in_progress');
  expect((await poll()).result).toMatchObject({
    '.tag': 'complete',
    entries: [{ '.tag': 'success' }, { '.tag': 'failure' }],
  });
});

test('refusals come out as the package knows them', async () => {
  await sdk.filesUpload({ path: '/a', contents: '1' });
  expect(await refusal(sdk.filesUpload({ path: '/a', contents: '2' }))).toEqual({
    status: 409,
    summary: 'path/conflict/file',
  });
  expect(await refusal(sdk.filesGetMetadata({ path: '/none' }))).toEqual({
    status: 409,
    summary: 'path/not_found',
  });
  expect(await refusal(sdk.filesCreateFolderV2({ path: '/a' }))).toEqual({
    status: 409,
    summary: 'path/conflict/file',
  });
  await h.control('POST', '/revoke', {});
  const fresh = new Dropbox({ ...SIGNED_IN, refreshToken: h.refreshToken });
  const error = await failure(fresh.usersGetCurrentAccount());
  expect(error).toMatchObject({ status: 400, error: { error: 'invalid_grant' } });
});

test('an upload session to its end, with what the package makes of each refusal', async () => {
  const { result: started } = await sdk.filesUploadSessionStart({ close: false, contents: '' });
  const { session_id } = started;
  const append = (offset: number, contents: string) =>
    sdk.filesUploadSessionAppendV2({ cursor: { session_id, offset }, contents });
  const finish = (offset: number, path: string, contents = '') =>
    sdk.filesUploadSessionFinish({ cursor: { session_id, offset }, commit: { path }, contents });
  expect((await append(0, 'abc')).result).toBeNull();
  expect((await failure(append(0, 'abc'))).error).toMatchObject({
    error: { '.tag': 'incorrect_offset', correct_offset: 3 },
  });
  expect((await failure(finish(1, '/s'))).error).toMatchObject({
    error: { '.tag': 'lookup_failed', lookup_failed: { '.tag': 'incorrect_offset', correct_offset: 3 } },
  });
  await sdk.filesUpload({ path: '/taken', contents: 'x' });
  expect((await failure(finish(3, '/taken', 'def'))).error).toMatchObject({
    error: { '.tag': 'path', path: { '.tag': 'conflict', conflict: { '.tag': 'file' } } },
  });
  const { result: file } = await finish(6, '/s');
  expect(file).toMatchObject({ name: 's', size: 6 });
  expect(file).not.toHaveProperty('.tag');
  expect(await refusal(finish(6, '/s'))).toEqual({ status: 409, summary: 'lookup_failed/not_found' });
  const unknown = { cursor: { session_id: 'none', offset: 0 }, contents: 'x' };
  expect(await refusal(sdk.filesUploadSessionAppendV2(unknown))).toEqual({
    status: 409,
    summary: 'not_found',
  });
});

test('an upload is refused with a reason, a stale delete with a conflict, a dead cursor with a reset', async () => {
  const { result: file } = await sdk.filesUpload({ path: '/a', contents: '1' });
  const upload = await failure(
    sdk.filesUpload({ path: '/a', contents: '2', mode: { '.tag': 'update', update: '1234567890' } }),
  );
  expect(upload.error).toMatchObject({
    error: {
      '.tag': 'path',
      reason: { '.tag': 'conflict', conflict: { '.tag': 'file' } },
      upload_session_id: expect.stringMatching(/^pid_upload_session:/),
    },
  });
  const stale = sdk.filesDeleteV2({ path: file.id, parent_rev: '1234567890' });
  expect(await refusal(stale)).toEqual({ status: 409, summary: 'path_write/conflict/file' });
  const gone = sdk.filesMoveV2({ from_path: '/none', to_path: '/b' });
  expect(await refusal(gone)).toEqual({ status: 409, summary: 'from_lookup/not_found' });
  const taken = sdk.filesMoveV2({ from_path: '/a', to_path: '/a' });
  expect(await refusal(taken)).toEqual({ status: 409, summary: 'duplicated_or_nested_paths' });
  const { result: list } = await sdk.filesListFolder({ path: '' });
  await h.control('POST', '/feed', { action: 'reset' });
  const dead = sdk.filesListFolderContinue({ cursor: list.cursor });
  expect(await refusal(dead)).toEqual({ status: 409, summary: 'reset' });
});

test('refusals of the whole call: text stays text, JSON is parsed, headers can be read', async () => {
  const text = await failure(sdk.filesListFolder({ path: '/' }));
  expect([text.status, text.error]).toEqual([
    400,
    'Error in call to API function "files/list_folder": request body: path: Specify the root folder as an empty string rather than as "/".',
  ]);
  const route = 'users/get_current_account';
  const account = () => failure(sdk.usersGetCurrentAccount());
  const seen = async () => {
    const { status, error, headers } = await account();
    return [status, error, headers.get('retry-after')];
  };
  await strike({ route, action: 'throttle', retryAfter: 15 });
  expect(await seen()).toEqual([
    429,
    expect.objectContaining({ error: { reason: { '.tag': 'too_many_requests' }, retry_after: 15 } }),
    '15',
  ]);
  await strike({ route, action: 'throttle', shape: 'text', retryAfter: 1 });
  expect(await seen()).toEqual([429, 'too_many_requests', '1']);
  await strike({ route, action: 'throttle', shape: 'empty' });
  expect(await seen()).toEqual([429, '', null]);
  await strike({ route, action: 'status', status: 503, body: '<html></html>' });
  expect(await seen()).toEqual([503, '<html></html>', null]);
  await strike({ route, action: 'expire_token' });
  expect((await account()).error).toMatchObject({ error: { '.tag': 'expired_access_token' } });
  await h.control('POST', '/account', { accessError: 'no_permission' });
  // The package asks for a new token only when the old one's time is over, so it is a new one that goes on.
  sdk = recorded(new Dropbox({ ...SIGNED_IN, refreshToken: h.refreshToken }));
  expect(await refusal(sdk.usersGetCurrentAccount())).toEqual({ status: 403, summary: 'no_permission' });
});

test('a path root goes along as the package sends it, and 422 tells of another one', async () => {
  const { result: account } = await sdk.usersGetCurrentAccount();
  const root = account.root_info.root_namespace_id;
  const rooted = (id: string) =>
    new Dropbox({
      ...SIGNED_IN,
      refreshToken: h.refreshToken,
      pathRoot: JSON.stringify({ '.tag': 'root', root: id }),
    });
  expect((await rooted(root).filesListFolder({ path: '' })).result.entries).toEqual([]);
  const moved = await failure(rooted('777').filesListFolder({ path: '' }));
  expect([moved.status, moved.error]).toEqual([
    422,
    expect.objectContaining({
      error: { '.tag': 'invalid_root', invalid_root: expect.objectContaining({ root_namespace_id: root }) },
    }),
  ]);
});

test('names beyond ASCII travel in the header of a content call and back in the answer', async () => {
  const path = '/\u00fcber/\u65e5\u672c.txt';
  const { result: file } = await sdk.filesUpload({ path, contents: 'x' });
  expect(file.path_display).toBe(path);
  const { result: read } = await sdk.filesDownload({ path: file.id });
  expect(read.path_display).toBe(path);
});

test('revoking ends the connection', async () => {
  expect((await sdk.authTokenRevoke()).result).toBeNull();
  const after = await failure(sdk.usersGetCurrentAccount());
  expect(after.error).toMatchObject({ error: { '.tag': 'invalid_access_token' } });
});

test('every call that the product makes through the package has been made here', () => {
  const source = readFileSync(join(__dirname, '../../src/dropbox/calls.ts'), 'utf8');
  const used = [...source.matchAll(/sdk\.(\w+)\(/g)].map(([, name]) => name);
  expect(used).toContain('filesListFolder');
  expect(used.filter((name) => !called.has(String(name)))).toEqual([]);
});
