import { replanItem } from '../../../src/activities/reconcile/replanItem';
import { inTransaction } from '../../../src/store/client';
import { weighEvent } from '../../../src/store/eventEcho';
import { foldDropboxPage } from '../../../src/store/foldDropboxPage';
import { mayWrite, readOperation } from '../../../src/store/operations';
import { settleOperation } from '../../../src/store/settleOperation';
import { pauseSync, resumeSync } from '../../../src/store/syncState';
import { waitFor } from '../../support/system';
import { bringToRest, expectToRest } from './world/drive';
import { useWorld } from './world/useWorld';

const world = useWorld({ revOnMove: 'new', database: {} });

/** A sync at rest that holds one file. */
async function settledFile() {
  world.people.dropbox.put('/a.txt', 'one');
  expect(await bringToRest(world)).toEqual([]);
}

test('a page of the feed and its cursor are stored together or not at all', async () => {
  await settledFile();
  const before = (await world.sync()).dbxCursor;
  world.people.dropbox.put('/b.txt', 'new');
  await world.store.prisma.$executeRawUnsafe(`
    CREATE FUNCTION refuse_cursor() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN RAISE 'no cursor today'; END $$`);
  await world.store.prisma.$executeRawUnsafe(`
    CREATE TRIGGER refuse_cursor BEFORE UPDATE OF dbx_cursor ON channel_sync
    FOR EACH ROW EXECUTE FUNCTION refuse_cursor()`);

  await expect(world.observeDropbox()).rejects.toThrow('no cursor today');

  const seen = await world.store.prisma.dbxSeen.count({ where: { channelSyncId: world.ref.syncId } });
  expect({ seen, cursor: (await world.sync()).dbxCursor }).toEqual({ seen: 1, cursor: before });
  await world.store.prisma.$executeRawUnsafe('DROP TRIGGER refuse_cursor ON channel_sync');
  await expectToRest(world, ['file /a.txt one', 'file /b.txt new']);
});

test('a settle whose serial was opened anew changes nothing', async () => {
  world.people.dropbox.put('/a.txt', 'one');
  await world.lookAndPlan();
  const late = await world.open('/a.txt');
  const outcome = await world.apply(late.input, late.serial);
  await world.open('/a.txt');
  const before = await world.item('/a.txt');

  expect(await world.steps.settleOperation(late.input, late.serial, outcome)).toBe('settled');
  await world.steps.markFailed(late.input, late.serial, { code: 'internal', message: 'late' });

  expect(await world.item('/a.txt')).toEqual(before);
});

test('a settle that comes twice is recorded once', async () => {
  world.people.dropbox.put('/a.txt', 'one');
  await world.lookAndPlan();
  const { input, serial } = await world.open('/a.txt');
  const outcome = await world.apply(input, serial);

  await world.steps.settleOperation(input, serial, outcome);
  await world.steps.settleOperation(input, serial, outcome);

  const history = { where: { channelSyncId: world.ref.syncId } };
  expect(await world.store.prisma.syncHistory.count(history)).toBe(1);
});

test('no write is allowed after a pause, nor in the next generation', async () => {
  world.people.dropbox.put('/a.txt', 'one');
  await world.lookAndPlan();
  const { input, serial } = await world.open('/a.txt');
  const opened = await readOperation(world.store.prisma, input, serial);
  const may = () => inTransaction(world.store, (tx) => mayWrite(tx, input, opened!.operation));
  expect(await may()).toBe(true);

  await pauseSync(world.store, world.ref);
  expect(await may()).toBe(false);
  expect(await world.apply(input, serial)).toEqual({ kind: 'replan' });
  await resumeSync(world.store, world.ref);
  expect(await may()).toBe(false);
  const outcome = await world.apply(input, serial);
  expect(outcome).toEqual({ kind: 'replan' });
  expect(world.trees().assembly).toEqual([]);
  await world.steps.settleOperation(input, serial, outcome);
  await expectToRest(world, ['file /a.txt one']);
});

test('an operation that was opened anew may not write any more', async () => {
  world.people.dropbox.put('/a.txt', 'one');
  await world.lookAndPlan();
  const late = await world.open('/a.txt');
  const opened = await readOperation(world.store.prisma, late.input, late.serial);
  const may = () => mayWrite(world.store.prisma, late.input, opened!.operation);
  expect(await may()).toBe(true);
  await world.open('/a.txt');
  expect(await may()).toBe(false);
});

test.each([
  { state: 'paused' },
  { state: 'halted', haltReason: 'root_missing' },
  { state: 'removed', deletedAt: new Date() },
])('no write is allowed while the sync is $state, whatever its generation', async (stopped) => {
  world.people.dropbox.put('/a.txt', 'one');
  await world.lookAndPlan();
  const { input, serial } = await world.open('/a.txt');
  const opened = await readOperation(world.store.prisma, input, serial);
  await world.store.prisma.channelSync.update({ where: { id: world.ref.syncId }, data: stopped });
  expect(await mayWrite(world.store.prisma, input, opened!.operation)).toBe(false);
});

