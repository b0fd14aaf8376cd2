// The direction of imports (DESIGN, "Where things live"). Prints file:line and the rule for every import that breaks it.
// Usage: node scripts/check-dependencies.mjs [folder that holds src/ and web/]
import { existsSync, readdirSync, readFileSync, statSync } from 'node:fs';
import { createRequire, isBuiltin } from 'node:module';
import { dirname, join, relative, resolve, sep } from 'node:path';
import { root as checkout } from './lib/run.mjs';

const { parseSync } = createRequire(import.meta.url)('@swc/core');

const WHOLE_PRODUCT = [
  'activities',
  'api',
  'store',
  'temporal',
  'dropbox',
  'assembly',
  'net',
  'domain',
  'shared',
];

/**
 * What a part may import from; itself always. A part is a folder of src/ or a file in it; the configuration and logging
 * files together are `shared`, and `type:x` allows types alone.
 */
const MAY_IMPORT = {
  domain: [],
  shared: ['domain', 'net'],
  net: ['domain'],
  generated: [],
  store: ['domain', 'generated'],
  dropbox: ['net', 'domain'],
  assembly: ['net', 'domain'],
  temporal: ['domain', 'type:workflows'],
  activities: ['store', 'dropbox', 'assembly', 'temporal', 'net', 'domain', 'shared', 'type:workflows'],
  workflows: ['temporal', 'domain', 'type:activities'],
  api: WHOLE_PRODUCT.filter((part) => part !== 'api').concat('type:workflows'),
  worker: WHOLE_PRODUCT.filter((part) => part !== 'api').concat('type:workflows'),
  cli: [...WHOLE_PRODUCT, 'worker', 'type:workflows'],
  sandbox: [],
  local: [...WHOLE_PRODUCT, 'sandbox'],
  bench: [...WHOLE_PRODUCT, 'worker', 'local', 'sandbox', 'type:workflows'],
};
/** Single files that go against the table, and why. */
const EXCEPTIONS = new Map([
  // Both simulators hash as Dropbox does.
  ['sandbox', ['domain/contentHash']],
  // The names of signals and the inputs of workflows, which whoever starts one has to know; imports nothing itself.
  ['temporal', ['workflows/messages']],
]);
const SHARED = /^(config.*|log|redact)$/;
/** Packages without I/O that the pure part may use. */
const PURE_PACKAGES = ['zod'];
const PURE_BUILTINS = ['node:crypto'];

const root = process.argv[2] ? resolve(process.argv[2]) : checkout;
const source = join(root, 'src');
const pages = join(root, 'web');
const problems = [
  ...filesBelow(source).flatMap((file) => check(file, (one) => whyWrong(partOf(file), file, one))),
  ...(existsSync(pages)
    ? filesBelow(pages).flatMap((file) => check(file, (one) => whyWrongInPage(file, one)))
    : []),
];
for (const problem of problems) process.stdout.write(`${problem}\n`);
if (problems.length > 0) process.stdout.write(`${problems.length} imports go in a wrong direction\n`);
process.exit(problems.length > 0 ? 1 : 0);

/** The imports of a file that are wrong. `why` tells the rule that one breaks, or undefined. */
function check(file, why) {
  const text = readFileSync(file, 'utf8');
  const seen = new Map();
  return importsOf(text, file).flatMap((one) => {
    const nth = seen.get(one.specifier) ?? 0;
    seen.set(one.specifier, nth + 1);
    const rule = why(one);
    if (rule === undefined) return [];
    return [`${relative(root, file).split(sep).join('/')}:${lineOf(text, one.specifier, nth)} ${rule}`];
  });
}

/** What runs in browsers takes from src what is pure, and the shapes of the API's answers as types. */
function whyWrongInPage(file, { specifier, typeOnly }) {
  if (!specifier.startsWith('.')) {
    return isBuiltin(specifier) ? `a page runs in browsers, where there is no "${specifier}"` : undefined;
  }
  if (!relative(root, resolve(dirname(file), specifier)).startsWith(`src${sep}`)) return undefined;
  const target = targetOf(file, specifier);
  if (target === undefined) return `"${specifier}" leads to no file of src`;
  const to = partOf(target);
  if (to === 'domain' || (to === 'api' && typeOnly)) return undefined;
  return `a page may import domain, and types alone from api, not "${specifier}"`;
}

