import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import pino from 'pino';
import { apply } from '../../../src/activities/apply';
import { endPass, nextWork, planSync, startPass } from '../../../src/activities/channel';
import { createRemotes } from '../../../src/activities/createRemotes';
import type { ActivityDeps } from '../../../src/activities/deps';
import { openOperation } from '../../../src/activities/item/open';
import { markFailed, settle } from '../../../src/activities/item/settle';
import { observeAssembly } from '../../../src/activities/observe/assembly';
import { observeDropbox } from '../../../src/activities/observe/dropbox';
import { CairnError, type ErrorCode, errorEntry } from '../../../src/domain/errors';
import { parseKeyring } from '../../../src/domain/keyring';
import { RemoteError } from '../../../src/domain/remoteError';
import type { SyncRef } from '../../../src/domain/types';
import { createAssemblySandbox } from '../../../src/sandbox/assembly';
import { createDropboxSandbox } from '../../../src/sandbox/dropbox';
import { carryOut, OperationFailed } from '../../../src/workflows/carryOut';
import type { TestDatabase } from '../../support/database';
import { assemblyPerson, control, dropboxPerson, type Person } from '../../support/people';
import { API_KEY, APP_SECRET, mintToken, startApi, type TestApi, testConfig } from '../api/harness';

const APP_KEY = 'test-app-key';
const LANES = 24;
const MAX_TRIES = 5;

interface Call {
  readonly at: string;
  readonly route: string;
  readonly method?: string;
}

/** The API and the activities in this process, with real clients, between the two simulators; no Temporal. */
export interface ConnectedSystem {
  readonly api: TestApi;
  readonly deps: ActivityDeps;
  readonly dropboxControl: string;
  readonly assemblyControl: string;
  /** A portal with a channel, and a person's view of it. */
  portal(portalId: string): Promise<{ channelId: string; assembly: Person }>;
  dropbox(root: string): Person;
  /** Walks through Dropbox's pages as the person's browser; the page it ends on. */
  connect(portalId: string, accountId?: string): Promise<{ status: number; text: string }>;
  /** Observes, plans and carries out, many items at once, until nothing can be done. Codes of what failed. */
  drive(ref: SyncRef, options?: { observe: boolean }): Promise<string[]>;
  /** Writes that began later than `at`, as either simulator saw them. */
  writesSince(at: Date): Promise<string[]>;
  close(): Promise<void>;
}

/** Dropbox names its routes, Assembly its methods. */
const DROPBOX_WRITES = /^files\/(upload|create_folder|move|delete)/;
const isWrite = ({ route, method }: Call): boolean =>
  method === undefined ? DROPBOX_WRITES.test(route) : method !== 'GET';

export async function startConnected(database: TestDatabase, rps = 20): Promise<ConnectedSystem> {
  const folder = mkdtempSync(join(tmpdir(), 'cairn-connected-'));
  const dropbox = await createDropboxSandbox({
    dataDir: join(folder, 'dropbox'),
    app: { key: APP_KEY, secret: APP_SECRET },
  });
  const assembly = await createAssemblySandbox({
    dataDir: join(folder, 'assembly'),
    apiKey: API_KEY,
    rps,
  });
  const base = testConfig();
  const config = testConfig({
    dropbox: {
      ...base.dropbox,
      apiUrl: dropbox.apiUrl,
      contentUrl: dropbox.contentUrl,
      notifyUrl: dropbox.notifyUrl,
      webUrl: dropbox.webUrl,
    },
    assembly: { ...base.assembly, apiUrl: assembly.apiUrl, rps },
  });
  const keyring = parseKeyring(`k1:${Buffer.alloc(32, 7).toString('base64')}`);
  const logger = pino({ level: 'silent' });
  const { store } = database;
  const remotes = createRemotes({ config, store, keyring, logger });
  // The API is another process in production: its own clients.
  const apiRemotes = createRemotes({ config, store, keyring, logger });
  const api = await startApi(store, { config, keyring, remotes: apiRemotes, now: () => new Date() });
  const deps: ActivityDeps = {
    store,
    remotes,
    keyring,
    hinter: { hint: async () => {} },
    logger,
    now: () => new Date(),
    settings: {
      maxAttempts: 10,
      backoffSeconds: 300,
      massDelete: { min: 25, ratio: 0.5 },
      monthlyBudget: 1_000,
    },
    reach: async () => {},
  };
  await control(`${dropbox.controlUrl}/authorize`, 'POST', { auto: 'allow' });
  const system: ConnectedSystem = {
    api,
    deps,
    dropboxControl: dropbox.controlUrl,
    assemblyControl: assembly.controlUrl,
    async portal(portalId) {
      const post = <T>(path: string, body: object) =>
        control<T>(`${assembly.controlUrl}${path}`, 'POST', body);
      await post('/workspaces', { id: portalId, name: 'Test portal' });
      const client = await post<{ id: string; companyIds: string[] }>('/clients', { workspaceId: portalId });
      const { id } = await post<{ id: string }>('/channels', {
        workspaceId: portalId,
        membershipType: 'individual',
        clientId: client.id,
        companyId: client.companyIds[0],
      });
      return { channelId: id, assembly: assemblyPerson(assembly.controlUrl, id) };
    },
    dropbox: (root) => dropboxPerson(dropbox.controlUrl, root),
    connect: (portalId, accountId) => walk(api, portalId, accountId),
    drive: (ref, options = { observe: true }) => drive(deps, ref, options.observe),
    async writesSince(at) {
      const logs = await Promise.all(
        [dropbox.controlUrl, assembly.controlUrl].map((url) =>
          control<{ calls: Call[] }>(`${url}/log?since=0`, 'GET'),
        ),
      );
      return logs
        .flatMap(({ calls }) => calls)
        .filter((call) => isWrite(call) && new Date(call.at) > at)
        .map((call) => `${call.at} ${call.route}`);
    },
    async close() {
      await api.close();
      await remotes.close();
      await apiRemotes.close();
      await dropbox.close();
      await assembly.close();
      rmSync(folder, { recursive: true, force: true });
    },
  };
  return system;
}