test.each(['the cursor', 'the listing'] as const)(
  'a page of the feed is stored only where %s is still the one it continues',
  async (moved) => {
    await settledFile();
    const { dbxCursor, dbxLook } = await world.sync();
    const page = { objects: [], tombstones: [], cursor: 'next', hasMore: false };
    const from = moved === 'the cursor' ? 'another' : dbxCursor;
    const look = moved === 'the listing' ? dbxLook + 2 : dbxLook;

    const stored = inTransaction(world.store, (tx) =>
      foldDropboxPage(tx, world.ref, { ...page, from, look }),
    );

    await expect(stored).rejects.toMatchObject({ code: 'write_contention' });
    expect((await world.sync()).dbxCursor).toBe(dbxCursor);
  },
);

test('another portal can neither open nor read an operation', async () => {
  world.people.dropbox.put('/a.txt', 'one');
  await world.lookAndPlan();
  const { input, serial } = await world.open('/a.txt');
  const foreign = { ...input, portalId: 'ws_other' };

  expect(await readOperation(world.store.prisma, foreign, serial)).toBeNull();
  expect(await world.steps.openOperation(foreign)).toEqual({ kind: 'wait' });
});

interface Race {
  readonly name: string;
  /** What the operation in flight is for; `/a.txt` with `one` is on both sides before. */
  readonly owe: () => void;
  /** What people do, and is observed, before it is settled. */
  readonly meanwhile: () => void;
  readonly path?: string;
  readonly after: readonly string[];
}

const RACES: Race[] = [
  {
    name: 'an edit on Dropbox while its first version goes to Assembly',
    owe: () => world.people.dropbox.put('/a.txt', 'two'),
    meanwhile: () => world.people.dropbox.put('/a.txt', 'three'),
    after: ['file /a.txt three'],
  },
  {
    name: 'an edit on Assembly while its first version goes to Dropbox',
    owe: () => world.people.assembly.put('/a.txt', 'two'),
    meanwhile: () => world.people.assembly.put('/a.txt', 'three'),
    after: ['file /a.txt three'],
  },
  {
    name: 'an edit on Dropbox of what is being created on Assembly',
    owe: () => world.people.dropbox.put('/b.txt', 'new'),
    meanwhile: () => world.people.dropbox.put('/b.txt', 'newer'),
    path: '/b.txt',
    after: ['file /a.txt one', 'file /b.txt newer'],
  },
  {
    name: 'an edit on Assembly of what is being created on Dropbox',
    owe: () => world.people.assembly.put('/b.txt', 'new'),
    meanwhile: () => world.people.assembly.put('/b.txt', 'newer'),
    path: '/b.txt',
    after: ['file /a.txt one', 'file /b.txt newer'],
  },
  {
    name: 'a delete on Dropbox of what is being created on Assembly',
    owe: () => world.people.dropbox.put('/b.txt', 'new'),
    meanwhile: () => world.people.dropbox.remove('/b.txt'),
    path: '/b.txt',
    after: ['file /a.txt one'],
  },
  {
    name: 'a delete on Assembly of what is being created on Dropbox',
    owe: () => world.people.assembly.put('/b.txt', 'new'),
    meanwhile: () => world.people.assembly.remove('/b.txt'),
    path: '/b.txt',
    after: ['file /a.txt one'],
  },
  {
    name: 'a second rename on Dropbox while the first is carried out',
    owe: () => world.people.dropbox.rename('/a.txt', '/b.txt'),
    meanwhile: () => world.people.dropbox.rename('/b.txt', '/c.txt'),
    path: '/b.txt',
    after: ['file /c.txt one'],
  },
  {
    name: 'a second rename on Assembly while the first is carried out',
    owe: () => world.people.assembly.rename('/a.txt', '/b.txt'),
    meanwhile: () => world.people.assembly.rename('/b.txt', '/c.txt'),
    path: '/b.txt',
    after: ['file /c.txt one'],
  },
  {
    name: 'a file that comes back on Dropbox while its delete goes to Assembly',
    owe: () => world.people.dropbox.remove('/a.txt'),
    meanwhile: () => world.people.dropbox.put('/a.txt', 'back'),
    after: ['file /a.txt back'],
  },
  {
    name: 'a file that comes back on Assembly while its delete goes to Dropbox',
    owe: () => world.people.assembly.remove('/a.txt'),
    meanwhile: () => world.people.assembly.put('/a.txt', 'back'),
    after: ['file /a.txt back'],
  },
];

describe.each(['before', 'after'] as const)('seen %s the remote call', (when) => {
  test.each(RACES)('$name', async ({ owe, meanwhile, path, after }) => {
    await settledFile();
    owe();
    await world.lookAndPlan();
    const { input, serial } = await world.openWrite(path ?? '/a.txt');
    const change = async () => {
      meanwhile();
      await world.observe();
    };

    if (when === 'before') await change();
    const outcome = await world.apply(input, serial);
    if (when === 'after') await change();
    await world.steps.settleOperation(input, serial, outcome);

    await expectToRest(world, [...after]);
  });
});

