import { approveHalt } from '../../../src/store/syncState';
import { createTestDatabase, type TestDatabase } from '../../support/database';
import { type Bench, createBench } from './support/bench';
import type { FakeAssembly } from './support/fakeAssembly';
import type { FakeDropbox } from './support/fakeDropbox';

let database: TestDatabase;
let bench: Bench;

beforeAll(async () => {
  database = await createTestDatabase();
});
afterAll(() => database.drop());
beforeEach(async () => {
  bench = await createBench(database);
});

const sides = () => ({ dropbox: bench.dropbox.tree(), assembly: bench.assembly.tree() });
const both = (...entries: string[]) => ({ dropbox: entries, assembly: entries });
const writes = () =>
  [...bench.dropbox.faults.calls, ...bench.assembly.faults.calls].filter((call) =>
    /^(create|upload|delete|move)/.test(call),
  );

async function atRest(...entries: string[]) {
  expect(await bench.settleAll()).toEqual([]);
  expect(sides()).toEqual(both(...entries));
}

test('equal files on both sides are linked without a write', async () => {
  bench.dropbox.put('/f/a.txt', 'same');
  bench.assembly.put('/f/a.txt', 'same');

  await atRest('/f/', '/f/a.txt same');

  expect(writes()).toEqual([]);
  expect(await bench.items()).toHaveLength(2);
});

test('different files of one name at first sight are both kept, once, however often it is planned', async () => {
  bench.dropbox.put('/a.txt', 'of dropbox');
  bench.assembly.put('/a.txt', 'of assembly');

  for (let count = 0; count < 3; count++) {
    await bench.lookAndPlan();
    await bench.store.prisma.fileFolderSync.updateMany({
      where: { channelSyncId: bench.ref.syncId },
      data: { dirty: true },
    });
  }

  await atRest('/a (Assembly conflicted copy 2026-11-23).txt of assembly', '/a.txt of dropbox');
  expect(await bench.items()).toHaveLength(2);
});

test('folders are made before what they hold, and go after it', async () => {
  bench.dropbox.put('/a/b/c.txt', 'deep');
  await bench.lookAndPlan();
  expect(await bench.plans()).toEqual([
    'create assembly /a',
    'create assembly /a/b',
    'create assembly /a/b/c.txt',
  ]);
  await expect(bench.open('/a/b/c.txt')).rejects.toThrow('wait');
  await atRest('/a/', '/a/b/', '/a/b/c.txt deep');

  bench.dropbox.remove('/a');
  await bench.lookAndPlan();
  await expect(bench.open('/a')).rejects.toThrow('wait');
  await atRest();
  expect(await bench.items()).toEqual([]);
});

interface Move {
  readonly side: 'dropbox' | 'assembly';
  readonly person: () => FakeDropbox | FakeAssembly;
}
const MOVERS: Move[] = [
  { side: 'dropbox', person: () => bench.dropbox },
  { side: 'assembly', person: () => bench.assembly },
];

describe.each(MOVERS)('what a person does on $side', ({ side, person }) => {
  test('the move of a folder takes along what lies below it', async () => {
    bench.dropbox.put('/old/deep/a.txt', 'a');
    bench.dropbox.put('/old/b.txt', 'b');
    await atRest('/old/', '/old/b.txt b', '/old/deep/', '/old/deep/a.txt a');
    const ids = (await bench.items()).map((item) => item.id).sort();

    person().move('/old', '/new');

    await atRest('/new/', '/new/b.txt b', '/new/deep/', '/new/deep/a.txt a');
    expect((await bench.items()).map((item) => item.id).sort()).toEqual(ids);
  });

  test('a file takes the place of a folder, and a folder that of a file', async () => {
    bench.dropbox.put('/folder/in.txt', 'in');
    bench.dropbox.put('/file', 'file');
    await bench.settleAll();

    person().remove('/folder');
    person().put('/folder', 'now a file');
    person().remove('/file');
    person().put('/file/in.txt', 'now a folder');

    await atRest('/file/', '/file/in.txt now a folder', '/folder now a file');
  });

  test('a child that the other side added to a moved folder goes along', async () => {
    bench.dropbox.put('/old/a.txt', 'a');
    await bench.settleAll();

    person().move('/old', '/new');
    (side === 'dropbox' ? bench.assembly : bench.dropbox).put('/old/added.txt', 'added');

    await atRest('/new/', '/new/a.txt a', '/new/added.txt added');
  });

  test('two files swap their names', async () => {
    bench.dropbox.put('/a.txt', 'was a');
    bench.dropbox.put('/b.txt', 'was b');
    await bench.settleAll();

    person().move('/a.txt', '/t.txt');
    person().move('/b.txt', '/a.txt');
    person().move('/t.txt', '/b.txt');

    await atRest('/a.txt was b', '/b.txt was a');
  });

  test('an edit beats a delete', async () => {
    bench.dropbox.put('/a.txt', 'one');
    await bench.settleAll();

    const other = side === 'dropbox' ? bench.assembly : bench.dropbox;
    person().remove('/a.txt');
    other.put('/a.txt', 'two');

    await atRest('/a.txt two');
  });

  test('a deleted folder stays for what the other side added to it', async () => {
    bench.dropbox.put('/f/a.txt', 'a');
    bench.dropbox.put('/f/b.txt', 'b');
    await bench.settleAll();

    const other = side === 'dropbox' ? bench.assembly : bench.dropbox;
    person().remove('/f');
    other.put('/f/new.txt', 'new');

    await atRest('/f/', '/f/new.txt new');
  });

  test('very many deletes halt the sync, and an approval releases exactly them', async () => {
    for (let index = 0; index < 30; index++) bench.dropbox.put(`/f/${index}.txt`, `file ${index}`);
    expect(await bench.settleAll()).toEqual([]);
    const before = bench.dropbox.tree().length;
    expect(before).toBe(31);

    person().remove('/f');
    expect(await bench.lookAndPlan()).toBe(false);

    const halted = await bench.sync();
    expect(halted).toMatchObject({ state: 'halted', haltReason: 'mass_delete', haltItems: { count: 31 } });
    expect(await bench.plans()).toEqual([]);
    const other = side === 'dropbox' ? bench.assembly : bench.dropbox;
    expect(await bench.settleAll()).toEqual([]);
    expect(other.tree()).toHaveLength(31);

    expect(await approveHalt(bench.store, bench.ref, '11111111-1111-4111-8111-111111111111')).toBe(false);
    expect(await approveHalt(bench.store, bench.ref, halted.haltId!)).toBe(true);
    await atRest();
    expect(await bench.sync()).toMatchObject({ state: 'active', approvedHaltId: null });
  });
});

