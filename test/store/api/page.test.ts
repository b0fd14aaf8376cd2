import { request } from 'node:http';
import { gunzipSync } from 'node:zlib';
import type { AssemblyObject } from '../../../src/assembly/types';
import type { Prisma } from '../../../src/generated/prisma/client';
import { createTestDatabase, type TestDatabase } from '../../support/database';
import { channel, connect, folder, mintToken, startApi, type TestApi, testConfig } from './harness';

/** What the API serves for the page alone: its files, its stream, counts before a mapping, labels, links. */

let db: TestDatabase;
let api: TestApi;
const UI = 'https://temporal.example.com/ui';

beforeAll(async () => {
  db = await createTestDatabase();
  const config = testConfig();
  api = await startApi(db.store, { config: { ...config, temporal: { ...config.temporal, uiUrl: UI } } });
});
afterAll(async () => {
  await api.close();
  await db.drop();
});

const sync = async (portalId: string, more: Partial<Prisma.ChannelSyncUncheckedCreateInput> = {}) =>
  (
    await db.store.prisma.channelSync.create({
      data: {
        portalId,
        assemblyChannelId: `ch-${Math.random()}`,
        dbxAccountId: 'dbid:A',
        dbxRootPath: '/e',
        dbxRootKey: '/e',
        dbxRootId: `id:${Math.random()}`,
        state: 'active',
        ...more,
      },
    })
  ).id;

test('the page is for staff alone, runs nothing that is not a file of ours, and may be framed', async () => {
  const page = await api.call('GET', `/?token=${mintToken('ws_1')}`);
  expect([page.status, page.text]).toEqual([200, api.deps.page.html]);
  expect(page.headers['cache-control']).toBe('no-store');
  const policy = String(page.headers['content-security-policy']);
  expect(policy).toContain("script-src 'self';");
  expect(policy).toContain("style-src 'self';");
  expect(policy).toContain('frame-ancestors');
  expect(policy).not.toMatch(/unsafe|nonce|\*/);
  for (const address of ['/', '/?token=zz', `/?token=${mintToken('ws_1', { clientId: 'c' })}`]) {
    const stranger = await api.call('GET', address);
    expect([stranger.status, stranger.headers['content-type']]).toEqual([401, 'text/html; charset=utf-8']);
  }
});

test('files of the page are kept for a year, zipped for who takes that; other names are 404', async () => {
  const plain = await api.call('GET', '/assets/index-1.js');
  expect([plain.status, plain.text, plain.headers['content-type']]).toEqual([
    200,
    '1;',
    'text/javascript; charset=utf-8',
  ]);
  expect(plain.headers['cache-control']).toBe('public, max-age=31536000, immutable');
  const zipped = await fetch(`${api.url}/assets/index-1.js`, { headers: { 'accept-encoding': 'gzip' } });
  expect([zipped.headers.get('content-encoding'), await zipped.text()]).toEqual(['gzip', '1;']);
  expect(gunzipSync(api.deps.page.assets.get('index-1.js')!.gzip).toString()).toBe('1;');
  for (const name of ['index-2.js', '..%2f..%2fpackage.json', '%2e%2e%2findex.html', 'toString']) {
    expect((await api.call('GET', `/assets/${name}`)).status).toBe(404);
  }
});

