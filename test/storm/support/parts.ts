import { join } from 'node:path';
import { startNodeChild } from '../../../src/local/nodeChild';
import { startPostgres } from '../../../src/local/postgres';
import { type Running, supervise } from '../../../src/local/supervise';
import { ensureTemporal, startTemporal } from '../../../src/local/temporal';

/** A process of the system that can be killed at any moment; its supervisor starts it again. */
export interface Part {
  readonly name: string;
  /** While it is up. */
  pid(): number | null;
  /** SIGKILL; false while it is not up anyway. */
  kill(): boolean;
  stop(): Promise<void>;
}

async function keep<T extends Running>(
  name: string,
  start: () => Promise<T>,
): Promise<{ part: Part; first: T }> {
  const { first, supervised } = await supervise(name, start, {
    log: () => undefined,
    firstDelayMs: 200,
    longestDelayMs: 1_000,
    mostRestarts: Number.POSITIVE_INFINITY,
  });
  const kill = () => {
    const pid = supervised.pid();
    if (pid === null) return false;
    try {
      return process.kill(pid, 'SIGKILL');
    } catch {
      // It has just ended by itself, because what it needs was away.
      return false;
    }
  };
  return { part: { name, pid: supervised.pid, kill, stop: () => supervised.stop() }, first };
}

/** Postgres that flushes what it says it has written. */
export async function postgresPart(folder: string, port: number): Promise<{ part: Part; url: string }> {
  const start = () => startPostgres({ dataDir: join(folder, 'postgres'), port });
  const { part, first } = await keep('postgres', start);
  return { part, url: first.url };
}

export async function temporalPart(folder: string, port: number): Promise<Part> {
  const { path: binary } = await ensureTemporal();
  const dataDir = join(folder, 'temporal');
  return (await keep('temporal', () => startTemporal({ binary, dataDir, port, headless: true }))).part;
}

/** One of Cairn's own processes. Nobody waits until it works: that it comes to that is what is tested. */
export async function cairnPart(
  name: string,
  verb: 'api' | 'worker',
  env: NodeJS.ProcessEnv,
  folder: string,
): Promise<Part> {
  const start = () =>
    startNodeChild({
      name,
      script: 'dist/cli/main.js',
      args: [verb],
      env,
      cwd: process.cwd(),
      logFile: join(folder, `${name}.log`),
      patienceMs: 40_000,
    });
  return (await keep(name, start)).part;
}
