import { once } from 'node:events';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { createTestDatabase, type TestDatabase } from '../../support/database';
import { type Answer, connect, mintToken, startApi, type TestApi, testConfig } from './harness';

/** Dropbox's token endpoint and account call, as far as connecting needs them. */
interface FakeDropbox {
  readonly url: string;
  readonly forms: URLSearchParams[];
  accountId: string;
  tokenStatus: number;
  close(): Promise<void>;
}

async function startDropbox(): Promise<FakeDropbox> {
  const fake = { url: '', forms: [] as URLSearchParams[], accountId: 'dbid:A', tokenStatus: 200, close };
  const server: Server = createServer(async (req, res) => {
    let body = '';
    for await (const chunk of req) body += chunk;
    res.setHeader('Content-Type', 'application/json');
    if (req.url === '/oauth2/token') {
      fake.forms.push(new URLSearchParams(body));
      res.statusCode = fake.tokenStatus;
      const tokens = {
        access_token: 'test-access',
        token_type: 'bearer',
        expires_in: 14_400,
        refresh_token: 'test-refresh',
        scope: 'account_info.read',
        account_id: fake.accountId,
      };
      res.end(JSON.stringify(fake.tokenStatus === 200 ? tokens : { error: 'invalid_grant' }));
      return;
    }
    res.end(
      JSON.stringify({
        account_id: fake.accountId,
        email: 'ada@example.com',
        root_info: { '.tag': 'user', root_namespace_id: '11', home_namespace_id: '11' },
      }),
    );
  });
  async function close(): Promise<void> {
    const closed = once(server, 'close');
    server.close();
    server.closeAllConnections();
    await closed;
  }
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  fake.url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  return fake;
}

let db: TestDatabase;
let dropbox: FakeDropbox;
let api: TestApi;
let clock = new Date('2026-11-23T12:00:00.000Z');
let n = 0;
const newPortal = () => {
  n += 1;
  return `ws_${n}`;
};

beforeAll(async () => {
  db = await createTestDatabase();
  dropbox = await startDropbox();
  const config = testConfig();
  api = await startApi(db.store, {
    config: {
      ...config,
      dropbox: {
        ...config.dropbox,
        apiUrl: dropbox.url,
        contentUrl: dropbox.url,
        webUrl: 'https://dropbox.test',
      },
    },
    now: () => clock,
  });
});
afterAll(async () => {
  await api.close();
  await dropbox.close();
  await db.drop();
});
beforeEach(() => {
  clock = new Date('2026-11-23T12:00:00.000Z');
  dropbox.forms.length = 0;
  dropbox.accountId = 'dbid:A';
  dropbox.tokenStatus = 200;
  api.temporal.hints.length = 0;
});

/** What a browser gets from starting: where it is sent, and its cookie. */
async function start(portalId: string) {
  const answer = await api.call('GET', `/auth/dropbox/start?token=${mintToken(portalId)}`);
  expect(answer.status).toBe(302);
  const [setCookie = ''] = [answer.headers['set-cookie']].flat();
  const location = new URL(String(answer.headers.location));
  return {
    location,
    setCookie,
    cookie: setCookie.split(';')[0] ?? '',
    state: location.searchParams.get('state') ?? '',
  };
}

const back = (query: Record<string, string>, cookie?: string) =>
  api.call('GET', `/auth/dropbox/callback?${new URLSearchParams(query)}`, {
    headers: cookie === undefined ? {} : { cookie },
  });

/** What a person reads who could not connect: why, and how to try again; on a page, whatever the status. */
function expectWayOn(answer: Answer, status: number, why: string): void {
  expect([answer.status, answer.headers['content-type']]).toEqual([status, 'text/html; charset=utf-8']);
  expect(answer.text).toContain(why);
  expect(answer.text).toContain('To try again, go back to the app in your Assembly dashboard');
}

test('start sends the browser to Dropbox with state, PKCE and a cookie of its own', async () => {
  const { location, setCookie, state } = await start(newPortal());
  expect(location.origin).toBe('https://dropbox.test');
  expect(Object.fromEntries(location.searchParams)).toMatchObject({
    client_id: 'test-app-key',
    response_type: 'code',
    redirect_uri: 'http://localhost:8080/auth/dropbox/callback',
    token_access_type: 'offline',
    code_challenge_method: 'S256',
  });
  expect(state).toMatch(/^[\w-]{43}$/);
  expect(setCookie).toMatch(/; HttpOnly; SameSite=Lax$/);
  const rows = await db.store.prisma.oauthState.findMany();
  expect(JSON.stringify(rows)).not.toContain(state);
});

