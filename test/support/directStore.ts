import { PrismaPg } from '@prisma/adapter-pg';
import type { SqlDriverAdapterFactory } from '@prisma/driver-adapter-utils';
import { Prisma, PrismaClient } from '../../src/generated/prisma/client';
import { poolConfig, type Store } from '../../src/store/client';

/** What of `pg` is used here. */
interface Connection {
  query(query: string | NamedQuery): Promise<{ rows: unknown[]; rowCount: number | null }>;
}
interface NamedQuery {
  name: string;
  text: string;
  values: readonly unknown[];
  types: { getTypeParser(oid: number): (text: string) => unknown };
}

/** What of `pg`'s pool is used here, by Prisma's adapter too. */
interface Pool {
  connect(): Promise<Connection & { release(): void }>;
  query: Connection['query'];
}

/**
 * One connection, on which every statement is parsed and planned once. Raw statements, nearly all of a history's, and
 * transactions go to Postgres without Prisma's engine in between: most of a short history was that. The values are
 * Prisma's own: `directStore.test.ts` compares them.
 */
export function createDirectStore(databaseUrl: string): Store {
  const names = new Map<string, string>();
  const nameOf = (sql: string): string => {
    const name = names.get(sql) ?? `s${names.size}`;
    names.set(sql, name);
    return name;
  };
  const factory = new PrismaPg(
    { ...poolConfig(databaseUrl, 1), pipeline: true },
    {
      statementNameGenerator: ({ sql }) => nameOf(sql),
    },
  );
  let connection: Connection | null = null;
  const adapter: SqlDriverAdapterFactory = {
    provider: factory.provider,
    adapterName: factory.adapterName,
    async connect() {
      const connected = await factory.connect();
      const pool = connected.underlyingDriver() as unknown as Pool;
      const only = await pool.connect();
      connection = only;
      // Whatever Prisma sends goes the same way, and so into the transaction that is open.
      pool.query = only.query.bind(only);
      const dispose = connected.dispose.bind(connected);
      connected.dispose = async () => {
        only.release();
        await dispose();
      };
      return connected;
    },
  };
  const prisma = new PrismaClient({ adapter, errorFormat: 'minimal' });
  const connected = async (): Promise<Connection> => {
    if (connection === null) await prisma.$connect();
    return connection!;
  };

  const run = async (parts: unknown, values: unknown[]) => {
    const sql = Prisma.sql(parts as readonly string[], ...values);
    const { text } = sql;
    const to = connection ?? (await connected());
    return await to.query({ name: nameOf(text), text, values: sql.values, types: TYPES });
  };
  const raw = {
    $queryRaw: async (parts: unknown, ...values: unknown[]) => (await run(parts, values)).rows,
    $executeRaw: async (parts: unknown, ...values: unknown[]) => (await run(parts, values)).rowCount ?? 0,
  };
  const inside = withOwn(prisma, raw);
  let open: Promise<unknown> = Promise.resolve();
  const transact = async <T>(body: (tx: unknown) => Promise<T>, isolation = 'ReadCommitted'): Promise<T> => {
    const to = await connected();
    // What follows it is sent without waiting for its answer.
    const begun = to.query(`BEGIN ISOLATION LEVEL ${LEVELS[isolation]}`);
    begun.catch(() => undefined);
    try {
      const made = await body(inside);
      await begun;
      await to.query('COMMIT');
      return made;
    } catch (error) {
      await to.query('ROLLBACK');
      throw error;
    }
  };
  /** One after the other, as on a pool of one connection. */
  const $transaction = <T>(
    body: (tx: unknown) => Promise<T>,
    { isolationLevel }: { isolationLevel?: string } = {},
  ): Promise<T> => {
    const made = open.then(() => transact(body, isolationLevel));
    open = made.catch(() => undefined);
    return made;
  };
  const direct = withOwn(prisma, { ...raw, $transaction });
  return { prisma: direct, close: () => prisma.$disconnect() };
}

const LEVELS: Readonly<Record<string, string>> = {
  ReadCommitted: 'READ COMMITTED',
  RepeatableRead: 'REPEATABLE READ',
  Serializable: 'SERIALIZABLE',
};

const withOwn = <T extends object>(whole: T, own: object): T =>
  new Proxy(whole, {
    get: (target, key) => Reflect.get(key in own ? own : target, key),
  });

const OID = {
  bool: 16,
  int8: 20,
  int2: 21,
  int4: 23,
  json: 114,
  float4: 700,
  float8: 701,
  timestamptz: 1184,
  jsonb: 3802,
};

const PARSERS: Readonly<Record<number, (text: string) => unknown>> = {
  [OID.bool]: (text) => text === 't',
  [OID.int8]: BigInt,
  [OID.int2]: Number,
  [OID.int4]: Number,
  [OID.float4]: Number,
  [OID.float8]: Number,
  [OID.json]: (text) => JSON.parse(text),
  [OID.jsonb]: (text) => JSON.parse(text),
  // The session's time zone is UTC: 2026-11-23 12:00:00.123+00
  [OID.timestamptz]: (text) => new Date(text.replace(' ', 'T').replace(/\+00$/, 'Z')),
};
const asIs = (text: string) => text;
const TYPES = { getTypeParser: (oid: number) => PARSERS[oid] ?? asIs };
