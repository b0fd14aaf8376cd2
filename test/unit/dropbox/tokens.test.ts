import { authorizeUrl, createTokenSource, exchangeCode } from '../../../src/dropbox';
import { type Handler, json, readBody, rejection, remoteRejection, until, useServers } from './support';

const servers = useServers();

const APP = { appKey: 'test-app-key', appSecret: 'test-app-secret' };

interface Seen {
  readonly url?: string;
  readonly type?: string;
  readonly form: Record<string, string>;
}

const endpoint = async (answer: Handler) => {
  const seen: Seen[] = [];
  const origin = await servers.http(async (request, response) => {
    const form = Object.fromEntries(new URLSearchParams((await readBody(request)).toString()));
    seen.push({ url: request.url, type: request.headers['content-type'], form });
    await answer(request, response);
  });
  return { tokenUrl: `${origin}/oauth2/token`, seen };
};

/** `sl.token-1`, `sl.token-2`… each for four hours. */
const issuing = () => {
  let issued = 0;
  return endpoint((_request, response) => {
    issued += 1;
    json(response, 200, { access_token: `sl.token-${issued}`, expires_in: 14_400, token_type: 'bearer' });
  });
};

const clock = (start = '2026-11-23T12:00:00Z') => {
  let at = new Date(start).getTime();
  return {
    now: () => new Date(at),
    pass: (seconds: number) => {
      at += seconds * 1000;
    },
  };
};

describe('token source', () => {
  test('sends the form that Dropbox wants, with no secret in the address', async () => {
    const { tokenUrl, seen } = await issuing();
    const token = createTokenSource({ tokenUrl, ...APP, refreshToken: 'test-refresh' });
    expect(await token()).toBe('sl.token-1');
    expect(seen).toEqual([
      {
        url: '/oauth2/token',
        type: 'application/x-www-form-urlencoded',
        form: {
          grant_type: 'refresh_token',
          refresh_token: 'test-refresh',
          client_id: 'test-app-key',
          client_secret: 'test-app-secret',
        },
      },
    ]);
  });

  test('keeps a token until 300 s before its end', async () => {
    const { tokenUrl, seen } = await issuing();
    const { now, pass } = clock();
    const told: Date[] = [];
    const onRefresh = ({ expiresAt }: { expiresAt: Date }) => void told.push(expiresAt);
    const token = createTokenSource({ tokenUrl, ...APP, refreshToken: 'test-refresh', now, onRefresh });
    await token();
    pass(14_400 - 301);
    expect(await token()).toBe('sl.token-1');
    pass(1);
    expect(await token()).toBe('sl.token-2');
    expect(seen).toHaveLength(2);
    expect(told.map((date) => date.toISOString())).toEqual([
      '2026-11-23T16:00:00.000Z',
      '2026-11-23T19:55:00.000Z',
    ]);
  });

  test('refreshes when it is asked to', async () => {
    const { tokenUrl } = await issuing();
    const token = createTokenSource({ tokenUrl, ...APP, refreshToken: 'test-refresh' });
    await token();
    expect(await token({ refresh: true })).toBe('sl.token-2');
    expect(await token()).toBe('sl.token-2');
  });

  test('any number of callers share one refresh', async () => {
    const { tokenUrl, seen } = await issuing();
    const token = createTokenSource({ tokenUrl, ...APP, refreshToken: 'test-refresh' });
    const all = await Promise.all(
      Array.from({ length: 20 }, (_, turn) => token({ refresh: turn % 2 === 0 })),
    );
    expect([new Set(all), seen.length]).toEqual([new Set(['sl.token-1']), 1]);
  });

  test('a caller that gives up ends its own wait, not the refresh of the others', async () => {
    let release = () => {};
    const { tokenUrl, seen } = await endpoint((_request, response) => {
      release = () => json(response, 200, { access_token: 'sl.token', expires_in: 14_400 });
    });
    const token = createTokenSource({ tokenUrl, ...APP, refreshToken: 'test-refresh' });
    const abort = new AbortController();
    const impatient = rejection(token({ signal: abort.signal }));
    const patient = token();
    await until('the refresh to arrive', () => seen.length === 1);
    const reason = new Error('no time');
    abort.abort(reason);
    expect(await impatient).toBe(reason);
    release();
    expect(await patient).toBe('sl.token');
  });

  test('two connections never share a token', async () => {
    const { tokenUrl, seen } = await issuing();
    const one = createTokenSource({ tokenUrl, ...APP, refreshToken: 'test-refresh-1' });
    const two = createTokenSource({ tokenUrl, ...APP, refreshToken: 'test-refresh-2' });
    expect(new Set(await Promise.all([one(), two(), one(), two()])).size).toBe(2);
    expect(seen.map((call) => call.form.refresh_token).sort()).toEqual(['test-refresh-1', 'test-refresh-2']);
  });

  test.each([
    [
      400,
      { error: 'invalid_grant', error_description: 'refresh token is invalid or revoked' },
      'auth_revoked',
    ],
    [400, { error: 'invalid_grant', error_description: 'refresh token is malformed' }, 'auth_revoked'],
    [400, { error: 'invalid_client', error_description: 'x' }, 'auth_misconfigured'],
    [401, { error: 'invalid_client', error_description: 'x' }, 'auth_misconfigured'],
    [
      400,
      { error: 'invalid_request', error_description: 'No auth function available for given request' },
      'auth_misconfigured',
    ],
    [400, 'plain text of a proxy', 'bad_answer'],
    [403, '<html>', 'access_denied'],
    [404, '<html>', 'bad_answer'],
    [429, '', 'throttled'],
    [500, 'oops', 'remote_unavailable'],
    [503, '<html>', 'remote_unavailable'],
    [302, '', 'bad_answer'],
    [200, { access_token: 'sl.x' }, 'bad_answer'],
    [200, { access_token: 'line\nbreak', expires_in: 1 }, 'bad_answer'],
    [200, '<html>', 'bad_answer'],
  ])('%i %j is %s, and the next call tries again', async (status, body, code) => {
    let broken = true;
    const { tokenUrl } = await endpoint((_request, response) => {
      if (!broken) return json(response, 200, { access_token: 'sl.token', expires_in: 14_400 });
      response.writeHead(status, { 'retry-after': '9' });
      response.end(typeof body === 'string' ? body : JSON.stringify(body));
    });
    const token = createTokenSource({ tokenUrl, ...APP, refreshToken: 'test-refresh' });
    const error = await remoteRejection(token());
    expect(error.code).toBe(code);
    expect(`${error.message} ${JSON.stringify(error.options)}`).not.toMatch(/test-|sl\.x|line/);
    if (status === 429) expect(error.options.retryAfterMs).toBe(9_000);
    broken = false;
    expect(await token()).toBe('sl.token');
  });

  test('a reset and a silence are transient', async () => {
    const reset = await endpoint((request) => void request.socket.destroy());
    const silence = await endpoint(() => {});
    const code = async ({ tokenUrl }: { tokenUrl: string }, timeoutMs?: number) => {
      const token = createTokenSource({ tokenUrl, ...APP, refreshToken: 'test-refresh', timeoutMs });
      return (await remoteRejection(token())).code;
    };
    // A reset on a busy machine may take its time: only the silence is given up early.
    expect(await Promise.all([code(reset), code(silence, 50)])).toEqual(['connection_failed', 'timeout']);
  });
});

