import { readFileSync } from 'node:fs';
import { request } from 'node:http';
import { join } from 'node:path';
import { RemoteError } from '../../../src/domain/remoteError';
import type { DropboxClient, DropboxPage } from '../../../src/dropbox/types';
import { createTestDatabase, type TestDatabase } from '../../support/database';
import {
  channel,
  connect,
  fakeRemotes,
  folder,
  mintToken,
  NOW,
  OPERATOR,
  startApi,
  type TestApi,
  testConfig,
} from './harness';

let db: TestDatabase;
let api: TestApi;
const readiness = { draining: false };

beforeAll(async () => {
  db = await createTestDatabase();
  api = await startApi(db.store, { config: testConfig({ databaseUrl: db.url }), readiness });
  await connect(db.store, 'ws_1');
});
afterAll(async () => {
  await api.close();
  await db.drop();
});

interface Layer {
  route?: { path: string; methods: Record<string, boolean> };
}

/** What Express really serves, read from its own router. */
function served(): string[] {
  const { stack } = api.app.router as unknown as { stack: Layer[] };
  return stack.flatMap(({ route }) =>
    route === undefined
      ? []
      : Object.keys(route.methods)
          .filter((method) => method !== '_all')
          .map((method) => `${method} ${route.path.replace(/:(\w+)/g, '{$1}')}`),
  );
}

test('the OpenAPI page lists exactly the routes that are served', async () => {
  const page = (await api.call('GET', '/openapi.json')).json<{
    openapi: string;
    paths: Record<string, object>;
  }>();
  expect(page.openapi).toBe('3.1.0');
  const listed = Object.entries(page.paths).flatMap(([path, methods]) =>
    Object.keys(methods).map((method) => `${method} ${path}`),
  );
  expect(listed.sort()).toEqual(served().sort());
  expect(listed).toHaveLength(30);
});

