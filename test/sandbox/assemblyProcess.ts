import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { createInterface } from 'node:readline';

const ROOT = join(__dirname, '..', '..');

/** Runs the simulator from its TypeScript sources and prints its address. */
const SCRIPT = `
  const swc = require('@swc/core');
  require.extensions['.ts'] = (module, file) => {
    const options = { jsc: { parser: { syntax: 'typescript' }, target: 'es2022' }, module: { type: 'commonjs' } };
    module._compile(swc.transformFileSync(file, options).code, file);
  };
  const { createAssemblySandbox } = require('./src/sandbox/assembly');
  createAssemblySandbox(JSON.parse(process.argv[1])).then(({ url }) => console.log(url));
  process.stdin.on('end', () => process.exit()).resume();
`;

export interface SandboxProcess {
  readonly url: string;
  /** SIGKILL; resolves when it is dead. */
  kill(): Promise<void>;
  /** The most memory it ever had, in bytes. */
  peakMemory(): Promise<number>;
}

/** The simulator as a process of its own, to be killed or measured. It also ends with this process. */
export const spawnSandbox = async (options: Record<string, unknown>): Promise<SandboxProcess> => {
  const child: ChildProcess = spawn(process.execPath, ['-e', SCRIPT, JSON.stringify(options)], {
    cwd: ROOT,
    stdio: ['pipe', 'pipe', 'inherit'],
  });
  const ended = once(child, 'exit');
  const lines = createInterface({ input: child.stdout ?? process.stdin });
  const [url] = await Promise.race([
    once(lines, 'line'),
    ended.then(() => {
      throw new Error('the sandbox ended before it listened');
    }),
  ]);
  return {
    url: String(url),
    kill: async () => {
      child.kill('SIGKILL');
      await ended;
    },
    peakMemory: async () => {
      const status = await readFile(`/proc/${child.pid}/status`, 'utf8');
      return Number(/VmHWM:\s+(\d+) kB/.exec(status)?.[1]) * 1024;
    },
  };
};
