import { bringToRest, converge, expectAtRest, expectToRest, follow } from './world/drive';
import type { Person } from './world/people';
import { useWorld } from './world/useWorld';

const world = useWorld();

interface Change {
  readonly name: string;
  readonly before?: (side: Person) => void;
  readonly act: (side: Person) => void;
  readonly tree: readonly string[];
}

const CHANGES: readonly Change[] = [
  {
    name: 'a tree of folders and files',
    act: (side) => {
      side.put('/a/b/one.txt', 'one');
      side.folder('/a/empty');
    },
    tree: ['folder /a', 'folder /a/b', 'folder /a/empty', 'file /a/b/one.txt one'],
  },
  {
    name: 'an edit',
    before: (side) => side.put('/one.txt', 'one'),
    act: (side) => side.put('/one.txt', 'two'),
    tree: ['file /one.txt two'],
  },
  {
    name: 'a rename with an edit',
    before: (side) => side.put('/one.txt', 'one'),
    act: (side) => {
      side.rename('/one.txt', '/two.txt');
      side.put('/two.txt', 'longer than before');
    },
    tree: ['file /two.txt longer than before'],
  },
  {
    name: 'a rename to another letter case',
    before: (side) => side.put('/one.txt', 'one'),
    act: (side) => side.rename('/one.txt', '/One.txt'),
    tree: ['file /One.txt one'],
  },
  {
    name: 'a folder renamed with all in it',
    before: (side) => {
      side.put('/a/b/one.txt', 'one');
      side.put('/a/two.txt', 'two');
    },
    act: (side) => side.rename('/a', '/z'),
    tree: ['folder /z', 'folder /z/b', 'file /z/b/one.txt one', 'file /z/two.txt two'],
  },
  {
    name: 'a folder renamed and a child renamed, edited and added in it',
    before: (side) => {
      side.put('/a/one.txt', 'one');
      side.put('/a/two.txt', 'two');
    },
    act: (side) => {
      side.rename('/a', '/z');
      side.rename('/z/one.txt', '/z/first.txt');
      side.put('/z/two.txt', 'two again');
      side.put('/z/three.txt', 'three');
    },
    tree: ['folder /z', 'file /z/first.txt one', 'file /z/two.txt two again', 'file /z/three.txt three'],
  },
  {
    name: 'a folder moved into another, which is renamed',
    before: (side) => {
      side.put('/a/one.txt', 'one');
      side.folder('/b');
    },
    act: (side) => {
      side.rename('/a', '/b/a');
      side.rename('/b', '/c');
    },
    tree: ['folder /c', 'folder /c/a', 'file /c/a/one.txt one'],
  },
  {
    name: 'parent and child folder change places',
    before: (side) => side.put('/a/b/one.txt', 'one'),
    act: (side) => {
      side.rename('/a/b', '/b');
      side.rename('/a', '/b/a');
    },
    tree: ['folder /b', 'folder /b/a', 'file /b/one.txt one'],
  },
  {
    name: 'two files swap names',
    before: (side) => {
      side.put('/left.txt', 'was left');
      side.put('/right.txt', 'was right, longer');
    },
    act: (side) => {
      side.rename('/left.txt', '/aside.txt');
      side.rename('/right.txt', '/left.txt');
      side.rename('/aside.txt', '/right.txt');
    },
    tree: ['file /left.txt was right, longer', 'file /right.txt was left'],
  },
  {
    name: 'three files go round in a circle',
    before: (side) => {
      for (const name of ['a', 'b', 'c']) side.put(`/${name}.txt`, `was ${name}`);
    },
    act: (side) => {
      side.rename('/a.txt', '/aside.txt');
      side.rename('/c.txt', '/a.txt');
      side.rename('/b.txt', '/c.txt');
      side.rename('/aside.txt', '/b.txt');
    },
    tree: ['file /a.txt was c', 'file /b.txt was a', 'file /c.txt was b'],
  },
  {
    name: 'two full folders swap names',
    before: (side) => {
      side.put('/left/one.txt', 'one');
      side.put('/right/two.txt', 'two');
    },
    act: (side) => {
      side.rename('/left', '/aside');
      side.rename('/right', '/left');
      side.rename('/aside', '/right');
    },
    tree: ['folder /left', 'file /left/two.txt two', 'folder /right', 'file /right/one.txt one'],
  },
  {
    name: 'a file takes the name that another has just left',
    before: (side) => {
      side.put('/one.txt', 'one');
      side.put('/two.txt', 'two');
    },
    act: (side) => {
      side.rename('/one.txt', '/old.txt');
      side.rename('/two.txt', '/one.txt');
    },
    tree: ['file /old.txt one', 'file /one.txt two'],
  },
  {
    name: 'a file takes the name that another was deleted from',
    before: (side) => {
      side.put('/one.txt', 'one');
      side.put('/two.txt', 'two');
    },
    act: (side) => {
      side.remove('/one.txt');
      side.rename('/two.txt', '/one.txt');
    },
    tree: ['file /one.txt two'],
  },
  {
    name: 'a file replaced by a new one of its name',
    before: (side) => side.put('/one.txt', 'one'),
    act: (side) => {
      side.remove('/one.txt');
      side.put('/one.txt', 'another');
    },
    tree: ['file /one.txt another'],
  },
  {
    name: 'a folder where a file was',
    before: (side) => side.put('/thing', 'a file'),
    act: (side) => {
      side.remove('/thing');
      side.put('/thing/inside.txt', 'inside');
    },
    tree: ['folder /thing', 'file /thing/inside.txt inside'],
  },
  {
    name: 'a file where a full folder was',
    before: (side) => side.put('/thing/inside.txt', 'inside'),
    act: (side) => {
      side.remove('/thing');
      side.put('/thing', 'a file');
    },
    tree: ['file /thing a file'],
  },
  {
    name: 'a delete of a full folder',
    before: (side) => {
      side.put('/a/b/c/one.txt', 'one');
      side.put('/a/two.txt', 'two');
      side.put('/stays.txt', 'stays');
    },
    act: (side) => side.remove('/a'),
    tree: ['file /stays.txt stays'],
  },
  {
    name: 'a folder deleted after its file was moved out',
    before: (side) => {
      side.put('/a/one.txt', 'one');
      side.put('/a/two.txt', 'two');
    },
    act: (side) => {
      side.rename('/a/one.txt', '/one.txt');
      side.remove('/a');
    },
    tree: ['file /one.txt one'],
  },
  {
    name: 'a folder deleted and made anew with the same file',
    before: (side) => side.put('/a/one.txt', 'one'),
    act: (side) => {
      side.remove('/a');
      side.put('/a/one.txt', 'one');
    },
    tree: ['folder /a', 'file /a/one.txt one'],
  },
  {
    name: 'a folder whose name counts more units than characters is renamed with all in it',
    before: (side) => side.put('/\u{1f4c1}\u{1f4c1}/sub/one.txt', 'one'),
    act: (side) => side.rename('/\u{1f4c1}\u{1f4c1}', '/plain'),
    tree: ['folder /plain', 'folder /plain/sub', 'file /plain/sub/one.txt one'],
  },
  {
    name: 'a full folder renamed to another letter case',
    before: (side) => side.put('/a/b/one.txt', 'one'),
    act: (side) => side.rename('/a', '/A'),
    tree: ['folder /A', 'folder /A/b', 'file /A/b/one.txt one'],
  },
  {
    name: 'a folder takes the name of another that was deleted, and a file of the dead one lives elsewhere',
    before: (side) => {
      side.put('/dead/one.txt', 'one');
      side.put('/dead/two.txt', 'two');
      side.put('/alive/three.txt', 'three');
    },
    act: (side) => {
      side.rename('/dead/one.txt', '/one.txt');
      side.remove('/dead');
      side.rename('/alive', '/dead');
    },
    tree: ['file /one.txt one', 'folder /dead', 'file /dead/three.txt three'],
  },
  {
    name: 'a folder renamed and a new one made under its old name',
    before: (side) => side.put('/a/one.txt', 'one'),
    act: (side) => {
      side.rename('/a', '/z');
      side.put('/a/one.txt', 'another');
    },
    tree: ['folder /z', 'file /z/one.txt one', 'folder /a', 'file /a/one.txt another'],
  },
  {
    name: 'a file renamed and a new one made under its old name',
    before: (side) => side.put('/one.txt', 'one'),
    act: (side) => {
      side.rename('/one.txt', '/two.txt');
      side.put('/one.txt', 'another');
    },
    tree: ['file /two.txt one', 'file /one.txt another'],
  },
  {
    name: 'files of two folders change places',
    before: (side) => {
      side.put('/a/same.txt', 'of a');
      side.put('/b/same.txt', 'of b');
    },
    act: (side) => {
      side.rename('/a/same.txt', '/a/aside.txt');
      side.rename('/b/same.txt', '/a/same.txt');
      side.rename('/a/aside.txt', '/b/same.txt');
    },
    tree: ['folder /a', 'file /a/same.txt of b', 'folder /b', 'file /b/same.txt of a'],
  },
  {
    name: 'a folder moved below what was its own subfolder',
    before: (side) => {
      side.put('/a/b/c/one.txt', 'one');
      side.put('/a/two.txt', 'two');
    },
    act: (side) => {
      side.rename('/a/b/c', '/c');
      side.rename('/a', '/c/a');
    },
    tree: ['folder /c', 'file /c/one.txt one', 'folder /c/a', 'folder /c/a/b', 'file /c/a/two.txt two'],
  },
];

