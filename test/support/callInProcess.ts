import { type ChildProcess, spawn } from 'node:child_process';
import { join } from 'node:path';
import type { Readable } from 'node:stream';

const ROOT = join(__dirname, '..', '..');

export type Call<T> = {
  readonly child: ChildProcess;
  /** What the function returned; rejects with what it threw, or when the process ends without an answer. */
  readonly result: Promise<T>;
};

/**
 * Calls an exported function of a TypeScript module in a Node process of its own, with arguments and result as JSON.
 * @param file relative to the repository, without extension
 */
export function startInProcess<T>(file: string, name: string, args: readonly unknown[]): Call<T> {
  const child = spawn(
    process.execPath,
    [join(__dirname, 'child.cjs'), join(ROOT, `${file}.ts`), name, JSON.stringify(args)],
    { cwd: ROOT, stdio: ['ignore', 'inherit', 'inherit', 'pipe'] },
  );
  let text = '';
  (child.stdio[3] as Readable).on('data', (chunk: Buffer) => {
    text += chunk.toString('utf8');
  });
  const result = new Promise<T>((resolve, reject) => {
    child.once('error', reject);
    child.once('close', (code, signal) => {
      if (text === '') return reject(new Error(`${name} ended without an answer (${signal ?? code})`));
      const answer = JSON.parse(text) as { result: T } | { error: string };
      if ('error' in answer) reject(new Error(answer.error));
      else resolve(answer.result);
    });
  });
  // Whoever kills the child on purpose need not await the result.
  result.catch(() => undefined);
  return { child, result };
}

export const callInProcess = <T>(file: string, name: string, args: readonly unknown[]): Promise<T> =>
  startInProcess<T>(file, name, args).result;
