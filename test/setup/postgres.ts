import { chmodSync, existsSync, mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type RunningPostgres, startPostgres } from '../../src/local/postgres';
import { liveOwner } from '../../src/local/postgresOwner';
import { endOrphan } from '../../src/local/postgresServer';
import { migrate } from '../../src/store/migrate';

/** Names the migrated database that test databases are cloned from. Reaches the jest workers through the environment. */
export const TEMPLATE_URL = 'TEST_POSTGRES_TEMPLATE_URL';

const PREFIX = 'cairn-test-postgres-';

type Shared = { users: number; started: Promise<{ server: RunningPostgres; folder: string }> };
const holder = globalThis as typeof globalThis & { cairnTestPostgres?: Shared };

/** Starts the Postgres of this test run, or joins the one that another project of the run has started. */
export async function acquirePostgres(): Promise<void> {
  holder.cairnTestPostgres ??= { users: 0, started: start() };
  holder.cairnTestPostgres.users++;
  await holder.cairnTestPostgres.started;
}

/** Ends it with its last user. */
export async function releasePostgres(): Promise<void> {
  const shared = holder.cairnTestPostgres;
  if (!shared || --shared.users > 0) return;
  holder.cairnTestPostgres = undefined;
  const { server, folder } = await shared.started;
  await server.stop();
  remove(folder);
  delete process.env[TEMPLATE_URL];
}

async function start() {
  await clearAbandoned();
  const folder = mkdtempSync(join(tmpdir(), PREFIX));
  // Run by root, the server has another account, which could not enter a folder of mode 700.
  chmodSync(folder, 0o711);
  const server = await startPostgres({ dataDir: folder, database: 'template_cairn', ephemeral: true });
  await migrate(server.url);
  process.env[TEMPLATE_URL] = server.url;
  return { server, folder };
}

// A run that was killed leaves its folder behind, and for a moment its server.
async function clearAbandoned(): Promise<void> {
  for (const name of readdirSync(tmpdir()).filter((entry) => entry.startsWith(PREFIX))) {
    const folder = join(tmpdir(), name);
    const owner = join(folder, 'owner.json');
    if (!existsSync(owner) || liveOwner(owner) !== undefined) continue;
    await endOrphan(join(homeOf(folder), 'cluster'), () => undefined);
    remove(folder);
  }
}

function remove(folder: string): void {
  for (const part of [homeOf(folder), folder]) rmSync(part, { recursive: true, force: true });
}

// Elsewhere where the folder for temporary files is one that only root can enter.
function homeOf(folder: string): string {
  const pointer = join(folder, 'elsewhere');
  return existsSync(pointer) ? readFileSync(pointer, 'utf8').trim() : folder;
}
