import { endPass, nextWork } from '../../../src/activities/channel';
import { bringToRest, expectToRest } from './world/drive';
import { useWorld } from './world/useWorld';

const world = useWorld();

const sql = () => world.store.prisma;
const reviewed = async (review: 'waits' | 'all') => (await endPass(world.deps, world.ref, review)).reviewed;

/** As a plan that went wrong would leave an item: with its place in a folder that no item is. */
async function misplace(path: string, to: string): Promise<void> {
  const { id } = await world.item(path);
  await sql().fileFolderSync.update({ where: { id }, data: { itemPath: to, pathKey: to } });
}

/** The folder has failed as often as it may: what is to live in it waits, and rightly so. */
async function stickFolder(path: string): Promise<void> {
  const { id } = await world.item(path);
  await sql().fileFolderSync.update({ where: { id }, data: { pendingActionAttempts: 10 } });
}

test('what waits for a folder that nobody makes is planned anew, by where it is, and carried out', async () => {
  world.people.dropbox.folder('/d');
  world.people.dropbox.put('/d/a.txt', 'one');
  world.people.assembly.put('/b.txt', 'two');
  await world.lookAndPlan();
  await misplace('/d/a.txt', '/gone/a.txt');
  await misplace('/b.txt', '/gone/b.txt');
  await bringToRest(world);
  expect(await world.plans()).toEqual(['create assembly /gone/a.txt', 'create dropbox /gone/b.txt']);
  expect(await reviewed('waits')).toBeGreaterThan(0);
  await expectToRest(world, ['file /b.txt two', 'file /d/a.txt one', 'folder /d']);
});

test('a conflict copy that waits for a folder that nobody makes keeps its name and gets a place where it is', async () => {
  world.people.dropbox.put('/d/a.txt', 'one');
  world.people.assembly.put('/d/a.txt', 'another');
  await world.lookAndPlan();
  const copy = '/a (Assembly conflicted copy 2026-11-23).txt';
  await misplace(`/d${copy}`, `/gone${copy}`);
  await bringToRest(world);
  expect(await reviewed('waits')).toBeGreaterThan(0);
  await expectToRest(world, ['file /d/a.txt one', `file /d${copy} another`, 'folder /d']);
});

test('a folder that waits for one that nobody makes takes along what is to live in it', async () => {
  world.people.assembly.folder('/d');
  world.people.assembly.put('/d/a.txt', 'one');
  await world.lookAndPlan();
  await misplace('/d/a.txt', '/gone/d/a.txt');
  await misplace('/d', '/gone/d');
  await bringToRest(world);
  expect(await world.plans()).toHaveLength(2);
  expect(await reviewed('waits')).toBeGreaterThan(0);
  await expectToRest(world, ['file /d/a.txt one', 'folder /d']);
});

test('a folder that is to be deleted once all has left it is planned anew with what is in it', async () => {
  world.people.dropbox.folder('/d');
  await expectToRest(world, ['folder /d']);
  world.people.assembly.put('/d/a.txt', 'one');
  await expectToRest(world, ['file /d/a.txt one', 'folder /d']);
  // As if the file had been overlooked when somebody deleted the folder.
  const { id } = await world.item('/d');
  await sql().fileFolderSync.update({
    where: { id },
    data: { pendingAction: 'delete', pendingActionTarget: 'assembly' },
  });
  expect((await nextWork(world.deps, world.ref, 10, [])).items).toEqual([]);
  expect(await reviewed('waits')).toBe(2);
  await expectToRest(world, ['file /d/a.txt one', 'folder /d']);
});

test('a wait that is right keeps its plan, its tries and what is said of it', async () => {
  world.people.dropbox.folder('/d');
  world.people.dropbox.put('/d/a.txt', 'one');
  await world.lookAndPlan();
  await stickFolder('/d');
  const { id } = await world.item('/d/a.txt');
  const tried = {
    pendingActionAttempts: 2,
    pendingActionLastAttemptAt: new Date('2026-01-01T00:00:00Z'),
    pendingActionLastError: 'no',
    pendingActionErrorCode: 'rejected',
  };
  await sql().fileFolderSync.update({ where: { id }, data: tried });
  const { updatedAt: _, ...before } = await world.item('/d/a.txt');
  expect(await reviewed('waits')).toBe(2);
  expect(await world.item('/d/a.txt')).toMatchObject({ dirty: true });
  await world.plan();
  expect(await world.item('/d/a.txt')).toMatchObject(before);
  expect(before).toMatchObject({ ...tried, dirty: false, pendingAction: 'create' });
});

test('what can be carried out, waits for its time or owes nothing is left alone', async () => {
  world.people.dropbox.put('/same.txt', 'zero');
  await expectToRest(world, ['file /same.txt zero']);
  world.people.dropbox.put('/ready.txt', 'one');
  world.people.dropbox.put('/failed.txt', 'two');
  await world.lookAndPlan();
  const { input, serial } = await world.open('/failed.txt');
  await world.steps.markFailed(input, serial, { code: 'rejected', message: 'no' });
  expect(await reviewed('all')).toBe(0);
});

test('one review looks into five hundred waits', async () => {
  world.people.dropbox.folder('/d');
  for (let index = 0; index < 520; index++) world.people.dropbox.put(`/d/${index}.txt`, String(index));
  await world.lookAndPlan();
  await stickFolder('/d');
  // Five hundred files, and the folder that they wait for.
  expect(await reviewed('waits')).toBe(501);
});

test('after a full look, what owes nothing though a side lacks it is planned anew', async () => {
  world.people.dropbox.put('/a.txt', 'one');
  world.people.assembly.put('/b.txt', 'two');
  await world.lookAndPlan();
  await sql().fileFolderSync.updateMany({
    where: { channelSyncId: world.ref.syncId },
    data: { pendingAction: null, pendingActionTarget: null },
  });
  expect(await reviewed('waits')).toBe(0);
  expect(await reviewed('all')).toBe(2);
  await expectToRest(world, ['file /a.txt one', 'file /b.txt two']);
});

test('after a full look, a reason that is over keeps nothing in a folder from being synced', async () => {
  world.people.dropbox.folder('/d');
  await expectToRest(world, ['folder /d']);
  const { id } = await world.item('/d');
  await sql().fileFolderSync.update({ where: { id }, data: { pendingActionErrorCode: 'rejected' } });
  world.people.dropbox.put('/d/a.txt', 'one');
  await bringToRest(world);
  expect(world.trees().assembly).toEqual(['folder /d']);
  expect(await reviewed('waits')).toBe(0);
  expect(await reviewed('all')).toBe(1);
  await expectToRest(world, ['file /d/a.txt one', 'folder /d']);
});

test('a name that a side has refused is not asked for again', async () => {
  world.people.dropbox.put('/a.txt', 'one');
  await world.lookAndPlan();
  const { input, serial } = await world.open('/a.txt');
  await world.steps.markFailed(input, serial, { code: 'name_not_allowed', message: 'no such name' });
  await world.plan();
  expect(await world.item('/a.txt')).toMatchObject({ pendingAction: null });
  expect(await reviewed('all')).toBe(1);
  await world.plan();
  expect(await world.item('/a.txt')).toMatchObject({
    pendingAction: null,
    pendingActionErrorCode: 'name_not_allowed',
  });
});
