import { mkdirSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { apiUrlOf, cairnSettings } from '../../local/environment';
import { type KeptSecrets, keptSecrets } from '../../local/keptSecrets';
import { PORT_NAMES, type PortName, type Ports } from '../../local/ports';
import { type SandboxUrls, startSandbox } from '../../local/sandboxServers';
import type { Running } from '../../local/supervise';
import { ensureTemporal, startTemporal } from '../../local/temporal';
import type { Store } from '../../store/client';
import { connectGateway, type TemporalGateway } from '../../temporal/gateway';
import { startApi, startWorker } from './cairnProcess';
import { startMeteredPostgres } from './meteredPostgres';
import { quietPorts } from './quietPorts';
import type { StatementMeter } from './statements';

export interface SystemOptions {
  /** Made for this system alone and removed with it. */
  readonly folder: string;
  readonly workers: number;
  readonly signal: AbortSignal;
  readonly profile?: string | undefined;
}

/** All of Cairn as the processes of `npm start`, with data of its own. */
export interface BenchSystem {
  readonly apiUrl: string;
  readonly secrets: KeptSecrets;
  readonly sandbox: SandboxUrls;
  /** For looking; not counted. */
  readonly store: Store;
  readonly statements: StatementMeter;
  readonly gateway: TemporalGateway;
  readonly workers: readonly Running[];
  readonly signal: AbortSignal;
  stop(): Promise<void>;
}

/** Starts it, and resolves when the API is ready and all workers run. What was started is stopped when something does not. */
export async function startSystem(options: SystemOptions): Promise<BenchSystem> {
  const undo: (() => Promise<unknown>)[] = [];
  const stop = async () => {
    for (let last = undo.pop(); last !== undefined; last = undo.pop()) await last();
    rmSync(options.folder, { recursive: true, force: true });
  };
  try {
    mkdirSync(options.folder, { recursive: true });
    return { ...(await startParts(options, undo)), stop };
  } catch (error) {
    await stop();
    throw error;
  }
}

async function startParts(
  { folder, workers: wanted, signal, profile }: SystemOptions,
  undo: (() => Promise<unknown>)[],
): Promise<Omit<BenchSystem, 'stop'>> {
  const ports = await choosePorts();
  const apiUrl = apiUrlOf(ports);
  const secrets = keptSecrets(join(folder, 'secrets.json'));
  const database = await startMeteredPostgres(join(folder, 'postgres'));
  undo.push(database.stop);
  const { path: binary } = await ensureTemporal({ signal });
  const temporal = await startTemporal({
    binary,
    dataDir: join(folder, 'temporal'),
    port: ports.temporal,
    headless: true,
    signal,
  });
  undo.push(temporal.stop);
  const gateway = await connectGateway({ address: temporal.address, namespace: temporal.namespace });
  undo.push(gateway.close);
  const sandbox = await startSimulators(folder, ports, secrets, signal);
  undo.push(sandbox.stop);
  const settings = cairnSettings({
    dataDir: join(folder, 'data'),
    env: {},
    ports,
    secrets,
    databaseUrl: database.url,
    temporalAddress: temporal.address,
    temporalUi: null,
    sandbox: sandbox.urls,
  });
  const parts = { settings, folder, signal, profile };
  undo.push((await startApi(parts, apiUrl)).stop);
  const workers: Running[] = [];
  for (let number = 1; number <= wanted; number++) {
    const worker = await startWorker(parts, number);
    undo.push(worker.stop);
    workers.push(worker);
  }
  const { store, statements } = database;
  return { apiUrl, secrets, sandbox: sandbox.urls, store, statements, gateway, workers, signal };
}

// In a process of their own: they must not share the event loop that takes the times.
const startSimulators = (folder: string, ports: Ports, secrets: KeptSecrets, signal: AbortSignal) =>
  startSandbox(
    {
      dataDir: join(folder, 'sandbox'),
      dropboxPort: ports.dropbox,
      assemblyPort: ports.assembly,
      ...secrets.sandbox,
      webhookSecret: secrets.ASSEMBLY_WEBHOOK_SECRET,
      apiUrl: apiUrlOf(ports),
    },
    join(folder, 'sandbox.log'),
    signal,
  );

async function choosePorts(): Promise<Ports> {
  const numbers = await quietPorts(PORT_NAMES.length);
  const named = PORT_NAMES.map((name, index) => [name, numbers[index]]);
  return Object.fromEntries(named) as Record<PortName, number>;
}
