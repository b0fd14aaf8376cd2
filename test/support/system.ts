import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { createWriteStream, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import type { Client } from '@temporalio/client';
import { parseKeyring } from '../../src/domain/keyring';
import { freePort } from '../../src/local/ports';
import { ensureTemporal, startTemporal } from '../../src/local/temporal';
import { type AssemblySandbox, createAssemblySandbox, mintAppToken } from '../../src/sandbox/assembly';
import { createDropboxSandbox, type DropboxSandbox } from '../../src/sandbox/dropbox';
import { saveConnection } from '../../src/store/connections';
import { connectGateway } from '../../src/temporal/gateway';
import { channelWorkflowId } from '../../src/temporal/ids';
import { createTestDatabase, type TestDatabase } from './database';
import { assemblyPerson, control, dropboxPerson, type Person, type TreeEntry } from './people';

const APP_KEY = 'sandbox-app-key';
const APP_SECRET = 'sandbox-app-secret';
const API_KEY = 'sandbox-assembly-key';
const KEYS = `test:${Buffer.alloc(32, 7).toString('base64')}`;
const OPERATOR = 'operator-token-of-a-test';
const ROOT = '/Clients';

export interface SystemOptions {
  readonly workers?: number;
  readonly env?: Readonly<Record<string, string>>;
  readonly webhooks?: boolean;
}

/** The whole of Cairn as real processes against both simulators, in folders and on ports of its own. */
export interface System {
  readonly portalId: string;
  readonly apiUrl: string;
  readonly database: TestDatabase;
  readonly dropboxSandbox: DropboxSandbox;
  readonly assemblySandbox: AssemblySandbox;
  readonly temporalAddress: string;
  readonly dropbox: Person;
  readonly assembly: Person;
  readonly channelId: string;
  /** Maps the channel and the folder; returns the sync's id. */
  connect(): Promise<string>;
  api<T>(path: string, init?: RequestInit): Promise<{ status: number; body: T }>;
  startWorker(env?: Readonly<Record<string, string>>): ChildProcess;
  /** Waits until nothing is owed and both trees are equal. */
  converged(syncId: string, timeoutMs?: number): Promise<TreeEntry[]>;
  /** Whether a workflow of the sync is running. */
  busy(syncId: string): Promise<boolean>;
  assemblyCalls(): Promise<AssemblyCounts>;
  resetLogs(): Promise<void>;
  cli(...args: string[]): Promise<{ code: number; stdout: string; stderr: string }>;
  workers: ChildProcess[];
  stop(): Promise<void>;
}

export interface AssemblyCounts {
  readonly api: {
    readonly total: number;
    readonly byRoute: Record<string, number>;
    readonly status: Record<string, number>;
  };
  readonly storage: { readonly puts: number; readonly gets: number };
}

export async function startSystem(options: SystemOptions = {}): Promise<System> {
  const folder = mkdtempSync(join(tmpdir(), 'cairn-e2e-'));
  const portalId = 'ws_1';
  const database = await createTestDatabase();
  const { path: binary } = await ensureTemporal();
  const temporal = await startTemporal({ binary, dataDir: null, headless: process.env.E2E_UI !== '1' });
  const gateway = await connectGateway({ address: temporal.address, namespace: 'default' });
  const port = await freePort();
  const apiUrl = `http://127.0.0.1:${port}`;
  const dropboxSandbox = await createDropboxSandbox({
    dataDir: join(folder, 'dropbox'),
    app: { key: APP_KEY, secret: APP_SECRET },
    ...(options.webhooks === false ? {} : { webhookUrl: `${apiUrl}/webhooks/dropbox` }),
  });
  const assemblySandbox = await createAssemblySandbox({
    dataDir: join(folder, 'assembly'),
    apiKey: API_KEY,
    rps: 20,
    webhookSecret: 'whsec-test-0001',
    ...(options.webhooks === false ? {} : { webhookUrl: `${apiUrl}/webhooks/assembly` }),
  });
  const env = {
    PATH: process.env.PATH ?? '',
    HOME: process.env.HOME ?? '',
    DATABASE_URL: database.url,
    TEMPORAL_ADDRESS: temporal.address,
    DROPBOX_APP_KEY: APP_KEY,
    DROPBOX_APP_SECRET: APP_SECRET,
    DROPBOX_API_URL: dropboxSandbox.apiUrl,
    DROPBOX_CONTENT_URL: dropboxSandbox.contentUrl,
    DROPBOX_NOTIFY_URL: dropboxSandbox.notifyUrl,
    DROPBOX_WEB_URL: dropboxSandbox.webUrl,
    ASSEMBLY_API_KEY: API_KEY,
    ASSEMBLY_API_URL: assemblySandbox.apiUrl,
    ASSEMBLY_WEBHOOK_SECRET: 'whsec-test-0001',
    TRANSFER_HOSTS: '127.0.0.1',
    EGRESS_ALLOW_PRIVATE: '1',
    TOKEN_ENCRYPTION_KEYS: KEYS,
    OPERATOR_TOKEN: OPERATOR,
    PUBLIC_URL: apiUrl,
    PORT: String(port),
    HOST: '127.0.0.1',
    LOG_FORMAT: 'json',
    LOG_LEVEL: process.env.E2E_LOG_LEVEL ?? 'info',
    CAIRN_DATA_DIR: join(folder, 'data'),
    ...options.env,
  };
  const children: ChildProcess[] = [];
  const launch = (verb: string, extra: Readonly<Record<string, string>> = {}) => {
    const log = createWriteStream(join(process.env.E2E_LOG_DIR ?? folder, `${verb}-${children.length}.log`));
    const child = spawn(process.execPath, ['dist/cli/main.js', verb], {
      env: { ...env, ...extra },
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    child.stdout.pipe(log, { end: false });
    child.stderr.pipe(log, { end: false });
    children.push(child);
    return child;
  };
  const { channelId, account } = await prepareSides(portalId, dropboxSandbox, assemblySandbox);
  const workers: ChildProcess[] = [];
  const system: System = {
    portalId,
    apiUrl,
    database,
    dropboxSandbox,
    assemblySandbox,
    temporalAddress: temporal.address,
    channelId,
    workers,
    dropbox: dropboxPerson(dropboxSandbox.controlUrl, ROOT),
    assembly: assemblyPerson(assemblySandbox.controlUrl, channelId),
    async api<T>(path: string, init: RequestInit = {}) {
      const url = new URL(path, apiUrl);
      url.searchParams.set('portalId', portalId);
      const response = await fetch(url, {
        ...init,
        headers: { authorization: `Bearer ${OPERATOR}`, 'content-type': 'application/json', ...init.headers },
      });
      const text = await response.text();
      return { status: response.status, body: (text === '' ? undefined : JSON.parse(text)) as T };
    },
    async connect() {
      await saveConnection(database.store, portalId, {
        accountId: account.accountId,
        email: 'person@example.com',
        refreshToken: parseKeyring(KEYS).encrypt(account.refreshToken, portalId),
        rootNamespaceId: account.namespace,
        homeNamespaceId: account.namespace,
        connectedAt: new Date(),
      });
      const { status, body } = await system.api<{ id: string }>('/api/syncs', {
        method: 'POST',
        body: JSON.stringify({ assemblyChannelId: channelId, dropboxPath: ROOT }),
      });
      if (status !== 201) throw new Error(`mapping was refused: ${status} ${JSON.stringify(body)}`);
      return body.id;
    },
    startWorker(extra) {
      const worker = launch('worker', extra);
      workers.push(worker);
      return worker;
    },
    async converged(syncId, timeoutMs = 60_000) {
      try {
        return await waitFor(() => equalTrees(system, syncId), timeoutMs);
      } catch (error) {
        throw new Error(`${(error as Error).message}\n${await underWay(gateway.client)}`);
      }
    },
    async busy(syncId) {
      const handle = gateway.client.workflow.getHandle(channelWorkflowId({ portalId, syncId }));
      return (await handle.describe()).status.name === 'RUNNING';
    },
    assemblyCalls: () => control<AssemblyCounts>(`${assemblySandbox.controlUrl}/counts`, 'GET'),
    async resetLogs() {
      await control(`${assemblySandbox.controlUrl}/reset-log`, 'POST', {});
      await control(`${dropboxSandbox.controlUrl}/reset-log`, 'POST', {});
    },
    async cli(...args) {
      const child = spawn(process.execPath, ['dist/cli/main.js', ...args], {
        env,
        stdio: ['ignore', 'pipe', 'pipe'],
      });
      let stdout = '';
      let stderr = '';
      child.stdout.on('data', (chunk) => (stdout += chunk));
      child.stderr.on('data', (chunk) => (stderr += chunk));
      const [code] = (await once(child, 'close')) as [number];
      return { code, stdout, stderr };
    },
    async stop() {
      await gateway.close();
      await Promise.all(children.map(endChild));
      await dropboxSandbox.close();
      await assemblySandbox.close();
      await temporal.stop();
      await database.drop();
      rmSync(folder, { recursive: true, force: true });
    },
  };
  launch('api');
  for (let count = 0; count < (options.workers ?? 1); count++) system.startWorker();
  await waitFor(async () => ((await fetch(`${apiUrl}/readyz`)).ok ? true : 'the API is not ready'), 60_000);
  return system;
}

export async function prepareSides(portalId: string, dropbox: DropboxSandbox, assembly: AssemblySandbox) {
  await control(`${dropbox.controlUrl}/folders`, 'POST', { path: ROOT });
  const { accounts } = await control<{ accounts: { rootNs: string }[] }>(
    `${dropbox.controlUrl}/accounts`,
    'GET',
  );
  const token = await control<{ refreshToken: string; accountId: string }>(
    `${dropbox.controlUrl}/tokens`,
    'POST',
    {},
  );
  await control(`${assembly.controlUrl}/workspaces`, 'POST', { id: portalId, name: 'Test portal' });
  const client = await control<{ id: string; companyIds: string[] }>(
    `${assembly.controlUrl}/clients`,
    'POST',
    {
      workspaceId: portalId,
    },
  );
  const channel = await control<{ id: string }>(`${assembly.controlUrl}/channels`, 'POST', {
    workspaceId: portalId,
    membershipType: 'individual',
    clientId: client.id,
    companyId: client.companyIds[0],
  });
  return {
    channelId: channel.id,
    account: { refreshToken: token.refreshToken, accountId: token.accountId, namespace: accounts[0]!.rootNs },
  };
}

export const staffToken = (portalId: string): string =>
  mintAppToken(API_KEY, { workspaceId: portalId, internalUserId: '11111111-1111-4111-8111-111111111111' });

async function endChild(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return;
  const ended = once(child, 'exit');
  child.kill('SIGTERM');
  const timer = setTimeout(() => child.kill('SIGKILL'), 35_000);
  await ended;
  clearTimeout(timer);
}

/** Polls a condition until it holds; a string is what it still waits for. */
export async function waitFor<T>(
  look: () => Promise<T | string>,
  timeoutMs: number,
): Promise<Exclude<T, string>> {
  const deadline = Date.now() + timeoutMs;
  let last: unknown = 'nothing yet';
  while (Date.now() < deadline) {
    try {
      const found = await look();
      if (typeof found !== 'string') return found as Exclude<T, string>;
      last = found;
    } catch (error) {
      last = error;
    }
    await delay(100);
  }
  throw new Error(
    `gave up waiting after ${timeoutMs} ms: ${last instanceof Error ? last.message : String(last)}`,
  );
}

async function equalTrees(system: System, syncId: string): Promise<TreeEntry[] | string> {
  const { prisma } = system.database.store;
  const owed = await prisma.fileFolderSync.findMany({
    where: {
      channelSyncId: syncId,
      deletedAt: null,
      OR: [{ pendingAction: { not: null } }, { dirty: true }],
    },
    take: 5,
  });
  if (owed.length > 0) {
    return `owed: ${owed.map((item) => `${item.pendingAction} ${item.itemPath} on ${item.pendingActionTarget} attempts ${item.pendingActionAttempts} ${item.pendingActionErrorCode ?? ''} ${item.pendingActionLastError ?? ''}`).join('; ')}`;
  }
  const [left, right] = await Promise.all([system.dropbox.tree(), system.assembly.tree()]);
  return firstDifference(left, right) ?? left;
}

/** What each workflow that still runs waits for, for the message of a test that gave up. */
async function underWay({ workflow }: Client): Promise<string> {
  const lines: string[] = [];
  for await (const { workflowId, runId } of workflow.list({ query: "ExecutionStatus = 'Running'" })) {
    if (lines.length === 20) break;
    const { raw } = await workflow.getHandle(workflowId, runId).describe();
    const task = raw.pendingWorkflowTask;
    const steps = (raw.pendingActivities ?? []).map(
      ({ activityType, attempt, state, scheduledTime, lastFailure }) =>
        `${activityType?.name} attempt ${attempt} state ${state} due ${iso(scheduledTime)} ${lastFailure?.message ?? ''}`,
    );
    if (task)
      steps.push(
        `a workflow task, attempt ${task.attempt} state ${task.state} since ${iso(task.scheduledTime)}`,
      );
    lines.push(`${workflowId}: ${steps.join('; ') || 'nothing pending'}`);
  }
  return `Running at ${new Date().toISOString()}:\n${lines.join('\n')}`;
}

const iso = (time: { seconds?: unknown } | null | undefined) =>
  time?.seconds == null ? 'unknown' : new Date(Number(time.seconds) * 1_000).toISOString();

/** Names the first difference between two trees; `null` when they hold the same names, kinds and bytes. */
export function firstDifference(left: readonly TreeEntry[], right: readonly TreeEntry[]): string | null {
  const line = (entry: TreeEntry) => `${entry.object} ${entry.path.normalize('NFC')} ${entry.hash ?? ''}`;
  const one = left.map(line).sort();
  const two = right.map(line).sort();
  for (let index = 0; index < Math.max(one.length, two.length); index++) {
    if (one[index] !== two[index]) return `dropbox has "${one[index]}", assembly has "${two[index]}"`;
  }
  return null;
}
