import { once } from 'node:events';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { startNodeChild } from '../../../src/local/nodeChild';
import { lives } from './support/until';

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'cairn-child-'));
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

function child(code: string, more: Partial<Parameters<typeof startNodeChild>[0]> = {}) {
  const script = join(folder, 'child.js');
  writeFileSync(script, code);
  return startNodeChild({
    name: 'The child',
    script,
    env: { PATH: process.env.PATH },
    cwd: folder,
    logFile: join(folder, 'child.log'),
    patienceMs: 5_000,
    ready: (process_, signal) => once(process_, 'message', { signal }),
    ...more,
  });
}

const UP = "process.send('up'); setInterval(() => undefined, 1000);";

test('it is there when it says that it is ready, and ends when it is told to', async () => {
  const running = await child(`console.log('hello'); ${UP}`);
  expect(lives(running.pid!)).toBe(true);
  await running.stop();
  await running.exited;
  expect(lives(running.pid!)).toBe(false);
  expect(readFileSync(join(folder, 'child.log'), 'utf8')).toBe('hello\n');
});

test('one that ignores the polite signal is killed', async () => {
  const running = await child(`process.on('SIGTERM', () => undefined); ${UP}`, { patienceMs: 100 });
  await running.stop();
  expect(lives(running.pid!)).toBe(false);
});

test('one that ends before it is ready is an error with the end of its log', async () => {
  await expect(child("console.error('no database'); process.exit(3);")).rejects.toThrow(
    /The child ended with 3 before it was ready\.\nThe end of .*child\.log:\nno database/,
  );
});

test('one that is never ready is ended, with an error', async () => {
  await expect(child('setInterval(() => undefined, 1000);', { readyMs: 200 })).rejects.toThrow(
    'was not ready after 0.2 s',
  );
});

test('a stop while it starts ends it', async () => {
  const stopping = new AbortController();
  const starting = child('setInterval(() => undefined, 1000);', { signal: stopping.signal });
  stopping.abort();
  await expect(starting).rejects.toThrow('was stopped while it started');
});

test('a stop after its end does nothing', async () => {
  const running = await child(UP);
  process.kill(running.pid!, 'SIGKILL');
  await running.exited;
  await running.stop();
});
