import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { mergeSwitches } from '../../src/sandbox/assembly/switches';
import { DEFAULT_SWITCHES } from '../../src/sandbox/dropbox/switches';

const testsOf = (side: string): string =>
  readdirSync(__dirname)
    .filter((name) => name.startsWith(side) && /(\.test|Harness)\.ts$/.test(name))
    .map((name) => readFileSync(join(__dirname, name), 'utf8'))
    .join('\n');

test.each([
  ['dropbox', Object.keys(DEFAULT_SWITCHES)],
  ['assembly', Object.keys(mergeSwitches({}, {}))],
])('every switch of the %s simulator is thrown by a test', (side, names) => {
  const tests = testsOf(side);
  expect(names.length).toBeGreaterThan(30);
  // As a key, or in the short form in a table.
  expect(names.filter((name) => !new RegExp(`\\b${name}\\b`).test(tests))).toEqual([]);
});
