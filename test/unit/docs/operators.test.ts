import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { VERBS } from '../../../src/cli/verbs';
import { configFields } from '../../../src/configFields';
import { ERRORS } from '../../../src/domain/errors';
import { SEARCH_ATTRIBUTES } from '../../../src/temporal/searchAttributes';

const guide = readFileSync(join(__dirname, '..', '..', '..', 'docs', 'operators.md'), 'utf8');
const names = Object.keys(configFields.shape);

test('every setting is described, in a row of the table of settings', () => {
  const rows = guide
    .split('\n')
    .filter((line) => line.startsWith('| `'))
    .map((line) => line.split('|')[1] ?? '');
  const described = rows.flatMap((cell) =>
    [...cell.matchAll(/`([A-Z][A-Z0-9_]+)`/g)].map(([, name]) => name),
  );
  expect(described.filter((name) => names.includes(name ?? '')).sort()).toEqual([...names].sort());
});

test('no setting is named that there is none of', () => {
  const named = [
    ...guide.matchAll(
      /\b(?:CAIRN|DROPBOX|ASSEMBLY|TEMPORAL|TOKEN|OPERATOR|PUBLIC|EGRESS|TRANSFER)_[A-Z_]+\b/g,
    ),
  ];
  for (const [name] of named) expect(names).toContain(name);
});

test('every verb is named, and no other', () => {
  const context = {
    io: { env: {}, out() {}, say() {} },
    services: () => {
      throw new Error('not here');
    },
    finish() {},
  };
  const verbs = VERBS.map((verb) => verb(context).name());
  const named = new Set([...guide.matchAll(/`cairn ([a-z-]+)/g)].map(([, verb]) => verb));
  expect([...named].sort()).toEqual(verbs.sort());
});

test('every search attribute is registered by what is written, and no query uses another', () => {
  const [, listed = ''] = /for name in ([A-Za-z ]+); do/.exec(guide) ?? [];
  expect(listed.split(' ').sort()).toEqual(SEARCH_ATTRIBUTES.map(({ name }) => name).sort());
  const known = [...listed.split(' '), 'ExecutionStatus', 'WorkflowType'];
  for (const [, used] of guide.matchAll(/\b([A-Z]\w+) = '/g)) expect(known).toContain(used);
});

test('what stops a whole side or a sync until somebody acts is explained', () => {
  const passing = ['access_denied', 'scope_missing', 'root_changed'];
  const codes = Object.entries(ERRORS).filter(
    ([code, { scope }]) => (scope === 'halt' || scope === 'side') && !passing.includes(code),
  );
  for (const [code] of codes) expect(guide).toContain(`\`${code}\``);
});
