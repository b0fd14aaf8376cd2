import { spawn } from 'node:child_process';
import { closeSync, mkdirSync, openSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { Connection } from '@temporalio/client';
import { SEARCH_ATTRIBUTES } from '../temporal/searchAttributes';
import { endProcess, exitOf } from './endProcess';
import { freePort } from './ports';
import { endWithUs } from './watchdog';

export type StartTemporalOptions = {
  /** The Temporal CLI. */
  binary: string;
  /** Holds the database between runs. Null: all in memory. */
  dataDir: string | null;
  /** Free ones by default. */
  port?: number | undefined;
  uiPort?: number | undefined;
  /** Without the Web UI. */
  headless?: boolean | undefined;
  log?: ((line: string) => void) | undefined;
  /** Where its output is appended; `temporal.log` beside the database by default, nowhere when there is none. */
  logFile?: string | undefined;
  /** Names of Keyword attributes to register; Cairn's own by default. */
  searchAttributes?: readonly string[] | undefined;
  /** More settings of the server, as `name=value`. */
  dynamicConfig?: readonly string[] | undefined;
  signal?: AbortSignal | undefined;
};

export type RunningTemporal = {
  /** host:port of the gRPC frontend. */
  address: string;
  uiUrl: string | null;
  namespace: string;
  pid: number;
  /** Resolves when the server has ended, also when nobody asked it to. */
  exited: Promise<void>;
  /** SIGTERM, and SIGKILL after ten seconds. */
  stop(): Promise<void>;
};

const NAMESPACE = 'default';
const READY_MS = 120_000;
const STOP_MS = 10_000;
const LOG_TAIL = 2_000;

/**
 * Starts a Temporal server on 127.0.0.1 and resolves when its namespace answers. A second start on the same folder goes
 * on with the same workflows.
 * @throws when it ends or does not answer within two minutes; the message holds the end of its log
 */
export async function startTemporal(options: StartTemporalOptions): Promise<RunningTemporal> {
  const { dataDir, headless = false, log = () => undefined } = options;
  const port = options.port ?? (await freePort());
  const uiPort = headless ? undefined : (options.uiPort ?? (await freePort()));
  if (dataDir !== null) mkdirSync(dataDir, { recursive: true });
  const logFile = options.logFile ?? (dataDir === null ? null : join(dataDir, 'temporal.log'));
  const output = logFile === null ? 'ignore' : openSync(logFile, 'a');
  const child = spawn(options.binary, flags(options, port, uiPort), {
    stdio: ['ignore', output, output],
    // Ctrl-C in a terminal reaches the whole group, and the server has to outlive those that still talk to it.
    detached: true,
  });
  if (typeof output === 'number') closeSync(output);
  const exited = exitOf(child);
  if (child.pid === undefined) {
    throw new Error(`${options.binary} did not start: ${await exited.then(() => 'it can not be run')}`);
  }
  const { pid } = child;
  const release = endWithUs(pid);
  void exited.then(release);
  const stop = () => endProcess(pid, exited, { patienceMs: STOP_MS });

  const address = `127.0.0.1:${port}`;
  const failure = await whyNotReady(address, exited, options.signal);
  if (failure !== undefined) {
    await stop();
    options.signal?.throwIfAborted();
    throw new Error(`The Temporal server did not start: ${failure}${tail(logFile)}`);
  }
  const uiUrl = uiPort === undefined ? null : `http://127.0.0.1:${uiPort}`;
  log(`Temporal answers at ${address}${uiUrl ? `, its Web UI is ${uiUrl}` : ''}`);
  return { address, uiUrl, namespace: NAMESPACE, pid, exited, stop };
}

function flags(options: StartTemporalOptions, port: number, uiPort: number | undefined): string[] {
  const { dataDir, searchAttributes = SEARCH_ATTRIBUTES.map(({ name }) => name) } = options;
  const database =
    dataDir === null
      ? []
      : [
          ['--db-filename', join(dataDir, 'temporal.db')],
          // The plain file database halves the speed; these two keep it, and a crash of the server loses nothing.
          ['--sqlite-pragma', 'journal_mode=WAL'],
          ['--sqlite-pragma', 'synchronous=NORMAL'],
        ];
  const dynamic = [
    'matching.enableFairness=true',
    'frontend.WorkflowPauseEnabled=true',
    'system.enableActivityEagerExecution=true',
    ...(options.dynamicConfig ?? []),
  ];
  return [
    ['server', 'start-dev'],
    ['--ip', '127.0.0.1'],
    ['--port', String(port)],
    uiPort === undefined
      ? ['--headless']
      : ['--ui-port', String(uiPort), '--ui-ip', '127.0.0.1', '--ui-disable-news-fetch'],
    ['--namespace', NAMESPACE],
    ...database,
    ...searchAttributes.map((name) => ['--search-attribute', `${name}=Keyword`]),
    ...dynamic.map((value) => ['--dynamic-config-value', value]),
    ['--log-level', 'warn'],
  ].flat();
}

/** Undefined as soon as the namespace answers, otherwise what kept it from that. */
async function whyNotReady(
  address: string,
  exited: Promise<void>,
  signal: AbortSignal | undefined,
): Promise<string | undefined> {
  let ended = false;
  void exited.then(() => {
    ended = true;
  });
  let last = 'no answer';
  for (const deadline = Date.now() + READY_MS; Date.now() < deadline; ) {
    if (signal?.aborted) return 'stopped';
    if (ended) return 'it ended at once';
    try {
      const connection = await Connection.connect({ address, connectTimeout: '1s' });
      try {
        await connection.workflowService.describeNamespace({ namespace: NAMESPACE });
        return undefined;
      } finally {
        await connection.close();
      }
    } catch (error) {
      last = error instanceof Error ? error.message : String(error);
    }
    await delay(150);
  }
  return `not ready after ${READY_MS / 1000} s (${last})`;
}

const tail = (logFile: string | null) =>
  logFile === null
    ? ''
    : `\nThe end of ${logFile}:\n${readFileSync(logFile, 'utf8').slice(-LOG_TAIL).trim()}`;
