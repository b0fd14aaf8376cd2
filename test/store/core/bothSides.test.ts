import { converge, drive, expectAtRest, follow } from './world/drive';
import { useWorld } from './world/useWorld';

const world = useWorld();

const put = (path: string, content: string) => world.people.dropbox.put(path, content);
const rename = (from: string, to: string) => world.people.dropbox.rename(from, to);
const remove = (path: string) => world.people.dropbox.remove(path);

interface Meeting {
  readonly name: string;
  readonly before?: () => void;
  readonly act: () => void;
  readonly tree: readonly string[];
  /** How many remote writes it may take; as few as the tree needs where not said. */
  readonly writes?: number;
}

const COPY = '(Assembly conflicted copy 2026-11-23)';

const FIRST_SIGHT: readonly Meeting[] = [
  {
    name: 'equal trees are linked without a write',
    act: () => {
      put('/a/one.txt', 'same bytes');
      world.assembly.put('/a/one.txt', 'same bytes');
    },
    tree: ['folder /a', 'file /a/one.txt same bytes'],
    writes: 0,
  },
  {
    name: 'names that differ in letter case alone are one item',
    act: () => {
      put('/A/one.txt', 'same bytes');
      world.assembly.put('/A/one.txt', 'same bytes');
    },
    tree: ['folder /A', 'file /A/one.txt same bytes'],
    writes: 0,
  },
  {
    name: 'different files of one name are both kept',
    act: () => {
      put('/one.txt', 'of dropbox');
      world.assembly.put('/one.txt', 'of assembly');
    },
    tree: ['file /one.txt of dropbox', `file /one ${COPY}.txt of assembly`],
  },
  {
    name: 'different files of one name and length are both kept',
    act: () => {
      put('/one.txt', 'abc');
      world.assembly.put('/one.txt', 'xyz');
    },
    tree: ['file /one.txt abc', `file /one ${COPY}.txt xyz`],
  },
  {
    name: 'a conflict name that is taken gets a counter',
    act: () => {
      put('/one.txt', 'of dropbox');
      put(`/one ${COPY}.txt`, 'an older copy');
      world.assembly.put('/one.txt', 'of assembly');
    },
    tree: [
      'file /one.txt of dropbox',
      `file /one ${COPY}.txt an older copy`,
      'file /one (Assembly conflicted copy 2026-11-23 2).txt of assembly',
    ],
  },
  {
    name: 'a file on Dropbox keeps its name against a folder on Assembly',
    act: () => {
      put('/thing', 'a file');
      world.assembly.put('/thing/inside.txt', 'inside');
    },
    tree: ['file /thing a file', `folder /thing ${COPY}`, `file /thing ${COPY}/inside.txt inside`],
  },
  {
    name: 'a folder on Dropbox keeps its name against a file on Assembly',
    act: () => {
      put('/thing/inside.txt', 'inside');
      world.assembly.put('/thing', 'a file');
    },
    tree: ['folder /thing', 'file /thing/inside.txt inside', `file /thing ${COPY} a file`],
  },
];

