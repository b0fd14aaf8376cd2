import { type ChildProcess, spawn } from 'node:child_process';
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { setTimeout as delay } from 'node:timers/promises';
import { endProcess, exitOf } from './endProcess';
import { processMark, serverOf } from './postgresOwner';
import type { Place } from './postgresPlace';
import { endWithUs } from './watchdog';

export type Server = {
  readonly pid: number;
  /** Resolves when the server has ended, for whatever reason. */
  readonly exited: Promise<void>;
  /** Ends it: politely, then by force (it recovers at the next start). */
  stop(): Promise<void>;
};

/** Why a start failed, in the words of Postgres. */
export class StartFailure extends Error {
  constructor(
    readonly portTaken: boolean,
    readonly oldMemory: boolean,
    lines: readonly string[],
  ) {
    super(`Postgres did not start:\n${lines.join('\n') || '(it said nothing)'}`);
  }
}

const START_MS = 120_000;
const KEPT_LINES = 20;
/** Its last words may arrive after its end. */
const LAST_WORDS_MS = 2_000;
// SIGINT is Postgres' fast shutdown: it ends sessions, then writes everything down.
const POLITELY = { signal: 'SIGINT', patienceMs: 30_000 } as const;

/** Starts the cluster on 127.0.0.1 and resolves when it takes connections. Crash recovery counts as starting. */
export async function startServer(
  place: Place,
  port: number,
  ephemeral: boolean,
  log: (line: string) => void,
): Promise<Server> {
  const child = spawn(place.binaries.postgres, ['-D', place.cluster, ...settings(port, ephemeral)], {
    ...place.account,
    cwd: '/',
    env: { PATH: process.env.PATH, LC_ALL: 'C' },
    stdio: ['ignore', 'ignore', 'pipe'],
    // Ctrl-C in a terminal reaches the whole group: the database has to outlive those that still write to it.
    detached: true,
  });
  const exited = exitOf(child);
  await ready(child, exited, log);
  const pid = child.pid!;
  void exited.then(endWithUs(pid, { signal: 'INT' }));
  return { pid, exited, stop: () => endProcess(pid, exited, POLITELY) };
}

/** Stops a server of this cluster whose starter has died, and clears what would keep a new one from starting. */
export async function endOrphan(cluster: string, log: (line: string) => void): Promise<void> {
  const file = join(cluster, 'postmaster.pid');
  if (!existsSync(file)) return;
  const lines = readFileSync(file, 'utf8').split('\n');
  const pid = Number.parseInt(lines[0] ?? '', 10);
  const mark = pid > 0 ? processMark(pid) : undefined;
  if (mark === undefined) return;
  if (serverOf(cluster) === pid) {
    log(`Stopping the Postgres (process ${pid}) that an earlier run left behind`);
    await endProcess(pid, gone(pid, mark), POLITELY);
    return;
  }
  // The id now belongs to something else, and Postgres would take that for a running server. It disregards its
  // parent's id, and still sees from the other lines whether old backends hold the shared memory.
  writeFileSync(file, [String(process.pid), ...lines.slice(1)].join('\n'));
}

function settings(port: number, ephemeral: boolean): string[] {
  const values: Record<string, string | number> = {
    port,
    listen_addresses: '127.0.0.1',
    unix_socket_directories: '',
    lc_messages: 'C',
    logging_collector: 'off',
    timezone: 'UTC',
    // Small machines and containers with little shared memory.
    max_parallel_workers_per_gather: 0,
    ...(ephemeral && {
      fsync: 'off',
      synchronous_commit: 'off',
      full_page_writes: 'off',
      max_connections: 200,
    }),
  };
  return Object.entries(values).flatMap(([name, value]) => ['-c', `${name}=${value}`]);
}

async function ready(child: ChildProcess, exited: Promise<void>, log: (line: string) => void): Promise<void> {
  const last: string[] = [];
  child.once('error', (error) => last.push(error.message));
  const lines = createInterface({ input: child.stderr! });
  const silent = new Promise<void>((resolve) => lines.once('close', resolve));
  const readiness = new Promise<'ready'>((resolve) => {
    lines.on('line', (line) => {
      last.push(line);
      if (last.length > KEPT_LINES) last.shift();
      log(line);
      if (line.includes('database system is ready to accept connections')) resolve('ready');
    });
  });
  const timer = new AbortController();
  const tooLate = delay(START_MS, 'late' as const, { signal: timer.signal }).catch(() => 'late' as const);
  const outcome = await Promise.race([readiness, exited.then(() => 'ended' as const), tooLate]);
  timer.abort();
  if (outcome === 'ready') return;
  if (outcome === 'late' && child.pid) await endProcess(child.pid, exited, POLITELY);
  await Promise.race([silent, delay(LAST_WORDS_MS)]);
  const said = last.join('\n');
  throw new StartFailure(
    /could not bind|could not create any TCP\/IP sockets/.test(said),
    /pre-existing shared memory block/.test(said),
    outcome === 'late' ? [...last, `not ready after ${START_MS / 1000} s`] : last,
  );
}

async function gone(pid: number, mark: string): Promise<void> {
  for (let looks = 0; looks < 600 && processMark(pid) === mark; looks++) await delay(100);
}
