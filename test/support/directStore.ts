import { PrismaPg } from '@prisma/adapter-pg';
import type { SqlDriverAdapterFactory } from '@prisma/driver-adapter-utils';
import { Prisma, PrismaClient } from '../../src/generated/prisma/client';
import { poolConfig, type Store } from '../../src/store/client';

/** What of `pg` is used here. */
interface Connection {
  query(text: string): Promise<unknown>;
  query(query: { name: string; text: string }): Promise<unknown>;
  query(statement: Statement): unknown;
}

/** What of `pg`'s pool is used here, by Prisma's adapter too. */
interface Pool {
  connect(): Promise<Connection & { release(): void }>;
  query(...args: readonly unknown[]): Promise<unknown>;
}

/**
 * One connection, on which every statement is parsed and planned once, and asked for the shape of its rows once. Raw
 * statements, nearly all of a history's, and transactions go to Postgres without Prisma's engine in between: most of a short
 * history was that. The values are Prisma's own: `directStore.test.ts` compares them. Nothing is sent that only makes Postgres
 * plan anew: of a tree so small the plans are the same.
 */
export function createDirectStore(databaseUrl: string): Store {
  const known = new Map<string, Known>();
  const knownOf = (text: string): Known => {
    const found = known.get(text);
    if (found) return found;
    const made: Known = { name: `s${known.size}`, text, shape: null };
    known.set(text, made);
    return made;
  };
  const factory = new PrismaPg(poolConfig(databaseUrl, 1), {
    statementNameGenerator: ({ sql }) => `p${knownOf(sql).name}`,
  });
  let connection: Connection | null = null;
  /** A transaction that was begun, and is told to Postgres with its first statement. */
  let begun: string | null = null;
  const began = new Set<string>();
  const tellBegin = async (to: Connection): Promise<void> => {
    if (begun === null) return;
    const text = begun;
    begun = null;
    began.add(text);
    await to.query({ name: knownOf(text).name, text });
  };
  const adapter: SqlDriverAdapterFactory = {
    provider: factory.provider,
    adapterName: factory.adapterName,
    async connect() {
      const connected = await factory.connect();
      const pool = connected.underlyingDriver() as unknown as Pool;
      const only = await pool.connect();
      connection = only;
      // Whatever Prisma sends goes the same way, and so into the transaction that is open.
      pool.query = async (...args) => {
        await tellBegin(only);
        return await (only.query as Pool['query'])(...args);
      };
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

  const send = async (statement: Known, values: readonly unknown[]): Promise<Answer> => {
    const to = connection ?? (await connected());
    // A statement that Postgres knows by name may go before another one.
    if (begun !== null && !began.has(begun)) await tellBegin(to);
    const before = begun === null ? null : knownOf(begun).name;
    begun = null;
    return await new Promise((resolve, reject) => {
      to.query(new Statement(statement, values, before, resolve, reject));
    });
  };
  const run = (parts: unknown, values: unknown[]): Promise<Answer> => {
    const sql = Prisma.sql(parts as readonly string[], ...values);
    if (sql.text.startsWith('ANALYZE')) return Promise.resolve({ rows: [], count: 0 });
    return send(knownOf(sql.text), sql.values);
  };
  const raw = {
    $queryRaw: async (parts: unknown, ...values: unknown[]) => (await run(parts, values)).rows,
    $executeRaw: async (parts: unknown, ...values: unknown[]) => (await run(parts, values)).count,
  };
  const inside = withOwn(prisma, raw);
  let open: Promise<unknown> = Promise.resolve();
  const transact = async <T>(body: (tx: unknown) => Promise<T>, isolation = 'ReadCommitted'): Promise<T> => {
    begun = `BEGIN ISOLATION LEVEL ${LEVELS[isolation]}`;
    const end = async (how: 'COMMIT' | 'ROLLBACK') => {
      const empty = begun !== null;
      begun = null;
      if (!empty) await send(knownOf(how), []);
    };
    try {
      const made = await body(inside);
      await end('COMMIT');
      return made;
    } catch (error) {
      await end('ROLLBACK');
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

/** A statement that was sent before, by the name that Postgres knows it by. */
interface Known {
  readonly name: string;
  readonly text: string;
  /** The columns of its rows, once they are known. */
  shape: readonly Column[] | null;
}
interface Column {
  readonly name: string;
  readonly parse: (text: string) => unknown;
}
interface Answer {
  readonly rows: unknown[];
  readonly count: number;
}

/** What of `pg`'s connection is used here. */
interface Wire {
  readonly stream: { cork(): void; uncork(): void };
  readonly parsedStatements: Readonly<Record<string, string | undefined>>;
  parse(statement: { name: string; text: string }): void;
  bind(statement: {
    statement: string;
    values: readonly unknown[];
    valueMapper: (value: unknown) => string | null;
  }): void;
  describe(portal: { type: 'P'; name: string }): void;
  execute(portal: { portal: string }): void;
  sync(): void;
}

/**
 * A query as `pg` takes them, sent in one piece. `before` names a statement without an answer that goes first, as the begin of
 * a transaction.
 */
class Statement {
  readonly name: string;
  readonly text: string;
  private readonly rows: unknown[] = [];
  private count = 0;

  constructor(
    private readonly known: Known,
    private readonly values: readonly unknown[],
    private readonly before: string | null,
    private readonly resolve: (answer: Answer) => void,
    private readonly reject: (error: Error) => void,
  ) {
    this.name = known.name;
    this.text = known.text;
  }

  submit(wire: Wire): null {
    const { name, text, values, before } = this;
    wire.stream.cork();
    if (before !== null) {
      wire.bind({ statement: before, values: [], valueMapper });
      wire.execute({ portal: '' });
    }
    if (wire.parsedStatements[name] === undefined) wire.parse({ name, text });
    wire.bind({ statement: name, values, valueMapper });
    if (this.known.shape === null) wire.describe({ type: 'P', name: '' });
    wire.execute({ portal: '' });
    wire.sync();
    wire.stream.uncork();
    return null;
  }

  handleRowDescription({ fields }: { fields: readonly { name: string; dataTypeID: number }[] }): void {
    this.known.shape = fields.map(({ name, dataTypeID }) => ({ name, parse: PARSERS[dataTypeID] ?? asIs }));
  }

  handleDataRow({ fields }: { fields: readonly (string | null)[] }): void {
    const row: Record<string, unknown> = {};
    for (const [index, { name, parse }] of this.known.shape!.entries()) {
      const text = fields[index]!;
      row[name] = text === null ? null : parse(text);
    }
    this.rows.push(row);
  }

  /** `UPDATE 3`, `INSERT 0 3`, or a word alone. */
  handleCommandComplete({ text }: { text: string }): void {
    this.count = Number(/\d+$/.exec(text)?.[0] ?? 0);
  }

  handleReadyForQuery(): void {
    this.known.shape ??= [];
    this.resolve({ rows: this.rows, count: this.count });
  }

  handleError(error: Error): void {
    this.reject(error);
  }
}

/** As `pg` sends them, but times in UTC and not in this process' zone. */
function valueMapper(value: unknown): string | null {
  if (value === null || value === undefined) return null;
  if (value instanceof Date) return value.toISOString();
  if (Array.isArray(value)) return `{${value.map((one) => quoted(valueMapper(one))).join(',')}}`;
  return typeof value === 'object' ? JSON.stringify(value) : String(value);
}

const quoted = (text: string | null): string =>
  text === null ? 'NULL' : `"${text.replace(/["\\]/g, '\\$&')}"`;

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
