import type { DropboxCall } from '../../../src/dropbox';
import {
  bytes,
  clientOf,
  countBody,
  fileJson,
  json,
  readBody,
  rejection,
  remoteRejection,
  until,
  useServers,
} from './support';

const servers = useServers();

const ok = { '.tag': 'file', ...fileJson() };
const unauthorized = (tag: string) => ({ error_summary: `${tag}/..`, error: { '.tag': tag } });
const silent = () => servers.http(() => {});

/** An access token that counts its refreshes: `token-0`, `token-1`… */
const tokens = () => {
  let made = 0;
  return {
    source: async (options?: { refresh?: boolean }) => {
      if (options?.refresh) made += 1;
      return `token-${made}`;
    },
    refreshes: () => made,
  };
};

describe('tokens', () => {
  test('an expired token is renewed once and the call repeated once', async () => {
    const seen: unknown[] = [];
    const url = await servers.http(async (request, response) => {
      seen.push([request.headers.authorization, (await readBody(request)).toString()]);
      const fresh = request.headers.authorization === 'Bearer token-1';
      json(response, fresh ? 200 : 401, fresh ? ok : unauthorized('expired_access_token'));
    });
    const { source, refreshes } = tokens();
    expect(await clientOf(url, { accessToken: source }).metadata('/x')).toMatchObject({ id: 'id:file1' });
    expect(seen).toEqual([
      ['Bearer token-0', '{"path":"/x"}'],
      ['Bearer token-1', '{"path":"/x"}'],
    ]);
    expect(refreshes()).toBe(1);
  });

  test('a refused fresh token ends in auth_revoked, and no further call refreshes in vain', async () => {
    let calls = 0;
    const url = await servers.http((_request, response) => {
      calls += 1;
      json(response, 401, unauthorized('invalid_access_token'));
    });
    const { source, refreshes } = tokens();
    const client = clientOf(url, { accessToken: source });
    expect((await remoteRejection(client.metadata('/x'))).code).toBe('auth_revoked');
    expect([calls, refreshes()]).toEqual([2, 1]);
    expect((await remoteRejection(client.metadata('/x'))).code).toBe('auth_revoked');
    expect([calls, refreshes()]).toEqual([3, 1]);
  });

  test('a fresh token that expires before it was ever accepted is renewed by the next call', async () => {
    const expired = ['Bearer token-0', 'Bearer token-1'];
    const url = await servers.http((request, response) => {
      const stale = expired.includes(request.headers.authorization ?? '');
      json(response, stale ? 401 : 200, stale ? unauthorized('expired_access_token') : ok);
    });
    const { source, refreshes } = tokens();
    const client = clientOf(url, { accessToken: source });
    expect((await remoteRejection(client.metadata('/x'))).code).toBe('remote_unavailable');
    expect(await client.metadata('/x')).toMatchObject({ id: 'id:file1' });
    expect(refreshes()).toBe(2);
  });

  test.each([
    ['missing_scope', 'scope_missing'],
    ['user_suspended', 'account_suspended'],
  ])('%s is not repeated', async (tag, code) => {
    let calls = 0;
    const url = await servers.http((_request, response) => {
      calls += 1;
      json(response, 401, unauthorized(tag));
    });
    const { source, refreshes } = tokens();
    expect((await remoteRejection(clientOf(url, { accessToken: source }).metadata('/x'))).code).toBe(code);
    expect([calls, refreshes()]).toEqual([1, 0]);
  });

  test('a token that another call has renewed meanwhile is used without a refresh', async () => {
    let current = 'old';
    let refreshes = 0;
    const url = await servers.http((request, response) => {
      const stale = request.headers.authorization === 'Bearer old';
      if (stale) current = 'new';
      json(response, stale ? 401 : 200, stale ? unauthorized('expired_access_token') : ok);
    });
    const accessToken = async (options?: { refresh?: boolean }) => {
      if (options?.refresh) refreshes += 1;
      return current;
    };
    await clientOf(url, { accessToken }).metadata('/x');
    expect(refreshes).toBe(0);
  });

  test("two accounts' clients at once never mix tokens or path roots", async () => {
    const mixed: unknown[] = [];
    const url = await servers.http(async (request, response) => {
      const body = (await readBody(request)).toString();
      const account = /account-(\d)/.exec(`${body}${request.headers['dropbox-api-arg']}`)?.[1];
      const { authorization, 'dropbox-api-path-root': root } = request.headers;
      if (authorization !== `Bearer token-${account}` || root !== `{".tag":"root","root":"${account}"}`) {
        mixed.push([account, authorization, root]);
      }
      json(response, 200, { ...ok, size: 0 });
    });
    const calls = [1, 2].flatMap((account) => {
      const client = clientOf(url, { accessToken: async () => `token-${account}`, pathRoot: `${account}` });
      return Array.from({ length: 20 }, (_, turn) =>
        turn % 2 === 0
          ? client.metadata(`/account-${account}`)
          : client.upload({ path: `/account-${account}`, mode: 'add', size: 0, open: async () => bytes(0) }),
      );
    });
    await Promise.all(calls);
    expect(mixed).toEqual([]);
  });

  test('no error text holds the token', async () => {
    const echo = await servers.http((request, response) => {
      response.writeHead(400, { 'content-type': 'text/plain' });
      response.end(`Invalid header ${request.headers.authorization}`);
    });
    const unsendable = 'line\nbreak-token';
    const errors = [
      await remoteRejection(clientOf(echo).metadata('/x')),
      await remoteRejection(clientOf(echo, { accessToken: async () => unsendable }).metadata('/x')),
    ];
    for (const error of errors) {
      const whole = `${error.message} ${JSON.stringify(error.options)} ${error.cause} ${error.stack}`;
      expect(whole).not.toMatch(/test-token|break-token/);
    }
  });
});

