import { createActivities } from '../../../src/activities';
import { endPass } from '../../../src/activities/channel';
import { otherSide } from '../../../src/domain/types';
import { approveHalt } from '../../../src/store/syncState';
import { bringToRest, expectAtRest, expectToRest } from './world/drive';
import { useWorld } from './world/useWorld';

const world = useWorld({ revOnMove: 'new' });

test('equal files on both sides are linked without a write', async () => {
  world.people.dropbox.put('/f/a.txt', 'same');
  world.people.assembly.put('/f/a.txt', 'same');

  expect(await bringToRest(world)).toEqual([]);
  expect(world.calls.writes()).toEqual([]);
  await expectAtRest(world, ['folder /f', 'file /f/a.txt same']);
});

test('different files of one name at first sight are both kept, once, however often it is planned', async () => {
  world.people.dropbox.put('/a.txt', 'of dropbox');
  world.people.assembly.put('/a.txt', 'of assembly');

  for (let count = 0; count < 3; count++) {
    await world.lookAndPlan();
    await world.store.prisma.fileFolderSync.updateMany({
      where: { channelSyncId: world.ref.syncId },
      data: { dirty: true },
    });
  }

  await expectToRest(world, [
    'file /a (Assembly conflicted copy 2026-11-23).txt of assembly',
    'file /a.txt of dropbox',
  ]);
  expect(await world.items()).toHaveLength(2);
});

test('folders are made before what they hold, and go after it', async () => {
  world.people.dropbox.put('/a/b/c.txt', 'deep');
  await world.lookAndPlan();
  expect(await world.plans()).toEqual([
    'create assembly /a',
    'create assembly /a/b',
    'create assembly /a/b/c.txt',
  ]);
  await expect(world.open('/a/b/c.txt')).rejects.toThrow('wait');
  await expectToRest(world, ['folder /a', 'folder /a/b', 'file /a/b/c.txt deep']);

  world.people.dropbox.remove('/a');
  await world.lookAndPlan();
  await expect(world.open('/a')).rejects.toThrow('wait');
  await expectToRest(world, []);
  expect(await world.items()).toEqual([]);
});

describe.each(['dropbox', 'assembly'] as const)('what a person does on %s', (side) => {
  const person = () => world.people[side];
  const other = () => world.people[otherSide(side)];

  test('the move of a folder takes along what lies below it', async () => {
    world.people.dropbox.put('/old/deep/a.txt', 'a');
    world.people.dropbox.put('/old/b.txt', 'b');
    await expectToRest(world, [
      'folder /old',
      'file /old/b.txt b',
      'folder /old/deep',
      'file /old/deep/a.txt a',
    ]);
    const ids = (await world.items()).map((item) => item.id).sort();

    person().rename('/old', '/new');

    await expectToRest(world, [
      'folder /new',
      'file /new/b.txt b',
      'folder /new/deep',
      'file /new/deep/a.txt a',
    ]);
    expect((await world.items()).map((item) => item.id).sort()).toEqual(ids);
  });

  test('a file takes the place of a folder, and a folder that of a file', async () => {
    world.people.dropbox.put('/folder/in.txt', 'in');
    world.people.dropbox.put('/file', 'file');
    await bringToRest(world);

    person().remove('/folder');
    person().put('/folder', 'now a file');
    person().remove('/file');
    person().put('/file/in.txt', 'now a folder');

    await expectToRest(world, ['folder /file', 'file /file/in.txt now a folder', 'file /folder now a file']);
  });

  test('a child that the other side added to a moved folder goes along', async () => {
    world.people.dropbox.put('/old/a.txt', 'a');
    await bringToRest(world);

    person().rename('/old', '/new');
    other().put('/old/added.txt', 'added');

    await expectToRest(world, ['folder /new', 'file /new/a.txt a', 'file /new/added.txt added']);
  });

  test('two files swap their names', async () => {
    world.people.dropbox.put('/a.txt', 'was a');
    world.people.dropbox.put('/b.txt', 'was b');
    await bringToRest(world);

    person().rename('/a.txt', '/t.txt');
    person().rename('/b.txt', '/a.txt');
    person().rename('/t.txt', '/b.txt');

    await expectToRest(world, ['file /a.txt was b', 'file /b.txt was a']);
  });

  test('an edit beats a delete', async () => {
    world.people.dropbox.put('/a.txt', 'one');
    await bringToRest(world);

    person().remove('/a.txt');
    other().put('/a.txt', 'two');

    await expectToRest(world, ['file /a.txt two']);
  });

  test('a deleted folder stays for what the other side added to it', async () => {
    world.people.dropbox.put('/f/a.txt', 'a');
    world.people.dropbox.put('/f/b.txt', 'b');
    await bringToRest(world);

    person().remove('/f');
    other().put('/f/new.txt', 'new');

    await expectToRest(world, ['folder /f', 'file /f/new.txt new']);
  });

  test('very many deletes halt the sync, and an approval releases exactly them', async () => {
    for (let index = 0; index < 30; index++) world.people.dropbox.put(`/f/${index}.txt`, `file ${index}`);
    expect(await bringToRest(world)).toEqual([]);
    const before = world.trees().dropbox.length;
    expect(before).toBe(31);

    person().remove('/f');
    expect(await world.lookAndPlan()).toBe(false);

    const halted = await world.sync();
    expect(halted).toMatchObject({ state: 'halted', haltReason: 'mass_delete', haltItems: { count: 31 } });
    expect(await world.plans()).toEqual([]);
    expect(await bringToRest(world)).toEqual([]);
    expect(world.trees()[otherSide(side)]).toHaveLength(31);

    expect(await approveHalt(world.store, world.ref, '11111111-1111-4111-8111-111111111111')).toBe(false);
    expect(await approveHalt(world.store, world.ref, halted.haltId!)).toBe(true);
    await expectToRest(world, []);
    expect(await world.sync()).toMatchObject({ state: 'active', approvedHaltId: null });
  });
});

