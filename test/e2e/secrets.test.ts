import { createHmac } from 'node:crypto';
import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { freePort } from '../../src/local/ports';
import { connectGateway } from '../../src/temporal/gateway';
import { control } from '../support/people';
import { type System, staffToken, startSystem, waitFor } from '../support/system';

/**
 * Every secret of a running system is known here. Everything is done that a person, an operator or a remote side can
 * do, well or badly, and then everything that leaves a trace is searched for them.
 */

const APP_SECRET = 'sandbox-app-secret';
const API_KEY = 'sandbox-assembly-key';
const WEBHOOK_SECRET = 'whsec-test-0001';
const OPERATOR = 'operator-token-of-a-test';
const KEY = Buffer.alloc(32, 7).toString('base64');
const OLDER_SECRET = 'older-secret-of-the-app';

let system: System;
let logs: string;
let metricsPort: number;
/** Secrets that came up on the way, by what they are. */
const canaries = new Map<string, string>([
  ['the app secret', APP_SECRET],
  ['the older app secret', OLDER_SECRET],
  ['the API key', API_KEY],
  ['the webhook secret', WEBHOOK_SECRET],
  ['the operator token', OPERATOR],
  ['the encryption key', KEY],
  ['the app token', staffToken('ws_1')],
]);
/** What was answered to anyone, by where. */
const answers: [string, string][] = [];

beforeAll(async () => {
  logs = mkdtempSync(join(tmpdir(), 'cairn-secrets-'));
  process.env.E2E_LOG_DIR = logs;
  metricsPort = await freePort();
  system = await startSystem({
    env: {
      LOG_LEVEL: 'trace',
      DROPBOX_APP_SECRET: `${APP_SECRET},${OLDER_SECRET}`,
      CAIRN_RETRY_MAX_SECONDS: '3',
      CAIRN_BACKOFF_SECONDS: '1',
      METRICS_PORT: String(metricsPort),
    },
  });
}, 90_000);
afterAll(async () => {
  delete process.env.E2E_LOG_DIR;
  await system?.stop();
  if (!process.env.KEEP) rmSync(logs, { recursive: true, force: true });
}, 60_000);

async function ask(path: string, init: RequestInit = {}): Promise<Response> {
  const response = await fetch(new URL(path, system.apiUrl), { redirect: 'manual', ...init });
  const headers = [...response.headers].filter(([name]) => name !== 'location' && name !== 'set-cookie');
  answers.push([path.split('?')[0] ?? '', JSON.stringify(headers) + (await response.clone().text())]);
  return response;
}

const appToken = () => canaries.get('the app token') ?? '';
const staff = { headers: { 'x-assembly-token': '', 'content-type': 'application/json' } };

/** Connects as a browser does; `spoil` alters what Dropbox handed back. */
async function walk(spoil: (back: URL) => void = () => {}): Promise<Response> {
  const begun = await ask(`/auth/dropbox/start?token=${appToken()}`);
  const [cookie = ''] = (begun.headers.get('set-cookie') ?? '').split(';');
  const authorize = new URL(begun.headers.get('location') ?? '');
  canaries.set(`state ${canaries.size}`, authorize.searchParams.get('state') ?? '');
  canaries.set(`browser ${canaries.size}`, cookie.split('=')[1] ?? '');
  const asked = await fetch(authorize, { redirect: 'manual' });
  const back = new URL(asked.headers.get('location') ?? '');
  canaries.set(`code ${canaries.size}`, back.searchParams.get('code') ?? '');
  spoil(back);
  const answer = await ask(`${back.pathname}${back.search}`, { headers: { cookie } });
  // The same once more: used.
  await ask(`${back.pathname}${back.search}`, { headers: { cookie } });
  return answer;
}

const dropboxFaults = (rules: object[]) =>
  control(`${system.dropboxSandbox.controlUrl}/faults`, 'POST', { rules });
const assemblyFaults = (rules: object[]) =>
  control(`${system.assemblySandbox.controlUrl}/faults`, 'POST', { rules });

