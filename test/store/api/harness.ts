import { createCipheriv, createHmac, randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { createServer, request } from 'node:http';
import type { AddressInfo } from 'node:net';
import { gzipSync } from 'node:zlib';
import type { Express } from 'express';
import type { Remotes } from '../../../src/activities/remotes';
import { type ApiDeps, createApi } from '../../../src/api';
import type { WebPage } from '../../../src/api/webPage';
import type { AssemblyChannel, AssemblyClient, AssemblyObject } from '../../../src/assembly/types';
import type { Config } from '../../../src/config';
import { CairnError } from '../../../src/domain/errors';
import { parseKeyring } from '../../../src/domain/keyring';
import { RemoteError } from '../../../src/domain/remoteError';
import type { Origin, SyncRef } from '../../../src/domain/types';
import type { DropboxClient, DropboxFile, DropboxFolder } from '../../../src/dropbox/types';
import type { Store } from '../../../src/store/client';
import type { TemporalGateway } from '../../../src/temporal/gateway';
import type { ChannelHint } from '../../../src/workflows/messages';

import { createConformance, type OpenApi } from './conformance';

export const API_KEY = 'test-api-key-0001';
export const APP_SECRET = 'test-app-secret';
export const OPERATOR = 'test-operator-token';
export const NOW = new Date('2026-11-23T12:00:00.000Z');

/** An app token as Assembly mints them. */
export function mintToken(
  workspaceId: string,
  extra: Record<string, string> = { internalUserId: 'user-1' },
): string {
  const mac = createHmac('sha256', API_KEY).digest('hex');
  const iv = randomBytes(16);
  const cipher = createCipheriv('aes-128-cbc', Buffer.from(mac.slice(0, 32), 'hex'), iv);
  const payload = JSON.stringify({ workspaceId, ...extra });
  return Buffer.concat([iv, cipher.update(payload, 'utf8'), cipher.final()]).toString('hex');
}

export const testConfig = (changes: Partial<Config> = {}): Config => ({
  tokenKeys: undefined,
  metricsPort: undefined,
  databaseUrl: undefined,
  temporal: { address: undefined, namespace: 'default', cliPath: undefined, uiUrl: undefined },
  dropbox: {
    appKey: 'test-app-key',
    appSecret: APP_SECRET,
    webhookSecrets: [APP_SECRET],
    apiUrl: 'http://127.0.0.1:1',
    contentUrl: 'http://127.0.0.1:1',
    notifyUrl: 'http://127.0.0.1:1',
    webUrl: 'http://127.0.0.1:1',
  },
  assembly: {
    apiKey: API_KEY,
    apiUrl: 'http://127.0.0.1:1',
    webhookSecrets: [],
    rps: 20,
    monthlyBudget: 1_000,
  },
  transferHosts: ['127.0.0.1'],
  egressAllowPrivate: true,
  operatorToken: OPERATOR,
  publicUrl: 'http://localhost:8080',
  trustProxyHops: 0,
  port: 0,
  host: '127.0.0.1',
  logLevel: 'silent',
  logFormat: 'json',
  dataDir: '.data',
  sweepCron: '0 8,20 * * *',
  maxAttempts: 10,
  backoffSeconds: 300,
  massDelete: { min: 25, ratio: 0.5 },
  retryMaxSeconds: 900,
  ...changes,
});

/** A built page in small. */
export const PAGE: WebPage = {
  html: '<!doctype html><title>The page</title>',
  assets: new Map([
    [
      'index-1.js',
      { contentType: 'text/javascript; charset=utf-8', body: Buffer.from('1;'), gzip: gzipSync('1;') },
    ],
  ]),
};

export interface FakeTemporal extends TemporalGateway {
  readonly hints: { ref: SyncRef; hint: ChannelHint }[];
  /** Request ids that came with hints and resyncs, in order. */
  readonly requestIds: (string | undefined)[];
  readonly resyncs: SyncRef[];
  /** Makes every call reject from now on. */
  broken: boolean;
}

export function fakeTemporal(): FakeTemporal {
  const running = new Set<string>();
  const check = () => {
    if (fake.broken) throw new Error('temporal is down');
  };
  const fake = {
    hints: [] as { ref: SyncRef; hint: ChannelHint }[],
    requestIds: [] as (string | undefined)[],
    resyncs: [] as SyncRef[],
    broken: false,
    client: undefined as never,
    async hint(ref: SyncRef, hint: ChannelHint, requestId?: string) {
      check();
      fake.requestIds.push(requestId);
      fake.hints.push({ ref, hint });
    },
    async startResync(ref: SyncRef, _origin: Origin, requestId?: string) {
      check();
      fake.requestIds.push(requestId);
      if (running.has(ref.syncId)) return 'running' as const;
      running.add(ref.syncId);
      fake.resyncs.push(ref);
      return 'started' as const;
    },
    async resyncReport() {
      return { outcome: 'converged' as const, rearmed: 0, pending: 0, stuck: 0, unsyncable: 0 };
    },
    async sweepNow() {
      return 'triggered' as const;
    },
    async ready() {
      check();
    },
    async close() {},
  };
  return fake;
}

/** What the fake Dropbox and Assembly hold, the same for every portal. */
export interface FakeRemotes extends Remotes {
  readonly folders: Map<string, DropboxFolder>;
  readonly files: Map<string, DropboxFile>;
  readonly channels: Map<string, AssemblyChannel>;
  readonly revoked: string[];
  readonly forgotten: string[];
  readonly peopleReads: { count: number };
  connected: boolean;
  revokeFails: boolean;
  /** A Dropbox folder whose listing never ends. */
  endless: boolean;
  /** What every channel holds, one object a page. */
  objects: AssemblyObject[];
}

export function fakeRemotes(): FakeRemotes {
  const fake = {
    folders: new Map<string, DropboxFolder>(),
    files: new Map<string, DropboxFile>(),
    channels: new Map<string, AssemblyChannel>(),
    revoked: [] as string[],
    forgotten: [] as string[],
    peopleReads: { count: 0 },
    connected: true,
    revokeFails: false,
    endless: false,
    objects: [] as AssemblyObject[],
    async dropbox(portalId: string): Promise<DropboxClient> {
      if (!fake.connected) throw new CairnError('not_connected');
      const known: Partial<DropboxClient> = {
        async metadata(path) {
          return fake.folders.get(path.toLowerCase()) ?? fake.files.get(path.toLowerCase()) ?? null;
        },
        async listFolder({ path, recursive }) {
          if (recursive) {
            const all = [...fake.folders.values(), ...fake.files.values()];
            return { entries: all, cursor: 'c1', hasMore: fake.endless };
          }
          const inside = [...fake.folders.values(), ...fake.files.values()].filter(
            ({ pathLower }) =>
              pathLower !== null && pathLower.slice(0, pathLower.lastIndexOf('/')) === path.toLowerCase(),
          );
          return { entries: inside, cursor: 'c1', hasMore: false };
        },
        async listFolderContinue() {
          if (!fake.endless) throw new RemoteError('dropbox', 'cursor_reset', 'the cursor is none of ours');
          return { entries: [], cursor: 'c1', hasMore: true };
        },
        async revoke() {
          if (fake.revokeFails) throw new Error('no answer');
          fake.revoked.push(portalId);
        },
      };
      return known as DropboxClient;
    },
    assembly(): AssemblyClient {
      const known: Partial<AssemblyClient> = {
        async retrieveChannel(id) {
          return fake.channels.get(id) ?? null;
        },
        async listFiles({ nextToken }) {
          const page = Number(nextToken ?? 0);
          return {
            objects: fake.objects.slice(page, page + 1),
            nextToken: page + 1 < fake.objects.length ? `${page + 1}` : null,
          };
        },
        async listChannels() {
          return { channels: [...fake.channels.values()], nextToken: null };
        },
        async listClients() {
          fake.peopleReads.count += 1;
          const client = {
            id: 'client-1',
            name: 'Ada Example',
            email: 'ada@example.com',
            companyId: 'company-1',
          };
          return { clients: [client], nextToken: null };
        },
        async listCompanies() {
          return {
            companies: [{ id: 'company-1', name: 'Example & Sons', isPlaceholder: false }],
            nextToken: null,
          };
        },
      };
      return known as AssemblyClient;
    },
    forget(portalId: string) {
      fake.forgotten.push(portalId);
    },
  };
  return fake;
}

export const folder = (path: string, id = `id:${path.toLowerCase()}`): DropboxFolder => ({
  tag: 'folder',
  id,
  name: path.slice(path.lastIndexOf('/') + 1),
  pathLower: path.toLowerCase(),
  pathDisplay: path,
});

export const channel = (id: string): AssemblyChannel => ({
  id,
  membershipType: 'individual',
  clientId: 'client-1',
  companyId: 'company-1',
  memberIds: ['client-1'],
});

export interface Answer {
  readonly status: number;
  readonly headers: Record<string, string | string[] | undefined>;
  readonly text: string;
  /** The body as JSON, loosely: tests name the fields they look at. */
  json<T = Record<string, unknown>>(): T;
}

export interface TestApi {
  readonly app: Express;
  readonly url: string;
  readonly deps: ApiDeps;
  readonly temporal: FakeTemporal;
  readonly remotes: FakeRemotes;
  call(method: string, path: string, options?: CallOptions): Promise<Answer>;
  /** As the staff of a portal. */
  as(
    portalId: string,
  ): (method: string, path: string, body?: unknown, headers?: Record<string, string>) => Promise<Answer>;
  close(): Promise<void>;
}

interface CallOptions {
  readonly headers?: Record<string, string>;
  readonly body?: string | Buffer;
}

/** The API on a free port, with fakes for Temporal and both remote sides. */
export async function startApi(store: Store, changes: Partial<ApiDeps> = {}): Promise<TestApi> {
  const temporal = fakeTemporal();
  const remotes = fakeRemotes();
  const silent = { debug() {}, info() {}, warn() {}, error() {} };
  const deps: ApiDeps = {
    config: testConfig(),
    store,
    temporal,
    remotes,
    keyring: parseKeyring(`k1:${Buffer.alloc(32, 7).toString('base64')}`),
    logger: silent as unknown as ApiDeps['logger'],
    now: () => NOW,
    page: PAGE,
    preview: async () => ({
      items: [{ path: '/a.txt', object: 'file', rule: 2, decision: 'create on assembly' }],
      truncated: false,
    }),
    eventIntervalMs: 20,
    ...changes,
  };
  const app = createApi(deps);
  const server = createServer(app).listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  const url = `http://127.0.0.1:${port}`;
  let conforms: ReturnType<typeof createConformance> | null = null;
  // Every answer that any test gets is held against the description of its route.
  const call: TestApi['call'] = async (method, path, options = {}) => {
    conforms ??= createConformance((await send(`${url}/openapi.json`, 'GET', {})).json<OpenApi>());
    const answer = await send(`${url}${path}`, method, options);
    conforms(method, path, answer);
    return answer;
  };
  return {
    app,
    url,
    deps,
    temporal,
    remotes,
    call,
    as:
      (portalId) =>
      (method, path, body, headers = {}) =>
        call(method, path, {
          headers: {
            'x-assembly-token': mintToken(portalId),
            ...(body === undefined ? {} : { 'content-type': 'application/json' }),
            ...headers,
          },
          ...(body === undefined ? {} : { body: JSON.stringify(body) }),
        }),
    async close() {
      const closed = once(server, 'close');
      server.close();
      server.closeAllConnections();
      await closed;
    },
  };
}

/** Plain node:http, since fetch hides redirects' cookies and refuses some headers. */
async function send(url: string, method: string, { headers = {}, body }: CallOptions): Promise<Answer> {
  const req = request(url, { method, headers, agent: false });
  req.end(body);
  const [res] = await once(req, 'response');
  const chunks: Buffer[] = [];
  for await (const chunk of res) chunks.push(chunk);
  const text = Buffer.concat(chunks).toString('utf8');
  return { status: res.statusCode, headers: res.headers, text, json: <T>() => JSON.parse(text) as T };
}

/** A connected portal. */
export async function connect(store: Store, portalId: string, accountId = 'dbid:A'): Promise<void> {
  await store.prisma.dropboxConnection.create({
    data: {
      portalId,
      accountId,
      email: 'ada@example.com',
      refreshToken: 'v1:k1:cipher',
      status: 'connected',
    },
  });
}

export const dropboxSignature = (body: string): string =>
  createHmac('sha256', APP_SECRET).update(body).digest('hex');