test('the cookie is Secure where the address is https', async () => {
  const secure = await startApi(db.store, { config: testConfig({ publicUrl: 'https://cairn.test' }) });
  try {
    const answer = await secure.call('GET', `/auth/dropbox/start?token=${mintToken(newPortal())}`);
    expect([answer.headers['set-cookie']].flat()[0]).toMatch(/; Secure$/);
    expect(answer.headers['strict-transport-security']).toBeDefined();
  } finally {
    await secure.close();
  }
});

test('the callback stores an encrypted token and says the portal is connected', async () => {
  const portal = newPortal();
  await db.store.prisma.sideBreaker.create({
    data: { portalId: portal, side: 'dropbox', code: 'auth_revoked', message: 'm', probeAt: clock },
  });
  const { cookie, state, location } = await start(portal);
  const answer = await back({ state, code: 'test-code' }, cookie);
  expect(answer.status).toBe(200);
  expect(answer.headers['content-type']).toMatch(/^text\/html/);
  expect(answer.text).toContain('window.close()');
  const verifier = dropbox.forms[0]?.get('code_verifier') ?? '';
  const { createHash } = await import('node:crypto');
  expect(createHash('sha256').update(verifier).digest('base64url')).toBe(
    location.searchParams.get('code_challenge'),
  );
  const row = await db.store.prisma.dropboxConnection.findUniqueOrThrow({ where: { portalId: portal } });
  expect(row).toMatchObject({
    accountId: 'dbid:A',
    rootNamespaceId: '11',
    homeNamespaceId: '11',
    status: 'connected',
  });
  expect(row.refreshToken).not.toContain('test-refresh');
  expect(api.deps.keyring.decrypt(row.refreshToken ?? '', portal)).toBe('test-refresh');
  expect(await db.store.prisma.sideBreaker.count({ where: { portalId: portal } })).toBe(0);
  expect(api.remotes.forgotten).toContain(portal);
  expect((await api.as(portal)('GET', '/api/connection')).json()).toEqual({
    status: 'connected',
    accountId: 'dbid:A',
    email: 'ada@example.com',
    connectedAt: clock.toISOString(),
  });
});

describe('a state is good once, for ten minutes, in the browser that began', () => {
  test('used twice, also at the same time, it finishes once', async () => {
    const { cookie, state } = await start(newPortal());
    const answers = await Promise.all([
      back({ state, code: 'c' }, cookie),
      back({ state, code: 'c' }, cookie),
    ]);
    expect(answers.map(({ status }) => status).sort()).toEqual([200, 400]);
    expectWayOn(await back({ state, code: 'c' }, cookie), 400, 'The link was used before');
    expect(dropbox.forms).toHaveLength(1);
  });

  test('without the cookie, or with another, it does nothing, and its own browser may still finish', async () => {
    const { cookie, state } = await start(newPortal());
    const other = await start(newPortal());
    expectWayOn(await back({ state, code: 'c' }), 400, 'was opened in another browser');
    expectWayOn(await back({ state, code: 'c' }, other.cookie), 400, 'was opened in another browser');
    expect(dropbox.forms).toHaveLength(0);
    expect((await back({ state, code: 'c' }, cookie)).status).toBe(200);
  });

  test('altered, missing or too old, it is refused with a page that says how to try again', async () => {
    const { cookie, state } = await start(newPortal());
    for (const query of [{ state: `${state}x`, code: 'c' }, { code: 'c' }] as Record<string, string>[]) {
      expectWayOn(await back(query, cookie), 400, 'This did not work');
    }
    clock = new Date(clock.getTime() + 10 * 60_000);
    expectWayOn(await back({ state, code: 'c' }, cookie), 400, 'is too old');
    expect(dropbox.forms).toHaveLength(0);
  });
});

test('a person who refuses gets a page with 200, and nothing is stored', async () => {
  const portal = newPortal();
  const { cookie, state } = await start(portal);
  const answer = await back({ state, error: 'access_denied', error_description: '<b>no</b>' }, cookie);
  expectWayOn(answer, 200, 'You did not allow the connection at Dropbox.');
  expect(answer.text).not.toContain('<b>no');
  expect((await api.as(portal)('GET', '/api/connection')).json()).toEqual({ status: 'none' });
});