test('two edits of one file are both kept; equal ones are one', async () => {
  world.people.dropbox.put('/a.txt', 'one');
  world.people.dropbox.put('/b.txt', 'one');
  await bringToRest(world);

  world.people.dropbox.put('/a.txt', 'of dropbox');
  world.people.assembly.put('/a.txt', 'of assembly');
  world.people.dropbox.put('/b.txt', 'both two');
  world.people.assembly.put('/b.txt', 'both two');

  await expectToRest(world, [
    'file /a (Assembly conflicted copy 2026-11-23).txt of assembly',
    'file /a.txt of dropbox',
    'file /b.txt both two',
  ]);
});

test('a file moved to two places is where Dropbox put it', async () => {
  world.people.dropbox.put('/a.txt', 'one');
  await bringToRest(world);

  world.people.dropbox.rename('/a.txt', '/of dropbox.txt');
  world.people.assembly.rename('/a.txt', '/of assembly.txt');

  await expectToRest(world, ['file /of dropbox.txt one']);
});

test('two Assembly names that are one path on Dropbox collide until one is renamed', async () => {
  world.people.assembly.put('/Name.txt', 'first');
  await expectToRest(world, ['file /Name.txt first']);
  world.people.assembly.put('/name.TXT', 'second');
  expect(await bringToRest(world)).toEqual([]);
  expect(world.trees().dropbox).toEqual(['file /Name.txt first']);
  expect(await world.item('/name.TXT')).toMatchObject({
    pendingAction: null,
    pendingActionErrorCode: 'name_collision',
  });

  world.people.assembly.rename('/name.TXT', '/other.txt');

  await expectToRest(world, ['file /Name.txt first', 'file /other.txt second']);
});

test('below a folder that the other side can not hold only the folder is listed', async () => {
  const bad = `/${'x'.repeat(300)}`;
  world.people.assembly.put(`${bad}/in.txt`, 'in');
  expect(await bringToRest(world)).toEqual([]);

  expect(world.trees().dropbox).toEqual([]);
  expect((await world.items()).map((item) => [item.itemPath, item.pendingAction])).toEqual([[bad, null]]);
  expect((await world.items())[0]!.pendingActionErrorCode).not.toBeNull();

  world.people.assembly.rename(bad, '/good');
  await expectToRest(world, ['folder /good', 'file /good/in.txt in']);
});

test('nothing is planned in the middle of a feed', async () => {
  world.people.dropbox.put('/a.txt', 'one');
  await bringToRest(world);
  world.people.dropbox.remove('/a.txt');
  await world.observe();
  const where = { id: world.ref.syncId };
  await world.store.prisma.channelSync.update({ where, data: { dbxLookOpen: true } });

  expect(await world.plan()).toBe(false);
  expect(await world.plans()).toEqual([]);
  await world.store.prisma.channelSync.update({ where, data: { dbxLookOpen: false } });
  expect(await world.plan()).toBe(true);
  expect(await world.plans()).toEqual(['delete assembly /a.txt']);
});

test('an echo of our own writes dirties nothing', async () => {
  world.people.dropbox.put('/f/a.txt', 'one');
  world.people.assembly.put('/b.txt', 'two');
  await bringToRest(world);
  const before = await world.items();

  await world.observe();

  expect(await world.items()).toEqual(before);
  expect(before.filter((item) => item.dirty)).toEqual([]);
});

test('a plan that goes on failing says so on the sync, until the sync converges', async () => {
  const { prisma } = world.store;
  const failsFor = (nowMs: number) => {
    const context = {
      signal: new AbortController().signal,
      scheduledMs: 0,
      nowMs: () => nowMs,
      heartbeatDetails: undefined,
      heartbeat() {},
      everyMs: () => () => {},
    };
    const { planSync } = createActivities(world.deps, { retryMaxSeconds: 900, context: () => context });
    return planSync(world.ref, 'webhook', false);
  };
  world.people.dropbox.put('/refused.txt', 'one');
  await world.observe();
  await prisma.$executeRaw`ALTER TABLE file_folder_sync ADD CONSTRAINT no_plan CHECK (item_path <> '/refused.txt')`;
  try {
    await expect(failsFor(1_000)).rejects.toThrow('no_plan');
    expect((await world.sync()).lastErrorCode).toBeNull();
    await expect(failsFor(60_000)).rejects.toThrow('no_plan');
    const { lastErrorCode, lastError } = await world.sync();
    expect(lastErrorCode).toBe('internal');
    expect(lastError).toMatch(/^planning fails and is tried again: .*no_plan/s);
  } finally {
    await prisma.$executeRaw`ALTER TABLE file_folder_sync DROP CONSTRAINT no_plan`;
  }
  await expectToRest(world, ['file /refused.txt one']);
  await endPass(world.deps, world.ref, 'none');
  expect((await world.sync()).lastErrorCode).toBeNull();
});
