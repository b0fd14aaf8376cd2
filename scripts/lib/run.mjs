// Running other programs from the scripts: output passed through, signals passed on, the exit code returned.
import { spawn } from 'node:child_process';
import { dirname } from 'node:path';
import { fileURLToPath } from 'node:url';

export const root = dirname(dirname(dirname(fileURLToPath(import.meta.url))));

const SIGNALS = ['SIGINT', 'SIGTERM', 'SIGHUP'];

/**
 * Runs a command in the checkout and resolves with its exit code; a death by signal counts as 128 and a bit, as in a shell.
 * @param {string} command
 * @param {readonly string[]} args
 * @param {{ stdio?: import('node:child_process').StdioOptions, env?: NodeJS.ProcessEnv, cwd?: string, onSpawn?: (child: import('node:child_process').ChildProcess) => void }} [options]
 * @returns {Promise<number>}
 */
export function run(command, args, options = {}) {
  return new Promise((resolve) => {
    const child = spawn(command, args, {
      cwd: options.cwd ?? root,
      env: options.env ?? process.env,
      stdio: options.stdio ?? 'inherit',
    });
    const passOn = SIGNALS.map((signal) => [signal, () => child.kill(signal)]);
    for (const [signal, handler] of passOn) process.on(signal, handler);
    const done = (code) => {
      for (const [signal, handler] of passOn) process.off(signal, handler);
      resolve(code);
    };
    child.once('error', (error) => {
      process.stderr.write(`${command} could not be started: ${error.message}\n`);
      done(127);
    });
    child.once('close', (code, signal) => done(code ?? (signal === 'SIGINT' ? 130 : 143)));
    options.onSpawn?.(child);
  });
}

/** Runs one of the installed packages' programs, without npx: `bin` is the program's name. */
export const runInstalled = (bin, args, options) =>
  process.platform === 'win32'
    ? run('cmd', ['/c', `node_modules\\.bin\\${bin}.cmd`, ...args], options)
    : run(`node_modules/.bin/${bin}`, args, options);
