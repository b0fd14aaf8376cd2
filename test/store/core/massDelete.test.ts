import { approveHalt } from '../../../src/store/syncState';
import { converge, drive, expectAtRest, follow } from './world/drive';
import { useWorld } from './world/useWorld';

const world = useWorld({ massDelete: { min: 3, ratio: 0.5 } });
beforeEach(async () => {
  for (let n = 0; n < 6; n++) world.people.dropbox.put(`/file ${n}.txt`, `bytes ${n}`);
  await converge(world);
  // Seen complete on Assembly too: what never was is recreated, not deleted.
  await world.observe();
});

const halt = () =>
  world.store.prisma.channelSync.findFirstOrThrow({
    where: { id: world.ref.syncId },
    select: { state: true, haltReason: true, haltId: true, haltItems: true, generation: true },
  });
const removeAll = (side: 'dropbox' | 'assembly') => {
  for (let n = 0; n < 6; n++) {
    if (side === 'dropbox') world.people.dropbox.remove(`/file ${n}.txt`);
    else world.assembly.remove(`/file ${n}.txt`);
  }
};
const kept = (side: 'dropbox' | 'assembly') => world.trees()[side === 'dropbox' ? 'assembly' : 'dropbox'];

describe.each(['dropbox', 'assembly'] as const)('very many deletes on %s', (side) => {
  // An empty channel is halted for another reason, so one file stays there.
  beforeEach(() => {
    if (side === 'assembly') world.assembly.put('/stays.txt', 'stays');
  });

  test('halt the sync with the list, and no delete is owed', async () => {
    const before = await halt();
    removeAll(side);
    await follow(world);
    expect(kept(side)).toHaveLength(6);
    const after = await halt();
    expect(after).toMatchObject({ state: 'halted', haltReason: 'mass_delete' });
    expect(after.generation).toBeGreaterThan(before.generation);
    expect(after.haltItems).toMatchObject({ count: 6 });
    expect((await world.items()).filter((row) => row.pendingAction === 'delete')).toEqual([]);
    await drive(world);
    expect(kept(side)).toHaveLength(6);
  });

  test('go ahead once approved, this once', async () => {
    removeAll(side);
    await follow(world);
    expect(await approveHalt(world.store, world.ref, (await halt()).haltId!)).toBe(true);
    await converge(world);
    await expectAtRest(world, side === 'assembly' ? ['file /stays.txt stays'] : []);

    for (let n = 0; n < 6; n++) world.people.dropbox.put(`/file ${n}.txt`, 'again');
    await follow(world);
    removeAll('dropbox');
    await follow(world);
    expect(await halt()).toMatchObject({ state: 'halted', haltReason: 'mass_delete' });
  });

  test('go ahead once approved, whatever else is planned before the last of them has begun', async () => {
    removeAll(side);
    await follow(world);
    await approveHalt(world.store, world.ref, (await halt()).haltId!);
    const call = side === 'dropbox' ? 'assembly.deleteFile' : 'dropbox.delete';
    world.calls.trap(call, 'after', async () => void (await world.plan()));
    await converge(world);
    await expectAtRest(world, side === 'assembly' ? ['file /stays.txt stays'] : []);
  });

  test('that an approval of another halt does not let through', async () => {
    removeAll(side);
    await follow(world);
    expect(await approveHalt(world.store, world.ref, '00000000-0000-4000-8000-000000000000')).toBe(false);
    expect(await halt()).toMatchObject({ state: 'halted' });
  });
});

test('half of the items is not a mass delete', async () => {
  for (let n = 0; n < 3; n++) world.people.dropbox.remove(`/file ${n}.txt`);
  await follow(world);
  await expectAtRest(world, [
    'file /file 3.txt bytes 3',
    'file /file 4.txt bytes 4',
    'file /file 5.txt bytes 5',
  ]);
});

test('deletes that trickle in, each look below the bound, are carried out', async () => {
  for (let n = 0; n < 5; n++) {
    world.people.dropbox.remove(`/file ${n}.txt`);
    await follow(world);
  }
  await expectAtRest(world, ['file /file 5.txt bytes 5']);
});

test('a folder renamed with very much in it is no mass delete', async () => {
  for (let n = 0; n < 8; n++) world.people.dropbox.put(`/folder/file ${n}.txt`, `bytes ${n}`);
  await follow(world);
  world.people.dropbox.rename('/folder', '/renamed');
  await follow(world);
  expect(await halt()).toMatchObject({ state: expect.stringMatching(/initial|active/) });
  expect(world.trees().assembly.filter((line) => line.includes('/renamed/'))).toHaveLength(8);
  await expectAtRest(world);
});

test('a root that is gone halts the sync and deletes nothing', async () => {
  world.dropbox.remove('/Clients');
  await world.observe();
  expect(await halt()).toMatchObject({ state: 'halted', haltReason: 'root_missing' });
  await drive(world);
  expect(world.trees().assembly).toHaveLength(6);
});

test('a root that was moved is followed', async () => {
  world.dropbox.rename('/Clients', '/Elsewhere/Clients');
  await follow(world);
  const { dbxRootPath } = await world.store.prisma.channelSync.findFirstOrThrow({
    where: { id: world.ref.syncId },
    select: { dbxRootPath: true },
  });
  expect(dbxRootPath).toBe('/Elsewhere/Clients');
  expect(world.trees().assembly).toHaveLength(6);
  world.dropbox.put('/Elsewhere/Clients/new.txt', 'new');
  await follow(world);
  expect(world.trees().assembly).toContain('file /new.txt new');
});