const CASES = CHANGES.flatMap((change) =>
  (['dropbox', 'assembly'] as const).map((side) => ({ ...change, side })),
);

test.each(CASES)(
  '$name, done on $side, is carried over and then silent',
  async ({ side, before, act, tree }) => {
    const person = world.people[side];
    before?.(person);
    await converge(world);
    act(person);
    await follow(world);
    await expectAtRest(world, tree);
  },
);

test.each(CASES)('$name, done on $side, found by a full look', async ({ side, before, act, tree }) => {
  const person = world.people[side];
  before?.(person);
  await converge(world);
  act(person);
  world.dropbox.forgetCursors();
  await converge(world);
  await expectAtRest(world, tree);
});

test('a feed that tells the new half of a move before the old one, one entry to a page, moves all the same', async () => {
  world.dropbox.pageSize = 1;
  world.dropbox.renames = 'addedFirst';
  world.people.dropbox.put('/a/b/one.txt', 'one');
  await converge(world);
  const file = (await world.item('/a/b/one.txt')).id;
  world.people.dropbox.rename('/a', '/z');
  await follow(world);
  expect((await world.item('/z/b/one.txt')).id).toBe(file);
  await expectAtRest(world, ['folder /z', 'folder /z/b', 'file /z/b/one.txt one']);
});

