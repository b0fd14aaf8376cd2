import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { budgetOf } from './row';
import { ALL_ROWS, TABLES } from './rows';

const page = readFileSync(join(__dirname, '../../../docs/semantics.md'), 'utf8');

/** Name and calls of each line of a section's table. */
const named = (heading: string): string[] => {
  const section = page.split(/^## /m).find((part) => part.startsWith(`${heading}\n`)) ?? '';
  return [...section.matchAll(/^\| (.+?) \| .* \| (\d+) \|$/gm)].map(
    (match) => `${match[1]!.replaceAll('\\|', '|')}: ${match[2]}`,
  );
};

test.each(Object.entries(TABLES))(
  '%s: the page and the tests have the same rows and calls',
  (heading, rows) => {
    expect(named(heading).sort()).toEqual(rows.map(({ name, calls }) => `${name}: ${calls}`).sort());
  },
);

const BIG = [
  'test/store/core/scale/scale.test.ts',
  'test/store/core/scale/deep.test.ts',
  'test/e2e/continueAsNew.test.ts',
  'test/storm/big.test.ts',
];

test('Big trees: every case is the beginning of a test’s name', () => {
  const section = page.split(/^## /m).find((part) => part.startsWith('Big trees\n')) ?? '';
  const cases = [...section.matchAll(/^\| (.+?) \| .+ \|$/gm)].map(([, name]) => name!).slice(1);
  const tests = BIG.map((file) => readFileSync(join(__dirname, '../../..', file), 'utf8')).join('\n');
  expect(cases).toHaveLength(5);
  expect(cases.filter((name) => !tests.includes(`'${name}`))).toEqual([]);
});

test('no two rows have one name', () => {
  const names = ALL_ROWS.map(({ name }) => name);
  expect(new Set(names).size).toBe(names.length);
});

test('a row of two changes says what it costs at most where they cross, and why where that is over its budget', () => {
  expect(
    ALL_ROWS.filter((row) => (row.meanwhile === undefined) !== (row.inFlightCalls === undefined)),
  ).toEqual([]);
  const over = ALL_ROWS.filter(({ inFlightCalls = 0, made }) => inFlightCalls > budgetOf(made));
  expect(
    ALL_ROWS.filter(({ overBudgetInFlight }) => overBudgetInFlight !== undefined).map(({ name }) => name),
  ).toEqual(over.map(({ name }) => name));
});

test('a row that costs more than its budget says why, and no other does', () => {
  const over = ALL_ROWS.filter(
    ({ calls, mangledCalls = 0, made }) => Math.max(calls, mangledCalls) > budgetOf(made),
  );
  expect(ALL_ROWS.filter(({ overBudget }) => overBudget !== undefined).map(({ name }) => name)).toEqual(
    over.map(({ name }) => name),
  );
});
