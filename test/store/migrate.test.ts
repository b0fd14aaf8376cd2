import { createHash } from 'node:crypto';
import { cpSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createStore, type Store } from '../../src/store/client';
import type * as Migrate from '../../src/store/migrate';
import { pendingMigrations, pendingMigrationsOf } from '../../src/store/migrate';
import { callInProcess, startInProcess } from '../support/callInProcess';
import { createEmptyDatabase } from '../support/database';

const PRISMA = join(__dirname, '..', '..', 'prisma');
const NAMES = readdirSync(join(PRISMA, 'migrations'), { withFileTypes: true })
  .filter((entry) => entry.isDirectory())
  .map((entry) => entry.name)
  .sort();

// In a process of its own, as `cairn migrate` is: the engine is an ES module, which jest does not load.
const migrate = (...args: Parameters<typeof Migrate.migrate>) =>
  callInProcess<string[]>('src/store/migrate', 'migrate', args);

let database: Awaited<ReturnType<typeof createEmptyDatabase>>;
let store: Store;

beforeEach(async () => {
  database = await createEmptyDatabase();
  store = createStore(database.url);
});

afterEach(async () => {
  await store.close();
  await database.drop();
});

type Row = {
  id: string;
  migration_name: string;
  checksum: string;
  finished_at: Date | null;
  rolled_back_at: Date | null;
  logs: string | null;
  applied_steps_count: number;
};

const record = () => store.prisma.$queryRaw<Row[]>`SELECT * FROM _prisma_migrations ORDER BY started_at`;

const tables = () =>
  store.prisma.$queryRaw<{ name: string }[]>`
    SELECT table_name AS name FROM information_schema.tables WHERE table_schema = 'public'`;

/** A copy of prisma/ with one more migration. */
function folderWith(sql: string): string {
  const folder = mkdtempSync(join(tmpdir(), 'cairn-migrations-'));
  cpSync(PRISMA, folder, { recursive: true });
  mkdirSync(join(folder, 'migrations', '29991231000000_next'));
  writeFileSync(join(folder, 'migrations', '29991231000000_next', 'migration.sql'), sql);
  return folder;
}

test('applies everything, then nothing', async () => {
  expect(await pendingMigrations(database.url)).toEqual(NAMES);
  expect(await migrate(database.url)).toEqual(NAMES);
  expect(await pendingMigrationsOf(store)).toEqual([]);
  expect(await migrate(database.url)).toEqual([]);
});

test('keeps the record that prisma migrate deploy keeps', async () => {
  await migrate(database.url);
  const rows = await record();
  expect(rows.map((row) => row.migration_name)).toEqual(NAMES);
  for (const row of rows) {
    const file = readFileSync(join(PRISMA, 'migrations', row.migration_name, 'migration.sql'));
    expect(row).toMatchObject({ applied_steps_count: 1, logs: null, rolled_back_at: null });
    expect(row.checksum).toBe(createHash('sha256').update(file).digest('hex'));
    expect(row.finished_at).toBeInstanceOf(Date);
    expect(row.id).toMatch(/^[0-9a-f-]{36}$/);
  }
  const columns = await store.prisma.$queryRaw<{ name: string; type: string }[]>`
    SELECT column_name AS name, data_type AS type FROM information_schema.columns
    WHERE table_name = '_prisma_migrations' ORDER BY ordinal_position`;
  expect(columns.map(({ name, type }) => `${name} ${type}`)).toEqual([
    'id character varying',
    'checksum character varying',
    'finished_at timestamp with time zone',
    'migration_name character varying',
    'logs text',
    'rolled_back_at timestamp with time zone',
    'started_at timestamp with time zone',
    'applied_steps_count integer',
  ]);
});

test('of two at once one applies and the other finds nothing to do', async () => {
  const results = await Promise.all([migrate(database.url), migrate(database.url)]);
  expect(results.sort((a, b) => a.length - b.length)).toEqual([[], NAMES]);
  expect(await record()).toHaveLength(NAMES.length);
});

