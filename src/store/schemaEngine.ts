import { readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { PrismaPg } from '@prisma/adapter-pg';
import {
  bindMigrationAwareSqlAdapterFactory,
  type SqlMigrationAwareDriverAdapterFactory,
} from '@prisma/driver-adapter-utils';
import type * as EngineModule from '@prisma/schema-engine-wasm/schema_engine_bg' with {
  'resolution-mode': 'import',
};
import { poolConfig } from './client';

// Named here because only the browser's type library declares it.
declare const WebAssembly: {
  Module: new (bytes: Uint8Array) => object;
  Instance: new (module: object, imports: object) => { readonly exports: Record<string, unknown> };
};

let loaded: Promise<typeof EngineModule> | undefined;

// Prisma's native schema engine comes from no package registry; the WASM build is the same engine. Its package is an ES
// module made for bundlers, so the module and its instance are joined by hand, once per process.
async function loadEngine(): Promise<typeof EngineModule> {
  const js = await import('@prisma/schema-engine-wasm/schema_engine_bg');
  const file = join(dirname(require.resolve('@prisma/schema-engine-wasm')), 'schema_engine_bg.wasm');
  const instance = new WebAssembly.Instance(new WebAssembly.Module(readFileSync(file)), {
    './schema_engine_bg.js': Object.fromEntries(Object.entries(js).map(withQuietTimers)),
  });
  js.__wbg_set_wasm(instance.exports);
  (instance.exports.__wbindgen_start as () => void)();
  return js;
}

// The engine forgets the timer of its lock timeout, which would keep the process alive for ten seconds.
function withQuietTimers([name, value]: [string, unknown]): [string, unknown] {
  if (!name.startsWith('__wbg_setTimeout_')) return [name, value];
  const start = value as (...args: unknown[]) => NodeJS.Timeout;
  return [name, (...args: unknown[]) => start(...args).unref()];
}

/** A script that Postgres refused; `cause` is the adapter's error. */
export class ScriptFailure extends Error {
  constructor(
    readonly script: string,
    cause: unknown,
  ) {
    super('a migration script failed', { cause });
  }
}

/**
 * Opens the engine on a database and runs `use` in one transaction: whatever fails or dies on the way leaves nothing, not
 * even the mark of a failed migration that would block every later attempt.
 * @param schema text of schema.prisma
 * @throws ScriptFailure, or the error of the adapter or the engine
 */
export async function withSchemaEngine<T>(
  databaseUrl: string,
  schema: string,
  use: (engine: EngineModule.SchemaEngine) => Promise<T>,
): Promise<T> {
  // One connection: the transaction and the advisory lock that keeps two migrations apart belong to a session.
  const factory = new PrismaPg({
    ...poolConfig(databaseUrl, 1),
    statement_timeout: 0,
    idleTimeoutMillis: 0,
  });
  const connection = await factory.connect();
  const run = (sql: string) => connection.executeRaw({ sql, args: [], argTypes: [] });
  let failure: ScriptFailure | undefined;
  const lasting: SqlMigrationAwareDriverAdapterFactory = {
    provider: factory.provider,
    adapterName: factory.adapterName,
    connectToShadowDb: () => factory.connectToShadowDb(),
    connect: async () =>
      Object.assign(Object.create(connection) as typeof connection, {
        // The stock adapter cuts a script at every semicolon, also inside comments and strings. Sent whole, as the
        // native engine does, it needs no cutting.
        executeScript: async (script: string) => {
          await run(script).catch((error: unknown) => {
            failure ??= new ScriptFailure(script, error);
            throw error;
          });
        },
        dispose: async () => undefined,
      }),
  };
  try {
    // Else the server would finish a long statement of a process that is gone before it gave the lock up.
    await run('SET client_connection_check_interval = 1000');
    await run('BEGIN');
    loaded ??= loadEngine();
    const engine = await (await loaded).SchemaEngine.new(
      { datamodels: [['schema.prisma', schema]] },
      () => undefined,
      bindMigrationAwareSqlAdapterFactory(lasting),
    );
    const result = await use(engine);
    await run('COMMIT');
    return result;
  } catch (error) {
    // What the engine says after a failed script is about the transaction that is then beyond use.
    throw failure ?? error;
  } finally {
    // Ends the session: an open transaction is rolled back and the advisory lock given up.
    await connection.dispose();
  }
}
