import { randomBytes } from 'node:crypto';
import { existsSync, readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { type RunningPostgres, startPostgres } from '../../local/postgres';
import { createStore, type Store } from '../../store/client';
import { migrate } from '../../store/migrate';
import { createStatementMeter, type StatementMeter } from './statements';

export interface MeteredPostgres {
  /** As Cairn connects. */
  readonly url: string;
  /** Connected as a role of its own: what the bench asks is not counted as Cairn's. */
  readonly store: Store;
  readonly statements: StatementMeter;
  /** Ends it and removes its data. */
  stop(): Promise<void>;
}

const OBSERVER = 'bench';

/** The Postgres of `npm start`, just as durable, migrated, and counting statements. */
export async function startMeteredPostgres(dataDir: string): Promise<MeteredPostgres> {
  const password = randomBytes(12).toString('hex');
  await prepare(dataDir, password);
  const running = await startPostgres({ dataDir });
  const store = createStore(observerUrl(running, password), { poolSize: 4 });
  const stop = async () => {
    await store.close();
    await running.stop();
    remove(dataDir);
  };
  try {
    await migrate(running.url);
    await store.prisma.$executeRaw`CREATE EXTENSION pg_stat_statements`;
    const role = new URL(running.url).username;
    return { url: running.url, store, statements: createStatementMeter(store, role), stop };
  } catch (error) {
    await stop();
    throw error;
  }
}

// What counts statements has to be there from the start of a server, and its setting is kept in the cluster.
async function prepare(dataDir: string, password: string): Promise<void> {
  const first = await startPostgres({ dataDir });
  const store = createStore(first.url, { poolSize: 1 });
  try {
    await store.prisma.$executeRaw`ALTER SYSTEM SET shared_preload_libraries = 'pg_stat_statements'`;
    // Utility statements take no parameters; the password is hexadecimal.
    await store.prisma.$executeRawUnsafe(`CREATE ROLE ${OBSERVER} SUPERUSER LOGIN PASSWORD '${password}'`);
  } finally {
    await store.close();
    await first.stop();
  }
}

function observerUrl(running: RunningPostgres, password: string): string {
  const url = new URL(running.url);
  url.username = OBSERVER;
  url.password = password;
  return url.href;
}

// Run by root, the cluster may live elsewhere; the folder says where.
function remove(dataDir: string): void {
  const pointer = join(dataDir, 'elsewhere');
  const home = existsSync(pointer) ? readFileSync(pointer, 'utf8').trim() : dataDir;
  for (const folder of [home, dataDir]) rmSync(folder, { recursive: true, force: true });
}
