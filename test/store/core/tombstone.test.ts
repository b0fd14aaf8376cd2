import { inTransaction } from '../../../src/store/client';
import { rearmItem } from '../../../src/store/itemViews';
import { rearmAll } from '../../../src/store/sweeping';
import { bringToRest, expectToRest } from './world/drive';
import { useWorld } from './world/useWorld';

const world = useWorld({ revOnMove: 'new' });

async function owedCreate() {
  world.people.dropbox.put('/a.txt', 'one');
  await world.lookAndPlan();
  return await world.item('/a.txt');
}
const history = () =>
  world.store.prisma.syncHistory.findMany({
    where: { channelSyncId: world.ref.syncId },
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
  const { serial } = await world.open('/a.txt');
  const opened = await world.item('/a.txt');
  expect(opened).toMatchObject({
    pendingAction: 'create',
    pendingActionAttempts: 1,
    operation: { serial, action: 'create', target: 'assembly', attempt: 1 },
  });
  expect(opened.pendingActionLastAttemptAt!.getTime()).toBeGreaterThan(before - 5_000);
  const asked = world.calls.log.filter((call) => call.startsWith('assembly.'));
  expect(asked.filter((call) => call !== 'assembly.listFiles')).toEqual([]);
});

test('a failure writes its words, its code and its time, once', async () => {
  await owedCreate();
  const { input, serial } = await world.open('/a.txt');
  expect(await world.steps.markFailed(input, serial, fault)).toBe('retrying');
  const failed = await world.item('/a.txt');
  expect(failed).toMatchObject({
    pendingAction: 'create',
    pendingActionAttempts: 1,
    pendingActionLastError: 'no',
    pendingActionErrorCode: 'rejected',
    operation: null,
  });
  await world.steps.markFailed(input, serial, { code: 'internal', message: 'another' });
  expect(await world.item('/a.txt')).toEqual(failed);
  expect(
    (await history()).map(({ outcome, errorCode, attempts }) => ({ outcome, errorCode, attempts })),
  ).toEqual([{ outcome: 'failed', errorCode: 'rejected', attempts: 1 }]);
});

test('the tenth failure of its own makes an item stuck', async () => {
  await owedCreate();
  await world.store.prisma.fileFolderSync.updateMany({
    where: { channelSyncId: world.ref.syncId },
    data: { pendingActionAttempts: 9 },
  });
  const { input, serial } = await world.open('/a.txt');
  expect(await world.steps.markFailed(input, serial, fault)).toBe('stuck');
});

test('what a plan finds done while the try of it is counted as failed owes nothing, and what comes into it is synced', async () => {
  world.people.assembly.folder('/d');
  await world.lookAndPlan();
  world.calls.breakOff('dropbox.createFolder', 'after');
  const { input, serial } = await world.open('/d');
  await expect(world.apply(input, serial)).rejects.toMatchObject({ code: 'connection_failed' });
  await world.lookAndPlan();
  expect(await world.item('/d')).toMatchObject({ pendingAction: null, operation: { serial } });
  await world.steps.markFailed(input, serial, fault);
  expect(await world.item('/d')).toMatchObject({
    pendingAction: null,
    pendingActionAttempts: 0,
    pendingActionLastAttemptAt: null,
    pendingActionLastError: null,
    pendingActionErrorCode: null,
    operation: null,
  });
  world.people.assembly.put('/d/a.txt', 'one');
  await expectToRest(world, ['folder /d', 'file /d/a.txt one']);
});

test('an item that was re-armed while its last attempt failed is not stuck, and its workflow says so', async () => {
  await owedCreate();
  await world.store.prisma.fileFolderSync.updateMany({
    where: { channelSyncId: world.ref.syncId },
    data: { pendingActionAttempts: 9 },
  });
  const { input, serial } = await world.open('/a.txt');
  await rearmItem(world.store, world.ref, input.itemId);
  expect(await world.steps.markFailed(input, serial, fault)).toBe('retrying');
});

test('success clears the tombstone with all that was said on it', async () => {
  await owedCreate();
  const first = await world.open('/a.txt');
  await world.steps.markFailed(first.input, first.serial, fault);
  const { input, serial } = await world.open('/a.txt');
  await world.steps.settleOperation(input, serial, await world.apply(input, serial));
  expect(await world.item('/a.txt')).toMatchObject({
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
    world.calls.breakOff('assembly.createFile', 'after');
    const { input, serial } = await world.open('/a.txt');
    await expect(world.apply(input, serial)).rejects.toMatchObject({ code: 'connection_failed' });
    expect(world.trees().assembly).toEqual(['pending file /a.txt']);
    const code = by === 'a fault of the side' ? 'access_denied' : 'rejected';
    await world.steps.markFailed(input, serial, { code, message: 'no' });
    if (by === 'rearmItem') await rearmItem(world.store, world.ref, id);
    if (by === 'rearmAll') await inTransaction(world.store, (tx) => rearmAll(tx, world.ref));
    await world.store.prisma.sideBreaker.deleteMany({ where: { portalId: world.ref.portalId } });

    await world.plan();
    const again = await world.open('/a.txt');
    await world.steps.settleOperation(
      again.input,
      again.serial,
      await world.apply(again.input, again.serial),
    );

    expect(world.trees().assembly).toEqual(['file /a.txt one']);
  },
);

test('an update has no moment without a file, and survives a crash between its two halves', async () => {
  world.people.dropbox.put('/a.txt', 'one');
  expect(await bringToRest(world)).toEqual([]);
  world.people.dropbox.put('/a.txt', 'two');
  await world.lookAndPlan();
  const moments: string[][] = [];
  const look = () =>
    void moments.push(world.trees().assembly.filter((entry) => !entry.startsWith('pending ')));
  world.calls.refuse('assembly.deleteFile', 'connection_failed');
  for (const call of ['assembly.createFile', 'assembly.upload', 'assembly.deleteFile'] as const) {
    world.calls.trap(call, 'before', look);
    world.calls.trap(call, 'after', look);
  }
  const { input, serial } = await world.open('/a.txt');
  await expect(world.apply(input, serial)).rejects.toMatchObject({ code: 'connection_failed' });
  // Between the halves both versions are there, and the row still says what is owed.
  expect(world.trees().assembly).toEqual(['file /a.txt one', 'file /a.txt two']);
  expect(await world.item('/a.txt')).toMatchObject({
    pendingAction: 'update',
    pendingActionTarget: 'assembly',
  });

  await world.due();
  expect(await bringToRest(world)).toEqual([]);
  expect(world.trees().assembly).toEqual(['file /a.txt two']);
  for (const there of moments) expect(there.length).toBeGreaterThan(0);
  expect(moments.length).toBeGreaterThanOrEqual(5);
});