describe('time and abort', () => {
  test('each call has its own timeout', async () => {
    const url = await servers.http((request, response) => {
      if (request.url?.includes('get_metadata')) return;
      json(response, 200, { entries: [], cursor: 'c', has_more: false });
    });
    const client = clientOf(url, { timeouts: { rpcMs: 60 } });
    const [hung, fine] = await Promise.allSettled([
      client.metadata('/x'),
      client.listFolder({ path: '', recursive: true }),
    ]);
    expect(fine.status).toBe('fulfilled');
    expect(hung).toMatchObject({ status: 'rejected', reason: { code: 'timeout' } });
  });

  test('a body that does not end runs into the same timeout', async () => {
    const url = await servers.http((_request, response) => void response.write('{"entries":['));
    const client = clientOf(url, { timeouts: { rpcMs: 60 } });
    expect((await remoteRejection(client.listFolder({ path: '', recursive: true }))).code).toBe('timeout');
  });

  test('a token that never comes runs into it too', async () => {
    const client = clientOf(await silent(), {
      accessToken: () => new Promise(() => {}),
      timeouts: { rpcMs: 40 },
    });
    expect((await remoteRejection(client.metadata('/x'))).code).toBe('timeout');
  });

  test('an abort ends one call with its own reason and leaves the other alone', async () => {
    let release = () => {};
    let arrived = 0;
    const url = await servers.http((_request, response) => {
      arrived += 1;
      release = () => json(response, 200, ok);
    });
    const client = clientOf(url);
    const abort = new AbortController();
    const aborted = rejection(client.metadata('/aborted', abort.signal));
    await until('the first call', () => arrived === 1);
    const other = client.metadata('/other');
    await until('the second call', () => arrived === 2);
    const reason = new Error('the worker shuts down');
    abort.abort(reason);
    expect(await aborted).toBe(reason);
    release();
    expect(await other).toMatchObject({ id: 'id:file1' });
  });

  test('an abort that came before makes no call at all', async () => {
    let calls = 0;
    const url = await servers.http(() => {
      calls += 1;
    });
    const reason = new Error('too late');
    const signal = AbortSignal.abort(reason);
    const client = clientOf(url);
    expect(await rejection(client.metadata('/x', signal))).toBe(reason);
    expect(await rejection(client.download('abcdef012', { signal }))).toBe(reason);
    expect(
      await rejection(
        client.upload({ path: '/x', mode: 'add', size: 1, open: async () => bytes(1), signal }),
      ),
    ).toBe(reason);
    expect(calls).toBe(0);
  });

  test('many calls under one signal leave no listener behind', async () => {
    const url = await servers.http((_request, response) => json(response, 200, ok));
    const { signal } = new AbortController();
    let listeners = 0;
    const add = signal.addEventListener.bind(signal);
    const remove = signal.removeEventListener.bind(signal);
    signal.addEventListener = ((...args: Parameters<typeof add>) => {
      listeners += 1;
      add(...args);
    }) as typeof signal.addEventListener;
    signal.removeEventListener = ((...args: Parameters<typeof remove>) => {
      listeners -= 1;
      remove(...args);
    }) as typeof signal.removeEventListener;
    const client = clientOf(url);
    for (let turn = 0; turn < 5; turn += 1) await client.metadata('/x', signal);
    expect(listeners).toBe(0);
  });
});

describe('broken connections', () => {
  test('a reset before the answer', async () => {
    const url = await servers.http((request) => void request.socket.resetAndDestroy());
    const error = await remoteRejection(clientOf(url).metadata('/x'));
    expect(error.code).toBe('connection_failed');
  });

  test('nobody listens', async () => {
    const url = await silent();
    await servers.close();
    const error = await remoteRejection(clientOf(url).metadata('/x'));
    expect([error.code, error.options.detail]).toEqual(['connection_failed', 'ECONNREFUSED']);
  });

  test('a reset within the answer', async () => {
    const url = await servers.http((request, response) => {
      response.writeHead(200, { 'content-length': '1000' });
      response.write('{"entries":', () => request.socket.resetAndDestroy());
    });
    expect((await remoteRejection(clientOf(url).metadata('/x'))).code).toBe('connection_failed');
  });

  test('none of it is tried again', async () => {
    let calls = 0;
    const url = await servers.http((_request, response) => {
      calls += 1;
      response.writeHead(503).end();
    });
    expect((await remoteRejection(clientOf(url).metadata('/x'))).code).toBe('remote_unavailable');
    expect(calls).toBe(1);
  });
});

describe('metering', () => {
  test('each exchange is told once, with what moved', async () => {
    const calls: DropboxCall[] = [];
    const onCall = (call: DropboxCall) => void calls.push(call);
    const url = await servers.http(async (request, response) => {
      await countBody(request);
      if (request.url?.endsWith('move_v2')) return void request.socket.destroy();
      json(response, 200, request.url?.endsWith('upload') ? fileJson({ size: 100_000 }) : ok);
    });
    const client = clientOf(url, { onCall });
    await client.metadata('/x');
    await remoteRejection(client.move('/x', '/y'));
    await client.upload({ path: '/x', mode: 'add', size: 100_000, open: async () => bytes(100_000) });
    expect(calls.map(({ route, status, bytesOut }) => [route, status, bytesOut])).toEqual([
      ['files/get_metadata', 200, 13],
      ['files/move_v2', null, 52],
      ['files/upload', 200, 100_000],
    ]);
    expect(calls[0]?.bytesIn).toBe(JSON.stringify(ok).length);
    expect(calls.every((call) => call.ms >= 0)).toBe(true);
  });
});
