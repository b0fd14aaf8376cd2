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

test('no two rows have one name', () => {
  const names = ALL_ROWS.map(({ name }) => name);
  expect(new Set(names).size).toBe(names.length);
});

test('a row that costs more than its budget says why, and no other does', () => {
  const over = ALL_ROWS.filter(
    ({ calls, mangledCalls = 0, made }) => Math.max(calls, mangledCalls) > budgetOf(made),
  );
  expect(ALL_ROWS.filter(({ overBudget }) => overBudget !== undefined).map(({ name }) => name)).toEqual(
    over.map(({ name }) => name),
  );
});
