import { replanItem } from '../../../src/activities/reconcile/replanItem';
import { inTransaction } from '../../../src/store/client';
import { weighEvent } from '../../../src/store/eventEcho';
import { foldDropboxPage } from '../../../src/store/foldDropboxPage';
import { mayWrite, readOperation } from '../../../src/store/operations';
import { settleOperation } from '../../../src/store/settleOperation';
import { pauseSync, resumeSync } from '../../../src/store/syncState';
import { createTestDatabase, type TestDatabase } from '../../support/database';
import { waitFor } from '../../support/system';
import { type Bench, createBench } from './support/bench';

let database: TestDatabase;
let bench: Bench;

beforeAll(async () => {
  database = await createTestDatabase();
});
afterAll(() => database.drop());
beforeEach(async () => {
  bench = await createBench(database);
});

/** A sync at rest that holds one file. */
async function settledFile() {
  bench.dropbox.put('/a.txt', 'one');
  expect(await bench.settleAll()).toEqual([]);
}

const sides = () => ({ dropbox: bench.dropbox.tree(), assembly: bench.assembly.tree() });
const both = (...entries: string[]) => ({ dropbox: entries, assembly: entries });

test('a page of the feed and its cursor are stored together or not at all', async () => {
  await settledFile();
  const before = (await bench.sync()).dbxCursor;
  bench.dropbox.put('/b.txt', 'new');
  await database.store.prisma.$executeRawUnsafe(`
    CREATE FUNCTION refuse_cursor() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN RAISE 'no cursor today'; END $$`);
  await database.store.prisma.$executeRawUnsafe(`
    CREATE TRIGGER refuse_cursor BEFORE UPDATE OF dbx_cursor ON channel_sync
    FOR EACH ROW EXECUTE FUNCTION refuse_cursor()`);

  await expect(bench.observe('dropbox')).rejects.toThrow('no cursor today');

  const seen = await database.store.prisma.dbxSeen.count({ where: { channelSyncId: bench.ref.syncId } });
  expect({ seen, cursor: (await bench.sync()).dbxCursor }).toEqual({ seen: 1, cursor: before });
  await database.store.prisma.$executeRawUnsafe('DROP TRIGGER refuse_cursor ON channel_sync');
  expect(await bench.settleAll()).toEqual([]);
  expect(sides()).toEqual(both('/a.txt one', '/b.txt new'));
});

test('a settle whose serial was opened anew changes nothing', async () => {
  bench.dropbox.put('/a.txt', 'one');
  await bench.lookAndPlan();
  const late = await bench.open('/a.txt');
  const outcome = await bench.apply(late.input, late.serial);
  await bench.open('/a.txt');
  const before = await bench.item('/a.txt');

  expect(await bench.steps.settleOperation(late.input, late.serial, outcome)).toBe('settled');
  await bench.steps.markFailed(late.input, late.serial, { code: 'internal', message: 'late' });

  expect(await bench.item('/a.txt')).toEqual(before);
});

test('a settle that comes twice is recorded once', async () => {
  bench.dropbox.put('/a.txt', 'one');
  await bench.lookAndPlan();
  const { input, serial } = await bench.open('/a.txt');
  const outcome = await bench.apply(input, serial);

  await bench.steps.settleOperation(input, serial, outcome);
  await bench.steps.settleOperation(input, serial, outcome);

  const history = { where: { channelSyncId: bench.ref.syncId } };
  expect(await database.store.prisma.syncHistory.count(history)).toBe(1);
});

test('no write is allowed after a pause, nor in the next generation', async () => {
  bench.dropbox.put('/a.txt', 'one');
  await bench.lookAndPlan();
  const { input, serial } = await bench.open('/a.txt');
  const opened = await readOperation(bench.store.prisma, input, serial);
  const may = () => inTransaction(bench.store, (tx) => mayWrite(tx, input, opened!.operation));
  expect(await may()).toBe(true);

  await pauseSync(bench.store, bench.ref);
  expect(await may()).toBe(false);
  expect(await bench.apply(input, serial)).toEqual({ kind: 'replan' });
  await resumeSync(bench.store, bench.ref);
  expect(await may()).toBe(false);
  const outcome = await bench.apply(input, serial);
  expect(outcome).toEqual({ kind: 'replan' });
  expect(bench.assembly.tree()).toEqual([]);
  await bench.steps.settleOperation(input, serial, outcome);
  expect(await bench.settleAll()).toEqual([]);
  expect(sides()).toEqual(both('/a.txt one'));
});

test('an operation that was opened anew may not write any more', async () => {
  bench.dropbox.put('/a.txt', 'one');
  await bench.lookAndPlan();
  const late = await bench.open('/a.txt');
  const opened = await readOperation(bench.store.prisma, late.input, late.serial);
  const may = () => mayWrite(bench.store.prisma, late.input, opened!.operation);
  expect(await may()).toBe(true);
  await bench.open('/a.txt');
  expect(await may()).toBe(false);
});