/** Undefined when the import is allowed, otherwise the rule it breaks. */
function whyWrong(from, file, { specifier, typeOnly }) {
  if (!(from in MAY_IMPORT)) return `src/${from} is in no rule: add it to scripts/check-dependencies.mjs`;
  if (!specifier.startsWith('.')) return from === 'domain' ? whyImpure(specifier) : undefined;
  const target = targetOf(file, specifier);
  if (target === undefined) return `"${specifier}" leads to no file of src`;
  const to = partOf(target);
  if (to === from) return undefined;
  const name = relative(source, target).split(sep).join('/').replace(/\.ts$/, '');
  if (EXCEPTIONS.get(from)?.includes(name)) return undefined;
  const allowed = MAY_IMPORT[from];
  if (allowed.includes(to)) return undefined;
  if (allowed.includes(`type:${to}`)) {
    return typeOnly
      ? undefined
      : `${from} may import types alone from ${to}: "import type" for "${specifier}"`;
  }
  if (to === 'sandbox') return `production must not know the sandbox: ${from} imports "${specifier}"`;
  if (from === 'sandbox') return `the sandbox is built without the product: it imports "${specifier}"`;
  return `${from} must not import ${to} ("${specifier}"); it may import ${allowed.join(', ') || 'nothing'}`;
}

function whyImpure(specifier) {
  const known = isBuiltin(specifier) ? PURE_BUILTINS : PURE_PACKAGES;
  if (known.includes(specifier)) return undefined;
  return `domain is pure and must not import "${specifier}"; it may import ${[...PURE_BUILTINS, ...PURE_PACKAGES].join(', ')}`;
}

/** Every module a file names: imports, re-exports, import(), require() and import types, in the order of the text. */
function importsOf(text, file) {
  const module = parseSync(text, { syntax: 'typescript', tsx: file.endsWith('x'), target: 'es2022' });
  const found = [];
  const add = (node, typeOnly) => found.push({ specifier: node.value, typeOnly, at: node.span.start });
  const visit = (node) => {
    if (Array.isArray(node)) return node.forEach(visit);
    if (node === null || typeof node !== 'object') return undefined;
    if (node.type === 'ImportDeclaration') add(node.source, onlyTypes(node));
    else if (node.type === 'ExportNamedDeclaration' && node.source) add(node.source, onlyTypes(node));
    else if (node.type === 'ExportAllDeclaration') add(node.source, node.typeOnly ?? false);
    else if (node.type === 'TsImportType') add(node.argument, true);
    else if (node.type === 'TsExternalModuleReference') add(node.expression, false);
    else if (node.type === 'CallExpression' && isLoading(node)) add(node.arguments[0].expression, false);
    return Object.values(node).forEach(visit);
  };
  visit(module.body);
  return found.sort((a, b) => a.at - b.at);
}

function onlyTypes({ typeOnly, specifiers }) {
  return typeOnly || (specifiers.length > 0 && specifiers.every((one) => one.isTypeOnly));
}

function isLoading({ callee, arguments: [first] }) {
  const loads =
    callee.type === 'Import' ||
    (callee.type === 'Identifier' && callee.value === 'require') ||
    (callee.type === 'MemberExpression' &&
      callee.object.value === 'require' &&
      callee.property.value === 'resolve');
  return loads && first?.expression.type === 'StringLiteral';
}

/** The file that a relative import means. */
function targetOf(file, specifier) {
  const base = resolve(dirname(file), specifier);
  const candidates = [base, `${base}.ts`, base.replace(/\.js$/, '.ts'), join(base, 'index.ts')];
  const found = candidates.find((path) => existsSync(path) && statSync(path).isFile());
  if (found !== undefined) return found;
  // The Prisma client is generated; before that its folder is missing.
  return relative(source, base).startsWith('generated') ? base : undefined;
}

function partOf(file) {
  const path = relative(source, file).split(sep);
  const part = path[0].replace(/\.ts$/, '');
  return path.length === 1 && SHARED.test(part) ? 'shared' : part;
}

/** The line of the nth mention of a module as a string. Spans of the parser count bytes over all files, so they don't tell. */
function lineOf(text, specifier, nth) {
  const lines = text.split('\n');
  const hits = lines.flatMap((line, index) =>
    [`'${specifier}'`, `"${specifier}"`].some((quoted) => line.includes(quoted)) ? [index + 1] : [],
  );
  return hits[Math.min(nth, hits.length - 1)] ?? 1;
}

function filesBelow(folder) {
  return readdirSync(folder, { withFileTypes: true })
    .sort((a, b) => (a.name < b.name ? -1 : 1))
    .flatMap((entry) => {
      const path = join(folder, entry.name);
      if (entry.isDirectory()) return path === join(source, 'generated') ? [] : filesBelow(path);
      return /\.tsx?$/.test(entry.name) ? [path] : [];
    });
}