test('the stream of a portal tells the connection and all syncs at every change, and nothing of another', async () => {
  await connect(db.store, 'ws_stream');
  await connect(db.store, 'ws_other');
  const id = await sync('ws_stream');
  const other = await sync('ws_other');
  const told: { connection: { status: string }; syncs: { id: string; state: string }[]; more: boolean }[] =
    [];
  await new Promise<void>((resolve, reject) => {
    const headers = { 'x-assembly-token': mintToken('ws_stream') };
    const req = request(`${api.url}/api/events`, { headers, agent: false }, (res) => {
      let text = '';
      res.on('data', (chunk) => {
        text += chunk;
        const blocks = text.split('\n\n');
        text = blocks.pop() ?? '';
        for (const block of blocks) {
          const [, data] = /^event: portal\ndata: (.*)$/.exec(block) ?? [];
          if (data === undefined) continue;
          told.push(JSON.parse(data));
          if (told.length === 1) void api.as('ws_stream')('PATCH', `/api/syncs/${id}`, { state: 'paused' });
          if (told.length === 2) void api.as('ws_stream')('DELETE', '/api/connection');
          if (told.at(-1)?.connection.status === 'disconnected') {
            req.destroy();
            resolve();
          }
        }
      });
    });
    req.on('error', reject).end();
  });
  expect(told[0]).toMatchObject({
    connection: { status: 'connected' },
    syncs: [{ id, state: 'active' }],
    more: false,
  });
  expect(told[1]).toMatchObject({ connection: { status: 'connected' }, syncs: [{ id, state: 'paused' }] });
  expect(JSON.stringify(told)).not.toContain(other);
});

const object = (path: string, size: number | null, kind: AssemblyObject['object'] = 'file') => ({
  id: path,
  object: kind,
  channelId: 'c',
  path,
  status: null,
  version: null,
  size,
  downloadUrl: null,
});

describe('before a mapping', () => {
  const portal = 'ws_preview';
  const preview = (path: string, channelId = 'us/p1') =>
    api.as(portal)(
      'GET',
      `/api/preview?${new URLSearchParams({ assemblyChannelId: channelId, dropboxPath: path })}`,
    );
  beforeAll(async () => {
    await connect(db.store, portal);
    api.remotes.channels.set('us/p1', channel('us/p1'));
    api.remotes.folders.set('/p', folder('/P'));
    api.remotes.folders.set('/p/inner', folder('/P/inner'));
    api.remotes.files.set('/p/a', {
      tag: 'file',
      id: 'id:a',
      name: 'a',
      pathLower: '/p/a',
      pathDisplay: '/P/a',
      rev: '1',
      size: 1_000,
      hash: null,
      downloadable: true,
    });
  });

  test('both sides are counted without the folder itself and without links', async () => {
    api.remotes.objects = [object('x', 5), object('f', null, 'folder'), object('l', null, 'link')];
    expect((await preview('/P')).json()).toEqual({
      dropbox: { files: 1, folders: 1, bytes: 1_000, complete: true },
      assembly: { files: 1, folders: 1, bytes: 5, complete: true },
      large: false,
      estimatedSeconds: 1,
    });
  });

  test('a count that has no end is given up, said to be incomplete, and large', async () => {
    api.remotes.objects = Array.from({ length: 4 }, (_, index) => object(`${index}`, 1));
    api.remotes.endless = true;
    expect((await preview('/P')).json()).toMatchObject({
      dropbox: { complete: false },
      assembly: { files: 3, complete: false },
      large: true,
    });
    api.remotes.endless = false;
  });

  test('what could not be mapped is refused as the mapping would be', async () => {
    for (const [path, channelId, status] of [
      ['/', 'us/p1', 422],
      ['/nowhere', 'us/p1', 404],
      ['/P/a', 'us/p1', 422],
      ['/P', 'us/nobody', 404],
      ['P', 'us/p1', 400],
    ] as const) {
      expect([path, channelId, (await preview(path, channelId)).status]).toEqual([path, channelId, status]);
    }
    expect((await api.as('ws_never')('GET', '/api/preview?assemblyChannelId=c&dropboxPath=/P')).status).toBe(
      409,
    );
  });
});

