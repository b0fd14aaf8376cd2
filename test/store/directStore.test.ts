import { createStore, inTransaction, type Store } from '../../src/store/client';
import { createTestDatabase, type TestDatabase } from '../support/database';
import { createDirectStore } from '../support/directStore';

let database: TestDatabase;
let prisma: Store;
let direct: Store;
beforeAll(async () => {
  database = await createTestDatabase();
  prisma = createStore(database.url);
  direct = createDirectStore(database.url);
});
afterAll(async () => {
  await prisma.close();
  await direct.close();
  await database.drop();
});

const ask = ({ prisma: store }: Store) => store.$queryRaw`
  SELECT true AS yes, false AS no, NULL AS nothing, 7 AS int, 7::smallint AS small, 9007199254740993::bigint AS big,
    1.5::float8 AS float, 'ü'::text AS text, '5a4cdaad-5656-4699-92eb-020595d7bf03'::uuid AS uuid,
    '{"a": [1, null]}'::jsonb AS jsonb, '{"a": 1}'::json AS json, timestamptz '2026-11-23 12:00:00.123Z' AS at,
    ${'x'}::text AS given, ${5}::int AS number, ${null}::text AS null, ${new Date(1_000)}::timestamptz AS date,
    ${['a', 'b']}::text[] = ARRAY['a', 'b'] AS list, ${true}::boolean AS truth, ${7n}::bigint AS large`;

test('raw statements answer with the same values as through Prisma', async () => {
  expect(await ask(direct)).toEqual(await ask(prisma));
});

test('they and the calls of models are in the transaction that they are sent in', async () => {
  const usage = { portalId: 'p', month: '2026-11', side: 'dropbox', kind: 'k' };
  const failed = inTransaction(direct, async (tx) => {
    await tx.$executeRaw`INSERT INTO api_usage (portal_id, month, side, kind, calls) VALUES ('p', '2026-11', 'dropbox', 'k', 1)`;
    expect(await tx.apiUsage.count({ where: { portalId: 'p' } })).toBe(1);
    throw new Error('rolled back');
  });
  await expect(failed).rejects.toThrow('rolled back');
  expect(await direct.prisma.apiUsage.count()).toBe(0);

  await inTransaction(direct, async (tx) => {
    await tx.apiUsage.create({ data: { ...usage, calls: 2n } });
    expect(await tx.$executeRaw`UPDATE api_usage SET calls = calls + 1 WHERE portal_id = ${'p'}`).toBe(1);
  });
  expect(await prisma.prisma.apiUsage.findFirst()).toMatchObject({ ...usage, calls: 3n });
});

test('a transaction that asks for nothing, or whose first statement fails, leaves nothing open', async () => {
  await inTransaction(direct, async () => {});
  const failed = inTransaction(direct, (tx) => tx.$queryRaw`SELECT 1 / ${0}::int`);
  await expect(failed).rejects.toThrow('division by zero');
  for (let times = 0; times < 2; times++) {
    const [row] = await inTransaction(
      direct,
      (tx) => tx.$queryRaw<{ level: string }[]>`SELECT current_setting('transaction_isolation') AS level`,
      { isolation: 'Serializable' },
    );
    expect(row).toEqual({ level: 'serializable' });
  }
  const alone = await direct.prisma.$queryRaw<
    { level: string }[]
  >`SELECT current_setting('transaction_isolation') AS level`;
  expect(alone).toEqual([{ level: 'read committed' }]);
});