/** Remote sides that throw what they were sent back at us, and storage that refuses and breaks. */
async function spoilRemotes(): Promise<void> {
  const echo = JSON.stringify({ message: `bad key ws_1/${API_KEY} at https://x.test/?X-Amz-Signature=abc` });
  await assemblyFaults([
    { route: 'POST /v1/files*', action: 'status', status: 400, body: echo, times: 2 },
    { route: 'storage PUT', action: 'status', status: 403, body: `<Error>${API_KEY}</Error>`, times: 2 },
    { route: 'storage PUT', action: 'reset', times: 2 },
    { route: 'storage GET', action: 'truncate', times: 2 },
    { route: 'GET /v1/files*', action: 'status', status: 500, body: echo, times: 1 },
  ]);
  await dropboxFaults([
    {
      route: 'files/upload',
      action: 'status',
      status: 409,
      times: 2,
      body: { error_summary: `other/${APP_SECRET}`, error: { '.tag': 'other' } },
    },
    { route: 'files/upload', action: 'expire_token', times: 1 },
    { route: 'files/download', action: 'reset', times: 2 },
    { route: 'oauth2/token', action: 'status', status: 500, body: `failed for ${APP_SECRET}`, times: 1 },
  ]);
}

async function everyRoute(syncId: string): Promise<void> {
  const { paths } = (await (await ask('/openapi.json')).json()) as { paths: Record<string, object> };
  for (const [path, methods] of Object.entries(paths)) {
    for (const method of Object.keys(methods)) {
      if (path.endsWith('/events') || method === 'delete' || path.startsWith('/auth')) continue;
      const at = path.replaceAll(/\{\w+\}/g, syncId);
      const body = method === 'get' ? {} : { body: JSON.stringify({ nonsense: appToken().slice(0, 8) }) };
      await ask(at, { ...staff, method: method.toUpperCase(), ...body });
      await ask(`${at}?portalId=ws_1&token=${appToken()}`, {
        method: method.toUpperCase(),
        headers: { authorization: `Bearer ${OPERATOR}`, 'x-dropbox-signature': APP_SECRET },
        ...body,
      });
      await ask(at, {
        method: method.toUpperCase(),
        headers: { authorization: `Bearer ${OPERATOR}x` },
        ...body,
      });
    }
  }
  await ask(`/?token=${appToken()}`);
  await ask(`/nowhere/${appToken()}?token=${appToken()}`);
}

/** One side's webhook with its secrets, until a workflow was started for it: then its request stands in the memo. */
async function untilWebhookStarts(side: 'assembly' | 'dropbox'): Promise<void> {
  const requestId = `request-of-${side}`;
  await waitFor(async () => {
    const { status } = await (side === 'assembly' ? assemblyWebhook : dropboxWebhook)(requestId);
    if (status !== 200) return `answered ${status}`;
    return (await histories()).includes(requestId) || 'it only told a workflow that was running';
  }, 60_000);
}

const hmac = (secret: string, body: string): string =>
  createHmac('sha256', secret).update(body).digest('hex');

function assemblyWebhook(requestId: string): Promise<Response> {
  const updatedAt = new Date().toISOString();
  const { channelId } = system;
  const data = { id: 'unheard-of', object: 'file', channelId, path: 'x', status: 'completed', updatedAt };
  const body = JSON.stringify({ eventType: 'file.updated', data });
  const signature = hmac(WEBHOOK_SECRET, body);
  const headers = { 'x-request-id': requestId, 'x-copilot-signature': signature };
  return ask(`/webhooks/assembly?token=${appToken()}`, { method: 'POST', body, headers });
}

async function dropboxWebhook(requestId: string): Promise<Response> {
  const { prisma } = system.database.store;
  const { accountId } = await prisma.dropboxConnection.findUniqueOrThrow({ where: { portalId: 'ws_1' } });
  const body = JSON.stringify({ list_folder: { accounts: [accountId] } });
  const headers = { 'x-request-id': requestId, 'x-dropbox-signature': hmac(OLDER_SECRET, body) };
  return ask('/webhooks/dropbox', { method: 'POST', body, headers });
}

