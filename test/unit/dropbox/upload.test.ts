import { RemoteError } from '../../../src/domain/remoteError';
import { closing, storing } from './storing';
import {
  bytes,
  clientOf,
  countBody,
  fileJson,
  json,
  MIB,
  rejection,
  remoteRejection,
  routeError,
  until,
  useServers,
} from './support';

const servers = useServers();

describe('upload in one request', () => {
  test('streams un-chunked with the exact length, and commits strictly', async () => {
    const { url, state } = await storing(servers);
    const file = await clientOf(url, { pathRoot: '7' }).upload({
      path: '/Docs/A.txt',
      mode: 'add',
      size: 300_001,
      open: async () => bytes(300_001),
    });
    expect(file).toMatchObject({ tag: 'file', id: 'id:file1', size: 300_001 });
    expect(state.headers).toMatchObject({
      'content-length': '300001',
      'content-type': 'application/octet-stream',
      'dropbox-api-path-root': '{".tag":"root","root":"7"}',
    });
    expect(state.headers).not.toHaveProperty('transfer-encoding');
    expect(state.arg).toEqual({
      path: '/Docs/A.txt',
      mode: { '.tag': 'add' },
      autorename: false,
      strict_conflict: true,
      mute: true,
    });
  });

  test('an update names the rev that it replaces', async () => {
    const { url, state } = await storing(servers);
    const mode = { update: '6151bdaff690d91f858d3' };
    await clientOf(url).upload({ path: 'id:file1', mode, size: 1, open: async () => bytes(1) });
    expect(state.arg.mode).toEqual({ '.tag': 'update', update: '6151bdaff690d91f858d3' });
  });

  test('an empty file is a body of no bytes', async () => {
    const { url, state } = await storing(servers);
    await clientOf(url).upload({ path: '/x', mode: 'add', size: 0, open: async () => bytes(0) });
    expect([state.headers['content-length'], state.stored]).toEqual(['0', 1]);
  });

  test('150 MiB go out in one request', async () => {
    const { url, state } = await storing(servers);
    const size = 150 * MIB;
    expect(
      await clientOf(url).upload({ path: '/x', mode: 'add', size, open: async () => bytes(size) }),
    ).toMatchObject({ size });
    expect(state.stored).toBe(1);
  }, 30_000);

  test.each([
    ['fewer bytes', 99_999],
    ['one byte more', 100_001],
    ['far more bytes', 5 * MIB],
  ])('%s than announced: nothing is stored', async (_name, actual) => {
    const { url, state } = await storing(servers);
    const upload = clientOf(url).upload({
      path: '/x',
      mode: 'add',
      size: 100_000,
      open: async () => bytes(actual),
    });
    expect((await remoteRejection(upload)).code).toBe('truncated_body');
    await until('the request to break', () => state.broken === 1);
    expect(state.stored).toBe(0);
  });

  test('no byte of those announced: nothing is stored', async () => {
    const { url, state } = await storing(servers);
    const upload = clientOf(url).upload({ path: '/x', mode: 'add', size: 10, open: async () => bytes(0) });
    expect((await remoteRejection(upload)).code).toBe('truncated_body');
    expect(state.stored).toBe(0);
  });

  test('bytes where none were announced: nothing is sent', async () => {
    const { url, state } = await storing(servers);
    const upload = clientOf(url).upload({ path: '/x', mode: 'add', size: 0, open: async () => bytes(1) });
    expect((await remoteRejection(upload)).code).toBe('truncated_body');
    expect(state).toMatchObject({ stored: 0, broken: 0 });
  });

  test.each([
    ['while it is read', async () => failing()],
    [
      'when it is opened',
      () => Promise.reject(new RemoteError('assembly', 'url_expired', 'The link is old.')),
    ],
  ])("a source that fails %s ends the upload with the source's own error", async (_name, open) => {
    const { url, state } = await storing(servers);
    const error = await remoteRejection(
      clientOf(url).upload({ path: '/x', mode: 'add', size: 200_000, open }),
    );
    expect([error.side, error.code]).toEqual(['assembly', 'url_expired']);
    expect(state.stored).toBe(0);
  });

  test('a plain error of the source stays the same object', async () => {
    const { url } = await storing(servers);
    const broken = new Error('disk');
    const open = () => Promise.reject(broken);
    expect(await rejection(clientOf(url).upload({ path: '/x', mode: 'add', size: 1, open }))).toBe(broken);
  });

  test('a stored file of another size is content_mismatch', async () => {
    const url = await servers.http(async (request, response) => {
      await countBody(request);
      json(response, 200, fileJson({ size: 4 }));
    });
    const upload = clientOf(url).upload({ path: '/x', mode: 'add', size: 5, open: async () => bytes(5) });
    expect((await remoteRejection(upload)).code).toBe('content_mismatch');
  });

  test.each([
    ['add', 'file', 'path_conflict'],
    [{ update: 'abcdef012' }, 'file', 'version_conflict'],
    [{ update: 'abcdef012' }, 'folder', 'path_conflict'],
  ] as const)('mode %j against a %s is %s, answered before the body was read', async (mode, what, code) => {
    const reason = { '.tag': 'conflict', conflict: { '.tag': what } };
    const url = await servers.http((_request, response) =>
      json(response, 409, routeError({ '.tag': 'path', reason, upload_session_id: 'x' })),
    );
    let closed = false;
    const open = async () =>
      closing(bytes(64 * MIB), () => {
        closed = true;
      });
    const error = await remoteRejection(clientOf(url).upload({ path: '/x', mode, size: 64 * MIB, open }));
    expect([error.code, error.options.detail]).toEqual([code, what]);
    await until('the source to be closed', () => closed);
  });

  test('an expired token is renewed for the next try: the bytes can be opened only once', async () => {
    const url = await servers.http(async (request, response) => {
      await countBody(request);
      const fresh = request.headers.authorization === 'Bearer fresh';
      const error = { '.tag': 'expired_access_token' };
      json(response, fresh ? 200 : 401, fresh ? fileJson({ size: 1000 }) : routeError(error));
    });
    let token = 'old';
    let opened = 0;
    const client = clientOf(url, {
      accessToken: async (options) => {
        if (options?.refresh) token = 'fresh';
        return token;
      },
    });
    const upload = () =>
      client.upload({
        path: '/x',
        mode: 'add',
        size: 1000,
        open: async () => {
          opened += 1;
          return bytes(1000);
        },
      });
    const error = await remoteRejection(upload());
    expect([error.code, error.options.detail, opened]).toEqual([
      'remote_unavailable',
      'expired_access_token',
      1,
    ]);
    expect(await upload()).toMatchObject({ size: 1000 });
  });
});

const failing = async function* (): AsyncGenerator<Uint8Array> {
  yield Buffer.alloc(100_000);
  throw new RemoteError('assembly', 'url_expired', 'The link is old.');
};
