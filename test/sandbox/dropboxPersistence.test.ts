import { type ChildProcess, fork } from 'node:child_process';
import { once } from 'node:events';
import { appendFile, mkdir, mkdtemp, readdir, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { openLog } from '../../src/sandbox/dropbox/model/log';
import { snapshot } from '../../src/sandbox/dropbox/model/snapshot';
import { callsFor, eventually, type Json, startHarness, told } from './dropboxHarness';

let dataDir: string;
const children: ChildProcess[] = [];
beforeEach(async () => {
  dataDir = await mkdtemp(join(tmpdir(), 'dropbox-sandbox-'));
});
afterEach(async () => {
  for (const child of children.splice(0)) if (child.exitCode === null && !child.killed) await kill(child);
  await rm(dataDir, { recursive: true, force: true });
});

type Urls = { apiUrl: string; contentUrl: string; controlUrl: string };

async function startChild(): Promise<{ child: ChildProcess; urls: Urls }> {
  const child = fork(join(__dirname, 'dropboxChild.cjs'), [dataDir], { stdio: 'inherit' });
  children.push(child);
  const [urls] = (await once(child, 'message')) as [Urls];
  return { child, urls };
}

async function kill(child: ChildProcess): Promise<void> {
  const gone = once(child, 'exit');
  child.kill('SIGKILL');
  await gone;
}

test('every acknowledged write survives a kill, again and again', async () => {
  let acknowledged = 0;
  for (let round = 0; round < 3; round++) {
    const { child, urls } = await startChild();
    const calls = await callsFor(urls);
    const listed = (await calls.control('GET', '/tree')).entries as Json[];
    expect(listed.filter((one) => one.object === 'file').length).toBeGreaterThanOrEqual(acknowledged);
    for (let n = 0; n < acknowledged; n++) {
      expect((await calls.download({ path: `/f/${n}` })).text).toBe(`bytes ${n}`);
    }
    const from = acknowledged;
    const writer = (async () => {
      for (let n = from; ; n++) {
        const answer = await calls.upload(`/f/${n}`, `bytes ${n}`, { mode: 'overwrite' });
        if (answer.status === 200) acknowledged = n + 1;
      }
    })().catch(() => undefined);
    await eventually(() => (acknowledged >= from + 20 ? true : undefined));
    await kill(child);
    await writer;
  }
  expect(acknowledged).toBeGreaterThanOrEqual(60);
}, 60_000);

test('cursors, tokens, sessions, ids and revisions go on after a kill', async () => {
  const first = await startChild();
  const before = await callsFor(first.urls);
  const file = (await before.upload('/a', 'one')).json;
  const { cursor } = await before.list();
  const started = await before.content('files/upload_session/start', {}, 'abc');
  await before.content('files/upload_session/append_v2', {
    cursor: { session_id: started.json.session_id, offset: 3 },
  });
  await before.put('/b', 'late');
  await kill(first.child);

  const second = await startChild();
  const after = await callsFor(second.urls);
  after.token = before.token;
  expect(told((await after.drain(cursor)).entries)).toEqual(['/b']);
  expect((await after.rpc('files/get_metadata', { path: file.id })).json.rev).toBe(file.rev);
  const done = await after.content(
    'files/upload_session/finish',
    { cursor: { session_id: started.json.session_id, offset: 3 }, commit: { path: '/s' } },
    'def',
  );
  expect(done.json.size).toBe(6);
  expect((await after.download({ path: '/s' })).text).toBe('abcdef');
  expect(String(done.json.rev) > String(file.rev)).toBe(true);
  await kill(second.child);
}, 60_000);

test('a line cut off by a crash is dropped, the rest stands', async () => {
  const first = await startHarness({ dataDir });
  await first.put('/a\u2028b', '1');
  await first.stop();
  const [log = ''] = (await readdir(dataDir)).filter((name) => name.startsWith('state.'));
  await appendFile(join(dataDir, log), '[{"t":"remove","account":"x"');
  const second = await startHarness({ dataDir });
  await second.put('/c', '2');
  await second.stop();
  const third = await startHarness({ dataDir });
  const { entries } = await third.control('GET', '/tree');
  expect((entries as Json[]).map((one) => one.path)).toEqual(['/a\u2028b', '/c']);
  await third.stop();
});

test('a compacted log gives the same world', async () => {
  const h = await startHarness({ dataDir });
  await h.put('/d/a', '1');
  await h.put('/d/a', '22');
  await h.put('/gone', 'x');
  await h.control('POST', '/delete', { path: '/gone' });
  await h.control('POST', '/move', { from: '/d', to: '/e' });
  const { cursor } = await h.list();
  await h.put('/after', '3');
  await h.stop();
  const now = () => Date.now();
  const plain = await openLog(dataDir, now, 'unused');
  const expected = [...snapshot(plain.world, 0)];
  plain.close();
  const compacted = await openLog(dataDir, now, 'unused', 0);
  expect([...snapshot(compacted.world, 0)]).toEqual(expected);
  compacted.close();
  expect((await readdir(dataDir)).filter((name) => name.startsWith('state.'))).toEqual(['state.1.jsonl']);
  const again = await startHarness({ dataDir });
  expect(told((await again.drain(cursor)).entries)).toEqual(['/after']);
  await again.stop();
});

test('a real folder is copied in; links that lead outside are named', async () => {
  const source = await mkdtemp(join(tmpdir(), 'dropbox-seed-'));
  await mkdir(join(source, 'sub/empty'), { recursive: true });
  await writeFile(join(source, 'sub/file.txt'), 'real bytes');
  await symlink(join(source, 'sub/file.txt'), join(source, 'inside'));
  await symlink('/etc', join(source, 'outside'));
  const h = await startHarness({ dataDir });
  const report = await h.control('POST', '/seed', { dir: source, path: '/Docs' });
  expect(report).toMatchObject({ files: 2, folders: 2, skipped: [{ path: '/outside' }] });
  expect((await h.download({ path: '/docs/inside' })).text).toBe('real bytes');
  const { entries } = await h.control('GET', '/tree?path=/Docs/sub');
  expect((entries as Json[]).map((one) => one.path)).toEqual(['/Docs/sub/empty', '/Docs/sub/file.txt']);
  await h.stop();
  await rm(source, { recursive: true, force: true });
});

test('memory stays flat while 300 MB pass in and out', async () => {
  const { child, urls } = await startChild();
  const memory = async (): Promise<{ rss: number; peak: number }> => {
    child.send('memory');
    const [usage] = (await once(child, 'message')) as [{ rss: number; peak: number }];
    return usage;
  };
  const { rss } = await memory();
  const size = 300 * 1024 * 1024;
  async function* zeros(): AsyncGenerator<Uint8Array> {
    const chunk = new Uint8Array(1024 * 1024);
    for (let sent = 0; sent < size; sent += chunk.length) yield chunk;
  }
  const url = `${urls.controlUrl}/files?path=/big`;
  const init: RequestInit = { method: 'PUT', body: zeros(), duplex: 'half' };
  expect((await (await fetch(url, init)).json()) as Json).toMatchObject({ size });
  let received = 0;
  for await (const chunk of (await fetch(url)).body ?? []) received += (chunk as Uint8Array).length;
  expect(received).toBe(size);
  const grown = (await memory()).peak - rss;
  expect(grown).toBeLessThan(120 * 1024 * 1024);
  await kill(child);
}, 60_000);
