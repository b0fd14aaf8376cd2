import { randomUUID } from 'node:crypto';
import { Prisma } from '../../src/generated/prisma/client';
import { inTransaction, type Tx } from '../../src/store/client';
import { type PlannedRow, writePlans } from '../../src/store/planning';
import { createTestDatabase, type TestDatabase } from '../support/database';
import { plannedRow } from './plannedRow';

let database: TestDatabase;
let portal: string;
let sync: string;

beforeAll(async () => {
  database = await createTestDatabase();
});
afterAll(() => database.drop());
beforeEach(async () => {
  portal = `portal-${randomUUID()}`;
  sync = await newSync(portal);
});

const prisma = () => database.store.prisma;

async function newSync(
  portalId: string,
  extra: Partial<Prisma.ChannelSyncCreateInput> = {},
): Promise<string> {
  const { id } = await prisma().channelSync.create({
    data: {
      portalId,
      dbxAccountId: 'dbid:account',
      assemblyChannelId: randomUUID(),
      dbxRootPath: '/Root',
      dbxRootKey: '/root',
      dbxRootId: `id:${randomUUID()}`,
      ...extra,
    },
  });
  return id;
}

type ItemData = Partial<Prisma.FileFolderSyncUncheckedCreateInput>;

const itemData = (path: string, extra: ItemData = {}) => ({
  portalId: portal,
  channelSyncId: sync,
  object: 'file',
  itemPath: path,
  pathKey: path.toLowerCase(),
  ...extra,
});

const newItem = async (path: string, extra: ItemData = {}): Promise<string> =>
  (await prisma().fileFolderSync.create({ data: itemData(path, extra) })).id;

/** The rule that a statement broke, by name. */
async function brokenRule(act: Promise<unknown>): Promise<string> {
  const error: unknown = await act.then(
    () => {
      throw new Error('the statement was accepted');
    },
    (reason: unknown) => reason,
  );
  const { message, meta } = error as { message: string; meta?: unknown };
  const text = `${message} ${JSON.stringify(meta)}`;
  return /\b(?:ck|uq|ex|fk|ix)_\w+/.exec(text)?.[0] ?? text;
}

describe('the tombstone', () => {
  test.each([
    ['an action without a target', { pendingAction: 'create' }, 'ck_ffs_pending_both_or_neither'],
    ['a target without an action', { pendingActionTarget: 'dropbox' }, 'ck_ffs_pending_both_or_neither'],
    ['an unknown action', { pendingAction: 'copy', pendingActionTarget: 'dropbox' }, 'ck_ffs_action'],
    ['an unknown target', { pendingAction: 'create', pendingActionTarget: 'box' }, 'ck_ffs_target'],
    [
      'a soft-deleted row that owes something',
      { pendingAction: 'delete', pendingActionTarget: 'dropbox', deletedAt: new Date() },
      'ck_ffs_pending_alive',
    ],
    ['a negative number of attempts', { pendingActionAttempts: -1 }, 'ck_ffs_attempts'],
  ])('%s is refused', async (_what, data, rule) => {
    expect(await brokenRule(newItem('/a', data))).toBe(rule);
  });

  test('a pending row can not be soft-deleted, a settled one can', async () => {
    const id = await newItem('/a', { pendingAction: 'create', pendingActionTarget: 'assembly' });
    const remove = () => prisma().fileFolderSync.update({ where: { id }, data: { deletedAt: new Date() } });
    expect(await brokenRule(remove())).toBe('ck_ffs_pending_alive');
    await prisma().fileFolderSync.update({
      where: { id },
      data: { pendingAction: null, pendingActionTarget: null },
    });
    await expect(remove()).resolves.toMatchObject({ id });
  });
});

