import { Readable } from 'node:stream';
import type { Remotes } from '../../../src/activities/remotes';
import { type VerifyReport, verifySync } from '../../../src/activities/verify';
import type { AssemblyClient, AssemblyObject } from '../../../src/assembly/types';
import { contentHash } from '../../../src/domain/contentHash';
import type { DropboxClient, DropboxEntry } from '../../../src/dropbox/types';
import { createTestDatabase, type TestDatabase } from '../../support/database';

let db: TestDatabase;
let n = 0;

beforeAll(async () => {
  db = await createTestDatabase();
});
afterAll(() => db.drop());

const ROOT = '/Office/Team';
const hashOf = (text: string) => contentHash(Readable.from([Buffer.from(text)]));

/** Two sides and rows that agree; tests change one thing. */
interface World {
  readonly dropbox: DropboxEntry[];
  readonly assembly: AssemblyObject[];
  readonly bytes: Map<string, string>;
  readonly ref: { portalId: string; syncId: string };
}

async function addFile(
  world: World,
  path: string,
  text: string,
  row: Record<string, unknown> = {},
): Promise<void> {
  const hash = await hashOf(text);
  const name = path.slice(path.lastIndexOf('/') + 1);
  const at = { name, pathLower: `${ROOT}${path}`.toLowerCase(), pathDisplay: `${ROOT.toLowerCase()}${path}` };
  world.dropbox.push({
    tag: 'file',
    id: `id:${path}`,
    rev: `r${path}`,
    size: text.length,
    hash,
    downloadable: true,
    ...at,
  });
  world.assembly.push(object(path, { size: text.length }));
  world.bytes.set(`as:${path}`, text);
  await addRow(world, path, 'file', { contentHash: hash, dbxRev: `r${path}`, ...row });
}

async function addFolder(world: World, path: string, row: Record<string, unknown> = {}): Promise<void> {
  const name = path.slice(path.lastIndexOf('/') + 1);
  world.dropbox.push({
    tag: 'folder',
    id: `id:${path}`,
    name,
    pathLower: `${ROOT}${path}`.toLowerCase(),
    pathDisplay: `${ROOT}${path}`,
  });
  world.assembly.push(object(path, { object: 'folder', status: null }));
  await addRow(world, path, 'folder', row);
}

const addRow = async (world: World, path: string, kind: 'file' | 'folder', row: Record<string, unknown>) => {
  await db.store.prisma.fileFolderSync.create({
    data: {
      portalId: world.ref.portalId,
      channelSyncId: world.ref.syncId,
      object: kind,
      itemPath: path,
      pathKey: path.toLowerCase(),
      dbxFileId: `id:${path}`,
      assemblyFileId: `as:${path}`,
      ...row,
    },
  });
};

const object = (path: string, changes: Partial<AssemblyObject> = {}): AssemblyObject => ({
  id: `as:${path}`,
  object: 'file',
  channelId: 'ch',
  path: path.slice(1),
  status: 'completed',
  version: 'v',
  size: null,
  downloadUrl: null,
  ...changes,
});

async function newWorld(): Promise<World> {
  n += 1;
  const portalId = `ws_${n}`;
  const { id } = await db.store.prisma.channelSync.create({
    data: {
      portalId,
      assemblyChannelId: 'ch',
      dbxAccountId: 'a',
      dbxRootPath: ROOT,
      dbxRootKey: '/office/team',
      dbxRootId: 'id:root',
      state: 'active',
    },
  });
  const world: World = {
    dropbox: [],
    assembly: [],
    bytes: new Map(),
    ref: { portalId, syncId: id },
  };
  await addFolder(world, '/Docs');
  await addFile(world, '/Docs/Plan.txt', 'the plan');
  await addFile(world, '/team.txt', 'team');
  return world;
}

function remotesOf(world: World): Remotes {
  const root = {
    tag: 'folder' as const,
    id: 'id:root',
    name: 'Team',
    pathLower: ROOT.toLowerCase(),
    pathDisplay: ROOT,
  };
  const dropbox: Partial<DropboxClient> = {
    metadata: async () => root,
    // Two pages, the root among the entries as Dropbox lists it.
    listFolder: async () => ({ entries: [root, ...world.dropbox.slice(0, 1)], cursor: 'c', hasMore: true }),
    listFolderContinue: async () => ({ entries: world.dropbox.slice(1), cursor: 'd', hasMore: false }),
  };
  const assembly: Partial<AssemblyClient> = {
    async listFiles({ nextToken }) {
      const from = Number(nextToken ?? 0);
      const next = from + 2;
      return {
        objects: world.assembly.slice(from, next),
        nextToken: next < world.assembly.length ? String(next) : null,
      };
    },
    retrieveFile: async (id) => world.assembly.find((one) => one.id === id && { ...one }) ?? null,
    async download({ url }) {
      const text = world.bytes.get(decodeURIComponent(url.slice('https://x/'.length))) ?? '';
      return { stream: Readable.from([Buffer.from(text)]), size: text.length };
    },
  };
  return {
    dropbox: async () => dropbox as DropboxClient,
    assembly: () => assembly as AssemblyClient,
    forget() {},
  };
}