test('a code that Dropbox refuses ends in a page, and so does a Dropbox that is down', async () => {
  for (const [status, why] of [
    [400, 'Dropbox no longer accepts this attempt.'],
    [500, 'Dropbox did not answer as it should'],
  ] as const) {
    const portal = newPortal();
    const { cookie, state } = await start(portal);
    dropbox.tokenStatus = status;
    expectWayOn(await back({ state, code: 'c' }, cookie), 502, why);
    expect((await api.as(portal)('GET', '/api/connection')).json()).toEqual({ status: 'none' });
  }
});

test('a bad token on start is a page with 401', async () => {
  for (const path of [
    '/auth/dropbox/start?token=zz',
    '/auth/dropbox/start',
    `/auth/dropbox/start?token=${mintToken('ws', { clientId: 'c' })}`,
  ]) {
    const answer = await api.call('GET', path);
    expect([answer.status, answer.headers['content-type']]).toEqual([401, 'text/html; charset=utf-8']);
  }
});

const addSync = (portalId: string, state: string, channel = 'ch') =>
  db.store.prisma.channelSync.create({
    data: {
      portalId,
      assemblyChannelId: channel,
      dbxAccountId: 'dbid:A',
      dbxRootPath: `/${channel}`,
      dbxRootKey: `/${channel}`,
      dbxRootId: `id:${channel}`,
      state,
      lookWanted: false,
    },
  });

test('another account is refused while syncs exist, and taken once they are removed', async () => {
  const portal = newPortal();
  await connect(db.store, portal, 'dbid:A');
  const sync = await addSync(portal, 'paused');
  dropbox.accountId = 'dbid:B';
  const first = await start(portal);
  const refused = await back({ state: first.state, code: 'c' }, first.cookie);
  expectWayOn(refused, 409, 'Connect that account, or remove its syncs first.');
  expect((await api.as(portal)('GET', '/api/connection')).json().accountId).toBe('dbid:A');
  await db.store.prisma.channelSync.update({
    where: { id: sync.id },
    data: { state: 'removed', deletedAt: clock },
  });
  const second = await start(portal);
  expect((await back({ state: second.state, code: 'c' }, second.cookie)).status).toBe(200);
  expect((await api.as(portal)('GET', '/api/connection')).json().accountId).toBe('dbid:B');
});

test('reconnecting lets flowing syncs look again, and leaves paused ones', async () => {
  const portal = newPortal();
  await connect(db.store, portal);
  await db.store.prisma.dropboxConnection.update({
    where: { portalId: portal },
    data: { status: 'needs_reauth' },
  });
  const active = await addSync(portal, 'active');
  const paused = await addSync(portal, 'paused', 'ch2');
  const { cookie, state } = await start(portal);
  expect((await back({ state, code: 'c' }, cookie)).status).toBe(200);
  expect(api.temporal.hints.map(({ ref, hint }) => [ref.syncId, hint.kind])).toEqual([[active.id, 'look']]);
  const rows = await db.store.prisma.channelSync.findMany({
    where: { portalId: portal },
    orderBy: { state: 'asc' },
  });
  expect(rows.map(({ id, lookWanted }) => [id, lookWanted])).toEqual([
    [active.id, true],
    [paused.id, false],
  ]);
});

describe('DELETE /api/connection', () => {
  test.each([false, true])('revokes, erases and pauses (revoking fails: %s)', async (fails) => {
    const portal = newPortal();
    await connect(db.store, portal);
    const sync = await addSync(portal, 'active');
    api.remotes.revokeFails = fails;
    expect((await api.as(portal)('DELETE', '/api/connection')).status).toBe(204);
    expect(api.remotes.revoked.includes(portal)).toBe(!fails);
    const row = await db.store.prisma.dropboxConnection.findUniqueOrThrow({ where: { portalId: portal } });
    expect(row).toMatchObject({ status: 'disconnected', refreshToken: null, email: null });
    const stopped = await db.store.prisma.channelSync.findUniqueOrThrow({ where: { id: sync.id } });
    expect(stopped).toMatchObject({ state: 'paused', generation: 2 });
    expect((await api.as(portal)('DELETE', '/api/connection')).status).toBe(204);
    const resumed = await api.as(portal)('PATCH', `/api/syncs/${sync.id}`, { state: 'active' });
    expect([resumed.status, resumed.json().code]).toEqual([409, 'not_connected']);
  });
});
