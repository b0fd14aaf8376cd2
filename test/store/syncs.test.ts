import { saveConnection } from '../../src/store/connections';
import { weighForSyncs } from '../../src/store/eventEcho';
import { findItems, findSyncs, listPortals } from '../../src/store/operatorLookups';
import { insertSync } from '../../src/store/syncMapping';
import { syncProgress } from '../../src/store/syncProgress';
import { pauseAllSyncs, pauseSync, removeSync, resumeSync } from '../../src/store/syncState';
import { getSync } from '../../src/store/syncs';
import { createTestDatabase, type TestDatabase } from '../support/database';

let db: TestDatabase;

beforeAll(async () => {
  db = await createTestDatabase();
  for (const portal of ['p1', 'p2', 'p3', 'p4', 'p5']) {
    await saveConnection(db.store, portal, {
      accountId: 'dbid:A',
      email: 'ada@example.com',
      refreshToken: 'cipher',
      rootNamespaceId: '1',
      homeNamespaceId: '1',
      connectedAt: new Date(),
    });
  }
});
afterAll(() => db.drop());

const map = (portal: string, channelId: string, rootPath: string, rootId = `id:${rootPath}`) =>
  insertSync(db.store, portal, { accountId: 'dbid:A', channelId, rootPath, rootId });

test('spellings of one folder are one folder: letter case and Unicode form do not tell apart', async () => {
  await map('p1', 'c1', '/Caf\u00e9');
  await expect(map('p1', 'c2', '/CAFE\u0301', 'id:2')).rejects.toMatchObject({ code: 'mapping_taken' });
  await expect(map('p1', 'c2', '/cafe\u0301/sub', 'id:2')).rejects.toMatchObject({ code: 'mapping_taken' });
  await expect(map('p1', 'c2', '/Cafe', 'id:3')).resolves.toBeDefined();
  // Not nested: only the beginning of the name is the same.
  await expect(map('p1', 'c3', '/Cafeteria', 'id:4')).resolves.toBeDefined();
});

test('of many that map overlapping folders at once, one does', async () => {
  const paths = ['/x', '/x/y', '/x/y/z', '/X', '/x/Y'];
  const outcomes = await Promise.allSettled(
    paths.map((path, index) => map('p2', `c${index}`, path, `id:${index}`)),
  );
  expect(outcomes.filter(({ status }) => status === 'fulfilled')).toHaveLength(1);
  for (const outcome of outcomes) {
    if (outcome.status === 'rejected') expect(outcome.reason).toMatchObject({ code: 'mapping_taken' });
  }
});

test('a mapping needs the account that is connected at that moment', async () => {
  const sync = { accountId: 'dbid:other', channelId: 'c', rootPath: '/r', rootId: 'id:r' };
  await expect(insertSync(db.store, 'p3', sync)).rejects.toMatchObject({ code: 'not_connected' });
});

test('states change only from where they may, each time with a new generation', async () => {
  const syncId = await map('p3', 'c', '/r');
  const ref = { portalId: 'p3', syncId };
  expect(await resumeSync(db.store, ref)).toBe(false);
  expect(await pauseSync(db.store, { portalId: 'p1', syncId })).toBe(false);
  expect(await pauseSync(db.store, ref)).toBe(true);
  expect(await pauseSync(db.store, ref)).toBe(false);
  expect(await resumeSync(db.store, ref)).toBe(true);
  expect(await getSync(db.store, ref)).toMatchObject({ state: 'initial', generation: 3 });
  expect(await pauseAllSyncs(db.store.prisma, 'p3')).toBe(1);
  expect(await removeSync(db.store, ref)).toBe(true);
  expect(await removeSync(db.store, ref)).toBe(false);
  expect(await getSync(db.store, ref)).toBeNull();
  const event = { eventType: 'file.updated', id: 'x', object: 'file', channelId: 'c' };
  expect(await weighForSyncs(db.store, 'p3', event)).toEqual([]);
});

test('progress has an answer for every sync, also for one without items', async () => {
  const empty = await map('p4', 'c1', '/a');
  const full = await map('p4', 'c2', '/b');
  const other = await map('p5', 'c1', '/a');
  const base = { channelSyncId: full, portalId: 'p4', object: 'file' };
  await db.store.prisma.fileFolderSync.createMany({
    data: [
      { ...base, itemPath: '/1', pathKey: '/1' },
      {
        ...base,
        itemPath: '/2',
        pathKey: '/2',
        pendingAction: 'move',
        pendingActionTarget: 'dropbox',
        pendingActionAttempts: 3,
      },
      { ...base, itemPath: '/3', pathKey: '/3', deletedAt: new Date() },
    ],
  });
  const progress = await syncProgress(db.store, 'p4', [empty, full, other], 3);
  expect(progress.get(empty)?.total).toBe(0);
  expect(progress.get(full)).toEqual({
    total: 2,
    settled: 1,
    pending: 0,
    retrying: 0,
    stuck: 1,
    unsyncable: 0,
    conflicts: 0,
  });
  expect(progress.get(other)?.total).toBe(0);
});

test('an operator finds syncs and items by the start of their ids, in one portal or in all', async () => {
  const syncId = await map('p5', 'c2', '/found');
  const { id } = await db.store.prisma.fileFolderSync.create({
    data: { portalId: 'p5', channelSyncId: syncId, object: 'file', itemPath: '/f', pathKey: '/f' },
  });
  expect(await findSyncs(db.store, syncId.slice(0, 13).toUpperCase())).toEqual([{ portalId: 'p5', syncId }]);
  expect(await findSyncs(db.store, syncId, 'p1')).toEqual([]);
  expect(await findItems(db.store, id.slice(0, 9))).toEqual([{ portalId: 'p5', syncId, itemId: id }]);
  expect(await findItems(db.store, id, 'p1')).toEqual([]);
  expect(await listPortals(db.store, { after: 'p3', limit: 10 })).toEqual(['p4', 'p5']);
});
