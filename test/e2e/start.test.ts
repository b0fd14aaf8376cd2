import { type ChildProcess, spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import type { Page } from 'playwright-core';
import { openBrowser } from '../support/browser';

/** `npm start` as a person runs it, on small folders of their own. */

const ROOT = join(__dirname, '..', '..');

let folder: string;
let dataDir: string;
let running: ChildProcess | undefined;

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'cairn-start-'));
  dataDir = join(folder, 'data');
  fill('dropbox', { 'a.txt': 'from dropbox', 'both.txt': 'the same', 'deep/er/ünï.txt': 'far down' });
  fill('assembly', { 'b.txt': 'from assembly', 'both.txt': 'the same' });
});
afterEach(async () => {
  if (running && running.exitCode === null && running.signalCode === null) {
    const ended = once(running, 'exit');
    process.kill(-running.pid!, 'SIGKILL');
    await ended;
  }
  await until(() => processesOf(folder).length === 0, 'everything to end');
  rmSync(folder, { recursive: true, force: true });
});

function fill(side: string, files: Record<string, string>): void {
  for (const [name, text] of Object.entries(files)) {
    const path = join(folder, side, name);
    mkdirSync(join(path, '..'), { recursive: true });
    writeFileSync(path, text);
  }
}

const folders = () => ['--dropbox-dir', join(folder, 'dropbox'), '--assembly-dir', join(folder, 'assembly')];

/** Starts it in a group of its own; `text` is what it has said so far. */
function start(...args: string[]) {
  const { DATABASE_URL: _, TEMPORAL_ADDRESS: __, TEMPORAL_NAMESPACE: ___, ...env } = process.env;
  const child = spawn('npm', ['start', '--silent', '--', '--data-dir', dataDir, ...args], {
    cwd: ROOT,
    env,
    stdio: ['ignore', 'pipe', 'pipe'],
    detached: true,
  });
  running = child;
  const said = { text: '' };
  for (const stream of [child.stdout, child.stderr]) {
    stream.on('data', (chunk: Buffer) => {
      said.text += chunk.toString('utf8');
    });
  }
  const ended = once(child, 'close').then(([code]) => code as number | null);
  return { child, said, ended };
}

/** Processes, other than zombies, whose command or environment names the folder. */
function processesOf(name: string): string[] {
  const { stdout } = spawnSync('ps', ['-eo', 'pid,stat,args'], { encoding: 'utf8' });
  return stdout.split('\n').filter((line) => line.includes(name) && !/^\s*\d+\s+Z/.test(line));
}

async function until(condition: () => boolean, what: string, timeoutMs = 120_000): Promise<void> {
  for (const deadline = Date.now() + timeoutMs; !condition(); await delay(50)) {
    if (Date.now() > deadline) throw new Error(`Waited ${timeoutMs} ms in vain for ${what}`);
  }
}

const CONVERGED = 'Both sides are the same';

test('a new user sees a file follow in the browser; the next start goes on from there, and mixes in no other folder', async () => {
  const first = start(...folders());
  await until(() => first.said.text.includes('Ctrl-C stops everything'), 'the guide');
  expect(first.said.text).toContain(`${CONVERGED}: 6 of 6 items the same`);
  const ports = readFileSync(join(dataDir, 'ports.json'), 'utf8');
  const seeded = JSON.parse(readFileSync(join(dataDir, 'seeded.json'), 'utf8'));
  await watchAFileFollow(addressOf('Page', first.said.text), addressOf('Both sides', first.said.text));
  const tree = await assemblyTree(JSON.parse(ports).assembly, seeded.channelId);
  expect(tree).toEqual([
    '/a.txt',
    '/b.txt',
    '/both.txt',
    '/deep',
    '/deep/er',
    '/deep/er/hello.txt',
    '/deep/er/ünï.txt',
  ]);
  process.kill(-first.child.pid!, 'SIGINT');
  expect({ code: await first.ended, text: first.said.text }).toMatchObject({
    code: 0,
    text: expect.stringMatching(/Stopped\s*$/),
  });

  const second = start(...folders(), '--exit-when-converged');
  expect({ code: await second.ended, text: second.said.text }).toMatchObject({
    code: 0,
    text: expect.stringContaining(`${CONVERGED}: 7 of 7 items the same`),
  });
  expect(JSON.parse(readFileSync(join(dataDir, 'seeded.json'), 'utf8'))).toEqual(seeded);
  expect(readFileSync(join(dataDir, 'ports.json'), 'utf8')).toBe(ports);

  const third = start('--dropbox-dir', join(folder, 'assembly'));
  expect(await third.ended).toBe(2);
  expect(third.said.text).toContain(`${dataDir} already holds a sync, filled from ${folder}`);
});

function addressOf(name: string, text: string): string {
  const [, address] = new RegExp(`^${name} +(\\S+)$`, 'm').exec(text) ?? [];
  if (address === undefined) throw new Error(`no address of ${name} was printed`);
  return address;
}

/** Nothing is read but the two pages whose addresses were printed, and nothing clicked but what they show. */
async function watchAFileFollow(staffAddress: string, sidesAddress: string): Promise<void> {
  const browser = await openBrowser();
  try {
    const staff = await browser.context.newPage();
    await staff.goto(staffAddress);
    await words(staff, 'Connected');
    await words(staff, '6 of 6 the same');
    const sides = await browser.context.newPage();
    await sides.goto(sidesAddress);
    await words(sides, 'Both sides are the same');
    const tree = (side: string) => sides.getByRole('navigation', { name: `Files in ${side}` });
    await tree('Dropbox').getByRole('button', { name: 'er folder', exact: true }).click();
    await sides.getByRole('region', { name: 'Dropbox' }).getByRole('button', { name: 'New file' }).click();
    await sides.getByLabel('Name', { exact: true }).fill('hello.txt');
    await sides.getByLabel('Content').fill('hello from a new user');
    await sides.getByRole('button', { name: 'Add the file' }).click();
    await tree('Assembly').getByRole('button', { name: 'hello.txt' }).waitFor();
    await words(sides, 'Both sides are the same');
    await words(staff, '7 of 7 the same');
    await words(staff, 'Up to date');
  } finally {
    await browser.close();
  }
}

const words = (page: Page, text: string): Promise<void> => page.getByText(text).first().waitFor();

test('when it is killed, nothing that it started survives it', async () => {
  const { child, said } = start(...folders());
  await until(() => said.text.includes('Worker: up'), 'everything to be up');
  expect(processesOf(dataDir).length).toBeGreaterThanOrEqual(2);
  const supervisor = processesOf('dist/local/start.js').find((line) => line.includes(dataDir));
  process.kill(Number.parseInt(supervisor ?? '', 10), 'SIGKILL');
  await until(() => processesOf(folder).length === 0, 'the children to end');
  await until(() => child.exitCode !== null || child.signalCode !== null, 'npm to end');
});

test('a second one on the same folder is refused', async () => {
  const one = start(...folders());
  await until(() => one.said.text.includes('Temporal: up'), 'the first one to be under way');
  const other = start(...folders());
  expect(await other.ended).toBe(1);
  expect(other.said.text).toMatch(/The data folder .* is in use by process \d+/);
  running = one.child;
  process.kill(-one.child.pid!, 'SIGTERM');
  expect(await one.ended).toBe(0);
});

async function assemblyTree(port: number, channelId: string): Promise<string[]> {
  const query = new URLSearchParams({ channelId });
  const response = await fetch(`http://127.0.0.1:${port}/control/tree?${query}`);
  const { entries } = (await response.json()) as { entries: { path: string }[] };
  return entries.map(({ path }) => path.normalize('NFC'));
}
