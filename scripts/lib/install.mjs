// Installs the packages when they are missing or older than the lock file.
import { existsSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { root, run } from './run.mjs';

/** Written by npm at the end of an installation; npm ci begins by deleting it with all of node_modules. */
const RECORD = join(root, 'node_modules', '.package-lock.json');
const LOCK = join(root, 'package-lock.json');
const OLDEST_NODE = [20, 19];

/** @returns {Promise<boolean>} whether everything is installed now */
export async function install() {
  if (!isNodeNewEnough()) {
    process.stderr.write(`Cairn needs Node ${OLDEST_NODE.join('.')} or newer; this is ${process.version}.\n`);
    return false;
  }
  if (existsSync(RECORD) && statSync(RECORD).mtimeMs >= statSync(LOCK).mtimeMs) return true;
  process.stderr.write('Installing packages (npm ci)\n');
  // Development packages too, whatever NODE_ENV says: the build needs them.
  const args = ['ci', '--include=dev', '--include=optional', '--no-fund', '--no-audit'];
  const code = await runNpm(args);
  if (code !== 0) process.stderr.write(`npm ci ended with ${code}: see its words above.\n`);
  return code === 0;
}

function runNpm(args) {
  // Under "npm start" this is the npm that is running; it may not be the one on PATH.
  const cli = process.env.npm_execpath;
  const stdio = ['ignore', process.stderr, process.stderr];
  if (cli?.endsWith('.js')) return run(process.execPath, [cli, ...args], { stdio });
  return process.platform === 'win32'
    ? run('cmd', ['/c', 'npm', ...args], { stdio })
    : run('npm', args, { stdio });
}

function isNodeNewEnough() {
  const [major, minor] = process.versions.node.split('.').map(Number);
  return major > OLDEST_NODE[0] || (major === OLDEST_NODE[0] && minor >= OLDEST_NODE[1]);
}
