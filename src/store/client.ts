import { PrismaPg } from '@prisma/adapter-pg';
import { Prisma, PrismaClient } from '../generated/prisma/client';
import { countStatements } from './countStatements';

export type Store = {
  readonly prisma: PrismaClient;
  /** Ends the pool; waits for statements that are under way. */
  close(): Promise<void>;
};

export type Tx = Prisma.TransactionClient;

export type StoreOptions = {
  /** Most connections this process opens; 10. */
  poolSize?: number;
  /** Called once per SQL statement, BEGIN and COMMIT included, with its duration in milliseconds. */
  onStatement?: (ms: number) => void;
};

export type TransactionOptions = {
  /** How long the whole transaction may take before it is rolled back, in milliseconds; 30,000. */
  timeoutMs?: number;
  /** Postgres' own default, `ReadCommitted`, unless said otherwise. */
  isolation?: Prisma.TransactionIsolationLevel;
};

const CONNECT_TIMEOUT_MS = 10_000;
const STATEMENT_TIMEOUT_MS = 120_000;

/** A Store on `databaseUrl`. Connects at the first statement; one per process. */
export function createStore(databaseUrl: string, options: StoreOptions = {}): Store {
  const factory = new PrismaPg(poolConfig(databaseUrl, options.poolSize ?? 10));
  const adapter = options.onStatement ? countStatements(factory, options.onStatement) : factory;
  // Minimal: error texts reach people and rows, and the default quotes our source code in them.
  const prisma = new PrismaClient({ adapter, errorFormat: 'minimal' });
  return { prisma, close: () => prisma.$disconnect() };
}

/** Connection settings that every process uses, for `pg`. */
export function poolConfig(databaseUrl: string, max: number) {
  return {
    connectionString: databaseUrl,
    max,
    // The adapter drops the offset of every timestamptz it reads and writes none, so it is right only in a session whose
    // time zone is UTC, whatever the server's or the role's default is.
    onConnect: async (client: { query(sql: string): Promise<unknown> }) => {
      await client.query("SET TIME ZONE 'UTC'");
    },
    connectionTimeoutMillis: CONNECT_TIMEOUT_MS,
    // Bounds for a database that hangs and for a client that dies without closing its socket.
    statement_timeout: STATEMENT_TIMEOUT_MS,
    idle_in_transaction_session_timeout: STATEMENT_TIMEOUT_MS,
    keepAlive: true,
    application_name: 'cairn',
  };
}

/** Prisma's codes for a server that is away, a pool without a free connection, a transaction cut off. */
const UNREACHABLE = new Set(['P1000', 'P1001', 'P1002', 'P1008', 'P1011', 'P1017', 'P2024', 'P2028']);
const CONNECTION_WORDS =
  /ECONNREFUSED|can't reach database|ECONNRESET|ETIMEDOUT|EPIPE|connection terminated|terminating connection|not queryable|starting up|shutting down|recovery mode|server closed the connection|timeout exceeded when trying to connect/i;

/** Whether a statement failed because Postgres is not there for now, and not because of what it said. */
export function isUnreachable(error: unknown): boolean {
  if (error instanceof Prisma.PrismaClientInitializationError) return true;
  if (error instanceof Prisma.PrismaClientKnownRequestError && UNREACHABLE.has(error.code)) return true;
  const ofPrisma =
    error instanceof Prisma.PrismaClientKnownRequestError ||
    error instanceof Prisma.PrismaClientUnknownRequestError ||
    error instanceof Prisma.PrismaClientRustPanicError;
  if (ofPrisma) return CONNECTION_WORDS.test(`${error.message} ${JSON.stringify(metaOf(error))}`);
  return (
    error instanceof Error && error.name.startsWith('DriverAdapter') && CONNECTION_WORDS.test(causeOf(error))
  );
}

const metaOf = (error: Error): unknown => ('meta' in error ? error.meta : '');
const causeOf = (error: Error): string => `${error.message} ${JSON.stringify(error.cause ?? '')}`;

/**
 * Runs `fn` in one transaction. Retries nothing: a conflict (P2034) or a rule broken at commit is the caller's to judge.
 * A transaction that outlives `timeoutMs` is rolled back and rejects with P2028.
 */
export function inTransaction<T>(
  store: Store,
  fn: (tx: Tx) => Promise<T>,
  { timeoutMs = 30_000, isolation }: TransactionOptions = {},
): Promise<T> {
  return store.prisma.$transaction(fn, {
    timeout: timeoutMs,
    maxWait: CONNECT_TIMEOUT_MS,
    // Said only where it is another than the server's own: it costs a statement.
    ...(isolation === undefined ? {} : { isolationLevel: Prisma.TransactionIsolationLevel[isolation] }),
  });
}