async function everyVerb(syncId: string): Promise<void> {
  const verbs = [
    ['syncs', '--json'],
    ['status', syncId, '--json'],
    ['stuck', '--json'],
    ['plan', syncId, '--json'],
    ['verify', syncId, '--content', '--json'],
    ['doctor', '--portal', 'ws_1'],
    ['rotate-keys', '--json'],
    ['resync', syncId, '--wait'],
    ['retry', 'ffff'],
    ['nonsense', OPERATOR.slice(0, 4)],
  ];
  for (const verb of verbs) {
    const { stdout, stderr } = await system.cli(...verb);
    answers.push([`cairn ${verb[0]}`, stdout + stderr]);
  }
}

test('no secret is in any history, log, row, metric, page, problem or answer', async () => {
  Object.assign(staff.headers, { 'x-assembly-token': appToken() });
  await control(`${system.dropboxSandbox.controlUrl}/authorize`, 'POST', { auto: 'allow' });
  await walk((back) => back.searchParams.set('state', 'tampered'));
  await walk((back) => back.searchParams.set('code', 'not-a-code'));
  expect((await walk()).status).toBe(200);
  for (let i = 0; i < 6; i += 1) await system.dropbox.put(`/from dropbox ${i}.txt`, `dropbox ${i}`);
  for (let i = 0; i < 6; i += 1) await system.assembly.put(`/from assembly ${i}.txt`, `assembly ${i}`);
  const made = await ask('/api/syncs', {
    ...staff,
    method: 'POST',
    headers: { ...staff.headers, 'x-request-id': 'request-of-the-mapping' },
    body: JSON.stringify({ assemblyChannelId: system.channelId, dropboxPath: '/Clients' }),
  });
  expect(made.status).toBe(201);
  await spoilRemotes();
  const { id: syncId } = (await made.json()) as { id: string };
  const { prisma } = system.database.store;
  await waitFor(async () => {
    const failed = await prisma.syncHistory.count({ where: { outcome: 'failed' } });
    const settled = await prisma.fileFolderSync.count({
      where: { pendingAction: null, baseAt: { not: null } },
    });
    return failed > 0 && settled > 3 ? true : `failed ${failed}, settled ${settled}`;
  }, 60_000);
  // The person takes the consent back and gives it again.
  await control(`${system.dropboxSandbox.controlUrl}/revoke`, 'POST', {});
  await system.dropbox.put('/after the revocation.txt', 'x');
  await system.cli('sweep');
  await ask(`/api/syncs/${syncId}/resync`, { ...staff, method: 'POST' });
  await waitFor(async () => {
    const { status } = await prisma.dropboxConnection.findUniqueOrThrow({ where: { portalId: 'ws_1' } });
    return status === 'needs_reauth' ? true : status;
  }, 30_000);
  expect((await walk()).status).toBe(200);
  await prisma.fileFolderSync.updateMany({
    data: { pendingActionAttempts: 0, pendingActionLastAttemptAt: null },
  });
  await system.cli('resync', syncId);
  await system.converged(syncId, 90_000);
  await untilWebhookStarts('assembly');
  await untilWebhookStarts('dropbox');
  await everyRoute(syncId);
  await everyVerb(syncId);
  await remember();

  const places = await everything();
  const found = [...places].flatMap(([place, text]) =>
    [...canaries].filter(([, secret]) => holds(text, secret)).map(([name]) => `${name} in ${place}`),
  );
  expect(found).toEqual([]);
  // Shapes of secrets that can't be known one by one: access tokens, and presigned links.
  const shapes = [...places].flatMap(([place, text]) =>
    [/\bsl\.[\w-]{16,}/, /X-Amz-Signature=[0-9a-f]{16,}/]
      .filter((shape) => shape.test(text))
      .map((shape) => `${shape} in ${place}`),
  );
  expect(shapes).toEqual([]);

  // The search sees what is there.
  for (const secret of canaries.values()) expect(secret.length).toBeGreaterThanOrEqual(8);
  expect(canaries.size).toBeGreaterThan(18);
  for (const [place, marker] of [
    ['histories', 'applyOperation'],
    ['rows', 'from assembly 1.txt'],
    ['logs', '"requestId"'],
    ['metrics of the API', 'cairn_http_request_seconds'],
    ['metrics of the worker', 'temporal_'],
  ] as const) {
    expect([place, places.get(place)?.includes(marker)]).toEqual([place, true]);
  }
  expect(places.get('histories')).toContain('"requestId":"request-of-the-mapping"');
  // Whoever follows the guide for operators finds the metrics it names.
  const guide = readFileSync(join(__dirname, '..', '..', 'docs', 'operators.md'), 'utf8');
  const metrics = `${places.get('metrics of the API')}${places.get('metrics of the worker')}`;
  for (const [, name = ''] of guide.matchAll(/`((?:cairn|temporal)_[a-z_]+)`/g)) {
    expect([name, metrics.includes(`\n${name}`)]).toEqual([name, true]);
  }
}, 280_000);