const LATER: readonly Meeting[] = [
  {
    name: 'both edited differently: Dropbox keeps the name, Assembly lives on beside it',
    before: () => void put('/one.txt', 'one'),
    act: () => {
      put('/one.txt', 'edited on dropbox');
      world.assembly.edit('/one.txt', 'edited on assembly');
    },
    tree: ['file /one.txt edited on dropbox', `file /one ${COPY}.txt edited on assembly`],
  },
  {
    name: 'both edited to the same bytes: nothing is written',
    before: () => void put('/one.txt', 'one'),
    act: () => {
      put('/one.txt', 'the same edit');
      world.assembly.edit('/one.txt', 'the same edit');
    },
    tree: ['file /one.txt the same edit'],
    writes: 0,
  },
  {
    name: 'an edit on Dropbox beats a delete on Assembly',
    before: () => void put('/one.txt', 'one'),
    act: () => {
      put('/one.txt', 'edited');
      world.assembly.remove('/one.txt');
    },
    tree: ['file /one.txt edited'],
  },
  {
    name: 'an edit on Assembly beats a delete on Dropbox',
    before: () => void put('/one.txt', 'one'),
    act: () => {
      remove('/one.txt');
      world.assembly.edit('/one.txt', 'edited');
    },
    tree: ['file /one.txt edited'],
  },
  {
    name: 'an edit of the same length on Assembly beats a delete on Dropbox',
    before: () => void put('/one.txt', 'one'),
    act: () => {
      remove('/one.txt');
      world.assembly.edit('/one.txt', 'two');
    },
    tree: ['file /one.txt two'],
  },
  {
    name: 'a rename on Assembly beats a delete on Dropbox',
    before: () => void put('/one.txt', 'one'),
    act: () => {
      remove('/one.txt');
      world.assembly.rename('/one.txt', '/two.txt');
    },
    tree: ['file /two.txt one'],
  },
  {
    name: 'a rename on Dropbox beats a delete on Assembly',
    before: () => void put('/one.txt', 'one'),
    act: () => {
      rename('/one.txt', '/two.txt');
      world.assembly.remove('/one.txt');
    },
    tree: ['file /two.txt one'],
  },
  {
    name: 'content from Dropbox and name from Assembly go together',
    before: () => void put('/one.txt', 'one'),
    act: () => {
      put('/one.txt', 'edited');
      world.assembly.rename('/one.txt', '/two.txt');
    },
    tree: ['file /two.txt edited'],
  },
  {
    name: 'content from Assembly and name from Dropbox go together',
    before: () => void put('/one.txt', 'one'),
    act: () => {
      rename('/one.txt', '/two.txt');
      world.assembly.edit('/one.txt', 'edited');
    },
    tree: ['file /two.txt edited'],
  },
  {
    name: 'renamed to different names: the name of Dropbox wins',
    before: () => void put('/one.txt', 'one'),
    act: () => {
      rename('/one.txt', '/dropbox.txt');
      world.assembly.rename('/one.txt', '/assembly.txt');
    },
    tree: ['file /dropbox.txt one'],
  },
  {
    name: 'renamed alike: nothing is written',
    before: () => void put('/one.txt', 'one'),
    act: () => {
      rename('/one.txt', '/two.txt');
      world.assembly.rename('/one.txt', '/two.txt');
    },
    tree: ['file /two.txt one'],
    writes: 0,
  },
  {
    name: 'deleted on both: nothing is written',
    before: () => void put('/a/one.txt', 'one'),
    act: () => {
      remove('/a');
      world.assembly.remove('/a');
    },
    tree: [],
    writes: 0,
  },
  {
    name: 'a folder deleted on Dropbox stays for what is new in it on Assembly',
    before: () => {
      put('/a/one.txt', 'one');
      put('/a/b/two.txt', 'two');
    },
    act: () => {
      remove('/a');
      world.assembly.put('/a/b/new.txt', 'new');
    },
    tree: ['folder /a', 'folder /a/b', 'file /a/b/new.txt new'],
  },
  {
    name: 'a folder deleted on Assembly stays for what is new in it on Dropbox',
    before: () => {
      put('/a/one.txt', 'one');
      put('/a/b/two.txt', 'two');
    },
    act: () => {
      world.assembly.remove('/a');
      put('/a/b/new.txt', 'new');
    },
    tree: ['folder /a', 'folder /a/b', 'file /a/b/new.txt new'],
  },
  {
    name: 'a child added on Assembly goes along with a folder renamed on Dropbox',
    before: () => void put('/a/one.txt', 'one'),
    act: () => {
      rename('/a', '/z');
      world.assembly.put('/a/new.txt', 'new');
    },
    tree: ['folder /z', 'file /z/one.txt one', 'file /z/new.txt new'],
  },
  {
    name: 'a child added on Dropbox goes along with a folder renamed on Assembly',
    before: () => void put('/a/one.txt', 'one'),
    act: () => {
      world.assembly.rename('/a', '/z');
      put('/a/new.txt', 'new');
    },
    tree: ['folder /z', 'file /z/one.txt one', 'file /z/new.txt new'],
  },
  {
    name: 'a child edited on Assembly below a folder renamed on Dropbox',
    before: () => void put('/a/one.txt', 'one'),
    act: () => {
      rename('/a', '/z');
      world.assembly.edit('/a/one.txt', 'edited');
    },
    tree: ['folder /z', 'file /z/one.txt edited'],
  },
  {
    name: 'a child deleted on Assembly below a folder renamed on Dropbox: the move beats the delete',
    before: () => {
      put('/a/one.txt', 'one');
      put('/a/two.txt', 'two');
    },
    act: () => {
      rename('/a', '/z');
      world.assembly.remove('/a/one.txt');
    },
    tree: ['folder /z', 'file /z/one.txt one', 'file /z/two.txt two'],
  },
  {
    name: 'a child deleted on Dropbox below a folder renamed on Assembly: the move beats the delete',
    before: () => {
      put('/a/one.txt', 'one');
      put('/a/two.txt', 'two');
    },
    act: () => {
      world.assembly.rename('/a', '/z');
      remove('/a/one.txt');
    },
    tree: ['folder /z', 'file /z/one.txt one', 'file /z/two.txt two'],
  },
  {
    name: 'a folder renamed on both sides, differently',
    before: () => void put('/a/b/one.txt', 'one'),
    act: () => {
      rename('/a', '/dropbox');
      world.assembly.rename('/a', '/assembly');
    },
    tree: ['folder /dropbox', 'folder /dropbox/b', 'file /dropbox/b/one.txt one'],
  },
  {
    name: 'a folder renamed on Assembly and deleted on Dropbox lives on',
    before: () => void put('/a/one.txt', 'one'),
    act: () => {
      remove('/a');
      world.assembly.rename('/a', '/z');
    },
    tree: ['folder /z', 'file /z/one.txt one'],
  },
  {
    name: 'two files moved to one name: that of Dropbox keeps it',
    before: () => {
      put('/one.txt', 'one');
      put('/two.txt', 'two');
    },
    act: () => {
      rename('/one.txt', '/same.txt');
      world.assembly.rename('/two.txt', '/same.txt');
    },
    tree: ['file /same.txt one', `file /same ${COPY}.txt two`],
  },
  {
    name: 'a file moved on Assembly to the name of a new one on Dropbox takes a conflict name',
    before: () => void put('/one.txt', 'one'),
    act: () => {
      put('/new.txt', 'new');
      world.assembly.rename('/one.txt', '/new.txt');
    },
    tree: ['file /new.txt new', `file /new ${COPY}.txt one`],
  },
  {
    name: 'a cycle of folders made by two moves: the structure of Dropbox wins',
    before: () => {
      put('/a/one.txt', 'one');
      put('/b/two.txt', 'two');
    },
    act: () => {
      rename('/a', '/b/a');
      world.assembly.rename('/b', '/a/b');
    },
    tree: ['folder /b', 'file /b/two.txt two', 'folder /b/a', 'file /b/a/one.txt one'],
  },
  {
    name: 'an edit on Assembly against a folder in its place on Dropbox',
    before: () => void put('/thing', 'a file'),
    act: () => {
      remove('/thing');
      put('/thing/inside.txt', 'inside');
      world.assembly.edit('/thing', 'an edited file');
    },
    tree: ['folder /thing', 'file /thing/inside.txt inside', `file /thing ${COPY} an edited file`],
  },
  {
    name: 'an edit on Dropbox against a folder in its place on Assembly',
    before: () => void put('/thing', 'a file'),
    act: () => {
      put('/thing', 'an edited file');
      world.assembly.remove('/thing');
      world.assembly.put('/thing/inside.txt', 'inside');
    },
    tree: ['file /thing an edited file', `folder /thing ${COPY}`, `file /thing ${COPY}/inside.txt inside`],
  },
];

