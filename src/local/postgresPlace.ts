import { spawnSync } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import {
  chownSync,
  existsSync,
  mkdirSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import {
  type Account,
  type Binaries,
  binariesIn,
  copyPostgres,
  installedPostgres,
  postgresAccount,
  whyNotRunnable,
} from './postgresBinaries';
import { homeFor } from './postgresHome';

/** Where a Postgres of ours lives and who runs it. */
export type Place = {
  /** The cluster itself, owned by `account`. */
  readonly cluster: string;
  readonly binaries: Binaries;
  readonly account: Account;
  readonly password: string;
};

type Log = (line: string) => void;

/**
 * Finds or makes the place for the database of `dataDir`. Run by root, Postgres works under another account, which may be
 * unable to enter the folder (a checkout below /root): then cluster and programs live in a folder of their own, and the
 * file `elsewhere` in `dataDir` says where.
 */
export function preparePlace(dataDir: string, log: Log): Place {
  mkdirSync(dataDir, { recursive: true });
  const password = keptPassword(dataDir);
  let account = postgresAccount();
  const home = homeFor(dataDir, account, log);
  const cluster = join(home, 'cluster');
  if (existsSync(join(cluster, 'PG_VERSION'))) account = ownerOf(cluster, account);

  const installed = installedPostgres();
  let binaries = binariesIn(installed);
  const obstacle = whyNotRunnable(binaries, account);
  if (obstacle) {
    if (account.uid === undefined) throw new Error(`The installed Postgres does not run: ${obstacle}`);
    binaries = binariesIn(copyPostgres(installed, home));
    const still = whyNotRunnable(binaries, account);
    if (still) throw new Error(`The installed Postgres does not run as user ${account.uid}: ${still}`);
  }
  return { cluster, binaries, account, password };
}

/** Makes the cluster if there is none. An interrupted attempt leaves nothing that looks like one. */
export function createCluster(place: Place, ephemeral: boolean): void {
  if (existsSync(join(place.cluster, 'PG_VERSION'))) return;
  const draft = `${place.cluster}.new`;
  const passwordFile = `${place.cluster}.password`;
  rmSync(draft, { recursive: true, force: true });
  mkdirSync(draft, { mode: 0o700 });
  writeFileSync(passwordFile, `${place.password}\n`, { mode: 0o600 });
  try {
    for (const path of [draft, passwordFile]) {
      if (place.account.uid !== undefined) chownSync(path, place.account.uid, place.account.gid ?? -1);
    }
    const flags = ['-D', draft, '-U', 'cairn', '-A', 'scram-sha-256', '-E', 'UTF8', '--locale=C'];
    const run = spawnSync(
      place.binaries.initdb,
      [...flags, `--pwfile=${passwordFile}`, ...(ephemeral ? ['--no-sync'] : [])],
      {
        ...place.account,
        cwd: '/',
        env: { PATH: process.env.PATH, LC_ALL: 'C' },
        encoding: 'utf8',
        timeout: 120_000,
      },
    );
    if (run.status !== 0) {
      throw new Error(`Could not create a database in ${draft}: ${run.stderr?.trim() || run.error?.message}`);
    }
    renameSync(draft, place.cluster);
  } finally {
    rmSync(passwordFile, { force: true });
  }
}

// The cluster stays with the user who made it: root may start what the developer's own account created.
function ownerOf(cluster: string, account: Account): Account {
  const { uid, gid } = statSync(cluster);
  const self = process.getuid?.();
  if (self === undefined || uid === self) return account;
  if (self === 0) return { uid, gid };
  throw new Error(
    `The database in ${cluster} belongs to user ${uid}. Start as that user or as root, or delete the folder to begin anew.`,
  );
}

function keptPassword(dataDir: string): string {
  const file = join(dataDir, 'password');
  if (!existsSync(file)) {
    // Written aside and renamed: a half-written password would lock the cluster for good.
    const draft = `${file}.${process.pid}`;
    writeFileSync(draft, randomBytes(24).toString('base64url'), { mode: 0o600 });
    renameSync(draft, file);
  }
  try {
    return readFileSync(file, 'utf8').trim();
  } catch (cause) {
    throw new Error(`Can't read ${file}: start as the user who owns it, or as root.`, { cause });
  }
}
