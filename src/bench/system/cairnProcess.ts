import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { startNodeChild } from '../../local/nodeChild';
import { PACKAGE_ROOT } from '../../local/startOptions';
import type { Running } from '../../local/supervise';
import { FOLDER_NAME } from './profiler';
import { quietPorts } from './quietPorts';

export interface ProcessParts {
  /** Everything that Cairn is told. */
  readonly settings: Readonly<Record<string, string>>;
  /** For logs. */
  readonly folder: string;
  readonly signal: AbortSignal;
  readonly profile: string | undefined;
}

const PATIENCE_MS = 40_000;

/** Starts `cairn api` and resolves when it is ready. */
export const startApi = (parts: ProcessParts, url: string): Promise<Running> =>
  start(parts, 'api', 'api', {}, `${url}/readyz`);

/** Starts a `cairn worker`; resolves when it serves its metrics. */
export async function startWorker(parts: ProcessParts, number: number): Promise<Running> {
  const [port] = await quietPorts(1);
  const env = { METRICS_PORT: String(port), ...profiling(parts.profile) };
  return await start(parts, `worker-${number}`, 'worker', env, `http://127.0.0.1:${port}/metrics`);
}

function profiling(folder: string | undefined): Record<string, string> {
  if (folder === undefined) return {};
  mkdirSync(folder, { recursive: true });
  return {
    NODE_OPTIONS: `--require=${JSON.stringify(join(__dirname, 'profiler.js'))}`,
    [FOLDER_NAME]: folder,
  };
}

const start = (
  { settings, folder, signal }: ProcessParts,
  name: string,
  verb: string,
  extra: Readonly<Record<string, string>>,
  readyUrl: string,
): Promise<Running> =>
  startNodeChild({
    name: `The ${verb} process`,
    script: join(PACKAGE_ROOT, 'dist', 'cli', 'main.js'),
    args: [verb],
    env: { PATH: process.env.PATH, HOME: process.env.HOME, ...settings, ...extra },
    cwd: PACKAGE_ROOT,
    logFile: join(folder, `${name}.log`),
    patienceMs: PATIENCE_MS,
    signal,
    ready: (_, over) => answers(readyUrl, over),
  });

async function answers(url: string, signal: AbortSignal): Promise<void> {
  while (!signal.aborted) {
    const response = await fetch(url, { signal: AbortSignal.timeout(5_000) }).catch(() => undefined);
    await response?.body?.cancel();
    if (response?.ok) return;
    await delay(100);
  }
}