test('a migration that fails is named with the reason, leaves nothing, and works once corrected', async () => {
  await migrate(database.url);
  const folder = folderWith('CREATE TABLE half (a INT);\nCREATE TABLE other (b no_such_type);\n');
  try {
    const failure = await migrate(database.url, { folder }).catch((error: unknown) => error);
    expect(failure).toBeInstanceOf(Error);
    expect((failure as Error).message).toMatch(
      /MigrationError.*29991231000000_next.*"no_such_type" does not exist/,
    );
    expect((await tables()).map((row) => row.name)).not.toContain('half');
    expect(await pendingMigrationsOf(store, folder)).toEqual(['29991231000000_next']);

    writeFileSync(
      join(folder, 'migrations', '29991231000000_next', 'migration.sql'),
      'CREATE TABLE half (a INT);',
    );
    expect(await migrate(database.url, { folder })).toEqual(['29991231000000_next']);
    expect(await pendingMigrationsOf(store, folder)).toEqual([]);
  } finally {
    rmSync(folder, { recursive: true });
  }
});

test('kill -9 in the middle of a migration leaves nothing in the way of the next attempt', async () => {
  await migrate(database.url);
  const folder = folderWith('CREATE TABLE half (a INT);\nSELECT pg_sleep(600);\n');
  try {
    const call = startInProcess('src/store/migrate', 'migrate', [database.url, { folder }]);
    try {
      await untilSleeping();
    } finally {
      call.child.kill('SIGKILL');
    }
    await expect(call.result).rejects.toThrow(/SIGKILL/);
    const next = join(folder, 'migrations', '29991231000000_next', 'migration.sql');
    writeFileSync(next, 'CREATE TABLE half (a INT);');
    expect(await migrate(database.url, { folder })).toEqual(['29991231000000_next']);
    expect(await pendingMigrationsOf(store, folder)).toEqual([]);
  } finally {
    rmSync(folder, { recursive: true });
  }
});

async function untilSleeping(): Promise<void> {
  const deadline = Date.now() + 30_000;
  while (Date.now() < deadline) {
    const rows = await store.prisma.$queryRaw<unknown[]>`
      SELECT 1 FROM pg_stat_activity WHERE wait_event = 'PgSleep' AND datname = current_database()`;
    if (rows.length > 0) return;
  }
  throw new Error('the migration did not get to its statement');
}

test('a semicolon in a comment or a string does not cut a migration', async () => {
  const folder = folderWith(
    "-- one; two\nCREATE TABLE notes (a TEXT DEFAULT 'x;y');\nINSERT INTO notes VALUES (DEFAULT);",
  );
  try {
    await migrate(database.url, { folder });
    expect(await store.prisma.$queryRaw`SELECT a FROM notes`).toEqual([{ a: 'x;y' }]);
  } finally {
    rmSync(folder, { recursive: true });
  }
});

test('a failure that another tool left behind is explained with the way out', async () => {
  await migrate(database.url);
  const folder = folderWith('CREATE TABLE late (a INT);');
  try {
    await store.prisma.$executeRaw`
      INSERT INTO _prisma_migrations (id, checksum, migration_name, started_at, applied_steps_count)
      VALUES (gen_random_uuid()::text, '', '29991231000000_next', now(), 0)`;
    await expect(migrate(database.url, { folder })).rejects.toThrow(
      /29991231000000_next[\s\S]*SET rolled_back_at = now\(\)/,
    );
    await store.prisma
      .$executeRaw`UPDATE _prisma_migrations SET rolled_back_at = now() WHERE finished_at IS NULL`;
    expect(await migrate(database.url, { folder })).toEqual(['29991231000000_next']);
  } finally {
    rmSync(folder, { recursive: true });
  }
});

test.each([
  ['a wrong password', { password: 'wrong' }, /password authentication failed/],
  ['a server that is not there', { port: '1' }, /DatabaseNotReachable.*DATABASE_URL/],
])('%s is said in one sentence', async (_name, change, message) => {
  const url = new URL(database.url);
  Object.assign(url, change);
  const failure = await migrate(url.toString()).catch((error: unknown) => error);
  expect((failure as Error).message).toMatch(/^MigrationError: /);
  expect((failure as Error).message).toMatch(message);
  expect((failure as Error).message).not.toContain(url.toString());
});