async function walk(
  api: TestApi,
  portalId: string,
  accountId?: string,
): Promise<{ status: number; text: string }> {
  const begun = await api.as(portalId)('GET', `/auth/dropbox/start?token=${mintToken(portalId)}`);
  const cookie = String([begun.headers['set-cookie']].flat()[0]).split(';')[0] ?? '';
  const authorize = new URL(String(begun.headers.location));
  if (accountId !== undefined) authorize.searchParams.set('account', accountId);
  const asked = await fetch(authorize, { redirect: 'manual' });
  await asked.body?.cancel();
  const back = new URL(asked.headers.get('location') ?? 'http://nowhere.invalid/');
  return api.call('GET', `${back.pathname}${back.search}`, { headers: { cookie } });
}

async function drive(deps: ActivityDeps, ref: SyncRef, observe: boolean): Promise<string[]> {
  const failures: string[] = [];
  const run = { signal: new AbortController().signal, heartbeat() {} };
  const start = await startPass(deps, ref);
  if (!start.flows) return failures;
  try {
    if (observe) {
      await observeDropbox(deps, ref, start.look, run);
      await observeAssembly(deps, ref, [], run);
    }
  } catch (error) {
    return [codeOf(error)];
  }
  for (let round = 0; round < 60; round += 1) {
    if (!(await planSync(deps, ref, 'webhook', true))) return failures;
    const { items } = await nextWork(deps, ref, 200, []);
    if (items.length === 0) break;
    const queue = items.values();
    const lane = async () => {
      for (const { itemId } of queue) failures.push(...(await carry(deps, { ...ref, itemId })));
    };
    await Promise.all(Array.from({ length: LANES }, lane));
  }
  await endPass(deps, ref, 'none');
  return failures;
}

async function carry(deps: ActivityDeps, ref: SyncRef & { itemId: string }): Promise<string[]> {
  try {
    await carryOut(
      {
        openOperation: (input) => openOperation(deps, input),
        applyOperation: (input, serial) => patiently(deps, input, serial),
        settleOperation: (input, serial, outcome) => settle(deps, input, serial, outcome),
        markFailed: (input, serial, failure) =>
          markFailed(deps, input, serial, { ...failure, code: failure.code as ErrorCode }),
      },
      { ...ref, origin: 'webhook' },
      (error) => ({ code: codeOf(error), message: error instanceof Error ? error.message : String(error) }),
    );
    return [];
  } catch (error) {
    if (!(error instanceof OperationFailed)) throw error;
    return [error.failure.code];
  }
}

/** What Temporal does with a failing activity, in short. */
async function patiently(deps: ActivityDeps, ref: SyncRef & { itemId: string }, serial: string) {
  const signal = new AbortController().signal;
  for (let attempt = 1; ; attempt += 1) {
    try {
      return await apply(deps, ref, serial, { signal, resume: undefined, heartbeat() {} });
    } catch (error) {
      if (attempt === MAX_TRIES || errorEntry(codeOf(error)).scope !== 'transient') throw error;
      await delay(50 * attempt);
    }
  }
}

const codeOf = (error: unknown): ErrorCode =>
  error instanceof RemoteError || error instanceof CairnError ? error.code : 'internal';