describe('what is new in a folder of Assembly that is seen there under its new name before the folder is', () => {
  const TREE = ['file /there/b.txt one', 'folder /there', 'folder /there/new'];

  /** The folder is agreed on, and has another new name on Dropbox; returns its id on Assembly. */
  async function renamedOnBoth(): Promise<string> {
    world.people.dropbox.put('/docs/b.txt', 'one');
    await bringToRest(world);
    const docs = (await world.item('/docs')).assemblyFileId!;
    const fresh = world.people.assembly.folder('/docs/new');
    world.people.assembly.rename('/docs', '/here');
    world.people.dropbox.rename('/docs', '/there');
    await world.observeDropbox();
    await world.observeAssembly([fresh]);
    await world.plan();
    return docs;
  }

  test('goes where the folder goes, which is seen before it is carried out', async () => {
    await world.observeAssembly([await renamedOnBoth()]);
    await world.plan();
    await expectToRest(world, TREE);
  });

  test('goes where the folder goes, which is seen while it is carried out', async () => {
    const docs = await renamedOnBoth();
    const { input, serial } = await world.open('/there');
    const outcome = await world.apply(input, serial);
    await world.observeAssembly([docs]);
    await world.steps.settleOperation(input, serial, outcome);
    await world.plan();
    await bringToRest(world);
    await expectAtRest(world);
    expect(world.trees().dropbox).toEqual(expect.arrayContaining(TREE));
  });
});