test.each([
  { state: 'paused' },
  { state: 'halted', haltReason: 'root_missing' },
  { state: 'removed', deletedAt: new Date() },
])('no write is allowed while the sync is $state, whatever its generation', async (stopped) => {
  bench.dropbox.put('/a.txt', 'one');
  await bench.lookAndPlan();
  const { input, serial } = await bench.open('/a.txt');
  const opened = await readOperation(bench.store.prisma, input, serial);
  await database.store.prisma.channelSync.update({ where: { id: bench.ref.syncId }, data: stopped });
  expect(await mayWrite(bench.store.prisma, input, opened!.operation)).toBe(false);
});

test.each(['the cursor', 'the listing'] as const)(
  'a page of the feed is stored only where %s is still the one it continues',
  async (moved) => {
    await settledFile();
    const { dbxCursor, dbxLook } = await bench.sync();
    const page = { objects: [], tombstones: [], cursor: 'next', hasMore: false };
    const from = moved === 'the cursor' ? 'another' : dbxCursor;
    const look = moved === 'the listing' ? dbxLook + 2 : dbxLook;

    const stored = inTransaction(bench.store, (tx) =>
      foldDropboxPage(tx, bench.ref, { ...page, from, look }),
    );

    await expect(stored).rejects.toMatchObject({ code: 'write_contention' });
    expect((await bench.sync()).dbxCursor).toBe(dbxCursor);
  },
);

test('another portal can neither open nor read an operation', async () => {
  bench.dropbox.put('/a.txt', 'one');
  await bench.lookAndPlan();
  const { input, serial } = await bench.open('/a.txt');
  const foreign = { ...input, portalId: 'ws_other' };

  expect(await readOperation(bench.store.prisma, foreign, serial)).toBeNull();
  expect(await bench.steps.openOperation(foreign)).toEqual({ kind: 'wait' });
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
    owe: () => bench.dropbox.put('/a.txt', 'two'),
    meanwhile: () => bench.dropbox.put('/a.txt', 'three'),
    after: ['/a.txt three'],
  },
  {
    name: 'an edit on Assembly while its first version goes to Dropbox',
    owe: () => bench.assembly.put('/a.txt', 'two'),
    meanwhile: () => bench.assembly.put('/a.txt', 'three'),
    after: ['/a.txt three'],
  },
  {
    name: 'an edit on Dropbox of what is being created on Assembly',
    owe: () => bench.dropbox.put('/b.txt', 'new'),
    meanwhile: () => bench.dropbox.put('/b.txt', 'newer'),
    path: '/b.txt',
    after: ['/a.txt one', '/b.txt newer'],
  },
  {
    name: 'an edit on Assembly of what is being created on Dropbox',
    owe: () => bench.assembly.put('/b.txt', 'new'),
    meanwhile: () => bench.assembly.put('/b.txt', 'newer'),
    path: '/b.txt',
    after: ['/a.txt one', '/b.txt newer'],
  },
  {
    name: 'a delete on Dropbox of what is being created on Assembly',
    owe: () => bench.dropbox.put('/b.txt', 'new'),
    meanwhile: () => bench.dropbox.remove('/b.txt'),
    path: '/b.txt',
    after: ['/a.txt one'],
  },
  {
    name: 'a delete on Assembly of what is being created on Dropbox',
    owe: () => bench.assembly.put('/b.txt', 'new'),
    meanwhile: () => bench.assembly.remove('/b.txt'),
    path: '/b.txt',
    after: ['/a.txt one'],
  },
  {
    name: 'a second rename on Dropbox while the first is carried out',
    owe: () => bench.dropbox.move('/a.txt', '/b.txt'),
    meanwhile: () => bench.dropbox.move('/b.txt', '/c.txt'),
    path: '/b.txt',
    after: ['/c.txt one'],
  },
  {
    name: 'a second rename on Assembly while the first is carried out',
    owe: () => bench.assembly.move('/a.txt', '/b.txt'),
    meanwhile: () => bench.assembly.move('/b.txt', '/c.txt'),
    path: '/b.txt',
    after: ['/c.txt one'],
  },
  {
    name: 'a file that comes back on Dropbox while its delete goes to Assembly',
    owe: () => bench.dropbox.remove('/a.txt'),
    meanwhile: () => bench.dropbox.put('/a.txt', 'back'),
    after: ['/a.txt back'],
  },
  {
    name: 'a file that comes back on Assembly while its delete goes to Dropbox',
    owe: () => bench.assembly.remove('/a.txt'),
    meanwhile: () => bench.assembly.put('/a.txt', 'back'),
    after: ['/a.txt back'],
  },
];

describe.each(['before', 'after'] as const)('seen %s the remote call', (when) => {
  test.each(RACES)('$name', async ({ owe, meanwhile, path, after }) => {
    await settledFile();
    owe();
    await bench.lookAndPlan();
    const { input, serial } = await bench.openWrite(path ?? '/a.txt');
    const change = async () => {
      meanwhile();
      await bench.observe();
    };

    if (when === 'before') await change();
    const outcome = await bench.apply(input, serial);
    if (when === 'after') await change();
    await bench.steps.settleOperation(input, serial, outcome);

    expect(await bench.settleAll()).toEqual([]);
    expect(sides()).toEqual(both(...after));
  });
});

