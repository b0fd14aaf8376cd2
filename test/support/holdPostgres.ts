import { renameSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { startPostgres } from '../../src/local/postgres';

/** Runs a Postgres until this process is killed; `held.json` beside the folder tells its address. */
export async function holdPostgres(dataDir: string): Promise<never> {
  const { url, pid } = await startPostgres({ dataDir });
  const file = join(dirname(dataDir), 'held.json');
  writeFileSync(`${file}.new`, JSON.stringify({ url, pid }));
  renameSync(`${file}.new`, file);
  return wait();
}

/** Lives until it is killed. */
export const wait = (): Promise<never> => new Promise(() => setInterval(() => undefined, 60_000));
