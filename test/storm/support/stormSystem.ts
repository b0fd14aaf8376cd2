import { execFileSync } from 'node:child_process';
import { chmodSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseKeyring } from '../../../src/domain/keyring';
import { freePort } from '../../../src/local/ports';
import { createAssemblySandbox } from '../../../src/sandbox/assembly';
import { createDropboxSandbox } from '../../../src/sandbox/dropbox';
import { createStore, type Store } from '../../../src/store/client';
import { saveConnection } from '../../../src/store/connections';
import { assemblyPerson, control, dropboxPerson, type Person } from '../../support/people';
import { type AssemblyCounts, prepareSides, waitFor } from '../../support/system';
import { cairnPart, type Part, postgresPart, temporalPart } from './parts';

const APP = { key: 'sandbox-app-key', secret: 'sandbox-app-secret' };
const API_KEY = 'sandbox-assembly-key';
const WEBHOOK_SECRET = 'whsec-test-0001';
const KEYS = `test:${Buffer.alloc(32, 7).toString('base64')}`;
const OPERATOR = 'operator-token-of-a-test';
const ROOT = '/Clients';
const PORTAL = 'ws_1';

export interface StormOptions {
  /** 2 */
  readonly workers?: number;
  /** Calls a second that the simulated Assembly takes, and that Cairn keeps to; 20. */
  readonly assemblyRps?: number;
}

/** API, workers, Postgres and Temporal as processes that may be killed; the two sides live in this one. */
export interface StormSystem {
  readonly dropbox: Person;
  readonly assembly: Person;
  readonly store: Store;
  readonly parts: readonly Part[];
  readonly workers: readonly Part[];
  readonly temporalAddress: string;
  readonly dropboxControlUrl: string;
  readonly account: string;
  /** Maps the channel and the folder. */
  connect(): Promise<string>;
  assemblyCounts(): Promise<AssemblyCounts>;
  stop(): Promise<void>;
}

export async function startStormSystem({
  workers: workerCount = 2,
  assemblyRps = 20,
}: StormOptions = {}): Promise<StormSystem> {
  const folder = mkdtempSync(join(tmpdir(), 'cairn-storm-'));
  // Run by root, Postgres has another account, which could not enter a folder of mode 700.
  chmodSync(folder, 0o711);
  const [apiPort, postgresPort, temporalPort] = [await freePort(), await freePort(), await freePort()];
  const apiUrl = `http://127.0.0.1:${apiPort}`;
  const dropboxSandbox = await createDropboxSandbox({
    dataDir: join(folder, 'dropbox'),
    app: APP,
    webhookUrl: `${apiUrl}/webhooks/dropbox`,
  });
  const assemblySandbox = await createAssemblySandbox({
    dataDir: join(folder, 'assembly'),
    apiKey: API_KEY,
    rps: assemblyRps,
    webhookSecret: WEBHOOK_SECRET,
    webhookUrl: `${apiUrl}/webhooks/assembly`,
  });
  const postgres = await postgresPart(folder, postgresPort);
  execFileSync(process.execPath, ['dist/cli/main.js', 'migrate'], {
    env: { PATH: process.env.PATH, DATABASE_URL: postgres.url },
  });
  const temporal = await temporalPart(folder, temporalPort);
  const env = {
    PATH: process.env.PATH,
    DATABASE_URL: postgres.url,
    TEMPORAL_ADDRESS: `127.0.0.1:${temporalPort}`,
    DROPBOX_APP_KEY: APP.key,
    DROPBOX_APP_SECRET: APP.secret,
    DROPBOX_API_URL: dropboxSandbox.apiUrl,
    DROPBOX_CONTENT_URL: dropboxSandbox.contentUrl,
    DROPBOX_NOTIFY_URL: dropboxSandbox.notifyUrl,
    DROPBOX_WEB_URL: dropboxSandbox.webUrl,
    ASSEMBLY_API_KEY: API_KEY,
    ASSEMBLY_API_URL: assemblySandbox.apiUrl,
    ASSEMBLY_WEBHOOK_SECRET: WEBHOOK_SECRET,
    ASSEMBLY_RPS: String(assemblyRps),
    ASSEMBLY_MONTHLY_BUDGET: '1000000',
    TRANSFER_HOSTS: '127.0.0.1',
    EGRESS_ALLOW_PRIVATE: '1',
    TOKEN_ENCRYPTION_KEYS: KEYS,
    OPERATOR_TOKEN: OPERATOR,
    PUBLIC_URL: apiUrl,
    PORT: String(apiPort),
    HOST: '127.0.0.1',
    LOG_FORMAT: 'json',
    CAIRN_DATA_DIR: join(folder, 'data'),
    // Twice a day would be long to wait for; what a killed API could not take is found by the Schedule all the same.
    CAIRN_SWEEP_CRON: '*/2 * * * *',
  };
  const api = await cairnPart('api', 'api', env, folder);
  const workers: Part[] = [];
  for (let n = 1; n <= workerCount; n++) workers.push(await cairnPart(`worker ${n}`, 'worker', env, folder));
  const store = createStore(postgres.url, { poolSize: 2 });
  const { channelId, account } = await prepareSides(PORTAL, dropboxSandbox, assemblySandbox);
  await saveConnection(store, PORTAL, {
    accountId: account.accountId,
    email: 'person@example.com',
    refreshToken: parseKeyring(KEYS).encrypt(account.refreshToken, PORTAL),
    rootNamespaceId: account.namespace,
    homeNamespaceId: account.namespace,
    connectedAt: new Date(),
  });
  const parts = [api, ...workers, temporal, postgres.part];
  return {
    dropbox: dropboxPerson(dropboxSandbox.controlUrl, ROOT),
    assembly: assemblyPerson(assemblySandbox.controlUrl, channelId),
    store,
    parts,
    workers,
    temporalAddress: env.TEMPORAL_ADDRESS,
    dropboxControlUrl: dropboxSandbox.controlUrl,
    account: account.accountId,
    connect: () =>
      waitFor(async () => {
        const response = await fetch(`${apiUrl}/api/syncs?portalId=${PORTAL}`, {
          method: 'POST',
          headers: { authorization: `Bearer ${OPERATOR}`, 'content-type': 'application/json' },
          body: JSON.stringify({ assemblyChannelId: channelId, dropboxPath: ROOT }),
        });
        const body = (await response.json()) as { id: string };
        return response.status === 201 ? { id: body.id } : `mapping was refused: ${response.status}`;
      }, 60_000).then(({ id }) => id),
    assemblyCounts: () => control<AssemblyCounts>(`${assemblySandbox.controlUrl}/counts`, 'GET'),
    async stop() {
      await store.close();
      await Promise.all([api, ...workers].map((part) => part.stop()));
      await temporal.stop();
      await postgres.part.stop();
      await dropboxSandbox.close();
      await assemblySandbox.close();
      if (!process.env.STORM_KEEP) rmSync(folder, { recursive: true, force: true });
    },
  };
}
