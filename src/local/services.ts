import { appendFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { migrate } from '../store/migrate';
import { apiUrlOf, cairnSettings, childEnvironment, keepSettings } from './environment';
import type { KeptSecrets } from './keptSecrets';
import { prepareLogs } from './logFiles';
import { startNodeChild } from './nodeChild';
import type { Ports } from './ports';
import { startPostgres } from './postgres';
import { type SandboxUrls, startSandbox } from './sandboxServers';
import { PACKAGE_ROOT, type StartOptions } from './startOptions';
import { type Running, type Supervised, supervise } from './supervise';
import { ensureTemporal, startTemporal } from './temporal';
import type { View } from './view';

export type ServicesParts = {
  readonly options: StartOptions;
  readonly env: NodeJS.ProcessEnv;
  readonly ports: Ports;
  readonly secrets: KeptSecrets;
  readonly withSandbox: boolean;
  readonly view: View;
  readonly signal: AbortSignal;
};

export type Services = {
  readonly sandbox: SandboxUrls | null;
  readonly temporalUi: string | null;
  /** Starts the API and the worker. */
  startCairn(): Promise<void>;
  /** Resolves when a part keeps ending and was given up. */
  readonly givenUp: Promise<Error>;
  /** Ends everything that was started, the last first. */
  stop(): Promise<void>;
};

/** Longer than the worker's own 30 s, after which it drops what it has not finished. */
const CAIRN_PATIENCE_MS = 40_000;

/**
 * Starts what Cairn needs: Postgres with its schema, Temporal and the sandbox, each only where the environment names none,
 * each watched and started again when it ends. `startCairn` then starts Cairn's own processes.
 * @throws when a part does not start; what was started before has been stopped then
 */
export async function startServices(parts: ServicesParts): Promise<Services> {
  const { view, signal } = parts;
  const started: { name: string; supervised: Supervised }[] = [];
  const logs = join(parts.options.dataDir, 'logs');
  prepareLogs(logs);
  let underWay: Promise<unknown> = Promise.resolve();
  let giveUp: (error: Error) => void = () => undefined;
  const givenUp = new Promise<Error>((resolve) => {
    giveUp = resolve;
  });

  async function keep<T extends Running>(name: string, start: () => Promise<T>): Promise<T> {
    signal.throwIfAborted();
    view.starting(name);
    const starting = supervise(name, start, { log: view.say });
    underWay = starting.catch(() => undefined);
    const { first: running, supervised } = await starting;
    started.push({ name, supervised });
    void supervised.givenUp.then(giveUp);
    return running;
  }

  async function stop(): Promise<void> {
    // What is being started when the stop comes notices the signal, and may be up all the same.
    await underWay;
    for (let part = started.pop(); part !== undefined; part = started.pop()) {
      await part.supervised.stop().catch((error: unknown) => view.say(`${part?.name}: ${messageOf(error)}`));
    }
  }

  try {
    const databaseUrl = await database(parts, logs, keep);
    const temporal = await temporalServer(parts, logs, keep);
    const sandbox = parts.withSandbox ? await sandboxServers(parts, logs, keep) : null;
    const settings = cairnSettings({
      ...parts,
      dataDir: parts.options.dataDir,
      databaseUrl,
      temporalAddress: temporal?.address ?? null,
      temporalUi: temporal?.uiUrl ?? null,
      sandbox,
    });
    keepSettings(join(parts.options.dataDir, 'env'), settings);
    return {
      sandbox,
      temporalUi: temporal?.uiUrl ?? null,
      startCairn: () => cairn(parts, logs, settings, keep),
      givenUp,
      stop,
    };
  } catch (error) {
    await stop();
    throw error;
  }
}

type Keep = <T extends Running>(name: string, start: () => Promise<T>) => Promise<T>;

async function database(parts: ServicesParts, logs: string, keep: Keep): Promise<string> {
  const { env, ports, view, options } = parts;
  let url = env.DATABASE_URL;
  if (!url) {
    const log = (line: string) => appendFileSync(join(logs, 'postgres.log'), `${line}\n`);
    const dataDir = join(options.dataDir, 'postgres');
    const running = await keep('Postgres', () => startPostgres({ dataDir, port: ports.postgres, log }));
    url = running.url;
  }
  parts.signal.throwIfAborted();
  const applied = await migrate(url);
  const detail = env.DATABASE_URL ? 'the one of DATABASE_URL' : `127.0.0.1:${ports.postgres}`;
  view.up('Postgres', applied.length > 0 ? `${detail}, schema brought up to date` : detail);
  return url;
}

async function temporalServer(parts: ServicesParts, logs: string, keep: Keep) {
  const { env, ports, view, options, signal } = parts;
  if (env.TEMPORAL_ADDRESS) {
    view.up('Temporal', `the one at ${env.TEMPORAL_ADDRESS}`);
    return null;
  }
  view.starting('Temporal', 'looking for a server');
  const { path } = await ensureTemporal({ env, signal, log: (line) => view.starting('Temporal', line) });
  const dataDir = join(options.dataDir, 'temporal');
  const { temporal: port, temporalUi: uiPort } = ports;
  const running = await keep('Temporal', () =>
    startTemporal({ binary: path, dataDir, logFile: join(logs, 'temporal.log'), port, uiPort, signal }),
  );
  view.up('Temporal', `${running.address}, Web UI ${running.uiUrl}`);
  return running;
}

async function sandboxServers(parts: ServicesParts, logs: string, keep: Keep): Promise<SandboxUrls> {
  const { ports, secrets, options, view, signal } = parts;
  const settings = {
    dataDir: join(options.dataDir, 'sandbox'),
    dropboxPort: ports.dropbox,
    assemblyPort: ports.assembly,
    twoSidesPort: ports.twoSides,
    ...secrets.sandbox,
    webhookSecret: parts.env.ASSEMBLY_WEBHOOK_SECRET || secrets.ASSEMBLY_WEBHOOK_SECRET,
    apiUrl: apiUrlOf(ports),
  };
  const { urls } = await keep('Sandbox', () => startSandbox(settings, join(logs, 'sandbox.log'), signal));
  view.up('Sandbox', `Dropbox at port ${ports.dropbox}, Assembly at port ${ports.assembly}`);
  return urls;
}

async function cairn(
  parts: ServicesParts,
  logs: string,
  settings: Record<string, string>,
  keep: Keep,
): Promise<void> {
  const { ports, view, signal } = parts;
  const env = childEnvironment(parts.env, settings);
  const child = (verb: string, extra: Record<string, string>, readyUrl: string) =>
    startNodeChild({
      name: `The ${verb} process`,
      script: join(PACKAGE_ROOT, 'dist', 'cli', 'main.js'),
      args: [verb],
      env: { ...env, ...extra },
      cwd: PACKAGE_ROOT,
      logFile: join(logs, `${verb}.log`),
      patienceMs: CAIRN_PATIENCE_MS,
      signal,
      ready: (_, over) => answers(readyUrl, over),
    });
  await keep('API', () => child('api', {}, `${apiUrlOf(ports)}/readyz`));
  view.up('API', apiUrlOf(ports));
  const metrics = { METRICS_PORT: String(ports.metrics) };
  await keep('Worker', () => child('worker', metrics, `http://127.0.0.1:${ports.metrics}/metrics`));
  view.up('Worker', `metrics at port ${ports.metrics}`);
}

/** Resolves when the address answers with success. Bounded by the caller's signal. */
async function answers(url: string, signal: AbortSignal): Promise<void> {
  while (!signal.aborted) {
    const response = await fetch(url, { signal: AbortSignal.timeout(5_000) }).catch(() => undefined);
    await response?.body?.cancel();
    if (response?.ok) return;
    await delay(100);
  }
}

const messageOf = (error: unknown) => (error instanceof Error ? error.message : String(error));