test.each(FIRST_SIGHT)('at first sight: $name', async ({ act, tree, writes }) => {
  act();
  await converge(world);
  if (writes !== undefined) expect(world.calls.writes()).toHaveLength(writes);
  await expectAtRest(world, tree);
});

test.each(LATER)('$name', async ({ before, act, tree, writes }) => {
  before?.();
  await converge(world);
  // A first look after our own writes, as their echoes give it: until then their version is not known.
  await world.observe();
  world.calls.clear();
  act();
  await follow(world);
  if (writes !== undefined) expect(world.calls.writes()).toHaveLength(writes);
  await expectAtRest(world, tree);
});

test('a conflict that is planned again and again makes one copy', async () => {
  put('/one.txt', 'one');
  await converge(world);
  put('/one.txt', 'edited on dropbox');
  world.assembly.edit('/one.txt', 'edited on assembly');
  for (let pass = 0; pass < 4; pass++) {
    await world.observe(pass % 2 === 0);
    await world.plan(pass % 2 === 0 ? 'resync' : 'webhook');
  }
  await drive(world);
  await expectAtRest(world, ['file /one.txt edited on dropbox', `file /one ${COPY}.txt edited on assembly`]);
  expect((await world.items()).filter((row) => row.conflictCopy)).toHaveLength(1);
});

test('a replacement on Assembly that is told in two halves does not end beside the Dropbox edit it meets', async () => {
  world.assembly.put('/one.txt', 'agreed');
  await converge(world);
  world.people.dropbox.put('/one.txt', 'edited in Dropbox');
  const old = world.assembly.idAt('/one.txt')!;
  world.assembly.remove('/one.txt');
  world.assembly.put('/one.txt', 'replaced by the client');
  await world.observeDropbox();
  await world.observeAssembly([old]);
  world.calls.clear();
  await drive(world);
  // Both versions at their names: no third object was made on the way.
  expect(world.calls.writes().filter((call) => call === 'assembly.createFile')).toHaveLength(2);
  await expectAtRest(world, [
    'file /one (Assembly conflicted copy 2026-11-23).txt replaced by the client',
    'file /one.txt edited in Dropbox',
  ]);
});
