import type { ChildProcess } from 'node:child_process';
import { setTimeout as delay } from 'node:timers/promises';

export type EndOptions = {
  readonly signal?: NodeJS.Signals;
  /** From the polite signal to SIGKILL. */
  readonly patienceMs: number;
};

const KILL_MS = 10_000;

/** Resolves when the process has ended, or could not be started at all. */
export const exitOf = (child: ChildProcess): Promise<void> =>
  new Promise((resolve) => {
    child.once('exit', () => resolve());
    child.once('error', () => {
      if (child.pid === undefined) resolve();
    });
  });

/**
 * Ends a process that we started: politely, then by force.
 * @throws when even SIGKILL does not end it
 */
export async function endProcess(pid: number, exited: Promise<void>, options: EndOptions): Promise<void> {
  let ended = false;
  const end = exited.then(() => {
    ended = true;
  });
  // One turn, so that an end that has already happened is noticed and a stranger with the same id gets no signal.
  await null;
  const steps = [
    [options.signal ?? 'SIGTERM', options.patienceMs],
    ['SIGKILL', KILL_MS],
  ] as const;
  for (const [signal, patienceMs] of steps) {
    if (!ended) send(pid, signal);
    const timer = new AbortController();
    await Promise.race([end, delay(patienceMs, undefined, { signal: timer.signal }).catch(() => undefined)]);
    timer.abort();
    if (ended) return;
  }
  throw new Error(`Process ${pid} does not end.`);
}

function send(pid: number, signal: NodeJS.Signals): void {
  try {
    process.kill(pid, signal);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ESRCH') throw error;
  }
}
