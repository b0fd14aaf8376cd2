import { createTestDatabase, type TestDatabase } from '../../support/database';
import { NOW, startApi, type TestApi } from './harness';

let db: TestDatabase;
let api: TestApi;
let syncId: string;
const ids: Record<string, string> = {};

beforeAll(async () => {
  db = await createTestDatabase();
  api = await startApi(db.store);
  const sync = await db.store.prisma.channelSync.create({
    data: {
      portalId: 'ws_1',
      assemblyChannelId: 'ch',
      dbxAccountId: 'dbid:A',
      dbxRootPath: '/r',
      dbxRootKey: '/r',
      dbxRootId: 'id:r',
      state: 'active',
    },
  });
  syncId = sync.id;
  const owed = { pendingAction: 'update', pendingActionTarget: 'dropbox' };
  const failed = {
    pendingActionLastError: 'it failed',
    pendingActionErrorCode: 'timeout',
    pendingActionLastAttemptAt: NOW,
  };
  await add('/a.txt', { conflictCopy: true, dbxFileId: 'id:1', assemblyFileId: 'as-1' });
  await add('/b/c.txt', { ...owed, pendingActionAttempts: 2, ...failed });
  await add('/b/d.txt', { ...owed });
  await add('/stuck.txt', { ...owed, pendingActionAttempts: 10, ...failed, refusedSource: 'x' });
  await add('/un.txt', {
    pendingActionErrorCode: 'name_not_allowed',
    pendingActionLastError: 'bad name',
    refusedSource: 'x',
  });
  await add('/gone.txt', { deletedAt: NOW });
});
afterAll(async () => {
  await api.close();
  await db.drop();
});
beforeEach(() => {
  api.temporal.hints.length = 0;
  api.temporal.broken = false;
});

async function add(path: string, data: Record<string, unknown>) {
  const { id } = await db.store.prisma.fileFolderSync.create({
    data: { portalId: 'ws_1', channelSyncId: syncId, object: 'file', itemPath: path, pathKey: path, ...data },
  });
  ids[path] = id;
}

interface Item {
  id: string;
  path: string;
  state: string;
}
const list = async (query = '') => {
  const answer = await api.as('ws_1')('GET', `/api/syncs/${syncId}/items${query}`);
  return answer.json<{ items: Item[]; nextCursor?: string }>();
};

test('each item says where it stands and why', async () => {
  const { items } = await list();
  expect(items).toEqual([
    {
      id: ids['/a.txt'],
      path: '/a.txt',
      object: 'file',
      state: 'settled',
      attempts: 0,
      dropboxId: 'id:1',
      assemblyId: 'as-1',
      conflictCopy: true,
    },
    {
      id: ids['/b/c.txt'],
      path: '/b/c.txt',
      object: 'file',
      state: 'retrying',
      operation: 'update',
      target: 'dropbox',
      error: { code: 'timeout', message: 'it failed' },
      attempts: 2,
      lastAttemptAt: NOW.toISOString(),
      nextAttemptAt: new Date(NOW.getTime() + 600_000).toISOString(),
      workflowId: `item/ws_1/${ids['/b/c.txt']}`,
      conflictCopy: false,
    },
    expect.objectContaining({ path: '/b/d.txt', state: 'pending', attempts: 0 }),
    expect.objectContaining({ path: '/stuck.txt', state: 'stuck', attempts: 10 }),
    expect.objectContaining({
      path: '/un.txt',
      state: 'unsyncable',
      error: { code: 'name_not_allowed', message: 'bad name' },
    }),
  ]);
});

test('the counts of the sync are those of its items', async () => {
  const sync = (await api.as('ws_1')('GET', `/api/syncs/${syncId}`)).json();
  expect(sync.progress).toEqual({
    total: 5,
    settled: 1,
    pending: 1,
    retrying: 1,
    stuck: 1,
    unsyncable: 1,
    conflicts: 1,
  });
});

test.each([
  ['?state=settled', ['/a.txt']],
  ['?state=pending', ['/b/d.txt']],
  ['?state=retrying', ['/b/c.txt']],
  ['?state=stuck', ['/stuck.txt']],
  ['?state=unsyncable', ['/un.txt']],
  ['?prefix=/b/', ['/b/c.txt', '/b/d.txt']],
  ['?prefix=/b/&state=pending', ['/b/d.txt']],
  ['?prefix=/%25', []],
  ['?state=', ['/a.txt', '/b/c.txt', '/b/d.txt', '/stuck.txt', '/un.txt']],
])('%s finds %j', async (query, paths) => {
  expect((await list(query)).items.map(({ path }) => path)).toEqual(paths);
});

