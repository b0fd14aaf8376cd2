import { PrismaPg } from '@prisma/adapter-pg';
import type { SqlDriverAdapterFactory, Transaction } from '@prisma/driver-adapter-utils';
import { Prisma, PrismaClient } from '../../src/generated/prisma/client';
import { poolConfig, type Store } from '../../src/store/client';

/** What of `pg` is used here. */
interface Connection {
  query(query: {
    name: string;
    text: string;
    values: readonly unknown[];
    types: { getTypeParser(oid: number): (text: string) => unknown };
  }): Promise<{ rows: unknown[]; rowCount: number | null }>;
}

/**
 * One connection, on which every statement is parsed and planned once, and raw statements, nearly all of a history's,
 * go to Postgres without Prisma's engine in between: most of a short history was that. The values are Prisma's own:
 * `directStore.test.ts` compares them.
 */
export function createDirectStore(databaseUrl: string): Store {
  const names = new Map<string, string>();
  const nameOf = (sql: string): string => {
    const name = names.get(sql) ?? `s${names.size}`;
    names.set(sql, name);
    return name;
  };
  const factory = new PrismaPg(poolConfig(databaseUrl, 1), {
    statementNameGenerator: ({ sql }) => nameOf(sql),
  });
  let pool: Connection | null = null;
  let open: Connection | null = null;
  const adapter: SqlDriverAdapterFactory = {
    provider: factory.provider,
    adapterName: factory.adapterName,
    async connect() {
      const connected = await factory.connect();
      pool = connected.underlyingDriver() as unknown as Connection;
      const start = connected.startTransaction.bind(connected);
      connected.startTransaction = async (isolation) => {
        const transaction = await start(isolation);
        open = (transaction as unknown as { client: Connection }).client;
        const forget =
          <T>(end: () => Promise<T>) =>
          async () => {
            open = null;
            return await end();
          };
        transaction.commit = forget(transaction.commit.bind(transaction));
        transaction.rollback = forget(transaction.rollback.bind(transaction));
        return transaction satisfies Transaction;
      };
      return connected;
    },
  };
  const prisma = new PrismaClient({ adapter, errorFormat: 'minimal' });

  const run = async (connection: () => Connection, parts: unknown, values: unknown[]) => {
    if (pool === null) await prisma.$connect();
    const sql = Prisma.sql(parts as readonly string[], ...values);
    const { text } = sql;
    return await connection().query({ name: nameOf(text), text, values: sql.values, types: TYPES });
  };
  const rawOn = (connection: () => Connection) => ({
    $queryRaw: async (parts: unknown, ...values: unknown[]) => (await run(connection, parts, values)).rows,
    $executeRaw: async (parts: unknown, ...values: unknown[]) =>
      (await run(connection, parts, values)).rowCount ?? 0,
  });
  const outside = rawOn(() => pool!);
  const inside = rawOn(() => open!);
  type Body = (tx: unknown) => Promise<unknown>;
  const direct = withOwn(prisma, {
    ...outside,
    $transaction: (body: Body, options: object) =>
      prisma.$transaction((tx) => body(withOwn(tx, inside)), options),
  });
  return { prisma: direct, close: () => prisma.$disconnect() };
}

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
