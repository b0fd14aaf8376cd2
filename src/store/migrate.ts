import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { isDriverAdapterError } from '@prisma/driver-adapter-utils';
import { createStore, type Store } from './client';
import { ScriptFailure, withSchemaEngine } from './schemaEngine';

// The same two levels up from src/store and from dist/store.
const PRISMA_FOLDER = join(dirname(dirname(__dirname)), 'prisma');

/** A migration could not be applied; the message says which, why, and what to do. */
export class MigrationError extends Error {
  override readonly name = 'MigrationError';
}

export type MigrateOptions = {
  /** Holds schema.prisma and migrations/; the package's own by default. */
  folder?: string;
};

/**
 * Applies what is missing of prisma/migrations, in order, and records it as `prisma migrate deploy` does. Safe to call
 * from several processes at once: one applies, the others wait and find nothing to do.
 * @returns names of the migrations applied by this call
 * @throws MigrationError
 */
export async function migrate(
  databaseUrl: string,
  { folder = PRISMA_FOLDER }: MigrateOptions = {},
): Promise<string[]> {
  const root = join(folder, 'migrations');
  const read = (name: string) => readFileSync(name, 'utf8');
  const migrationDirectories = migrationNames(folder).map((name) => ({
    path: name,
    migrationFile: {
      path: 'migration.sql',
      content: { tag: 'ok' as const, value: read(join(root, name, 'migration.sql')) },
    },
  }));
  const lockfile = { path: 'migration_lock.toml', content: read(join(root, 'migration_lock.toml')) };
  try {
    const { appliedMigrationNames } = await withSchemaEngine(
      databaseUrl,
      read(join(folder, 'schema.prisma')),
      (engine) =>
        engine.applyMigrations({
          migrationsList: { baseDir: root, shadowDbInitScript: '', migrationDirectories, lockfile },
          filters: { externalTables: [], externalEnums: [] },
        }),
    );
    return appliedMigrationNames;
  } catch (error) {
    throw explain(
      error,
      (script) => migrationDirectories.find((one) => one.migrationFile.content.value === script)?.path,
    );
  }
}

/** Names of the package's migrations that `databaseUrl` lacks, oldest first. */
export async function pendingMigrations(databaseUrl: string): Promise<string[]> {
  const store = createStore(databaseUrl, { poolSize: 1 });
  try {
    return await pendingMigrationsOf(store);
  } finally {
    await store.close();
  }
}

/** As `pendingMigrations`, on a connection of `store`: cheap enough for a readiness check. */
export async function pendingMigrationsOf(store: Store, folder = PRISMA_FOLDER): Promise<string[]> {
  const names = migrationNames(folder);
  const [table] = await store.prisma.$queryRaw<{ present: boolean }[]>`
    SELECT to_regclass('_prisma_migrations') IS NOT NULL AS present`;
  if (!table?.present) return names;
  const rows = await store.prisma.$queryRaw<{ name: string }[]>`
    SELECT migration_name AS name FROM _prisma_migrations
    WHERE finished_at IS NOT NULL AND rolled_back_at IS NULL`;
  const done = new Set(rows.map((row) => row.name));
  return names.filter((name) => !done.has(name));
}

function migrationNames(folder: string): string[] {
  const root = join(folder, 'migrations');
  return readdirSync(root, { withFileTypes: true })
    .filter((entry) => entry.isDirectory() && existsSync(join(root, entry.name, 'migration.sql')))
    .map((entry) => entry.name)
    .sort();
}

function explain(error: unknown, nameOf: (script: string) => string | undefined): MigrationError {
  const cause = error instanceof ScriptFailure ? error.cause : error;
  const reason = reasonOf(cause);
  if (error instanceof ScriptFailure) {
    return new MigrationError(
      `Migration ${nameOf(error.script) ?? '(unknown)'} failed: ${reason}. Nothing was changed: correct the cause and migrate again.`,
      { cause },
    );
  }
  if (/failed migrations in the target database/.test(reason)) {
    return new MigrationError(
      `${reason.trim()}\nAnother tool left it half done. Bring the database to the state before it, run ` +
        '`UPDATE _prisma_migrations SET rolled_back_at = now() WHERE finished_at IS NULL`, and migrate again.',
      { cause },
    );
  }
  return new MigrationError(`Could not migrate: ${reason}. Check DATABASE_URL and that Postgres runs.`, {
    cause,
  });
}

// The adapter's errors carry only a kind as their message; what Postgres said is in the cause.
function reasonOf(error: unknown): string {
  if (isDriverAdapterError(error)) {
    const { originalMessage, ...mapped } = error.cause;
    const said = originalMessage ?? ('message' in mapped ? mapped.message : undefined);
    return said ? `${said}` : JSON.stringify(mapped);
  }
  return error instanceof Error ? error.message : String(error);
}
