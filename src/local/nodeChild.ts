import { type ChildProcess, spawn } from 'node:child_process';
import { closeSync, openSync, readFileSync } from 'node:fs';
import { endProcess, exitOf } from './endProcess';
import type { Running } from './supervise';
import { endWithUs } from './watchdog';

export type NodeChildOptions = {
  readonly name: string;
  readonly script: string;
  readonly args?: readonly string[];
  readonly env: NodeJS.ProcessEnv;
  readonly cwd: string;
  /** Output of every start is appended here. */
  readonly logFile: string;
  /** From SIGTERM to SIGKILL. */
  readonly patienceMs: number;
  /** Resolves when the child is ready. Raced with the child's end and with `readyMs`. */
  readonly ready?: (child: ChildProcess, signal: AbortSignal) => Promise<unknown>;
  readonly readyMs?: number;
  /** Gives up waiting, and ends the child. */
  readonly signal?: AbortSignal | undefined;
};

const LOG_TAIL = 3_000;

/**
 * Starts one of our own programs with Node, its output in a log file, in a process group of its own so that Ctrl-C reaches
 * it only through us, and tied to our life.
 * @throws when it ends or isn't ready in time; the message holds the end of its log
 */
export async function startNodeChild(options: NodeChildOptions): Promise<Running> {
  const output = openSync(options.logFile, 'a');
  const child = spawn(process.execPath, ['--enable-source-maps', options.script, ...(options.args ?? [])], {
    cwd: options.cwd,
    env: options.env,
    stdio: ['ignore', output, output, 'ipc'],
    detached: true,
  });
  closeSync(output);
  const exited = exitOf(child);
  const { pid } = child;
  if (pid === undefined) throw new Error(`${options.name} could not be started`);
  const release = endWithUs(pid);
  void exited.then(release);
  const stop = () => endProcess(pid, exited, { patienceMs: options.patienceMs });
  try {
    await becomeReady(options, child, exited);
  } catch (error) {
    await stop();
    const tail = readFileSync(options.logFile, 'utf8').slice(-LOG_TAIL).trim();
    const why = error instanceof Error ? error.message : String(error);
    throw new Error(`${options.name} ${why}.\nThe end of ${options.logFile}:\n${tail}`, { cause: error });
  }
  return { pid, exited, stop };
}

async function becomeReady(
  options: NodeChildOptions,
  child: ChildProcess,
  exited: Promise<void>,
): Promise<void> {
  if (!options.ready) return;
  const { readyMs = 60_000 } = options;
  const over = new AbortController();
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<never>((_, reject) => {
    timer = setTimeout(() => reject(new Error(`was not ready after ${readyMs / 1000} s`)), readyMs);
  });
  const stopped = new Promise<never>((_, reject) => {
    const stop = () => reject(new Error('was stopped while it started'));
    if (options.signal?.aborted) stop();
    options.signal?.addEventListener('abort', stop, { once: true, signal: over.signal });
  });
  const ended = exited.then(() => {
    throw new Error(`ended with ${child.signalCode ?? child.exitCode} before it was ready`);
  });
  try {
    await Promise.race([options.ready(child, over.signal), ended, stopped, late]);
  } finally {
    clearTimeout(timer);
    over.abort();
  }
}