const verify = (world: World, content = false): Promise<VerifyReport> => {
  for (const [index, one] of world.assembly.entries()) {
    if (one.object === 'file')
      world.assembly[index] = { ...one, downloadUrl: `https://x/${encodeURIComponent(one.id)}` };
  }
  return verifySync({ store: db.store, remotes: remotesOf(world) }, world.ref, { content });
};

const kinds = ({ differences }: VerifyReport) =>
  differences.map(({ kind, path }) => `${kind} ${path}`).sort();

test('equal sides and rows are the same, byte for byte', async () => {
  const report = await verify(await newWorld(), true);
  expect(report).toMatchObject({
    same: true,
    differences: [],
    checked: { rows: 3, dropbox: 3, assembly: 3, bytesHashed: 12 },
  });
});

test.each<[string, (world: World) => Promise<unknown> | unknown, string[]]>([
  ['a file missing on Assembly', (w) => w.assembly.pop(), ['only_on_dropbox /team.txt']],
  ['a file missing on Dropbox', (w) => w.dropbox.pop(), ['only_on_assembly /team.txt']],
  ['a row that both sides lack', (w) => addRow(w, '/ghost', 'file', {}), ['only_in_rows /ghost']],
  [
    'objects without a row',
    (w) =>
      db.store.prisma.fileFolderSync.deleteMany({
        where: { channelSyncId: w.ref.syncId, itemPath: '/team.txt' },
      }),
    ['no_row /team.txt'],
  ],
  ['another size', (w) => w.assembly.splice(2, 1, object('/team.txt', { size: 5 })), ['size /team.txt']],
  [
    'another spelling',
    (w) => w.assembly.splice(2, 1, { ...object('/TEAM.txt', { size: 4 }), id: 'as:/team.txt' }),
    ['spelling /team.txt'],
  ],
  [
    'another kind',
    (w) => w.assembly.splice(2, 1, object('/team.txt', { object: 'folder' })),
    ['object /team.txt'],
  ],
  [
    'another id',
    (w) => w.assembly.splice(2, 1, { ...object('/team.txt', { size: 4 }), id: 'as:other' }),
    ['id /team.txt'],
  ],
  [
    'two at one path',
    (w) => w.assembly.push({ ...object('/TEAM.TXT', { size: 4 }), id: 'as:2' }),
    ['duplicate /team.txt'],
  ],
  [
    'an owed operation',
    (w) =>
      db.store.prisma.fileFolderSync.updateMany({
        where: { channelSyncId: w.ref.syncId, itemPath: '/team.txt' },
        data: { pendingAction: 'update', pendingActionTarget: 'dropbox' },
      }),
    ['pending /team.txt'],
  ],
  [
    'an old revision in the row',
    (w) =>
      db.store.prisma.fileFolderSync.updateMany({
        where: { channelSyncId: w.ref.syncId, itemPath: '/team.txt' },
        data: { dbxRev: 'old' },
      }),
    ['rev /team.txt'],
  ],
  [
    'another hash in the row',
    (w) =>
      db.store.prisma.fileFolderSync.updateMany({
        where: { channelSyncId: w.ref.syncId, itemPath: '/team.txt' },
        data: { contentHash: 'old' },
      }),
    ['content /team.txt'],
  ],
  [
    'a delete while listing',
    (w) =>
      w.dropbox.push({
        tag: 'deleted',
        name: 'x',
        pathLower: '/office/team/x',
        pathDisplay: '/Office/Team/x',
      }),
    ['changed_meanwhile /x'],
  ],
])('%s is told', async (_name, change, expected) => {
  const world = await newWorld();
  await change(world);
  const report = await verify(world);
  expect([report.same, kinds(report)]).toEqual([false, expected]);
});

test('bytes of the same size that differ show only when they are read', async () => {
  const world = await newWorld();
  world.bytes.set('as:/team.txt', 'TEAM');
  expect((await verify(world)).same).toBe(true);
  expect(kinds(await verify(world, true))).toEqual(['content /team.txt']);
});

test('unsyncable items, what lies below them, links and unfinished uploads are no differences', async () => {
  const world = await newWorld();
  const bad = { pendingActionErrorCode: 'name_not_allowed', assemblyFileId: null };
  await addFolder(world, '/Bad:', bad);
  world.dropbox.push({
    tag: 'file',
    id: 'id:b',
    name: 'b',
    pathLower: '/office/team/bad:/b',
    pathDisplay: '/Office/Team/Bad:/b',
    rev: '1',
    size: 1,
    hash: 'h',
    downloadable: true,
  });
  world.assembly.splice(-1, 1, object('/link', { object: 'link' }), object('/half', { status: 'pending' }));
  const report = await verify(world);
  expect(report).toMatchObject({
    same: true,
    unsyncableCount: 1,
    unsyncable: [{ path: '/Bad:', code: 'name_not_allowed' }],
    incompleteOnAssembly: 1,
  });
});

test('an unknown sync, and another portal’s, is not found', async () => {
  const world = await newWorld();
  await expect(
    verifySync({ store: db.store, remotes: remotesOf(world) }, { ...world.ref, portalId: 'other' }),
  ).rejects.toMatchObject({ code: 'not_found' });
});
