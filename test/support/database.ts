import { randomBytes } from 'node:crypto';
import { PrismaPg } from '@prisma/adapter-pg';
import { createStore, type Store, type StoreOptions } from '../../src/store/client';
import { TEMPLATE_URL } from '../setup/postgres';

export type TestDatabase = {
  readonly url: string;
  readonly store: Store;
  /** Drops it; rejects, naming them, when connections other than the store's are still open. */
  drop(): Promise<void>;
};

const LEAK_DEADLINE_MS = 5_000;

/** A migrated, empty database of its own for one test file. */
export async function createTestDatabase(options?: StoreOptions): Promise<TestDatabase> {
  const template = process.env[TEMPLATE_URL];
  if (!template) throw new Error('No test database: run this test in the jest project "store" or "e2e".');
  const name = `test_${randomBytes(8).toString('hex')}`;
  await administer(template, (run) => run(`CREATE DATABASE ${name} TEMPLATE template_cairn`));
  const url = urlOf(template, name);
  const store = createStore(url, options);
  return {
    url,
    store,
    async drop() {
      await store.close();
      await administer(template, async (run) => {
        const leaked = await waitForNone(() =>
          run(`
            SELECT application_name || ': ' || query FROM pg_stat_activity
            WHERE datname = '${name}' AND backend_type = 'client backend'`),
        );
        await run(`DROP DATABASE ${name} WITH (FORCE)`);
        if (leaked.length > 0) throw new Error(`Connections left open:\n${leaked.join('\n')}`);
      });
    },
  };
}

/** An empty database without any table, for tests of the migrations themselves. */
export async function createEmptyDatabase(): Promise<{ url: string; drop(): Promise<void> }> {
  const template = process.env[TEMPLATE_URL];
  if (!template) throw new Error('No test database: run this test in the jest project "store" or "e2e".');
  const name = `empty_${randomBytes(8).toString('hex')}`;
  await administer(template, (run) => run(`CREATE DATABASE ${name}`));
  return {
    url: urlOf(template, name),
    drop: () => administer(template, async (run) => void (await run(`DROP DATABASE ${name} WITH (FORCE)`))),
  };
}

function urlOf(template: string, database: string): string {
  const url = new URL(template);
  url.pathname = `/${database}`;
  return url.toString();
}

async function administer<T>(
  template: string,
  use: (run: (sql: string) => Promise<unknown[][]>) => Promise<T>,
): Promise<T> {
  const adapter = await new PrismaPg({ connectionString: urlOf(template, 'postgres'), max: 1 }).connect();
  try {
    return await use(async (sql) => (await adapter.queryRaw({ sql, args: [], argTypes: [] })).rows);
  } finally {
    await adapter.dispose();
  }
}

// A closed connection disappears from the server's list a moment after it was closed here. The server's own
// workers, such as autovacuum, are listed beside the clients and are nobody's leak.
async function waitForNone(look: () => Promise<unknown[][]>): Promise<unknown[]> {
  const deadline = Date.now() + LEAK_DEADLINE_MS;
  for (;;) {
    const found = (await look()).flat();
    if (found.length === 0 || Date.now() > deadline) return found;
  }
}
