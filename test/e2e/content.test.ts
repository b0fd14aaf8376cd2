import { Readable } from 'node:stream';
import { type System, startSystem, waitFor } from '../support/system';

const MIB = 1024 * 1024;

let system: System;
let syncId: string;

beforeAll(async () => {
  system = await startSystem();
  syncId = await system.connect();
  await system.converged(syncId);
}, 120_000);
afterAll(() => system?.stop(), 60_000);

/** Bytes that differ from block to block, made as they are read. */
function* made(size: number, seed: number): Generator<Buffer> {
  for (let at = 0; at < size; at += MIB)
    yield Buffer.alloc(Math.min(MIB, size - at), (at / MIB + seed) % 251);
}

test.each([
  ['dropbox', '/big from dropbox.bin', 160 * MIB + 1],
  ['assembly', '/big from assembly.bin', 160 * MIB + 1],
  ['dropbox', '/four from dropbox.bin', 4 * MIB],
  ['assembly', '/four from assembly.bin', 4 * MIB + 1],
] as const)(
  'a file put on %s as %s arrives whole, also above 150 MiB',
  async (side, path, size) => {
    await system[side].put(path, Readable.from(made(size, path.length)), size);
    const tree = await waitFor(async () => {
      const entries = await system.converged(syncId, 60_000);
      return entries.some((entry) => entry.path === path) ? entries : 'not there yet';
    }, 90_000);
    expect(tree.find((entry) => entry.path === path)).toMatchObject({ size });
  },
  120_000,
);

test('an edit on both sides at once keeps both versions, once, on both sides', async () => {
  await system.dropbox.put('/both.txt', 'agreed');
  await waitFor(
    async () => ((await system.converged(syncId)).some(({ path }) => path === '/both.txt') ? true : 'no'),
    30_000,
  );
  for (const worker of system.workers) worker.kill('SIGSTOP');
  await system.dropbox.put('/both.txt', 'changed in Dropbox');
  await system.assembly.put('/both.txt', 'changed by the client');
  for (const worker of system.workers) worker.kill('SIGCONT');

  const tree = await waitFor(async () => {
    const entries = await system.converged(syncId);
    return entries.filter(({ path }) => path.startsWith('/both')).length === 2 ? entries : 'one so far';
  }, 60_000);

  const copy = tree.find(({ path }) =>
    /^\/both \(Assembly conflicted copy \d{4}-\d{2}-\d{2}\)\.txt$/.test(path),
  );
  expect(String(await system.dropbox.read('/both.txt'))).toBe('changed in Dropbox');
  expect(String(await system.assembly.read('/both.txt'))).toBe('changed in Dropbox');
  expect(String(await system.dropbox.read(copy!.path))).toBe('changed by the client');
  expect(String(await system.assembly.read(copy!.path))).toBe('changed by the client');
}, 120_000);

test('a delete on one side against an edit on the other: the edit lives', async () => {
  await system.dropbox.put('/fought over.txt', 'agreed');
  await waitFor(
    async () =>
      (await system.converged(syncId)).some(({ path }) => path === '/fought over.txt') ? true : 'no',
    30_000,
  );
  for (const worker of system.workers) worker.kill('SIGSTOP');
  await system.dropbox.remove('/fought over.txt');
  await system.assembly.put('/fought over.txt', 'edited by the client');
  for (const worker of system.workers) worker.kill('SIGCONT');

  await waitFor(async () => {
    await system.converged(syncId);
    return String(await system.dropbox.read('/fought over.txt')) === 'edited by the client'
      ? true
      : 'not yet';
  }, 60_000);
}, 120_000);

test('a lost hint is made up for by the sweep', async () => {
  await fetch(`${system.dropboxSandbox.controlUrl}/webhooks`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ mode: { drop: 1 } }),
  });
  await system.database.store.prisma.channelSync.updateMany({ data: { lastSyncedAt: new Date(0) } });
  await system.dropbox.put('/nobody was told.txt', 'silence');
  const { code } = await system.cli('sweep');
  expect(code).toBe(0);
  await waitFor(async () => {
    const entries = await system.converged(syncId);
    return entries.some(({ path }) => path === '/nobody was told.txt') ? true : 'not yet';
  }, 60_000);
}, 120_000);