test('a version whose bytes are being read for their hash may be followed by a newer one', async () => {
  await settledFile();
  world.people.assembly.put('/a.txt', 'two');
  await world.lookAndPlan();
  const { input, serial } = await world.open('/a.txt');
  const outcome = await world.apply(input, serial);
  world.people.assembly.put('/a.txt', 'six');
  await world.observe();
  await world.steps.settleOperation(input, serial, outcome);

  await expectToRest(world, ['file /a.txt six']);
});

test('a fault of the side gives the attempt back and opens its breaker', async () => {
  world.people.dropbox.put('/a.txt', 'one');
  world.calls.refuse('assembly.createFile', 'access_denied');

  expect(await bringToRest(world)).toEqual([]);

  expect(await world.item('/a.txt')).toMatchObject({
    pendingAction: 'create',
    pendingActionAttempts: 0,
    pendingActionErrorCode: null,
  });
  expect(await world.store.prisma.sideBreaker.count({ where: { portalId: world.ref.portalId } })).toBe(1);
});

test('what a side refuses for good is unsyncable until its source changes', async () => {
  world.people.dropbox.put('/a.txt', 'one');
  world.calls.refuse('assembly.createFile', 'name_not_allowed');

  expect(await bringToRest(world)).toMatchObject([{ code: 'name_not_allowed' }]);
  expect(await bringToRest(world)).toEqual([]);
  expect(await world.item('/a.txt')).toMatchObject({
    pendingAction: null,
    pendingActionErrorCode: 'name_not_allowed',
  });
  expect(world.trees().assembly).toEqual([]);

  world.people.dropbox.put('/a.txt', 'two');
  await expectToRest(world, ['file /a.txt two']);
  expect(await world.item('/a.txt')).toMatchObject({ pendingActionErrorCode: null });
});

test('what comes to a path while the delete there is being settled is not lost with the item that goes', async () => {
  await settledFile();
  world.people.assembly.remove('/a.txt');
  await world.lookAndPlan();
  const { input, serial } = await world.open('/a.txt');
  const outcome = await world.apply(input, serial);
  if (outcome.kind !== 'done') throw new Error('the delete was not carried out');
  world.people.assembly.put('/a.txt', 'two');
  await world.observeAssembly();
  let commit = () => {};
  const held = new Promise<void>((resolve) => {
    commit = resolve;
  });
  let locked = () => {};
  const settling = new Promise<void>((resolve) => {
    locked = resolve;
  });
  const settled = inTransaction(world.store, async (tx) => {
    const after = await settleOperation(tx, input, serial, outcome.effect);
    await replanItem(tx, world.ref, after!.item);
    locked();
    await held;
  });
  await settling;
  const planned = world.plan();
  await waitFor(async () => {
    const waiting = await world.store.prisma.$queryRaw<unknown[]>`
      SELECT FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock'`;
    return waiting.length > 0 ? true : 'the plan does not wait';
  }, 10_000);
  commit();
  await Promise.all([settled, planned]);
  await expectToRest(world, ['file /a.txt two']);
});

describe('Assembly tells of our upload before it is recorded', () => {
  async function uploaded() {
    world.people.dropbox.put('/a.txt', 'one');
    await world.lookAndPlan();
    const { input, serial } = await world.open('/a.txt');
    const outcome = await world.apply(input, serial);
    return { settle: () => world.steps.settleOperation(input, serial, outcome) };
  }
  async function told() {
    const { assemblyUploadId: id } = await world.item('/a.txt');
    const object = await world.assembly.retrieveFile(id!);
    const event = { ...object!, eventType: 'file.updated' };
    return { event, verdict: await weighEvent(world.store, world.ref.portalId, world.ref.syncId, event) };
  }

  test('the version is known from then on, so that nobody has to read the bytes to see that they are ours', async () => {
    const { settle } = await uploaded();
    const { event, verdict } = await told();
    expect(verdict).toBe('echo');
    await settle();
    expect(await world.item('/a.txt')).toMatchObject({
      assemblyVersion: event.version,
      assemblyUploadId: null,
      assemblyUploadVersion: null,
    });
  });

  test('what somebody writes into it at once is looked at and comes to Dropbox, though it is as long', async () => {
    const { settle } = await uploaded();
    await told();
    world.people.assembly.put('/a.txt', 'two');
    expect((await told()).verdict).toBe('object');
    await world.observeAssembly();
    await settle();
    await expectToRest(world, ['file /a.txt two']);
  });
});

test('what was made of a file of Dropbox that turns out to be another item is taken back', async () => {
  world.people.assembly.put('/a.txt', 'one');
  await world.lookAndPlan();
  const first = await world.open('/a.txt');
  const uploaded = await world.apply(first.input, first.serial);
  // Before it is recorded that this file is the one of Assembly, somebody moves it and writes into it.
  world.people.dropbox.rename('/a.txt', '/b.txt');
  world.people.dropbox.put('/b.txt', 'longer');
  await world.observeDropbox();
  await world.plan();
  const second = await world.open('/b.txt');
  const made = await world.apply(second.input, second.serial);
  await world.steps.settleOperation(first.input, first.serial, uploaded);
  await world.plan();
  await world.steps.settleOperation(second.input, second.serial, made);
  await expectToRest(world, ['file /b.txt longer']);
});