test('pages cover everything once', async () => {
  const seen: string[] = [];
  let cursor: string | undefined;
  for (let pages = 0; pages < 10; pages += 1) {
    const page = await list(`?limit=2${cursor ? `&cursor=${cursor}` : ''}`);
    seen.push(...page.items.map(({ path }) => path));
    cursor = page.nextCursor;
    if (cursor === undefined) break;
  }
  expect(seen).toEqual(['/a.txt', '/b/c.txt', '/b/d.txt', '/stuck.txt', '/un.txt']);
});

test.each(['?state=odd', '?limit=x', '?limit=501', '?cursor=%21', '?prefix=b', '?state=stuck&state=settled'])(
  'refuses %s with 400 and the field',
  async (query) => {
    const answer = await api.as('ws_1')('GET', `/api/syncs/${syncId}/items${query}`);
    expect(answer.status).toBe(400);
    expect(answer.json<{ errors: { pointer: string }[] }>().errors[0]?.pointer).toMatch(
      /^\/(state|limit|cursor|prefix)$/,
    );
  },
);

test('history is told newest first, page by page', async () => {
  for (const operation of ['create', 'update', 'move']) {
    await db.store.prisma.syncHistory.create({
      data: {
        portalId: 'ws_1',
        channelSyncId: syncId,
        itemId: ids['/a.txt'] ?? '',
        operation,
        target: 'dropbox',
        outcome: 'done',
        attempts: 1,
        origin: 'webhook',
        at: NOW,
      },
    });
  }
  const read = async (query: string) =>
    (await api.as('ws_1')('GET', `/api/syncs/${syncId}/history${query}`)).json<{
      items: { operation: string }[];
      nextCursor: string;
    }>();
  const first = await read('?limit=2');
  expect(first.items.map(({ operation }) => operation)).toEqual(['move', 'update']);
  expect(first.items[0]).toMatchObject({
    itemId: ids['/a.txt'],
    channelSyncId: syncId,
    errorCode: null,
    attempts: 1,
    origin: 'webhook',
    at: NOW.toISOString(),
  });
  expect((await read(`?limit=2&cursor=${first.nextCursor}`)).items.map(({ operation }) => operation)).toEqual(
    ['create'],
  );
  expect((await api.as('ws_1')('GET', `/api/syncs/${syncId}/history?cursor=x`)).status).toBe(400);
});

test('usage is told by side and kind, of this month and portal alone', async () => {
  const row = { portalId: 'ws_1', month: '2026-11', side: 'assembly', kind: 'list', calls: 3n };
  await db.store.prisma.apiUsage.createMany({
    data: [
      row,
      { ...row, kind: 'create', calls: 2n },
      { ...row, side: 'dropbox', kind: 'rpc', calls: 7n },
      { ...row, month: '2026-10' },
      { ...row, portalId: 'ws_2' },
    ],
  });
  expect((await api.as('ws_1')('GET', '/api/usage')).json()).toEqual({
    month: '2026-11',
    assembly: { calls: 5, budget: 1_000, byKind: { create: 2, list: 3 } },
    dropbox: { calls: 7, byKind: { rpc: 7 } },
  });
});

test('retry re-arms a stuck item and wakes the sync', async () => {
  const id = ids['/stuck.txt'];
  const answer = await api.as('ws_1')('POST', `/api/syncs/${syncId}/items/${id}/retry`);
  expect(answer.status).toBe(202);
  expect(answer.json()).toMatchObject({ state: 'pending', attempts: 0 });
  const row = await db.store.prisma.fileFolderSync.findUniqueOrThrow({ where: { id: id ?? '' } });
  expect(row).toMatchObject({
    refusedSource: null,
    pendingAction: 'update',
    dirty: false,
  });
  expect(api.temporal.hints.map(({ hint }) => hint)).toEqual([{ kind: 'work', origin: 'operator' }]);
});

test('retry has an unsyncable item planned anew', async () => {
  await api.as('ws_1')('POST', `/api/syncs/${syncId}/items/${ids['/un.txt']}/retry`);
  const row = await db.store.prisma.fileFolderSync.findUniqueOrThrow({ where: { id: ids['/un.txt'] ?? '' } });
  expect(row).toMatchObject({ dirty: true, pendingActionErrorCode: null, refusedSource: null });
});

test('retry of an unknown, a deleted and an ill-formed item is 404', async () => {
  for (const id of [syncId, ids['/gone.txt'], 'x']) {
    expect((await api.as('ws_1')('POST', `/api/syncs/${syncId}/items/${id}/retry`)).status).toBe(404);
  }
});
