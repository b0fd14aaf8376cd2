import { mkdtempSync, rmSync } from 'node:fs';
import { request } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { startTwoSides, type TwoSides } from '../../src/local/twoSides';
import { type AssemblySandbox, createAssemblySandbox } from '../../src/sandbox/assembly';
import { createDropboxSandbox, type DropboxSandbox } from '../../src/sandbox/dropbox';
import { control } from '../support/people';

/** What stands behind the page that shows both sides of the sandbox. */

let folder: string;
let dropbox: DropboxSandbox;
let assembly: AssemblySandbox;
let sides: TwoSides;
let pair: URLSearchParams;

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'cairn-sides-'));
  dropbox = await createDropboxSandbox({ dataDir: join(folder, 'dropbox') });
  assembly = await createAssemblySandbox({ dataDir: join(folder, 'assembly') });
  await control(`${dropbox.controlUrl}/folders`, 'POST', { path: '/Clients' });
  await control(`${assembly.controlUrl}/workspaces`, 'POST', { id: 'ws' });
  const client = await control<{ id: string }>(`${assembly.controlUrl}/clients`, 'POST', {
    givenName: 'Grace',
  });
  const channel = await control<{ id: string }>(`${assembly.controlUrl}/channels`, 'POST', {
    membershipType: 'individual',
    clientId: client.id,
  });
  pair = new URLSearchParams({ folder: '/Clients', channel: channel.id });
  sides = await startTwoSides({
    page: { html: '<!doctype html>', assets: new Map() },
    dropboxControl: dropbox.controlUrl,
    assemblyControl: assembly.controlUrl,
  });
});
afterAll(async () => {
  await sides.close();
  await dropbox.close();
  await assembly.close();
  rmSync(folder, { recursive: true, force: true });
});

const call = (method: string, path: string, query: Record<string, string> = {}, body?: string | object) =>
  fetch(`${sides.url}/${path}?${new URLSearchParams([...pair, ...Object.entries(query)])}`, {
    method,
    ...(body === undefined ? {} : { body: typeof body === 'string' ? body : JSON.stringify(body) }),
    headers: typeof body === 'object' ? { 'content-type': 'application/json' } : {},
  });
const paths = async (side: 'dropbox' | 'assembly') => {
  const trees = (await (await call('GET', 'trees')).json()) as Record<string, { path: string }[]>;
  return trees[side]?.map(({ path }) => path);
};

test('the pairs there are, by the names that people know', async () => {
  expect(await (await call('GET', 'places')).json()).toEqual({
    folders: ['/Clients'],
    channels: [{ id: pair.get('channel'), label: 'Grace Client' }],
  });
});

test.each(['dropbox', 'assembly'] as const)('a person adds, reads, moves and deletes on %s', async (side) => {
  expect((await call('PUT', `${side}/files`, { path: '/a/ü &.txt' }, 'hello')).status).toBe(204);
  const read = await call('GET', `${side}/files`, { path: '/a/ü &.txt' });
  expect([read.headers.get('content-disposition'), await read.text()]).toEqual([
    expect.stringMatching(/^attachment;/),
    'hello',
  ]);
  const deeds = [
    { do: 'folder', path: '/b' },
    { do: 'move', path: '/a/ü &.txt', to: '/b/c.txt' },
    { do: 'delete', path: '/a' },
  ];
  for (const deed of deeds) expect((await call('POST', `${side}/deeds`, {}, deed)).status).toBe(204);
  expect(await paths(side)).toEqual(['/b', '/b/c.txt']);
});

test('trees that have not changed are not sent again', async () => {
  const { version } = (await (await call('GET', 'trees')).json()) as { version: string };
  expect((await call('GET', 'trees', { seen: version })).status).toBe(204);
  await call('PUT', 'dropbox/files', { path: '/new.txt' }, 'new');
  expect((await call('GET', 'trees', { seen: version })).status).toBe(200);
});

test('a refusal is a sentence, and bad input names the field', async () => {
  const refused = await call('POST', 'assembly/deeds', {}, { do: 'delete', path: '/nothing' });
  expect([refused.status, await refused.json()]).toEqual([409, { message: 'path: nothing at /nothing' }]);
  const gone = await call('POST', 'dropbox/deeds', {}, { do: 'move', path: '/nothing', to: '/x' });
  expect([gone.status, await gone.json()]).toEqual([409, { message: expect.stringContaining('not_found') }]);
  const bad = await call('POST', 'dropbox/deeds', {}, { do: 'move', path: '/a' });
  expect([bad.status, await bad.json()]).toEqual([400, { message: expect.stringContaining('to') }]);
  expect((await call('GET', 'elsewhere/files', { path: '/a' })).status).toBe(400);
  expect((await call('GET', 'nothing')).status).toBe(404);
});

test('a page of another name gets nothing, though its name leads here', async () => {
  const status = await new Promise((resolve, reject) => {
    const headers = { host: 'evil.example.com' };
    request(sides.url, { headers, agent: false }, (res) => resolve(res.resume().statusCode))
      .on('error', reject)
      .end();
  });
  expect(status).toBe(403);
});
