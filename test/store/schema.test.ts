import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { Prisma } from '../../src/generated/prisma/client';
import { createTestDatabase, type TestDatabase } from '../support/database';

type Column = { name: string; type: string; nullable: boolean; hasDefault: boolean };
type Model = { model: string; table: string; fields: string[]; columns: Column[] };

const TYPES: Record<string, string> = {
  String: 'text',
  Int: 'integer',
  BigInt: 'bigint',
  Boolean: 'boolean',
  Float: 'double precision',
  Json: 'jsonb',
  DateTime: 'timestamp without time zone',
};
const NATIVE: Record<string, string> = {
  '@db.Uuid': 'uuid',
  '@db.Timestamptz(6)': 'timestamp with time zone',
};

/** The scalar columns of every model, as schema.prisma says them. */
function modelsOf(schema: string): Model[] {
  return [...schema.matchAll(/^model (\w+) \{\n([\s\S]*?)^\}/gm)].map(([, model = '', body = '']) => {
    const scalars = body
      .split('\n')
      .map((line) => /^ {2}(\w+)\s+(\w+)(\?|\[\])?(.*)$/.exec(line))
      .filter((match) => match !== null && match[2]! in TYPES);
    return {
      model,
      table: /@@map\("(\w+)"\)/.exec(body)![1]!,
      fields: scalars.map((match) => match![1]!),
      columns: scalars.map((match) => {
        const [, field, scalar, mark, rest] = match!;
        const native = /@db\.\w+(\(\d+\))?/.exec(rest!)?.[0];
        return {
          name: /@map\("(\w+)"\)/.exec(rest!)?.[1] ?? field!,
          type: native ? (NATIVE[native] ?? native) : TYPES[scalar!]!,
          nullable: mark === '?',
          hasDefault: / @default\(/.test(rest!),
        };
      }),
    };
  });
}

const models = modelsOf(readFileSync(join(__dirname, '..', '..', 'prisma', 'schema.prisma'), 'utf8'));

let database: TestDatabase;
beforeAll(async () => {
  database = await createTestDatabase();
});
afterAll(() => database.drop());

test('every table has a model and every model a table', async () => {
  const tables = await database.store.prisma.$queryRaw<{ name: string }[]>`
    SELECT table_name AS name FROM information_schema.tables
    WHERE table_schema = 'public' AND table_name <> '_prisma_migrations'`;
  expect(models.map((one) => one.table).sort()).toEqual(tables.map((one) => one.name).sort());
  expect(models.length).toBeGreaterThanOrEqual(10);
});

test.each(models)('$model mirrors every column of $table', async ({ table, columns }) => {
  const actual = await database.store.prisma.$queryRaw<Column[]>`
    SELECT column_name AS name, data_type AS type, is_nullable = 'YES' AS nullable,
           column_default IS NOT NULL OR is_identity = 'YES' AS "hasDefault"
    FROM information_schema.columns WHERE table_schema = 'public' AND table_name = ${table}
    ORDER BY ordinal_position`;
  const byName = (a: Column, b: Column) => (a.name < b.name ? -1 : 1);
  expect([...columns].sort(byName)).toEqual(actual.sort(byName));
});

test.each(models)('the generated client knows exactly the fields of $model', ({ model, fields }) => {
  const known = (Prisma as unknown as Record<string, Record<string, string>>)[`${model}ScalarFieldEnum`];
  expect(Object.keys(known ?? {}).sort()).toEqual([...fields].sort());
});

test('relations and keys stand in both under the same name and with the same columns', async () => {
  const schema = readFileSync(join(__dirname, '..', '..', 'prisma', 'schema.prisma'), 'utf8');
  const rows = await database.store.prisma.$queryRaw<{ name: string; type: string }[]>`
    SELECT conname AS name, contype::text AS type FROM pg_constraint
    WHERE connamespace = 'public'::regnamespace AND contype IN ('f', 'u')
      AND conrelid <> '_prisma_migrations'::regclass`;
  const named = [...schema.matchAll(/map: "((?:fk|uq)_\w+)"/g)].map((match) => match[1]!);
  for (const { name } of rows) expect(named).toContain(name);
  const foreign = named.filter((name) => name.startsWith('fk_')).sort();
  expect(foreign).toEqual(
    rows
      .filter((row) => row.type === 'f')
      .map((row) => row.name)
      .sort(),
  );
});