describe('identity', () => {
  test.each([
    ['Assembly id', { assemblyFileId: 'as-1' }, 'uq_ffs_assembly_file_id'],
    ['Dropbox id', { dbxFileId: 'id:1' }, 'uq_ffs_dbx_file_id'],
  ])(
    'one live row per %s; a closed row, another sync and another portal may have it',
    async (_what, ids, rule) => {
      const first = await newItem('/a', ids);
      expect(await brokenRule(newItem('/b', ids))).toBe(rule);
      await newItem('/b', { ...ids, deletedAt: new Date() });
      await newItem('/a', { ...ids, channelSyncId: await newSync(portal) });
      const elsewhere = `portal-${randomUUID()}`;
      await newItem('/a', { ...ids, portalId: elsewhere, channelSyncId: await newSync(elsewhere) });
      await prisma().fileFolderSync.update({ where: { id: first }, data: { deletedAt: new Date() } });
      await newItem('/c', ids);
    },
  );

  test('rows without an id on a side do not disturb one another', async () => {
    await newItem('/a');
    await newItem('/b');
    expect(await prisma().fileFolderSync.count({ where: { channelSyncId: sync } })).toBe(2);
  });

  test('one row per object that is being made on Assembly', async () => {
    await newItem('/a', { assemblyUploadId: 'up-1' });
    expect(await brokenRule(newItem('/b', { assemblyUploadId: 'up-1' }))).toBe('uq_ffs_assembly_upload_id');
  });

  test.each([
    ['assembly_file_id', 'uq_ffs_assembly_file_id'],
    ['dbx_file_id', 'uq_ffs_dbx_file_id'],
  ])('ON CONFLICT on %s needs the predicate of its index', async (column) => {
    const target = Prisma.raw(column);
    const insert = (predicate: Prisma.Sql) => prisma().$executeRaw`
      INSERT INTO file_folder_sync (portal_id, channel_sync_id, object, item_path, path_key, ${target})
      VALUES (${portal}, ${sync}::uuid, 'file', '/a', '/a', 'one')
      ON CONFLICT (portal_id, channel_sync_id, ${target}) ${predicate} DO NOTHING`;
    const withPredicate = () => insert(Prisma.sql`WHERE deleted_at IS NULL AND ${target} IS NOT NULL`);
    expect(await withPredicate()).toBe(1);
    expect(await withPredicate()).toBe(0);
    await expect(insert(Prisma.empty)).rejects.toThrow(/42P10/);
    await expect(insert(Prisma.sql`WHERE deleted_at IS NULL`)).rejects.toThrow(/42P10/);
  });
});

describe('items that come to be agreed on with the objects of others, in one plan,', () => {
  const ids = (mark: string) => ({ dbxFileId: `id:${mark}`, assemblyFileId: `as-${mark}` });
  const agreed = (id: string, path: string, mark: string): PlannedRow => ({
    ...plannedRow(id, path),
    advance: true,
    dbx_file_id: `id:${mark}`,
    assembly_file_id: `as-${mark}`,
  });

  test.each([
    ['trade them', { '/a': 'two', '/b': 'one', '/c': 'three' }],
    ['take turns', { '/a': 'two', '/b': 'three', '/c': 'one' }],
    ['pass them on', { '/a': 'two', '/b': 'three', '/c': 'new' }],
    ['pass them back', { '/a': 'new', '/b': 'one', '/c': 'two' }],
  ])('%s', async (_how, marks) => {
    const rows = [
      agreed(await newItem('/a', ids('one')), '/a', marks['/a']),
      agreed(await newItem('/b', ids('two')), '/b', marks['/b']),
      agreed(await newItem('/c', ids('three')), '/c', marks['/c']),
    ];
    await inTransaction(database.store, (tx) =>
      writePlans(tx, { portalId: portal, syncId: sync }, rows, 'webhook'),
    );
    const items = await prisma().fileFolderSync.findMany({ where: { channelSyncId: sync } });
    const held = items.map((item) => [item.itemPath, item.dbxFileId, item.assemblyFileId]);
    expect(held.sort()).toEqual(
      Object.entries(marks).map(([path, mark]) => [path, `id:${mark}`, `as-${mark}`]),
    );
  });
});

