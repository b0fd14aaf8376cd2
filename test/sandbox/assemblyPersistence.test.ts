import { appendFile, mkdtemp, readdir, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createAssemblySandbox } from '../../src/sandbox/assembly';
import { openStore } from '../../src/sandbox/assembly/state/store';
import { encoded, eventually, type Json, KEY, startSandbox } from './assemblyHarness';
import { spawnSandbox } from './assemblyProcess';

let dataDir: string;
beforeEach(async () => {
  dataDir = await mkdtemp(join(tmpdir(), 'assembly-state-'));
});
afterEach(() => rm(dataDir, { recursive: true, force: true }));

const post = async (url: string, body: Json): Promise<Json> => {
  const headers = { 'x-api-key': KEY, 'content-type': 'application/json' };
  const answer = await fetch(url, { method: 'POST', headers, body: JSON.stringify(body) });
  if (!answer.ok) throw new Error(await answer.text());
  return (await answer.json()) as Json;
};

test('a second start goes on with objects, bytes, URLs and what was about to complete', async () => {
  const first = await startSandbox({ dataDir, switches: { completionDelayMs: 60_000 } });
  const channelId = await first.channel();
  const kept = (await first.api('POST', '/v1/files/file', { channelId, path: 'kept' })).body;
  await fetch(String(kept.uploadUrl), { method: 'PUT', body: 'bytes' });
  const open = (await first.api('POST', '/v1/files/file', { channelId, path: 'open' })).body;
  const folder = (await first.control('POST', '/folders', { channelId, path: 'A/B' })).body;
  await first.control('POST', '/move', { channelId, from: 'A', to: 'C' });
  const gone = (await first.control('POST', '/folders', { channelId, path: 'gone' })).body;
  await first.control('POST', '/delete', { channelId, id: gone.id });
  const before = await first.tree(channelId);
  const port = Number(new URL(first.sandbox.url).port);
  await first.close();

  const second = await startSandbox({ dataDir, port });
  expect((await second.tree(channelId)).map((one) => one.path)).toEqual(before.map((one) => one.path));
  expect((await second.api('GET', `/v1/files/${folder.id}`)).body.path).toBe('C/B');
  const done = await eventually(async () => {
    const seen = (await second.api('GET', `/v1/files/${kept.id}`)).body;
    return seen.status === 'completed' ? seen : null;
  });
  expect(await (await fetch(String(done.downloadUrl))).text()).toBe('bytes');
  expect((await fetch(String(open.uploadUrl), { method: 'PUT', body: 'late' })).status).toBe(200);
  await second.close();
});

test('kill -9 in the middle of writes loses nothing that was acknowledged', async () => {
  const acknowledged: string[] = [];
  let channelId = '';
  for (let round = 0; round < 3; round += 1) {
    const running = await spawnSandbox({ dataDir, apiKey: 'test-api-key-0001', rps: 0 });
    if (round === 0) {
      await post(`${running.url}/control/workspaces`, { id: 'ws_1' });
      channelId = String((await post(`${running.url}/control/channels`, { membershipType: 'group' })).id);
    }
    let dead = false;
    const writer = async (name: string): Promise<void> => {
      for (let i = 0; !dead; i += 1) {
        const path = `${name}-${i}`;
        try {
          const created = await post(`${running.url}/v1/files/file`, { channelId, path });
          const put = await fetch(String(created.uploadUrl), { method: 'PUT', body: path });
          if (put.status === 200) acknowledged.push(path);
        } catch {
          return;
        }
      }
    };
    const wanted = acknowledged.length + 100;
    const writers = [1, 2, 3, 4].map((n) => writer(`r${round}w${n}`));
    await eventually(() => (acknowledged.length >= wanted ? true : null));
    await running.kill();
    dead = true;
    await Promise.all(writers);
  }
  // As a kill within the write of a line leaves it.
  await appendFile(join(dataDir, 'state.log'), '[{"table":"file","id":"x","val');

  const after = await startSandbox({ dataDir });
  const tree = await after.tree(channelId);
  const withBytes = new Set(tree.filter((entry) => entry.size !== null).map((entry) => entry.path));
  expect(acknowledged.filter((path) => !withBytes.has(`/${path}`))).toEqual([]);
  expect(new Set(tree.map((entry) => entry.path)).size).toBe(tree.length);
  const sample = acknowledged.at(-1) ?? '';
  const bytes = await after.control('GET', `/files?channelId=${encoded(channelId)}&path=${sample}`);
  expect(bytes.text).toBe(sample);
  expect(await readdir(join(dataDir, 'blobs'))).toHaveLength(withBytes.size);
  await after.close();
}, 60_000);

test('damage in the middle of the log is an error and not a loss', async () => {
  const first = await startSandbox({ dataDir });
  await first.channel();
  await first.close();
  const file = join(dataDir, 'state.log');
  const lines = (await readFile(file, 'utf8')).split('\n');
  await writeFile(file, [lines[0], 'nonsense', ...lines.slice(1)].join('\n'));
  await expect(createAssemblySandbox({ dataDir })).rejects.toThrow(/state\.log:2 is damaged/);
});

test('the log stays in proportion to what it describes', async () => {
  const first = await startSandbox({ dataDir });
  const channelId = await first.channel();
  const name = 'n'.repeat(4000);
  await first.control('POST', '/folders', { channelId, path: `${name}0/${name}` });
  await first.close();
  const store = await openStore(dataDir);
  const [folder] = store.file.values();
  for (let i = 0; i < 12_000; i += 1) {
    if (folder) store.commit([{ table: 'file', id: folder.id, value: { ...folder, updatedAt: `${i}` } }]);
  }
  store.close();
  expect((await stat(join(dataDir, 'state.log'))).size).toBeLessThan(33 * 1024 * 1024);
  const second = await startSandbox({ dataDir });
  expect((await second.tree(channelId)).map((entry) => String(entry.path).length)).toEqual([4002, 8003]);
  expect((await second.tree(channelId))[0]?.updatedAt).toBe('11999');
  await second.close();
}, 60_000);

test('300 MB pass in both directions with flat memory', async () => {
  const running = await spawnSandbox({ dataDir, apiKey: 'test-api-key-0001' });
  await post(`${running.url}/control/workspaces`, { id: 'ws_1' });
  const channelId = String((await post(`${running.url}/control/channels`, { membershipType: 'group' })).id);
  const created = await post(`${running.url}/v1/files/file`, { channelId, path: 'big' });
  const before = await running.peakMemory();
  const piece = Buffer.alloc(1024 * 1024, 'cairn');
  const size = 300 * piece.length;
  const pieces = async function* () {
    for (let i = 0; i < 300; i += 1) yield piece;
  };
  const init = {
    method: 'PUT',
    headers: { 'content-length': String(size) },
    body: ReadableStream.from(pieces()),
    duplex: 'half',
  } as const;
  expect((await fetch(String(created.uploadUrl), init)).status).toBe(200);
  const own = `${running.url}/control/files?channelId=${encoded(channelId)}&path=big`;
  const got = await fetch(own);
  let received = 0;
  for await (const chunk of got.body ?? []) received += chunk.length;
  expect(received).toBe(size);
  const grown = (await running.peakMemory()) - before;
  await running.kill();
  expect(grown).toBeLessThan(100 * 1024 * 1024);
}, 120_000);
