import { type AssemblyEventFacts, eventIsEcho, weighEvent } from '../../src/store/eventEcho';
import { createTestDatabase, type TestDatabase } from '../support/database';

let db: TestDatabase;
let syncId: string;
const PORTAL = 'ws_1';

beforeAll(async () => {
  db = await createTestDatabase();
  const sync = await db.store.prisma.channelSync.create({
    data: {
      portalId: PORTAL,
      assemblyChannelId: 'ch',
      dbxAccountId: 'dbid:A',
      dbxRootPath: '/r',
      dbxRootKey: '/r',
      dbxRootId: 'id:r',
      state: 'active',
    },
  });
  syncId = sync.id;
  await item('/known.txt', { id: 'known', version: 'v1', size: 5n });
  await item('/ours.txt', { id: 'ours', version: null, size: 5n });
  await item('/Folder', { id: 'folder', version: 'v1', object: 'folder' });
  await db.store.prisma.fileFolderSync.create({
    data: {
      portalId: PORTAL,
      channelSyncId: syncId,
      object: 'file',
      itemPath: '/up',
      pathKey: '/up',
      assemblyUploadId: 'uploading',
    },
  });
  await owedFolder('/Tried', 1);
  await owedFolder('/Untried', 0);
});
afterAll(() => db.drop());

async function owedFolder(path: string, attempts: number) {
  await db.store.prisma.fileFolderSync.create({
    data: {
      portalId: PORTAL,
      channelSyncId: syncId,
      object: 'folder',
      itemPath: path,
      pathKey: path.toLowerCase(),
      pendingAction: 'create',
      pendingActionTarget: 'assembly',
      pendingActionAttempts: attempts,
    },
  });
}

async function item(
  path: string,
  seen: { id: string; version: string | null; size?: bigint; object?: 'file' | 'folder' },
) {
  const object = seen.object ?? 'file';
  const { id } = await db.store.prisma.fileFolderSync.create({
    data: {
      portalId: PORTAL,
      channelSyncId: syncId,
      object,
      itemPath: path,
      pathKey: path.toLowerCase(),
      assemblyFileId: seen.id,
      assemblyVersion: seen.version,
      baseAt: new Date(),
    },
  });
  await db.store.prisma.assemblySeen.create({
    data: {
      portalId: PORTAL,
      channelSyncId: syncId,
      id: seen.id,
      object,
      path,
      pathKey: path.toLowerCase(),
      parentKey: '',
      version: seen.version,
      size: seen.size ?? null,
      status: 'completed',
      itemId: id,
    },
  });
  return id;
}

const file = (eventType: string, id: string, rest: Partial<AssemblyEventFacts> = {}): AssemblyEventFacts => ({
  eventType,
  id,
  object: eventType.split('.')[0] ?? '',
  ...rest,
});

test.each<[string, AssemblyEventFacts, string]>([
  [
    'a: the version that is known',
    file('file.updated', 'known', { path: 'known.txt', version: 'v1' }),
    'echo',
  ],
  ['a: with a leading slash', file('file.updated', 'known', { path: '/known.txt', version: 'v1' }), 'echo'],
  ['another version', file('file.updated', 'known', { path: 'known.txt', version: 'v2' }), 'object'],
  ['no version told where one is known', file('file.updated', 'known', { path: 'known.txt' }), 'object'],
  ['another path', file('file.updated', 'known', { path: 'other.txt', version: 'v1' }), 'object'],
  ['no path told', file('file.updated', 'known', { version: 'v1' }), 'object'],
  ['a: our own write, another size', file('file.updated', 'ours', { path: 'ours.txt', size: 6 }), 'object'],
  [
    'a: our own write while pending',
    file('file.created', 'ours', { path: 'ours.txt', status: 'pending', version: 'v0' }),
    'echo',
  ],
  ['a deleted known object', file('file.deleted', 'known', { path: 'known.txt', version: 'v1' }), 'object'],
  ['b: pending and unknown', file('file.created', 'new', { path: 'n', status: 'pending' }), 'echo'],
  ['b: PENDING in capitals', file('file.created', 'new', { path: 'n', status: 'PENDING' }), 'echo'],
  ['completed and unknown', file('file.updated', 'new', { path: 'n', status: 'completed' }), 'object'],
  ['unknown without a status', file('file.created', 'new', { path: 'n' }), 'object'],
  [
    'b: our own upload completes',
    file('file.updated', 'uploading', { path: 'up', status: 'completed' }),
    'echo',
  ],
  ['c: a folder of ours that was asked for', file('folder.created', 'f2', { path: 'tried' }), 'echo'],
  ['a folder that is owed, not asked for yet', file('folder.created', 'f2', { path: 'Untried' }), 'object'],
  ['a folder of somebody else', file('folder.created', 'f2', { path: 'Else' }), 'object'],
  ['d: a deleted unknown object', file('file.deleted', 'never'), 'echo'],
  ['e: a link', file('link.created', 'l', { path: 'l' }), 'echo'],
  ['f: a folder renamed', file('folder.updated', 'folder', { path: 'Renamed', version: 'v2' }), 'list'],
  [
    'a folder touched in place',
    file('folder.updated', 'folder', { path: 'Folder', version: 'v2' }),
    'object',
  ],
])('%s', async (_name, event, verdict) => {
  expect(await weighEvent(db.store, PORTAL, syncId, event)).toBe(verdict);
  expect(await eventIsEcho(db.store, PORTAL, syncId, event)).toBe(verdict === 'echo');
});

const versions = async (id: string) => {
  const seen = await db.store.prisma.assemblySeen.findFirstOrThrow({ where: { id } });
  const { assemblyVersion } = await db.store.prisma.fileFolderSync.findFirstOrThrow({
    where: { id: seen.itemId ?? '' },
  });
  return [seen.version, assemblyVersion];
};

test('the version of our own write is learnt from its completed event, so that the next edit shows', async () => {
  await item('/fresh.txt', { id: 'fresh', version: null, size: 5n });
  const event = file('file.updated', 'fresh', {
    path: 'fresh.txt',
    status: 'completed',
    version: 'v7',
    size: 5,
  });
  expect(await weighEvent(db.store, PORTAL, syncId, { ...event, status: 'pending' })).toBe('echo');
  expect(await versions('fresh')).toEqual([null, null]);
  expect(await weighEvent(db.store, PORTAL, syncId, event)).toBe('echo');
  expect(await versions('fresh')).toEqual(['v7', 'v7']);
  expect(await weighEvent(db.store, PORTAL, syncId, { ...event, version: 'v8' })).toBe('object');
});

test('another portal learns nothing and changes nothing', async () => {
  await item('/secret.txt', { id: 'secret', version: null });
  const event = file('file.updated', 'secret', { path: 'secret.txt', status: 'completed', version: 'v1' });
  expect(await weighEvent(db.store, 'ws_2', syncId, event)).toBe('object');
  expect(await versions('secret')).toEqual([null, null]);
});