test('a version whose bytes are being read for their hash may be followed by a newer one', async () => {
  await settledFile();
  bench.assembly.put('/a.txt', 'two');
  await bench.lookAndPlan();
  const { input, serial } = await bench.open('/a.txt');
  const outcome = await bench.apply(input, serial);
  bench.assembly.put('/a.txt', 'six');
  await bench.observe();
  await bench.steps.settleOperation(input, serial, outcome);

  expect(await bench.settleAll()).toEqual([]);
  expect(sides()).toEqual(both('/a.txt six'));
});

test('a fault of the side gives the attempt back and opens its breaker', async () => {
  bench.dropbox.put('/a.txt', 'one');
  bench.assembly.faults.refuse('createFile', 'access_denied');

  expect(await bench.settleAll()).toEqual([]);

  expect(await bench.item('/a.txt')).toMatchObject({
    pendingAction: 'create',
    pendingActionAttempts: 0,
    pendingActionErrorCode: null,
  });
  expect(await bench.store.prisma.sideBreaker.count({ where: { portalId: bench.ref.portalId } })).toBe(1);
});

test('what a side refuses for good is unsyncable until its source changes', async () => {
  bench.dropbox.put('/a.txt', 'one');
  bench.assembly.faults.refuse('createFile', 'name_not_allowed');

  expect(await bench.settleAll()).toMatchObject([{ code: 'name_not_allowed' }]);
  expect(await bench.settleAll()).toEqual([]);
  expect(await bench.item('/a.txt')).toMatchObject({
    pendingAction: null,
    pendingActionErrorCode: 'name_not_allowed',
  });
  expect(bench.assembly.tree()).toEqual([]);

  bench.dropbox.put('/a.txt', 'two');
  expect(await bench.settleAll()).toEqual([]);
  expect(sides()).toEqual(both('/a.txt two'));
  expect(await bench.item('/a.txt')).toMatchObject({ pendingActionErrorCode: null });
});

test('what comes to a path while the delete there is being settled is not lost with the item that goes', async () => {
  await settledFile();
  bench.assembly.remove('/a.txt');
  await bench.lookAndPlan();
  const { input, serial } = await bench.open('/a.txt');
  const outcome = await bench.apply(input, serial);
  if (outcome.kind !== 'done') throw new Error('the delete was not carried out');
  bench.assembly.put('/a.txt', 'two');
  await bench.observe('assembly');
  let commit = () => {};
  const held = new Promise<void>((resolve) => {
    commit = resolve;
  });
  let locked = () => {};
  const settling = new Promise<void>((resolve) => {
    locked = resolve;
  });
  const settled = inTransaction(database.store, async (tx) => {
    const item = await settleOperation(tx, input, serial, outcome.effect);
    await replanItem(tx, bench.ref, item!);
    locked();
    await held;
  });
  await settling;
  const planned = bench.plan();
  await waitFor(async () => {
    const waiting = await database.store.prisma.$queryRaw<unknown[]>`
      SELECT FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock'`;
    return waiting.length > 0 ? true : 'the plan does not wait';
  }, 10_000);
  commit();
  await Promise.all([settled, planned]);
  expect(await bench.settleAll()).toEqual([]);
  expect(sides()).toEqual(both('/a.txt two'));
});

describe('Assembly tells of our upload before it is recorded', () => {
  async function uploaded() {
    bench.dropbox.put('/a.txt', 'one');
    await bench.lookAndPlan();
    const { input, serial } = await bench.open('/a.txt');
    const outcome = await bench.apply(input, serial);
    return { settle: () => bench.steps.settleOperation(input, serial, outcome) };
  }
  async function told() {
    const { assemblyUploadId: id } = await bench.item('/a.txt');
    const object = await bench.assembly.client.retrieveFile(id!);
    const event = { ...object!, eventType: 'file.updated' };
    return { event, verdict: await weighEvent(database.store, bench.ref.portalId, bench.ref.syncId, event) };
  }

  test('the version is known from then on, so that nobody has to read the bytes to see that they are ours', async () => {
    const { settle } = await uploaded();
    const { event, verdict } = await told();
    expect(verdict).toBe('echo');
    await settle();
    expect(await bench.item('/a.txt')).toMatchObject({
      assemblyVersion: event.version,
      assemblyUploadId: null,
      assemblyUploadVersion: null,
    });
  });

  test('what somebody writes into it at once is looked at and comes to Dropbox, though it is as long', async () => {
    const { settle } = await uploaded();
    await told();
    bench.assembly.put('/a.txt', 'two');
    expect((await told()).verdict).toBe('object');
    await bench.observe('assembly');
    await settle();
    expect(await bench.settleAll()).toEqual([]);
    expect(sides()).toEqual(both('/a.txt two'));
  });
});