test('two edits of one file are both kept; equal ones are one', async () => {
  bench.dropbox.put('/a.txt', 'one');
  bench.dropbox.put('/b.txt', 'one');
  await bench.settleAll();

  bench.dropbox.put('/a.txt', 'of dropbox');
  bench.assembly.put('/a.txt', 'of assembly');
  bench.dropbox.put('/b.txt', 'both two');
  bench.assembly.put('/b.txt', 'both two');

  await atRest(
    '/a (Assembly conflicted copy 2026-11-23).txt of assembly',
    '/a.txt of dropbox',
    '/b.txt both two',
  );
});

test('a file moved to two places is where Dropbox put it', async () => {
  bench.dropbox.put('/a.txt', 'one');
  await bench.settleAll();

  bench.dropbox.move('/a.txt', '/of dropbox.txt');
  bench.assembly.move('/a.txt', '/of assembly.txt');

  await atRest('/of dropbox.txt one');
});

test('two Assembly names that are one path on Dropbox collide until one is renamed', async () => {
  bench.assembly.put('/Name.txt', 'first');
  await atRest('/Name.txt first');
  bench.assembly.put('/name.TXT', 'second');
  expect(await bench.settleAll()).toEqual([]);
  expect(bench.dropbox.tree()).toEqual(['/Name.txt first']);
  expect(await bench.item('/name.TXT')).toMatchObject({
    pendingAction: null,
    pendingActionErrorCode: 'name_collision',
  });

  bench.assembly.move('/name.TXT', '/other.txt');

  await atRest('/Name.txt first', '/other.txt second');
});

test('below a folder that the other side can not hold only the folder is listed', async () => {
  const bad = `/${'x'.repeat(300)}`;
  bench.assembly.put(`${bad}/in.txt`, 'in');
  expect(await bench.settleAll()).toEqual([]);

  expect(bench.dropbox.tree()).toEqual([]);
  expect((await bench.items()).map((item) => [item.itemPath, item.pendingAction])).toEqual([[bad, null]]);
  expect((await bench.items())[0]!.pendingActionErrorCode).not.toBeNull();

  bench.assembly.move(bad, '/good');
  await atRest('/good/', '/good/in.txt in');
});

test('nothing is planned in the middle of a feed', async () => {
  bench.dropbox.put('/a.txt', 'one');
  await bench.settleAll();
  bench.dropbox.remove('/a.txt');
  await bench.observe();
  const where = { id: bench.ref.syncId };
  await bench.store.prisma.channelSync.update({ where, data: { dbxLookOpen: true } });

  expect(await bench.plan()).toBe(false);
  expect(await bench.plans()).toEqual([]);
  await bench.store.prisma.channelSync.update({ where, data: { dbxLookOpen: false } });
  expect(await bench.plan()).toBe(true);
  expect(await bench.plans()).toEqual(['delete assembly /a.txt']);
});

test('an echo of our own writes dirties nothing', async () => {
  bench.dropbox.put('/f/a.txt', 'one');
  bench.assembly.put('/b.txt', 'two');
  await bench.settleAll();
  const before = await bench.items();

  await bench.observe();

  expect(await bench.items()).toEqual(before);
  expect(before.filter((item) => item.dirty)).toEqual([]);
});