/** Also as base64, hex, or percent-encoded nobody may be told a secret. */
function holds(text: string, secret: string): boolean {
  const bytes = Buffer.from(secret, 'utf8');
  const forms = [
    secret,
    bytes.toString('hex'),
    bytes.toString('base64').replace(/=+$/, ''),
    encodeURIComponent(secret),
  ];
  return forms.some((form) => text.includes(form));
}

/** Refresh tokens that are stored now, in the clear. */
async function remember(): Promise<void> {
  const { parseKeyring } = require('../../src/domain/keyring') as typeof import('../../src/domain/keyring');
  const rows = await system.database.store.prisma.dropboxConnection.findMany();
  for (const { portalId, refreshToken } of rows) {
    if (refreshToken === null) continue;
    canaries.set(
      `refresh token ${canaries.size}`,
      parseKeyring(`test:${KEY}`).decrypt(refreshToken, portalId),
    );
  }
  const minted = await control<{ refreshToken: string }>(
    `${system.dropboxSandbox.controlUrl}/tokens`,
    'POST',
    {},
  );
  expect(minted.refreshToken.length).toBeGreaterThan(20);
}

async function everything(): Promise<Map<string, string>> {
  const places = new Map<string, string>();
  places.set('histories', await histories());
  places.set('rows', await rows());
  places.set(
    'logs',
    readdirSync(logs)
      .map((file) => readFileSync(join(logs, file), 'utf8'))
      .join('\n'),
  );
  places.set('metrics of the API', await (await fetch(`${system.apiUrl}/metrics`)).text());
  places.set('metrics of the worker', await (await fetch(`http://127.0.0.1:${metricsPort}/metrics`)).text());
  for (const [path, text] of answers) places.set(path, `${places.get(path) ?? ''}${text}\n`);
  return places;
}

/** Every event of every workflow, payloads decoded, with what the list shows of it. */
async function histories(): Promise<string> {
  const gateway = await connectGateway({ address: system.temporalAddress, namespace: 'default' });
  try {
    const parts: string[] = [];
    for await (const info of gateway.client.workflow.list()) {
      const { events } = await gateway.client.workflow.getHandle(info.workflowId, info.runId).fetchHistory();
      const { client: _client, ...told } = info as unknown as Record<string, unknown>;
      parts.push(readable(told), readable(events));
    }
    expect(parts.length).toBeGreaterThan(20);
    return parts.join('\n');
  } finally {
    await gateway.close();
  }
}

const readable = (value: unknown): string =>
  JSON.stringify(value, (_name, part: unknown) => {
    if (part instanceof Uint8Array) return Buffer.from(part).toString('utf8');
    const buffer = part as { type?: string; data?: number[] } | null;
    if (buffer?.type === 'Buffer' && buffer.data) return Buffer.from(buffer.data).toString('utf8');
    return typeof part === 'bigint' ? String(part) : part;
  }).replaceAll('\\"', '"');

async function rows(): Promise<string> {
  const { prisma } = system.database.store;
  const tables = await prisma.$queryRaw<{ name: string }[]>`
    SELECT table_name AS name FROM information_schema.tables WHERE table_schema = 'public'`;
  const parts: string[] = [];
  for (const { name } of tables) {
    const found = await prisma.$queryRawUnsafe<{ row: string }[]>(`SELECT t::text AS row FROM "${name}" t`);
    parts.push(...found.map(({ row }) => row));
  }
  return parts.join('\n');
}
