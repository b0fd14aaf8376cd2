import { Dropbox, DropboxResponseError } from 'dropbox';
import { type Harness, startHarness } from './dropboxHarness';

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

beforeEach(async () => {
  h = await startHarness({ app: APP });
  sdk = new Dropbox({
    clientId: APP.key,
    clientSecret: APP.secret,
    refreshToken: h.refreshToken,
    fetch: simFetch,
  });
});
afterEach(() => h.stop());

/** The route error of a call that must fail. */
async function refusal(call: Promise<unknown>): Promise<{ status: number; summary: string }> {
  const error: unknown = await call.then(
    () => null,
    (reason: unknown) => reason,
  );
  if (!(error instanceof DropboxResponseError)) throw new Error(`no refusal but ${String(error)}`);
  const { error_summary: summary = '' } = error.error as { error_summary?: string };
  return { status: error.status, summary: summary.replace(/\/\.*$/, '') };
}

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
  const fresh = new Dropbox({
    clientId: APP.key,
    clientSecret: APP.secret,
    refreshToken: h.refreshToken,
    fetch: simFetch,
  });
  const error: unknown = await fresh.usersGetCurrentAccount().catch((reason: unknown) => reason);
  expect(error).toMatchObject({ status: 400, error: { error: 'invalid_grant' } });
});