describe('one live path per sync', () => {
  const move = (tx: Tx, id: string, key: string) =>
    tx.$executeRaw`UPDATE file_folder_sync SET path_key = ${key}, item_path = ${key} WHERE id = ${id}::uuid`;

  test('a duplicate fails, and at commit, not before', async () => {
    await newItem('/a');
    let reachedTheEnd = false;
    const act = inTransaction(database.store, async (tx) => {
      await tx.fileFolderSync.create({ data: itemData('/A') });
      reachedTheEnd = true;
    });
    expect(await brokenRule(act)).toBe('ex_ffs_path');
    expect(reachedTheEnd).toBe(true);
    expect(await prisma().fileFolderSync.count({ where: { channelSyncId: sync } })).toBe(1);
  });

  test('two items swap names in one transaction', async () => {
    const [a, b] = [await newItem('/a'), await newItem('/b')];
    await inTransaction(database.store, async (tx) => {
      await move(tx, a, '/b');
      await move(tx, b, '/a');
    });
    const rows = await prisma().fileFolderSync.findMany({ where: { channelSyncId: sync } });
    expect(new Map(rows.map((row) => [row.id, row.pathKey]))).toEqual(
      new Map([
        [a, '/b'],
        [b, '/a'],
      ]),
    );
  });

  test('a closed row, a row without a key, another sync and another portal exclude nothing', async () => {
    await newItem('/a');
    await newItem('/a', { deletedAt: new Date() });
    await newItem('/a', { pathKey: null });
    await newItem('/a', { pathKey: null });
    await newItem('/a', { channelSyncId: await newSync(portal) });
    const elsewhere = `portal-${randomUUID()}`;
    await newItem('/a', { portalId: elsewhere, channelSyncId: await newSync(elsewhere) });
    expect(await brokenRule(newItem('/a'))).toBe('ex_ffs_path');
  });

  test('a path starts with a slash', async () => {
    expect(await brokenRule(newItem('a'))).toBe('ck_ffs_item_path');
  });
});

describe('portals', () => {
  const seen = (item: string | null, portalId = portal, syncId = sync) => ({
    portalId,
    channelSyncId: syncId,
    id: `o-${randomUUID()}`,
    object: 'file',
    path: '/a',
    pathKey: '/a',
    parentKey: '',
    itemId: item,
  });

  test('no row hangs on a sync or an item of another portal', async () => {
    const elsewhere = `portal-${randomUUID()}`;
    const other = await newSync(elsewhere);
    const item = await newItem('/a');
    const create = prisma();
    expect(await brokenRule(newItem('/b', { portalId: elsewhere }))).toBe('fk_ffs_sync');
    expect(await brokenRule(create.dbxSeen.create({ data: seen(null, elsewhere, sync) }))).toBe(
      'fk_dbx_seen_sync',
    );
    expect(await brokenRule(create.dbxSeen.create({ data: seen(item, elsewhere, other) }))).toBe(
      'fk_dbx_seen_item',
    );
    const data = { ...seen(item, elsewhere, other), status: 'completed' };
    expect(await brokenRule(create.assemblySeen.create({ data }))).toBe('fk_assembly_seen_item');
    const entry = { itemId: item, operation: 'create', target: 'dropbox', outcome: 'done', attempts: 1 };
    expect(
      await brokenRule(
        create.syncHistory.create({
          data: { ...entry, origin: 'initial', portalId: elsewhere, channelSyncId: sync },
        }),
      ),
    ).toBe('fk_history_sync');
    expect(
      await brokenRule(
        create.syncHistory.create({
          data: { ...entry, origin: 'initial', portalId: elsewhere, channelSyncId: other },
        }),
      ),
    ).toBe('fk_history_item');
  });

  test('no row hangs on an item of another sync of its own portal', async () => {
    const item = await newItem('/a');
    const other = await newSync(portal);
    expect(await brokenRule(prisma().dbxSeen.create({ data: seen(item, portal, other) }))).toBe(
      'fk_dbx_seen_item',
    );
  });

  test('an item is seen at most once on a side, and is not removed while it is seen', async () => {
    const item = await newItem('/a');
    await prisma().dbxSeen.create({ data: seen(item) });
    expect(await brokenRule(prisma().dbxSeen.create({ data: seen(item) }))).toBe('uq_dbx_seen_item');
    await prisma().assemblySeen.create({ data: { ...seen(item), status: 'completed' } });
    expect(
      await brokenRule(prisma().assemblySeen.create({ data: { ...seen(item), status: 'completed' } })),
    ).toBe('uq_assembly_seen_item');
    expect(await brokenRule(prisma().fileFolderSync.delete({ where: { id: item } }))).toBe(
      'fk_dbx_seen_item',
    );
  });

  test('a sync row takes all that is its own along', async () => {
    const item = await newItem('/a');
    await prisma().dbxSeen.create({ data: seen(item) });
    await prisma().assemblySeen.create({ data: { ...seen(item), status: 'completed' } });
    await prisma().syncHistory.create({
      data: {
        portalId: portal,
        channelSyncId: sync,
        itemId: item,
        operation: 'create',
        target: 'dropbox',
        outcome: 'done',
        attempts: 1,
        origin: 'webhook',
      },
    });
    await prisma().channelSync.delete({ where: { id: sync } });
    expect(await prisma().fileFolderSync.count({ where: { portalId: portal } })).toBe(0);
    expect(await prisma().dbxSeen.count({ where: { portalId: portal } })).toBe(0);
  });
});

