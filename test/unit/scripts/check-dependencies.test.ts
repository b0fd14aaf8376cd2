import { spawnSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';

const SCRIPT = join(__dirname, '..', '..', '..', 'scripts', 'check-dependencies.mjs');

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'cairn-imports-'));
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

/** Runs the check over a tree of sources; every file named in an import exists unless it is written here. */
function check(files: Record<string, string>): { code: number | null; lines: string[] } {
  const stubs = [
    'domain/plan',
    'domain/contentHash',
    'store/items',
    'activities/index',
    'sandbox/dropbox/index',
  ];
  const all = {
    ...Object.fromEntries(stubs.map((name) => [`${name}.ts`, 'export const x = 1;\n'])),
    ...files,
  };
  for (const [name, text] of Object.entries(all)) {
    const path = join(folder, name.startsWith('web/') ? '' : 'src', name);
    mkdirSync(dirname(path), { recursive: true });
    writeFileSync(path, text);
  }
  const run = spawnSync(process.execPath, [SCRIPT, folder], { encoding: 'utf8' });
  expect(run.stderr).toBe('');
  return { code: run.status, lines: run.stdout.trim().split('\n').filter(Boolean) };
}

/** The one problem of a tree. */
function problem(files: Record<string, string>): string {
  const { code, lines } = check(files);
  expect(code).toBe(1);
  expect(lines).toHaveLength(2);
  expect(lines[1]).toBe('1 imports go in a wrong direction');
  return lines[0] ?? '';
}

test('imports that point downwards pass', () => {
  const { code, lines } = check({
    'activities/apply.ts': "import { x } from '../store/items';\nimport { x as y } from '../domain/plan';\n",
    'api/index.ts': "import { x } from '../activities';\nexport { x as z } from '../store/items';\n",
    'domain/keys.ts': "import { createHash } from 'node:crypto';\nimport { z } from 'zod';\n",
    'local/demo.ts': "import { x } from '../sandbox/dropbox';\n",
    'sandbox/hash.ts': "import { x } from '../domain/contentHash';\n",
  });
  expect({ code, lines }).toEqual({ code: 0, lines: [] });
});

test('an import that points upwards is named by file, line and rule', () => {
  const text = "import { join } from 'node:path';\n\nimport {\n  x,\n} from '../activities';\n";
  expect(problem({ 'store/rows.ts': text })).toBe(
    'src/store/rows.ts:5 store must not import activities ("../activities"); it may import domain, generated',
  );
});

test.each([
  ['a re-export', "export * from '../store/items';\n"],
  ['a dynamic import', "export const load = () => import('../store/items');\n"],
  ['a require', "const { x } = require('../store/items');\n"],
  ['an import type in a type', "export type X = typeof import('../store/items');\n"],
  ['a type-only import', "import type { x } from '../store/items';\n"],
])('domain may not reach below by %s', (_, text) => {
  expect(problem({ 'domain/sly.ts': text })).toContain('src/domain/sly.ts:1 domain must not import store');
});

test.each(['node:fs', 'fs', 'node:net', 'pino', '@prisma/client'])('domain may not use %s', (name) => {
  expect(problem({ 'domain/io.ts': `import * as io from '${name}';\n` })).toContain(
    `src/domain/io.ts:1 domain is pure and must not import "${name}"`,
  );
});

describe('workflows', () => {
  test('may import types from activities', () => {
    const text = "import type { x } from '../activities';\nimport { type x as y } from '../activities';\n";
    expect(check({ 'workflows/item.ts': text }).code).toBe(0);
  });

  test('may not import values from activities', () => {
    const text = "import type { x } from '../activities';\nimport { x as y } from '../activities';\n";
    expect(problem({ 'workflows/item.ts': text })).toContain(
      'src/workflows/item.ts:2 workflows may import types alone from activities',
    );
  });

  test('may not import the store, not even types', () => {
    expect(problem({ 'workflows/item.ts': "import type { x } from '../store/items';\n" })).toContain(
      'workflows must not import store',
    );
  });
});

test('production may not know the sandbox', () => {
  expect(problem({ 'api/demo.ts': "import { x } from '../sandbox/dropbox';\n" })).toContain(
    'production must not know the sandbox: api imports',
  );
});

test('the sandbox may use the content hash and nothing else of the product', () => {
  expect(problem({ 'sandbox/plan.ts': "import { x } from '../domain/plan';\n" })).toContain(
    'the sandbox is built without the product',
  );
});

test('imports in comments and in texts do not count', () => {
  const text =
    "// import { x } from '../store/items';\nexport const s = \"import { x } from '../store/items'\";\n";
  expect(check({ 'domain/words.ts': text }).code).toBe(0);
});

test('a folder that no rule knows is a problem itself', () => {
  expect(problem({ 'extra/a.ts': "import { x } from '../domain/plan';\n" })).toContain(
    'src/extra is in no rule',
  );
});

test('an import that leads nowhere is a problem itself', () => {
  expect(problem({ 'store/a.ts': "import { x } from '../domain/gone';\n" })).toContain(
    'src/store/a.ts:1 "../domain/gone" leads to no file of src',
  );
});

test('the sources of this checkout keep the direction', () => {
  const run = spawnSync(process.execPath, [SCRIPT], { encoding: 'utf8' });
  expect({ code: run.status, out: run.stdout }).toEqual({ code: 0, out: '' });
});

describe('pages', () => {
  test('take what is pure from src, and types of the API', () => {
    const { code, lines } = check({
      'api/schemas.ts': 'export type T = 1;\n',
      'web/page/main.tsx':
        "import { render } from 'preact';\nimport { x } from '../../src/domain/plan';\nimport type { T } from '../../src/api/schemas';\nimport { y } from './other';\n",
      'web/page/other.ts': 'export const y = 1;\n',
    });
    expect({ code, lines }).toEqual({ code: 0, lines: [] });
  });

  test.each([
    [
      'the API itself',
      "import { T } from '../../src/api/schemas';\n",
      'a page may import domain, and types alone from api',
    ],
    ['the store', "import { x } from '../../src/store/items';\n", 'a page may import domain'],
    ['Node', "import { join } from 'node:path';\n", 'a page runs in browsers'],
  ])('do not take %s', (_, text, rule) => {
    const told = problem({ 'api/schemas.ts': 'export type T = 1;\n', 'web/page/main.tsx': text });
    expect(told).toContain('web/page/main.tsx:1');
    expect(told).toContain(rule);
  });
});
