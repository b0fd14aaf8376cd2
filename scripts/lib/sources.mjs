// What the build is made from, and whether dist/ was made from it.
import { createHash } from 'node:crypto';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join, relative, sep } from 'node:path';
import { root } from './run.mjs';

const FOLDERS = ['src', 'types', 'web'];
const FILES = [
  'package-lock.json',
  'prisma/schema.prisma',
  'tsconfig.json',
  'tsconfig.build.json',
  'scripts/lib/build.mjs',
];
/** Generated from prisma/schema.prisma, which is in the list itself. */
const GENERATED = join('src', 'generated');
const RECORD = join(root, 'dist', 'sources.sha256');

/** One hash over the names and contents of all sources. */
export function sourcesHash() {
  const hash = createHash('sha256');
  const files = [
    ...FOLDERS.flatMap((folder) => filesBelow(join(root, folder))),
    ...FILES.map((f) => join(root, f)),
  ];
  for (const file of files.sort()) {
    if (!existsSync(file)) continue;
    const bytes = readFileSync(file);
    hash.update(`${relative(root, file).split(sep).join('/')}\0${bytes.length}\0`).update(bytes);
  }
  return hash.digest('hex');
}

/** The hash of the sources that dist/ was made from; empty when there is no finished build. */
export const builtHash = () => (existsSync(RECORD) ? readFileSync(RECORD, 'utf8').trim() : '');

/** Every file below a folder, in no order. Missing folders are empty. */
function filesBelow(folder) {
  if (!existsSync(folder) || relative(root, folder) === GENERATED) return [];
  return readdirSync(folder, { withFileTypes: true }).flatMap((entry) => {
    const path = join(folder, entry.name);
    if (entry.isDirectory()) return filesBelow(path);
    return entry.isFile() ? [path] : [];
  });
}
