import { type System, startSystem, waitFor } from '../support/system';

let system: System;

beforeAll(async () => {
  system = await startSystem();
}, 90_000);
afterAll(() => system?.stop(), 60_000);

test('two filled sides become one tree, equal files without a transfer, and then all is silent', async () => {
  const { dropbox, assembly } = system;
  await dropbox.put('/both.txt', 'the same on both sides');
  await dropbox.put('/Tax/2026/return.pdf', 'a return');
  await dropbox.put('/Tax/empty.txt', '');
  await dropbox.folder('/Empty/Nested');
  await dropbox.put('/Ünïcode/naïve café.txt', 'ünïcode');
  await assembly.put('/both.txt', 'the same on both sides');
  await assembly.put('/From client/letter.txt', 'dear agency');
  await assembly.folder('/Tax');

  const syncId = await system.connect();
  const tree = await system.converged(syncId, 90_000);

  expect(tree.map((entry) => entry.path)).toEqual([
    '/Empty',
    '/Empty/Nested',
    '/From client',
    '/From client/letter.txt',
    '/Tax',
    '/Tax/2026',
    '/Tax/2026/return.pdf',
    '/Tax/empty.txt',
    '/both.txt',
    '/Ünïcode',
    '/Ünïcode/naïve café.txt',
  ]);
  // The pass ends a moment after its last item.
  await waitFor(async () => {
    const { body } = await system.api<{ state: string; progress: Record<string, number> }>(
      `/api/syncs/${syncId}`,
    );
    const { total, settled, pending } = body.progress;
    return body.state === 'active' && total === 11 && settled === 11 && pending === 0
      ? true
      : JSON.stringify(body);
  }, 10_000);
}, 120_000);
