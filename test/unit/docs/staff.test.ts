import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { ERRORS, type ErrorScope } from '../../../src/domain/errors';

const STAFF = readFileSync(join(__dirname, '..', '..', '..', 'docs', 'staff.md'), 'utf8');

/** What a person can meet on the page, in the order of how much it asks of them. */
const CHAPTERS: readonly (readonly [ErrorScope, string])[] = [
  ['halt', 'The sync has stopped and waits for you'],
  ['unsyncable', 'The file can not sync as it is; change it at its source'],
  ['item', 'One file failed; it is tried again, and then waits for you'],
  ['side', 'A side as a whole can not be used; work waits and goes on by itself'],
  ['transient', 'Tried again by itself; nothing to do'],
  ['replan', 'The files moved meanwhile; looked at again by itself'],
];

const reasons = (): string =>
  CHAPTERS.map(([scope, title]) => {
    const rows = Object.entries(ERRORS)
      .filter(([, entry]) => entry.scope === scope)
      .map(([code, { help }]) => `| \`${code}\` | ${help} |`);
    return [`### ${title}`, '', '| Code | Reason |', '| --- | --- |', ...rows].join('\n');
  }).join('\n\n');

test('the staff guide tells every reason that the page can show, in its words', () => {
  const [, told] = /<!-- reasons:[^>]*-->\n\n([\s\S]*?)\n\n<!-- end of reasons -->/.exec(STAFF) ?? [];
  expect(told).toBe(reasons());
});

test('every picture of the staff guide is there, and small', () => {
  const pictures = [...STAFF.matchAll(/!\[[^\]]+\]\(([^)]+)\)/g)].map(([, path]) => path ?? '');
  expect(pictures.length).toBeGreaterThanOrEqual(3);
  for (const picture of pictures) {
    const { length } = readFileSync(join(__dirname, '..', '..', '..', 'docs', picture));
    expect(length).toBeLessThan(120_000);
  }
});
