import { existsSync } from 'node:fs';
import { join } from 'node:path';
import {
  bundleWorkflowCode,
  NativeConnection,
  Runtime,
  Worker,
  type WorkerOptions,
} from '@temporalio/worker';
import { type ActivityDeps, createActivities } from './activities';
import { createRemotes } from './activities/createRemotes';
import { createFaultPoints, namedSteps, noFaultPoints, withFaultPoints } from './activities/faultPoints';
import { type Config, requireConfig } from './config';
import { parseKeyring } from './domain/keyring';
import { createLogger } from './log';
import { createStore } from './store/client';
import { connectGateway } from './temporal/gateway';
import { QUEUES } from './temporal/ids';
import { nativeOptions, temporalOptions } from './temporal/options';
import { ensureSweepSchedule } from './temporal/schedule';
import type { CairnActivities } from './workflows/activities';

/** Transfers hold a stream and its buffers each: enough to keep a side busy, few enough for flat memory. */
const TRANSFERS = 12;

export interface WorkerHooks {
  /** Counts SQL statements, for the bench. */
  readonly onStatement?: (ms: number) => void;
}

/**
 * The composition root of the worker process: one connection, three workers, one for each queue. Runs until SIGINT
 * or SIGTERM; then takes nothing new, lets what runs go on for a while, and closes in the order things were made.
 */
export async function runWorker(config: Config, hooks: WorkerHooks = {}): Promise<void> {
  const settings = requireConfig(config, ['databaseUrl', 'tokenKeys']);
  const logger = createLogger(config);
  Runtime.install({
    logger: temporalLogger(logger),
    telemetryOptions: {
      logging: { forward: {}, filter: { core: 'WARN', other: 'WARN' } },
      ...(config.metricsPort === undefined
        ? {}
        : { metrics: { prometheus: { bindAddress: `${config.host}:${config.metricsPort}` } } }),
    },
  });
  const store = createStore(settings.databaseUrl, { poolSize: 20, ...hooks });
  const remotes = createRemotes({ config, store, keyring: parseKeyring(settings.tokenKeys), logger });
  const server = temporalOptions(process.env);
  const { namespace } = server;
  const gateway = await connectGateway(server);
  const connection = await NativeConnection.connect(nativeOptions(server));
  const faultPoints = createFaultPoints(process.env);
  const plain: ActivityDeps = {
    store,
    remotes,
    keyring: parseKeyring(settings.tokenKeys),
    hinter: gateway,
    logger,
    now: () => new Date(),
    settings: {
      maxAttempts: config.maxAttempts,
      backoffSeconds: config.backoffSeconds,
      massDelete: config.massDelete,
      monthlyBudget: config.assembly.monthlyBudget,
    },
    reach: faultPoints ?? noFaultPoints,
  };
  const deps = faultPoints === null ? plain : withFaultPoints(plain);
  try {
    await ensureSweepSchedule(gateway.client, config.sweepCron);
    const activities = createActivities(deps, { retryMaxSeconds: config.retryMaxSeconds });
    const workers = await createWorkers(
      connection,
      namespace,
      faultPoints === null ? activities : namedSteps(activities),
    );
    logger.info({ queues: Object.values(QUEUES) }, 'worker running');
    await Promise.all(workers.map((worker) => worker.run()));
  } finally {
    await connection.close();
    await gateway.close();
    await remotes.close();
    await store.close();
    logger.info('worker stopped');
  }
}

export async function createWorkers(
  connection: NativeConnection,
  namespace: string,
  activities: CairnActivities,
): Promise<Worker[]> {
  const common: Pick<WorkerOptions, 'connection' | 'namespace' | 'shutdownGraceTime' | 'shutdownForceTime'> =
    {
      connection,
      namespace,
      shutdownGraceTime: '20s',
      shutdownForceTime: '30s',
    };
  const sync = await Worker.create({
    ...common,
    taskQueue: QUEUES.sync,
    workflowBundle: await workflowBundle(),
    activities,
    maxConcurrentWorkflowTaskExecutions: 40,
    maxConcurrentActivityTaskExecutions: 20,
    maxConcurrentLocalActivityExecutions: 40,
    maxCachedWorkflows: 300,
  });
  const remote = (taskQueue: string) =>
    Worker.create({
      ...common,
      taskQueue,
      activities,
      maxConcurrentActivityTaskExecutions: TRANSFERS,
      // By itself the SDK keeps a heartbeat back for up to 16 s, and with it how far an upload is: lost with the process.
      maxHeartbeatThrottleInterval: '2s',
    });
  return [sync, await remote(QUEUES.dropbox), await remote(QUEUES.assembly)];
}

/** The bundle made at build time; from sources only where there is none. */
async function workflowBundle(): Promise<{ codePath: string } | { code: string }> {
  const codePath = join(__dirname, 'workflow-bundle.js');
  if (existsSync(codePath)) return { codePath };
  return await bundleWorkflowCode({ workflowsPath: join(__dirname, 'workflows') });
}

const temporalLogger = (logger: ReturnType<typeof createLogger>) => {
  const at =
    (level: 'trace' | 'debug' | 'info' | 'warn' | 'error') =>
    (message: string, meta?: Record<string, unknown>) => {
      const { error, ...rest } = meta ?? {};
      logger[level](error === undefined ? rest : { ...rest, err: error }, message);
    };
  return {
    log: (level: string, message: string, meta?: Record<string, unknown>) =>
      at(LEVELS[level as keyof typeof LEVELS] ?? 'info')(message, meta),
    trace: at('trace'),
    debug: at('debug'),
    info: at('info'),
    warn: at('warn'),
    error: at('error'),
  };
};

const LEVELS = { TRACE: 'trace', DEBUG: 'debug', INFO: 'info', WARN: 'warn', ERROR: 'error' } as const;
