import { converge, expectAtRest, follow } from './world/drive';
import { useWorld } from './world/useWorld';
import type { ItemRow } from './world/world';

const world = useWorld();

const put = (path: string, content: string) => world.people.dropbox.put(path, content);
const rename = (from: string, to: string) => world.people.dropbox.rename(from, to);
const unsyncable = (items: readonly ItemRow[]) =>
  items
    .filter((row) => row.pendingActionErrorCode !== null)
    .map((row) => `${row.itemPath} ${row.pendingActionErrorCode} ${row.pendingAction}`);

test('a name that Assembly can not hold is listed with its reason and nothing is written', async () => {
  put('/what=that.txt', 'one');
  await converge(world);
  expect(unsyncable(await world.items())).toEqual(['/what=that.txt name_not_allowed null']);
  expect(world.calls.writes()).toEqual([]);
});

test('a name that Dropbox can not hold is listed with its reason and nothing is written', async () => {
  world.assembly.put('/back\\slash.txt', 'one');
  await converge(world);
  expect(unsyncable(await world.items())).toEqual(['/back\\slash.txt name_not_allowed null']);
  expect(world.calls.writes()).toEqual([]);
});

test.each([
  [
    'dropbox',
    (): void => void put('/no|folder/deep/er/one.txt', 'one'),
    (): void => rename('/no|folder', '/folder'),
  ],
  [
    'assembly',
    (): void => void world.assembly.put('/no\\folder/deep/er/one.txt', 'one'),
    (): void => world.assembly.rename('/no\\folder', '/folder'),
  ],
] as const)(
  'below an unsyncable folder on %s only the folder is listed, and a rename brings all of it',
  async (_side: string, act: () => void, heal: () => void) => {
    act();
    await converge(world);
    expect(unsyncable(await world.items())).toHaveLength(1);
    expect(await world.items()).toHaveLength(1);
    heal();
    await follow(world);
    await expectAtRest(world, [
      'folder /folder',
      'folder /folder/deep',
      'folder /folder/deep/er',
      'file /folder/deep/er/one.txt one',
    ]);
  },
);

test('a file renamed to what Assembly can not hold keeps its old copy there, until it is renamed again', async () => {
  put('/one.txt', 'one');
  await converge(world);
  rename('/one.txt', '/one*.txt');
  await follow(world);
  expect(world.trees().assembly).toEqual(['file /one.txt one']);
  expect(unsyncable(await world.items())).toEqual(['/one.txt name_not_allowed null']);
  rename('/one*.txt', '/two.txt');
  await follow(world);
  await expectAtRest(world, ['file /two.txt one']);
});

test('a document that Dropbox does not hand out is unsyncable', async () => {
  const id = put('/notes.gdoc', '');
  world.dropbox.nodes.get(id)!.downloadable = false;
  world.dropbox.forgetCursors();
  await converge(world);
  expect(unsyncable(await world.items())).toEqual(['/notes.gdoc not_downloadable null']);
  expect(world.calls.writes()).toEqual([]);
});

test('two names of Assembly that are one on Dropbox: the later one collides until it is renamed', async () => {
  world.assembly.put('/one.txt', 'first');
  await converge(world);
  world.assembly.put('/ONE.txt', 'second');
  await follow(world);
  expect(unsyncable(await world.items())).toEqual(['/ONE.txt name_collision null']);
  expect(world.trees().dropbox).toEqual(['file /one.txt first']);
  await converge(world);
  expect(world.trees().dropbox).toEqual(['file /one.txt first']);
  world.assembly.rename('/ONE.txt', '/two.txt');
  await follow(world);
  await expectAtRest(world, ['file /one.txt first', 'file /two.txt second']);
});

test('a collision heals when the other item is renamed', async () => {
  world.assembly.put('/one.txt', 'first');
  await converge(world);
  world.assembly.put('/ONE.txt', 'second');
  await follow(world);
  world.assembly.rename('/one.txt', '/two.txt');
  await follow(world);
  await expectAtRest(world, ['file /ONE.txt second', 'file /two.txt first']);
});

test('a collision heals when the other item is deleted', async () => {
  world.assembly.put('/one.txt', 'first');
  await converge(world);
  world.assembly.put('/ONE.txt', 'second');
  await follow(world);
  world.assembly.remove('/one.txt');
  await follow(world);
  await expectAtRest(world, ['file /ONE.txt second']);
});

test('two files of one very name on Assembly are two versions: the later one is kept as a conflict copy', async () => {
  world.assembly.put('/one.txt', 'first');
  await converge(world);
  world.assembly.put('/one.txt', 'second');
  await follow(world);
  await expectAtRest(world, [
    'file /one (Assembly conflicted copy 2026-11-23).txt second',
    'file /one.txt first',
  ]);
});

test('an unsyncable file that is deleted again is closed without a call', async () => {
  put('/what=that.txt', 'one');
  await converge(world);
  world.people.dropbox.remove('/what=that.txt');
  await follow(world);
  expect(await world.items()).toEqual([]);
  expect(world.calls.writes()).toEqual([]);
});

test('an unfinished upload of somebody else is not an item until it is complete', async () => {
  await converge(world);
  const { object, uploadUrl } = await world.assembly.createFile({ channelId: 'channel-1', path: 'one.txt' });
  await follow(world);
  expect(await world.items()).toEqual([]);
  await world.assembly.upload({
    url: uploadUrl,
    size: 3,
    body: (async function* () {
      yield Buffer.from('one');
    })(),
  });
  await follow(world);
  expect((await world.item('/one.txt')).assemblyFileId).toBe(object.id);
  await expectAtRest(world, ['file /one.txt one']);
});
