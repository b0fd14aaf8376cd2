import { createStore, inTransaction } from '../../src/store/client';
import { createTestDatabase, type TestDatabase } from '../support/database';

let database: TestDatabase;
let statements = 0;
const durations: number[] = [];

beforeAll(async () => {
  database = await createTestDatabase({
    onStatement: (ms) => {
      statements++;
      durations.push(ms);
    },
  });
});
afterAll(() => database.drop());

async function counted(run: () => Promise<unknown>): Promise<number> {
  const before = statements;
  await run();
  return statements - before;
}

describe('onStatement', () => {
  const prisma = () => database.store.prisma;

  test.each([
    ['a raw query', () => prisma().$queryRaw`SELECT 1`, 1],
    ['a raw statement', () => prisma().$executeRaw`SELECT 1`, 1],
    ['a model query', () => prisma().channelSync.findMany(), 1],
    [
      'a transaction: BEGIN, two statements, COMMIT',
      () =>
        inTransaction(database.store, async (tx) => {
          await tx.$executeRaw`SELECT 1`;
          await tx.channelSync.count();
        }),
      4,
    ],
    [
      'a transaction that fails: BEGIN, ROLLBACK',
      () =>
        inTransaction(database.store, async () => {
          throw new Error('no');
        }).catch(() => undefined),
      2,
    ],
    ['a statement that fails', () => prisma().$executeRaw`SELECT 1/0`.catch(() => undefined), 1],
  ])('counts %s', async (_what, run, expected) => {
    await run();
    expect(await counted(run)).toBe(expected);
  });

  test('tells how long the server took', async () => {
    const slow = async () => {
      await prisma().$queryRaw`SELECT pg_sleep(0.05)::text`;
    };
    durations.length = 0;
    expect(await counted(slow)).toBe(1);
    expect(durations[0]).toBeGreaterThanOrEqual(45);
  });
});

describe('inTransaction', () => {
  test('undoes everything when the function throws', async () => {
    const insert = inTransaction(database.store, async (tx) => {
      await tx.callSlot.create({ data: { portalId: 'p', side: 'assembly', nextAt: 1 } });
      throw new Error('changed my mind');
    });
    await expect(insert).rejects.toThrow('changed my mind');
    expect(await database.store.prisma.callSlot.count()).toBe(0);
  });

  test('is rolled back when it takes longer than it may', async () => {
    const slow = inTransaction(
      database.store,
      async (tx) => {
        await tx.callSlot.create({ data: { portalId: 'slow', side: 'assembly', nextAt: 1 } });
        await tx.$executeRaw`SELECT pg_sleep(0.3)`;
        await tx.$executeRaw`SELECT 1`;
      },
      { timeoutMs: 100 },
    );
    await expect(slow).rejects.toMatchObject({ code: 'P2028' });
    expect(await database.store.prisma.callSlot.count()).toBe(0);
  });

  test('has the isolation asked for, ReadCommitted otherwise', async () => {
    const level = (isolation?: 'Serializable') =>
      inTransaction(
        database.store,
        (tx) => tx.$queryRaw`SHOW transaction_isolation`,
        isolation && { isolation },
      );
    expect(await level()).toEqual([{ transaction_isolation: 'read committed' }]);
    expect(await level('Serializable')).toEqual([{ transaction_isolation: 'serializable' }]);
  });
});

test('times are right whatever the time zone of the database is', async () => {
  const { prisma } = database.store;
  await prisma.$executeRawUnsafe(`ALTER ROLE CURRENT_USER SET TimeZone = 'Asia/Kathmandu'`);
  const store = createStore(database.url);
  try {
    const at = new Date('2026-11-23T12:34:56.789Z');
    await store.prisma.oauthState.create({
      data: { stateHash: 's', portalId: 'p', browserHash: 'b', codeVerifier: 'v', expiresAt: at },
    });
    const [row] = await store.prisma.$queryRaw<{ at: Date; epoch: number; now: Date }[]>`
      SELECT expires_at AS at, extract(epoch FROM expires_at)::float8 AS epoch, now() AS now FROM oauth_states
      WHERE expires_at = ${at}`;
    expect(row?.at).toEqual(at);
    expect(row?.epoch).toBe(at.getTime() / 1000);
    expect(Math.abs(row!.now.getTime() - Date.now())).toBeLessThan(60_000);
  } finally {
    await store.close();
    await prisma.$executeRawUnsafe('ALTER ROLE CURRENT_USER RESET TimeZone');
  }
});

test('no more connections than the pool may have', async () => {
  const store = createStore(database.url, { poolSize: 2 });
  try {
    await Promise.all(Array.from({ length: 20 }, () => store.prisma.$executeRaw`SELECT pg_sleep(0.01)`));
    const [row] = await store.prisma.$queryRaw<{ n: bigint }[]>`
      SELECT count(*) AS n FROM pg_stat_activity
      WHERE datname = current_database() AND application_name = 'cairn'`;
    // The file's own store has a connection or two of its own to this database.
    expect(Number(row!.n)).toBeGreaterThanOrEqual(2);
    expect(Number(row!.n)).toBeLessThanOrEqual(2 + 10);
  } finally {
    await store.close();
  }
});

test('a connection that a test leaves open fails its file', async () => {
  const other = await createTestDatabase();
  const leak = createStore(other.url, { poolSize: 1 });
  await leak.prisma.$queryRaw`SELECT 1`;
  await expect(other.drop()).rejects.toThrow(/Connections left open:\n.*cairn: SELECT 1/);
  await leak.close();
}, 30_000);