describe('connecting', () => {
  test('the address that a person is sent to is encoded and asks for a refresh token', () => {
    const url = new URL(
      authorizeUrl({
        webUrl: 'https://www.dropbox.com',
        appKey: 'test-app-key',
        redirectUri: 'https://cairn.example/auth/dropbox/callback?a=b&c=d',
        state: 'a&b=c',
        codeChallenge: 'challenge',
      }),
    );
    expect(url.origin + url.pathname).toBe('https://www.dropbox.com/oauth2/authorize');
    expect(Object.fromEntries(url.searchParams)).toEqual({
      client_id: 'test-app-key',
      response_type: 'code',
      redirect_uri: 'https://cairn.example/auth/dropbox/callback?a=b&c=d',
      state: 'a&b=c',
      token_access_type: 'offline',
      scope: 'account_info.read files.metadata.read files.content.read files.content.write',
      code_challenge: 'challenge',
      code_challenge_method: 'S256',
    });
  });

  const code = {
    code: 'test-code',
    redirectUri: 'https://cairn.example/back',
    codeVerifier: 'test-verifier',
  };

  test('a code is traded for tokens, account and scopes', async () => {
    const { tokenUrl, seen } = await endpoint((_request, response) =>
      json(response, 200, {
        access_token: 'sl.token',
        token_type: 'bearer',
        expires_in: 14_400,
        refresh_token: 'test-refresh',
        scope: 'files.content.read files.content.write',
        uid: '12345',
        account_id: 'dbid:AAH4f99T0taONIb-OurWxbNQ6ywGRopQngc',
      }),
    );
    expect(await exchangeCode({ tokenUrl, ...APP, ...code })).toEqual({
      refreshToken: 'test-refresh',
      accountId: 'dbid:AAH4f99T0taONIb-OurWxbNQ6ywGRopQngc',
      accessToken: 'sl.token',
      expiresIn: 14_400,
      scope: ['files.content.read', 'files.content.write'],
    });
    expect(seen[0]).toMatchObject({
      url: '/oauth2/token',
      form: {
        grant_type: 'authorization_code',
        code: 'test-code',
        redirect_uri: 'https://cairn.example/back',
        code_verifier: 'test-verifier',
        client_id: 'test-app-key',
        client_secret: 'test-app-secret',
      },
    });
  });

  test('a used code is auth_revoked; an answer without a refresh token is bad_answer', async () => {
    const used = await endpoint((_request, response) => json(response, 400, { error: 'invalid_grant' }));
    expect((await remoteRejection(exchangeCode({ ...used, ...APP, ...code }))).code).toBe('auth_revoked');
    const online = await endpoint((_request, response) =>
      json(response, 200, { access_token: 'sl.token', expires_in: 14_400, account_id: 'dbid:x' }),
    );
    const error = await remoteRejection(exchangeCode({ ...online, ...APP, ...code }));
    expect([error.code, error.message]).toEqual(['bad_answer', expect.stringContaining('refresh_token')]);
  });
});
