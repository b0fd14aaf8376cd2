import { mkdirSync, readdirSync, renameSync, statSync } from 'node:fs';
import { join } from 'node:path';

const LARGE_BYTES = 16 * 1024 * 1024;

/** Makes the folder of the logs; a log that has grown large becomes `<name>.old`, over the one before. */
export function prepareLogs(folder: string, largeBytes = LARGE_BYTES): void {
  mkdirSync(folder, { recursive: true });
  for (const name of readdirSync(folder)) {
    const path = join(folder, name);
    if (name.endsWith('.log') && statSync(path).size > largeBytes) renameSync(path, `${path}.old`);
  }
}
