import { spawnSync } from 'node:child_process';
import { accessSync, constants, mkdirSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';

/** Where Debian's package puts it. `CHROMIUM_PATH` names another. */
const CHROMIUM = '/usr/bin/chromium';

const LOCK = join(tmpdir(), 'cairn-chromium-install.lock');
const INSTALL_MS = 10 * 60_000;

/**
 * The path of a Chromium: the one there is, or Debian's package, installed now; two runs at once install it once.
 * @throws when there is none and none can be installed, with what to do
 */
export async function ensureChromium(env: NodeJS.ProcessEnv = process.env): Promise<string> {
  const path = env.CHROMIUM_PATH || CHROMIUM;
  if (isRunnable(path)) return path;
  if (env.CHROMIUM_PATH) throw new Error(`CHROMIUM_PATH: ${path} is not a program that can be run.`);
  const deadline = Date.now() + INSTALL_MS;
  while (!takeLock()) {
    if (Date.now() > deadline)
      throw new Error(`${LOCK} is held; delete it if no other test run is installing.`);
    await delay(500);
    if (isRunnable(path)) return path;
  }
  try {
    if (!isRunnable(path)) install();
  } finally {
    rmSync(LOCK, { recursive: true, force: true });
  }
  if (isRunnable(path)) return path;
  throw new Error(`The package chromium was installed, but there is no ${path}.`);
}

function isRunnable(path: string): boolean {
  try {
    accessSync(path, constants.X_OK);
    return true;
  } catch {
    return false;
  }
}

/** A folder: making one succeeds for one of two at once. One that was left behind by a killed run is taken over. */
function takeLock(): boolean {
  try {
    mkdirSync(LOCK);
    return true;
  } catch {
    if (Date.now() - madeAt(LOCK) > INSTALL_MS) rmSync(LOCK, { recursive: true, force: true });
    return false;
  }
}

/** When it was made, in milliseconds; now, if it has just gone. */
function madeAt(path: string): number {
  try {
    return statSync(path).mtimeMs;
  } catch {
    return Date.now();
  }
}

function install(): void {
  if (process.getuid?.() !== 0) throw new Error(missing('this run is not root and can not install it'));
  process.stderr.write('Installing chromium for the tests of the page (apt-get)\n');
  for (const args of [['update'], ['install', '-y', '--no-install-recommends', 'chromium']]) {
    const { status, stderr, error } = spawnSync('apt-get', args, {
      encoding: 'utf8',
      env: { ...process.env, DEBIAN_FRONTEND: 'noninteractive' },
      timeout: INSTALL_MS,
    });
    if (status === 0) continue;
    const why = error?.message ?? stderr.trim().split('\n').slice(-3).join(' ');
    throw new Error(missing(`apt-get ${args.join(' ')} failed: ${why}`));
  }
}

const missing = (why: string): string =>
  `The tests of the page need Chromium, and ${why}. Install Debian's package "chromium" (apt-get install chromium), or name another Chromium by CHROMIUM_PATH.`;