test('the guide for operators names every route, and no other', () => {
  const guide = readFileSync(join(__dirname, '..', '..', '..', 'docs', 'operators.md'), 'utf8');
  const [, section = ''] = guide.split('### Over HTTP');
  const named = [...section.matchAll(/`(GET|POST|PATCH|DELETE) (\/[^`]*)`/g)];
  expect(named.map(([, method = '', path]) => `${method.toLowerCase()} ${path}`).sort()).toEqual(
    served().sort(),
  );
});

test('the OpenAPI page tells bodies, answers and problems from the schemas', async () => {
  const page = (await api.call('GET', '/openapi.json')).json<{
    paths: Record<string, Record<string, unknown>>;
  }>();
  expect(page.paths['/api/syncs']?.post).toMatchObject({
    requestBody: {
      content: { 'application/json': { schema: { required: ['assemblyChannelId', 'dropboxPath'] } } },
    },
    responses: {
      201: expect.anything(),
      409: { content: { 'application/problem+json': expect.anything() } },
      422: expect.anything(),
    },
  });
});

test.each([
  ['get /', 'query token'],
  ['get /auth/dropbox/start', 'query token'],
  ['post /webhooks/dropbox', 'header X-Dropbox-Signature'],
  ['post /webhooks/assembly', 'query token, header X-Copilot-Signature'],
  ['post /api/syncs/{id}/resync', 'path id, header Idempotency-Key, query portalId'],
  ['get /api/preview', 'query assemblyChannelId, query dropboxPath, query portalId'],
  ['get /assets/{name}', 'path name'],
])('the OpenAPI page tells that %s takes %s', async (route, expected) => {
  const [method = '', path = ''] = route.split(' ');
  const { paths } = (await api.call('GET', '/openapi.json')).json<{
    paths: Record<string, Record<string, { parameters: { name: string; in: string }[] }>>;
  }>();
  const parameters = paths[path]?.[method]?.parameters ?? [];
  expect(parameters.map(({ name, in: place }) => `${place} ${name}`).join(', ')).toBe(expected);
});

const NEEDS_CALLER: [string, string][] = [
  ['GET', '/api/connection'],
  ['DELETE', '/api/connection'],
  ['GET', '/api/assembly/channels'],
  ['GET', '/api/dropbox/folders'],
  ['POST', '/api/syncs'],
  ['GET', '/api/syncs'],
  ['GET', '/api/usage'],
  ['GET', '/api/events'],
  ['GET', '/api/preview'],
  ['GET', '/api/syncs/11111111-1111-4111-8111-111111111111'],
  ['GET', '/api/syncs/11111111-1111-4111-8111-111111111111/events'],
];

test.each(NEEDS_CALLER)(
  '%s %s is 401 for a stranger, a client of the portal, and a bad bearer',
  async (method, path) => {
    const headers: Record<string, string>[] = [
      {},
      { 'x-assembly-token': 'zz' },
      { 'x-assembly-token': mintToken('ws_1', { clientId: 'client-1' }) },
      { authorization: 'Bearer wrong' },
      { authorization: 'Basic x' },
    ];
    for (const header of headers) {
      const answer = await api.call(method, `${path}?portalId=ws_1`, { headers: header });
      expect([answer.status, answer.json().code]).toEqual([401, 'unauthorized']);
    }
    // The token in the address is for pages alone.
    expect((await api.call(method, `${path}?token=${mintToken('ws_1')}`)).status).toBe(401);
  },
);

test('without an operator token set, no bearer token is taken', async () => {
  const closed = await startApi(db.store, { config: testConfig({ operatorToken: undefined }) });
  try {
    const answer = await closed.call('GET', '/api/syncs?portalId=ws_1', {
      headers: { authorization: `Bearer ${OPERATOR}` },
    });
    expect(answer.status).toBe(401);
  } finally {
    await closed.close();
  }
});

test('staff who name another portal get 404', async () => {
  expect((await api.as('ws_1')('GET', '/api/syncs?portalId=ws_2')).status).toBe(404);
  expect((await api.as('ws_1')('GET', '/api/syncs?portalId=ws_1')).status).toBe(200);
});

test('a wrong method is 405 with what is allowed, an unknown address 404', async () => {
  const answer = await api.call('PUT', '/api/syncs');
  expect([answer.status, answer.headers.allow, answer.json().code]).toEqual([
    405,
    'GET, HEAD, POST',
    'method_not_allowed',
  ]);
  expect((await api.call('DELETE', '/webhooks/dropbox')).headers.allow).toBe('GET, HEAD, POST');
  expect((await api.call('GET', '/api/nothing')).json().code).toBe('not_found');
});

test('every answer carries a request id: the caller’s where it is a plain word', async () => {
  expect((await api.call('GET', '/healthz')).headers['x-request-id']).toMatch(/^[0-9a-f-]{36}$/);
  const given = await api.call('GET', '/nowhere', { headers: { 'x-request-id': 'abc-1' } });
  expect([given.headers['x-request-id'], given.json().requestId]).toEqual(['abc-1', 'abc-1']);
  const odd = await api.call('GET', '/healthz', { headers: { 'x-request-id': '<script>' } });
  expect(odd.headers['x-request-id']).not.toBe('<script>');
});

test('no answer opens itself to other origins, or is cached', async () => {
  const answer = await api.call('GET', '/api/syncs', {
    headers: { origin: 'https://evil.test', 'x-assembly-token': mintToken('ws_1') },
  });
  expect(Object.keys(answer.headers).filter((name) => name.startsWith('access-control'))).toEqual([]);
  expect(answer.headers).toMatchObject({
    'cache-control': 'no-store',
    'referrer-policy': 'no-referrer',
    'x-content-type-options': 'nosniff',
  });
  expect(answer.headers['x-powered-by']).toBeUndefined();
});

test('ready means Postgres and Temporal answer; draining is 503', async () => {
  expect((await api.call('GET', '/healthz')).json()).toEqual({ status: 'ok' });
  expect((await api.call('GET', '/readyz')).json()).toEqual({ status: 'ready' });
  api.temporal.broken = true;
  const broken = await api.call('GET', '/readyz');
  expect([broken.status, broken.json().detail]).toEqual([503, 'Temporal does not answer.']);
  api.temporal.broken = false;
  readiness.draining = true;
  expect((await api.call('GET', '/readyz')).status).toBe(503);
  expect((await api.call('GET', '/healthz')).status).toBe(200);
  readiness.draining = false;
});

test('metrics name routes by their pattern, never by address', async () => {
  await api.as('ws_1')('GET', '/api/syncs/22222222-2222-4222-8222-222222222222');
  const { text, headers } = await api.call('GET', '/metrics');
  expect(headers['content-type']).toMatch(/^text\/plain/);
  expect(text).toContain(
    'cairn_http_request_seconds_count{method="GET",route="/api/syncs/:id",status="404"}',
  );
  expect(text).not.toContain('22222222');
});

test('channels are labelled after their people and name the sync that uses each', async () => {
  api.remotes.channels.set('us/c1', channel('us/c1'));
  api.remotes.channels.set('us/c2', { ...channel('us/c2'), membershipType: 'company', clientId: null });
  api.remotes.folders.set('/team', folder('/Team'));
  const call = api.as('ws_1');
  const { id } = (
    await call('POST', '/api/syncs', { assemblyChannelId: 'us/c1', dropboxPath: '/Team' })
  ).json();
  const { items } = (await call('GET', '/api/assembly/channels')).json<{ items: unknown[] }>();
  expect(items).toEqual([
    { id: 'us/c1', label: 'Ada Example (Example & Sons)', type: 'individual', syncId: id },
    { id: 'us/c2', label: 'Example & Sons', type: 'company', syncId: null },
  ]);
  await call('GET', '/api/assembly/channels');
  expect(api.remotes.peopleReads.count).toBe(1);
});

test('folders are listed without files, filtered by name, with the sync that uses each', async () => {
  api.remotes.folders.set('/team', folder('/Team'));
  api.remotes.folders.set('/team/sub', folder('/Team/Sub'));
  api.remotes.folders.set('/other', folder('/Other'));
  const paths = async (query: string) => {
    const answer = await api.as('ws_1')('GET', `/api/dropbox/folders${query}`);
    return answer.json<{ items: { path: string }[] }>().items.map(({ path }) => path);
  };
  expect(await paths('')).toEqual(['/Team', '/Other']);
  expect(await paths('?path=/Team')).toEqual(['/Team/Sub']);
  expect(await paths('?query=OTH')).toEqual(['/Other']);
  expect((await api.as('ws_1')('GET', '/api/dropbox/folders?path=Team')).status).toBe(400);
  api.remotes.connected = false;
  const answer = await api.as('ws_1')('GET', '/api/dropbox/folders');
  expect([answer.status, answer.json().code]).toEqual([409, 'not_connected']);
  api.remotes.connected = true;
});

test('folders among many files are found page by page, each once', async () => {
  const page = (name: string, next: string | null): DropboxPage => ({
    entries: [
      { ...folder(`/Many/${name}`), pathLower: `/many/${name}`.toLowerCase() },
      {
        tag: 'file',
        id: `id:f-${name}`,
        name: `${name}.txt`,
        pathLower: null,
        pathDisplay: null,
        rev: '1',
        size: 1,
        hash: null,
        downloadable: true,
      },
    ],
    cursor: next ?? 'end',
    hasMore: next !== null,
  });
  const pages: Record<string, DropboxPage> = {
    first: page('A', 'second'),
    second: page('B', 'third'),
    third: page('C', 'fourth'),
    fourth: page('D', null),
  };
  const listing: Partial<DropboxClient> = {
    async listFolder() {
      return pages.first!;
    },
    async listFolderContinue(cursor) {
      const found = pages[cursor];
      if (found === undefined) throw new RemoteError('dropbox', 'cursor_reset', 'the cursor is none of ours');
      return found;
    },
  };
  const paged = await startApi(db.store, {
    remotes: { ...fakeRemotes(), dropbox: async () => listing as DropboxClient },
  });
  try {
    const read = async (query: string) => {
      const answer = await paged.as('ws_1')('GET', `/api/dropbox/folders?path=/Many${query}`);
      const { items, nextCursor } = answer.json<{ items: { name: string }[]; nextCursor?: string }>();
      return { names: items?.map(({ name }) => name), nextCursor, status: answer.status };
    };
    const first = await read('');
    expect(first).toEqual({ names: ['A', 'B', 'C'], nextCursor: 'fourth', status: 200 });
    expect(await read('&cursor=fourth')).toEqual({ names: ['D'], nextCursor: undefined, status: 200 });
    expect(await read('&cursor=fourth&query=zzz')).toMatchObject({ names: [], status: 200 });
    expect((await read('&cursor=spent')).status).toBe(400);
  } finally {
    await paged.close();
  }
});

describe('events', () => {
  const portal = 'ws_events';

  async function sync(): Promise<string> {
    const { id } = await db.store.prisma.channelSync.create({
      data: {
        portalId: portal,
        assemblyChannelId: `ch-${Math.random()}`,
        dbxAccountId: 'dbid:A',
        dbxRootPath: '/e',
        dbxRootKey: '/e',
        dbxRootId: `id:${Math.random()}`,
        state: 'active',
      },
    });
    return id;
  }

  /** Reads a stream until it has said `count` events, or has ended. */
  function listen(id: string, onEvent: (states: string[]) => void): Promise<string[]> {
    return new Promise((resolve, reject) => {
      const states: string[] = [];
      const headers = { 'x-assembly-token': mintToken(portal) };
      const req = request(`${api.url}/api/syncs/${id}/events`, { headers, agent: false }, (res) => {
        expect(res.headers['content-type']).toBe('text/event-stream');
        let text = '';
        res.on('data', (chunk) => {
          text += chunk;
          const blocks = text.split('\n\n');
          text = blocks.pop() ?? '';
          for (const block of blocks) {
            const [, data] = /^event: sync\ndata: (.*)$/.exec(block) ?? [];
            if (data === undefined) continue;
            states.push(JSON.parse(data).state);
            onEvent(states);
          }
        });
        res.on('end', () => resolve(states));
      });
      req.on('error', reject).end();
    });
  }

  test('the sync is told at once and at every change, and the stream ends when it is removed', async () => {
    const id = await sync();
    const states = await listen(id, ({ length }) => {
      if (length === 1) void api.as(portal)('PATCH', `/api/syncs/${id}`, { state: 'paused' });
      if (length === 2) void api.as(portal)('DELETE', `/api/syncs/${id}`);
    });
    expect(states).toEqual(['active', 'paused']);
  });

  test('draining ends the streams', async () => {
    const id = await sync();
    try {
      expect(
        await listen(id, () => {
          readiness.draining = true;
        }),
      ).toEqual(['active']);
    } finally {
      readiness.draining = false;
    }
  });
});

test('a source that floods the webhooks is asked to wait; others are not held up', async () => {
  const frozen = await startApi(db.store, { now: () => NOW });
  try {
    const statuses = new Set<number>();
    for (let i = 0; i < 1_300 && !statuses.has(429); i += 50) {
      const answers = await Promise.all(
        Array.from({ length: 50 }, () => frozen.call('POST', '/webhooks/assembly?token=zz')),
      );
      for (const { status } of answers) statuses.add(status);
    }
    expect([...statuses]).toEqual([401, 429]);
    expect((await frozen.call('GET', '/healthz')).status).toBe(200);
  } finally {
    await frozen.close();
  }
});

const v4 = (i: number, k: number) => `10.0.${i}.${k}`;
const v6 = (i: number, k: number) => `2001:db8:0:7:${i}::${k}`;
test.each([
  [0, 'what a caller claims of its address is not believed', v4, [401, 429]],
  [1, 'the proxy says who calls: each caller has a pace of its own', v4, [401]],
  [1, 'all addresses of one IPv6 network are one caller', v6, [401, 429]],
])('behind %i proxies %s', async (trustProxyHops, _what, addressOf, expected) => {
  const frozen = await startApi(db.store, { config: testConfig({ trustProxyHops }), now: () => NOW });
  try {
    const statuses = new Set<number>();
    for (let i = 0; i < 1_300; i += 50) {
      const answers = await Promise.all(
        Array.from({ length: 50 }, (_, k) =>
          frozen.call('POST', '/webhooks/assembly?token=zz', {
            headers: { 'x-forwarded-for': addressOf(i / 50, k) },
          }),
        ),
      );
      for (const { status } of answers) statuses.add(status);
    }
    expect([...statuses]).toEqual(expected);
  } finally {
    await frozen.close();
  }
});
