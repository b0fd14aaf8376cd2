import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { compiled } from './support/compiled';
import { lives, until } from './support/until';

let folder: string;
const begun: number[] = [];

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'cairn-watchdog-'));
});
afterEach(() => {
  for (const pid of begun.splice(0)) if (lives(pid)) process.kill(pid, 'SIGKILL');
  rmSync(folder, { recursive: true, force: true });
});

/** A parent that starts a child in a group of its own, ties it to itself, and waits. */
async function family(child: string, then = ''): Promise<{ parent: ChildProcess; child: number }> {
  const watchdog = compiled('watchdog', folder);
  const script = join(folder, 'parent.js');
  writeFileSync(
    script,
    `const { endWithUs } = require(${JSON.stringify(watchdog)});
     const { spawn } = require('node:child_process');
     const child = spawn('/bin/sh', ['-c', ${JSON.stringify(child)}], { detached: true, stdio: ['ignore', 'pipe', 'ignore'] });
     child.stdout.once('data', () => {
       const release = endWithUs(child.pid, { graceSeconds: 1 });
       ${then}
       console.log(child.pid);
     });
     setInterval(() => undefined, 1000);`,
  );
  const parent = spawn(process.execPath, [script], { stdio: ['ignore', 'pipe', 'inherit'] });
  const [line] = await once(createInterface({ input: parent.stdout! }), 'line');
  begun.push(parent.pid!, Number(line));
  return { parent, child: Number(line) };
}

const QUIET = 'echo up; exec sleep 300';
const STUBBORN = 'trap "" TERM; echo up; while :; do sleep 0.1; done';

test('a child ends when its parent is killed', async () => {
  const { parent, child } = await family(QUIET);
  expect(lives(child)).toBe(true);
  parent.kill('SIGKILL');
  await until(() => !lives(child));
});

test('a child that ignores the polite signal is killed', async () => {
  const { parent, child } = await family(STUBBORN);
  parent.kill('SIGKILL');
  await until(() => !lives(child));
});

test('a child ends when its parent leaves in good order without releasing it', async () => {
  const { parent, child } = await family(QUIET, 'setTimeout(() => process.exit(0), 50);');
  await once(parent, 'exit');
  await until(() => !lives(child));
});

test('a released child is left alone', async () => {
  const { parent, child } = await family(QUIET, 'release();');
  parent.kill('SIGKILL');
  await once(parent, 'exit');
  // The watchdog of a second family, begun after the first one's parent has died, has done its work by then.
  const second = await family(QUIET);
  second.parent.kill('SIGKILL');
  await until(() => !lives(second.child));
  expect(lives(child)).toBe(true);
});
