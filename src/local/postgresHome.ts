import { spawnSync } from 'node:child_process';
import {
  chmodSync,
  existsSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { dirname, join } from 'node:path';
import type { Account } from './postgresBinaries';
import { serverOf } from './postgresOwner';

// /var/tmp is the second choice: it outlives a restart of the machine, but some systems tidy it up after a month.
const BASES = ['/var/lib', '/var/tmp'];
const PREFIX = 'cairn-postgres-';

/**
 * The folder that holds the cluster of `dataDir`: itself, or, where `account` can't enter it, one made elsewhere and named
 * in the file `elsewhere`.
 */
export function homeFor(dataDir: string, account: Account, log: (line: string) => void): string {
  const pointer = join(dataDir, 'elsewhere');
  if (existsSync(pointer)) {
    const home = readFileSync(pointer, 'utf8').trim();
    if (existsSync(home)) return home;
    throw new Error(
      `The database of ${dataDir} was kept in ${home}, which is gone. Bring it back, or delete ${pointer} to start with an empty one.`,
    );
  }
  if (account.uid === undefined || canEnter(dataDir, account)) return dataDir;
  for (const base of BASES) clearForgotten(base);
  const home = newHome(account);
  writeFileSync(join(home, 'origin'), dataDir);
  writeFileSync(pointer, `${home}\n`);
  log(
    `Postgres can't enter ${dataDir} (it runs as user ${account.uid}, not as root): its files are in ${home}`,
  );
  return home;
}

function newHome(account: Account): string {
  const failures: string[] = [];
  for (const base of BASES) {
    try {
      const home = mkdtempSync(join(base, PREFIX));
      chmodSync(home, 0o711);
      if (canEnter(home, account)) return home;
      rmSync(home, { recursive: true });
      failures.push(`${base}: user ${account.uid} can't enter it`);
    } catch (error) {
      failures.push(error instanceof Error ? error.message : String(error));
    }
  }
  throw new Error(
    `No folder can hold the database for root (${failures.join('; ')}). Start as another user, set CAIRN_DATA_DIR to a folder that every user can enter, or set DATABASE_URL.`,
  );
}

// Who deletes a data folder to begin anew does not know of the part that lives here.
function clearForgotten(base: string): void {
  for (const name of existsSync(base) ? readdirSync(base) : []) {
    const home = join(base, name);
    if (name.startsWith(PREFIX) && isForgotten(home)) rmSync(home, { recursive: true, force: true });
  }
}

function isForgotten(home: string): boolean {
  const file = join(home, 'origin');
  if (!existsSync(file) || statSync(home).uid !== process.getuid?.()) return false;
  const origin = readFileSync(file, 'utf8');
  // With all above it gone as well, the disk may merely be absent.
  if (!existsSync(dirname(dirname(origin)))) return false;
  const pointer = join(origin, 'elsewhere');
  const claimed = existsSync(pointer) && readFileSync(pointer, 'utf8').trim() === home;
  return !claimed && serverOf(join(home, 'cluster')) === undefined;
}

const canEnter = (folder: string, account: Account) =>
  spawnSync('/bin/sh', ['-c', 'cd "$1"', 'sh', folder], { ...account, cwd: '/' }).status === 0;