describe('syncs and connections', () => {
  test.each([
    ['channel', { assemblyChannelId: 'channel' }, 'uq_channel_sync_channel'],
    ['Dropbox folder', { dbxRootId: 'id:root' }, 'uq_channel_sync_root'],
  ])('one live sync per %s in a portal', async (_what, data, rule) => {
    const first = await newSync(portal, data);
    expect(await brokenRule(newSync(portal, data))).toBe(rule);
    await newSync(`portal-${randomUUID()}`, data);
    await prisma().channelSync.update({
      where: { id: first },
      data: { state: 'removed', deletedAt: new Date() },
    });
    await newSync(portal, data);
  });

  test.each([
    ['an unknown state', { state: 'asleep' }, 'ck_sync_state'],
    ['halted without a reason', { state: 'halted' }, 'ck_sync_halt'],
    ['a reason without a halt', { haltReason: 'mass_delete' }, 'ck_sync_halt'],
    ['removed but alive', { state: 'removed' }, 'ck_sync_removed'],
    ['deleted but not removed', { deletedAt: new Date() }, 'ck_sync_removed'],
  ])('%s is refused', async (_what, data, rule) => {
    expect(await brokenRule(newSync(portal, data))).toBe(rule);
  });

  test('one connection per portal, with a token exactly while it is connected', async () => {
    const connection = (extra: Partial<Prisma.DropboxConnectionCreateInput> = {}) =>
      prisma().dropboxConnection.create({
        data: { portalId: portal, accountId: 'dbid:a', refreshToken: 'ciphertext', ...extra },
      });
    expect(await brokenRule(connection({ refreshToken: null }))).toBe('ck_connection_token');
    expect(await brokenRule(connection({ status: 'disconnected' }))).toBe('ck_connection_token');
    expect(await brokenRule(connection({ status: 'asleep' }))).toBe('ck_connection_status');
    await connection();
    await expect(connection()).rejects.toMatchObject({ code: 'P2002' });
  });
});

test.each(['dbxSeen', 'assemblySeen'] as const)(
  '%s knows only files and folders, and links on Assembly',
  async (side) => {
    const data = {
      portalId: portal,
      channelSyncId: sync,
      id: randomUUID(),
      object: 'symlink',
      path: '/a',
      pathKey: '/a',
      parentKey: '',
    };
    const act =
      side === 'dbxSeen'
        ? prisma().dbxSeen.create({ data })
        : prisma().assemblySeen.create({ data: { ...data, status: 'completed' } });
    expect(await brokenRule(act)).toBe(side === 'dbxSeen' ? 'ck_dbx_seen_object' : 'ck_assembly_seen_object');
    await prisma().assemblySeen.create({ data: { ...data, object: 'link', status: 'pending' } });
    const odd = { ...data, id: randomUUID(), object: 'file', status: 'uploading' };
    expect(await brokenRule(prisma().assemblySeen.create({ data: odd }))).toBe('ck_assembly_seen_status');
  },
);
