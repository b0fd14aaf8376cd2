import { inTransaction } from '../../../src/store/client';
import { rearmItem } from '../../../src/store/itemViews';
import { rearmAll } from '../../../src/store/sweeping';
import { createTestDatabase, type TestDatabase } from '../../support/database';
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

async function owedCreate() {
  bench.dropbox.put('/a.txt', 'one');
  await bench.lookAndPlan();
  return await bench.item('/a.txt');
}
const history = () =>
  database.store.prisma.syncHistory.findMany({
    where: { channelSyncId: bench.ref.syncId },
    orderBy: { id: 'asc' },
  });
const fault = { code: 'rejected', message: 'no' };

test('opening stamps the attempt, its time and what is about to happen, before any call', async () => {
  expect(await owedCreate()).toMatchObject({
    pendingAction: 'create',
    pendingActionTarget: 'assembly',
    pendingActionAttempts: 0,
    pendingActionLastAttemptAt: null,
    operation: null,
  });
  const before = Date.now();
  const { serial } = await bench.open('/a.txt');
  const opened = await bench.item('/a.txt');
  expect(opened).toMatchObject({
    pendingAction: 'create',
    pendingActionAttempts: 1,
    operation: { serial, action: 'create', target: 'assembly', attempt: 1 },
  });
  expect(opened.pendingActionLastAttemptAt!.getTime()).toBeGreaterThan(before - 5_000);
  expect(bench.assembly.faults.calls.filter((call) => call !== 'listFiles')).toEqual([]);
});

test('a failure writes its words, its code and its time, once', async () => {
  await owedCreate();
  const { input, serial } = await bench.open('/a.txt');
  expect(await bench.steps.markFailed(input, serial, fault)).toBe('retrying');
  const failed = await bench.item('/a.txt');
  expect(failed).toMatchObject({
    pendingAction: 'create',
    pendingActionAttempts: 1,
    pendingActionLastError: 'no',
    pendingActionErrorCode: 'rejected',
    operation: null,
  });
  await bench.steps.markFailed(input, serial, { code: 'internal', message: 'another' });
  expect(await bench.item('/a.txt')).toEqual(failed);
  expect(
    (await history()).map(({ outcome, errorCode, attempts }) => ({ outcome, errorCode, attempts })),
  ).toEqual([{ outcome: 'failed', errorCode: 'rejected', attempts: 1 }]);
});

test('the tenth failure of its own makes an item stuck', async () => {
  await owedCreate();
  await database.store.prisma.fileFolderSync.updateMany({
    where: { channelSyncId: bench.ref.syncId },
    data: { pendingActionAttempts: 9 },
  });
  const { input, serial } = await bench.open('/a.txt');
  expect(await bench.steps.markFailed(input, serial, fault)).toBe('stuck');
});

test('an item that was re-armed while its last attempt failed is not stuck, and its workflow says so', async () => {
  await owedCreate();
  await database.store.prisma.fileFolderSync.updateMany({
    where: { channelSyncId: bench.ref.syncId },
    data: { pendingActionAttempts: 9 },
  });
  const { input, serial } = await bench.open('/a.txt');
  await rearmItem(bench.store, bench.ref, input.itemId);
  expect(await bench.steps.markFailed(input, serial, fault)).toBe('retrying');
});

test('success clears the tombstone with all that was said on it', async () => {
  await owedCreate();
  const first = await bench.open('/a.txt');
  await bench.steps.markFailed(first.input, first.serial, fault);
  const { input, serial } = await bench.open('/a.txt');
  await bench.steps.settleOperation(input, serial, await bench.apply(input, serial));
  expect(await bench.item('/a.txt')).toMatchObject({
    pendingAction: null,
    pendingActionTarget: null,
    pendingActionAttempts: 0,
    pendingActionLastAttemptAt: null,
    pendingActionLastError: null,
    pendingActionErrorCode: null,
    operation: null,
    failedRun: false,
  });
  expect((await history()).map(({ outcome, attempts }) => [outcome, attempts])).toEqual([
    ['failed', 1],
    ['done', 2],
  ]);
});

test.each(['rearmItem', 'rearmAll', 'a fault of the side'] as const)(
  'after %s, what a lost answer has made is found before anything is made again',
  async (by) => {
    const { id } = await owedCreate();
    bench.assembly.faults.next('createFile', 'after');
    const { input, serial } = await bench.open('/a.txt');
    await expect(bench.apply(input, serial)).rejects.toMatchObject({ code: 'connection_failed' });
    expect(bench.assembly.tree()).toEqual(['/a.txt (pending)']);
    const code = by === 'a fault of the side' ? 'access_denied' : 'rejected';
    await bench.steps.markFailed(input, serial, { code, message: 'no' });
    if (by === 'rearmItem') await rearmItem(bench.store, bench.ref, id);
    if (by === 'rearmAll') await inTransaction(bench.store, (tx) => rearmAll(tx, bench.ref));
    await database.store.prisma.sideBreaker.deleteMany({ where: { portalId: bench.ref.portalId } });

    await bench.plan();
    const again = await bench.open('/a.txt');
    await bench.steps.settleOperation(
      again.input,
      again.serial,
      await bench.apply(again.input, again.serial),
    );

    expect(bench.assembly.tree()).toEqual(['/a.txt one']);
  },
);

test('an update has no moment without a file, and survives a crash between its two halves', async () => {
  bench.dropbox.put('/a.txt', 'one');
  expect(await bench.settleAll()).toEqual([]);
  bench.dropbox.put('/a.txt', 'two');
  await bench.lookAndPlan();
  const moments: string[][] = [];
  const look = () => void moments.push(bench.assembly.tree().filter((entry) => !entry.includes('(pending)')));
  bench.assembly.faults.refuse('deleteFile', 'connection_failed');
  for (const call of ['createFile', 'upload', 'deleteFile']) {
    bench.assembly.faults.next(call, 'before', look);
    bench.assembly.faults.next(call, 'after', look);
  }
  const { input, serial } = await bench.open('/a.txt');
  await expect(bench.apply(input, serial)).rejects.toMatchObject({ code: 'connection_failed' });
  // Between the halves both versions are there, and the row still says what is owed.
  expect(bench.assembly.tree()).toEqual(['/a.txt one', '/a.txt two']);
  expect(await bench.item('/a.txt')).toMatchObject({
    pendingAction: 'update',
    pendingActionTarget: 'assembly',
  });

  await bench.due();
  expect(await bench.settleAll()).toEqual([]);
  expect(bench.assembly.tree()).toEqual(['/a.txt two']);
  for (const there of moments) expect(there.length).toBeGreaterThan(0);
  expect(moments.length).toBeGreaterThanOrEqual(5);
});
