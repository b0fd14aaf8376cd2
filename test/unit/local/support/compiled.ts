import { mkdirSync, writeFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import { transformFileSync } from '@swc/core';

const LOCAL = join(__dirname, '..', '..', '..', '..', 'src', 'local');

/** Compiles a file of src/local that imports only builtins, so that a process outside jest can load it. */
export function compiled(name: string, folder: string): string {
  mkdirSync(folder, { recursive: true });
  const { code } = transformFileSync(join(LOCAL, `${name}.ts`), {
    jsc: { parser: { syntax: 'typescript' }, target: 'es2022' },
    module: { type: 'commonjs' },
    swcrc: false,
  });
  const file = join(folder, `${basename(name)}.js`);
  writeFileSync(file, code);
  return file;
}
