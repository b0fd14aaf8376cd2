import { randomUUID } from 'node:crypto';
import { rm } from 'node:fs/promises';
import { put } from '../../src/sandbox/assembly/state/records';
import { openStore } from '../../src/sandbox/assembly/state/store';
import { encoded, type Harness, type Json, startSandbox } from './assemblyHarness';

let harness: Harness;
let channelId: string;

beforeEach(async () => {
  harness = await startSandbox();
  channelId = await harness.channel();
});
afterEach(async () => {
  await harness.close();
  await rm(harness.dataDir, { recursive: true, force: true });
});

const list = (query = '') => harness.api('GET', `/v1/files?channelId=${encoded(channelId)}${query}`);
const folder = (path: string) => harness.control('POST', '/folders', { channelId, path });
const file = (path: string) =>
  harness.control('PUT', `/files?channelId=${encoded(channelId)}&path=${encoded(path)}`, 'x');
const switches = (values: Json) => harness.control('POST', '/switches', values);

/** All pages, and how many there were. */
const listAll = async (query: string): Promise<{ paths: unknown[]; pages: number }> => {
  const paths: unknown[] = [];
  let token = '';
  let pages = 0;
  do {
    const { status, body } = await list(`${query}&nextToken=${encoded(token)}`);
    expect(status).toBe(200);
    paths.push(...((body.data ?? []) as Json[]).map((one) => one.path));
    token = String(body.nextToken ?? '');
    pages += 1;
  } while (token !== '');
  return { paths, pages };
};

test('it is flat, recursive, with folders, links and what has no bytes yet', async () => {
  await folder('Tax/2026');
  await file('Tax/2026/a.txt');
  await harness.control('POST', '/links', { channelId, path: 'Tax/home', linkUrl: 'https://example.org' });
  await harness.api('POST', '/v1/files/file', { channelId, path: 'pending.txt' });
  const { body } = await list('&path=&nextToken=&limit=');
  const data = body.data as Json[];
  expect(data.map((one) => [one.path, one.object, one.status])).toEqual([
    ['Tax', 'folder', undefined],
    ['Tax/2026', 'folder', undefined],
    ['Tax/2026/a.txt', 'file', 'completed'],
    ['Tax/home', 'link', undefined],
    ['pending.txt', 'file', 'pending'],
  ]);
  expect(data[0]?.clientPermissions).toBe('read-write');
  expect(data[3]?.linkUrl).toBe('https://example.org');
  expect(body).not.toHaveProperty('nextToken');
});

test('the path filter goes by whole names, or by text where the switch says so', async () => {
  for (const path of ['Tax/a', 'Tax Old/b', 'Taxes/c']) await file(path);
  expect((await listAll('&path=Tax')).paths).toEqual(['Tax/a']);
  expect((await listAll('&path=/Tax/')).paths).toEqual(['Tax/a']);
  await switches({ pathFilterIncludesFolder: true });
  expect((await listAll('&path=Tax')).paths).toEqual(['Tax', 'Tax/a']);
  expect((await listAll('&path=Tax&limit=1')).paths).toEqual(['Tax', 'Tax/a']);
  await switches({ pathFilter: 'text' });
  expect((await listAll('&path=Tax')).paths).toHaveLength(6);
});

/** Puts copies of the one file straight into the log, which is faster than as many calls. */
const fillUp = async (files: number): Promise<void> => {
  const { dataDir } = harness;
  await harness.sandbox.close();
  const store = await openStore(dataDir);
  const [file] = [...store.file.values()].filter((one) => one.object === 'file');
  for (let i = 1; file !== undefined && i < files; i += 1) {
    store.commit([put('file', { ...file, id: randomUUID(), path: `f${i % 10}/${i}` })]);
  }
  store.close();
  harness = await startSandbox({ dataDir });
};

test('10,000 objects come in exactly as many pages as they fill, each once, in any mode', async () => {
  for (let i = 0; i < 10; i += 1) await folder(`f${i}`);
  await harness.api('POST', '/v1/files/file', { channelId, path: 'f0/0' });
  await fillUp(9_990);
  await harness.control('POST', '/reset-log');
  const { paths, pages } = await listAll('&limit=5000');
  expect([paths.length, new Set(paths).size, pages]).toEqual([10_000, 10_000, 10]);
  expect((await harness.control('GET', '/counts')).body).toMatchObject({
    api: { byRoute: { 'GET /v1/files': 10 } },
  });

  await switches({ listOrder: 'reversePath', listPages: 'short', maxFilesLimit: 10_000 });
  const reversed = await listAll('&limit=4000');
  expect(reversed.paths).toEqual([...paths].reverse());
  expect(reversed.pages).toBe(5);
  await switches({ listPages: 'emptyFirst' });
  expect(await listAll('&path=f3&limit=10000')).toMatchObject({ pages: 2, paths: { length: 999 } });
}, 60_000);

test('objects that come and go between pages disturb nothing else', async () => {
  for (const name of ['a', 'b', 'c', 'd']) await file(name);
  const first = (await list('&limit=2')).body;
  await harness.control('POST', '/delete', { channelId, path: 'b' });
  await file('aa');
  await file('bb');
  const second = (await list(`&limit=10&nextToken=${encoded(String(first.nextToken))}`)).body;
  expect((second.data as Json[]).map((one) => one.path)).toEqual(['bb', 'c', 'd']);
});

test('limits, tokens and members by switch', async () => {
  for (const name of ['a', 'b', 'c']) await file(name);
  expect((await list('&limit=0')).status).toBe(400);
  expect((await list('&limit=x')).status).toBe(400);
  expect((await list('&nextToken=abc')).status).toBe(400);
  expect((await harness.api('GET', '/v1/files')).status).toBe(400);
  expect((await harness.api('GET', '/v1/files?channelId=us-east-1_X%2Fnone')).status).toBe(400);

  const token = String((await list('&limit=1')).body.nextToken);
  expect((await list(`&path=a&nextToken=${token}`)).status).toBe(400);
  await switches({ nextTokenLifetimeMs: 1000 });
  await harness.control('POST', '/clock', { advanceMs: 2000 });
  expect((await list(`&nextToken=${token}`)).body.message).toMatch(/expired/);

  await switches({ maxFilesLimit: 2, overLimit: 'reject' });
  expect((await list('&limit=3')).status).toBe(400);
  await switches({ listOmits: ['status', 'downloadUrl', 'size'], statusCase: 'upper' });
  const [item] = (await list('&limit=1')).body.data as Json[];
  expect(Object.keys(item ?? {})).not.toEqual(expect.arrayContaining(['status']));
  expect(item).not.toHaveProperty('downloadUrl');
  expect(item).not.toHaveProperty('size');
  expect((await harness.api('GET', `/v1/files/${item?.id}`)).body.status).toBe('COMPLETED');
  await switches({ nullLists: true });
  expect((await list('&path=none')).body).toEqual({ data: null });
});

test('an unknown switch or value is refused and named', async () => {
  const refused = await switches({ occupiedPath: 'maybe', other: 1 });
  expect(refused.status).toBe(400);
  expect(refused.body.message).toMatch(/occupiedPath/);
  expect(refused.body.message).toMatch(/other/);
});