test('a sync carries the name of its channel without a call to Assembly, and learns a new one', async () => {
  const portal = 'ws_label';
  await connect(db.store, portal);
  api.remotes.channels.set('us/l1', channel('us/l1'));
  api.remotes.folders.set('/label', folder('/Label'));
  const made = await api.as(portal)('POST', '/api/syncs', {
    assemblyChannelId: 'us/l1',
    dropboxPath: '/Label',
  });
  expect(made.json()).toMatchObject({ assemblyChannelLabel: 'Ada Example (Example & Sons)' });
  await db.store.prisma.channelSync.updateMany({
    where: { portalId: portal },
    data: { assemblyChannelLabel: 'An old name' },
  });
  await api.as(portal)('GET', '/api/assembly/channels');
  const { items } = (await api.as(portal)('GET', '/api/syncs')).json<{ items: object[] }>();
  expect(items).toMatchObject([{ assemblyChannelLabel: 'Ada Example (Example & Sons)' }]);
});

test('a halt tells what would be deleted, and on which side', async () => {
  const items = { count: 30, target: 'assembly', first: [{ path: '/a', object: 'file' }] };
  const id = await sync('ws_halt', {
    state: 'halted',
    haltReason: 'mass_delete',
    haltId: '11111111-1111-4111-8111-111111111111',
    haltItems: items,
  });
  expect((await api.as('ws_halt')('GET', `/api/syncs/${id}`)).json()).toMatchObject({
    haltItems: { count: 30, target: 'assembly', items: [{ path: '/a', object: 'file' }] },
  });
});

test('items can be asked for by being a conflict copy; those that were worked on link to their workflow', async () => {
  const portalId = 'ws_items';
  const channelSyncId = await sync(portalId);
  const row = (itemPath: string) => ({
    portalId,
    channelSyncId,
    itemPath,
    pathKey: itemPath,
    object: 'file',
  });
  const owed = { pendingAction: 'create', pendingActionTarget: 'dropbox' };
  await db.store.prisma.fileFolderSync.createMany({
    data: [
      { ...row('/copy'), conflictCopy: true },
      { ...row('/fresh'), ...owed },
      { ...row('/linked') },
      { ...row('/tried'), ...owed, pendingActionAttempts: 1, pendingActionLastAttemptAt: new Date() },
    ],
  });
  const list = async (query: string) =>
    (await api.as(portalId)('GET', `/api/syncs/${channelSyncId}/items${query}`)).json<{
      items: { path: string; id: string; workflowId?: string; workflowUrl?: string }[];
    }>().items;
  const [copy] = await list('?conflictCopy=true');
  expect(copy?.path).toBe('/copy');
  expect((await list('?conflictCopy=false')).map(({ path }) => path)).toEqual([
    '/fresh',
    '/linked',
    '/tried',
  ]);
  const entry = { portalId, channelSyncId, itemId: copy?.id ?? '', operation: 'create', target: 'assembly' };
  await db.store.prisma.syncHistory.create({
    data: { ...entry, outcome: 'done', attempts: 1, origin: 'webhook' },
  });
  const idOf = (itemId: string | undefined) => `item/${portalId}/${itemId}`;
  const urlOf = (itemId: string | undefined) =>
    `${UI}/namespaces/default/workflows/${encodeURIComponent(idOf(itemId))}`;
  const all = Object.fromEntries((await list('')).map((item) => [item.path, item]));
  // Found equal on both sides, so nothing was ever done; and owed, but not begun.
  expect(all['/linked']).not.toHaveProperty('workflowId');
  expect(all['/fresh']).toMatchObject({ workflowId: idOf(all['/fresh']?.id) });
  expect(all['/fresh']).not.toHaveProperty('workflowUrl');
  for (const path of ['/copy', '/tried']) {
    const { id } = all[path] ?? {};
    expect(all[path]).toMatchObject({ workflowId: idOf(id), workflowUrl: urlOf(id) });
  }
  const history = await api.as(portalId)('GET', `/api/syncs/${channelSyncId}/history`);
  expect(history.json()).toMatchObject({
    items: [{ itemId: copy?.id, workflowId: idOf(copy?.id), workflowUrl: urlOf(copy?.id) }],
  });
});
