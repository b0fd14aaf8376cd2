import { control } from '../support/people';
import { accountOf } from './semantics/rows/dropbox';
import { unsyncable } from './semantics/run';
import { applySettings } from './settings';
import { ROOT } from './sides';
import type { Sim } from './sim';
import { useGrounds } from './useGrounds';

const grounds = useGrounds();
let sim: Sim;
let back: () => Promise<void>;
beforeEach(async () => {
  back = await applySettings(grounds, { dropbox: { caseChangesInFeed: true } });
  sim = await grounds.start({ continueAsNew: 0 });
});
afterEach(async () => {
  await back();
  await sim.end();
});

/** Known to be refused by Dropbox, or refused by its answer alone; a folder too. */
const NAMES = ['desktop.ini', 'x\\y.txt', 'party 🎉.txt'];
const FOLDER = 'back\\slash';
const alone = (path: string) => /desktop\.ini|\\|🎉/.test(path);

const lines = async (side: 'dropbox' | 'assembly') =>
  (await sim.shown())[side].map(({ object, path }) => `${object} ${path}`).sort();

/** Nothing is owed, and a further look in full writes nothing. */
const expectRest = async () => {
  await sim.settle();
  await sim.lookInFull();
  expect(await sim.endlessWaits()).toEqual([]);
  expect(await sim.owed()).toEqual([]);
  sim.calls.splice(0);
  await sim.lookInFull();
  expect(sim.writes()).toEqual([]);
};

/** `/old/deep/a.txt` on both sides, and beside it what Dropbox refuses. */
const fill = async (names: readonly string[]) => {
  await sim.dropbox.put('/old/deep/a.txt', 'one');
  await sim.settle();
  for (const [index, name] of names.entries()) {
    if (name === FOLDER) await sim.assembly.put(`/old/deep/${name}/in.txt`, 'in it');
    else await sim.assembly.put(`/old/deep/${name}`, 'refused'.padEnd(10 + index));
  }
  await sim.settle();
};
const OLD = ['folder /old', 'folder /old/deep'];

describe('an old folder that stays for what Dropbox refuses', () => {
  test.each([[NAMES[0]!], [NAMES[1]!], [NAMES[2]!], [FOLDER], NAMES, [...NAMES, FOLDER]])(
    'is one of both sides, where it holds %s and Dropbox renames it',
    async (...names) => {
      await fill(names);
      await sim.dropbox.rename('/old', '/new');
      await expectRest();
      const reasons = names.map((name) => `/old/deep/${name} name_not_allowed`);
      expect((await unsyncable(sim, grounds)).sort()).toEqual(reasons.sort());
      const tree = [...OLD, 'folder /new', 'folder /new/deep', 'file /new/deep/a.txt'];
      await sim.expectAtRest({ tree, apart: alone });
    },
  );

  test.each([
    ['an inner folder', '/old/deep', '/old/other', ['folder /old/other', 'file /old/other/a.txt']],
    [
      'a folder that is moved',
      '/old',
      '/to/old',
      ['folder /to/old', 'folder /to/old/deep', 'file /to/old/deep/a.txt'],
    ],
  ])('stays also where it is %s', async (_, from, to, moved) => {
    await sim.dropbox.folder('/to');
    await fill(NAMES);
    await sim.dropbox.rename(from, to);
    await expectRest();
    await sim.expectAtRest({ tree: [...OLD, 'folder /to', ...moved], apart: alone });
  });

  test('stays where the folder that it was in is gone in Dropbox', async () => {
    await fill(NAMES);
    await sim.dropbox.rename('/old/deep', '/new');
    await sim.dropbox.remove('/old');
    await expectRest();
    await sim.expectAtRest({ tree: [...OLD, 'folder /new', 'file /new/a.txt'], apart: alone });
  });

  test('stays as part of the folder that has its name by now', async () => {
    await fill(NAMES);
    await sim.dropbox.rename('/old', '/new');
    await sim.dropbox.put('/old/b.txt', 'two');
    await expectRest();
    await sim.expectAtRest({
      tree: [...OLD, 'file /old/b.txt', 'folder /new', 'folder /new/deep', 'file /new/deep/a.txt'],
      apart: alone,
    });
  });

  test('stays for what comes into it while it is carried over', async () => {
    await fill([]);
    await sim.dropbox.rename('/old', '/new');
    await sim.until('afterCall assembly.createFolder');
    for (const [index, name] of NAMES.entries())
      await sim.assembly.put(`/old/deep/${name}`, 'refused'.padEnd(10 + index));
    await expectRest();
    await sim.expectAtRest({
      tree: [...OLD, 'folder /new', 'folder /new/deep', 'file /new/deep/a.txt'],
      apart: alone,
    });
  });

  test('is where what gets a good name is synced, name by name', async () => {
    await fill([...NAMES, FOLDER]);
    await sim.dropbox.rename('/old', '/new');
    await expectRest();
    const tree = [...OLD, 'folder /new', 'folder /new/deep', 'file /new/deep/a.txt'];
    for (const [index, name] of NAMES.entries()) {
      await sim.assembly.rename(`/old/deep/${name}`, `/old/deep/good ${index}.txt`);
      tree.push(`file /old/deep/good ${index}.txt`);
      await expectRest();
      await sim.expectAtRest({ tree, apart: alone });
    }
    await sim.assembly.rename(`/old/deep/${FOLDER}`, '/new/good');
    tree.push('folder /new/good', 'file /new/good/in.txt');
    await expectRest();
    await sim.expectAtRest({ tree });
  });

  test.each(['dropbox', 'assembly'] as const)('goes when %s deletes it, once that is gone', async (side) => {
    await fill(NAMES);
    await sim.dropbox.rename('/old', '/new');
    await expectRest();
    for (const name of NAMES) await sim.assembly.remove(`/old/deep/${name}`);
    await expectRest();
    await sim[side].remove('/old');
    await expectRest();
    await sim.expectAtRest({ tree: ['folder /new', 'folder /new/deep', 'file /new/deep/a.txt'] });
  });
});

describe.each([
  ['/old', '/OLD'],
  ['/old/deep', '/old/DEEP'],
])(
  'a folder that Dropbox renames by letter case alone, from %s to %s, with what it refuses in it',
  (from, to) => {
    const place = '/old/deep'.replace(from, to);
    const tree = [`folder ${place.slice(0, 4)}`, `folder ${place}`, `file ${place}/a.txt`];

    test('leaves the old one on Assembly until the last of it is gone', async () => {
      await fill([...NAMES, FOLDER]);
      await sim.dropbox.rename(from, to);
      await expectRest();
      expect(await lines('dropbox')).toEqual([...tree].sort());
      expect(await lines('assembly')).toEqual(
        expect.arrayContaining(NAMES.map((name) => `file /old/deep/${name}`)),
      );
      for (const name of [...NAMES, FOLDER]) {
        await sim.assembly.remove(`/old/deep/${name}`);
        await expectRest();
      }
      expect(await unsyncable(sim, grounds)).toEqual([]);
      await sim.expectAtRest({ tree });
      expect(await lines('assembly')).toEqual([...tree].sort());
    });

    test('takes what gets a good name along, at the latest when the old one goes', async () => {
      await fill(NAMES);
      await sim.dropbox.rename(from, to);
      await expectRest();
      for (const [index, name] of NAMES.entries()) {
        await sim.assembly.rename(`/old/deep/${name}`, `/old/deep/good ${index}.txt`);
        await expectRest();
        expect(await lines('dropbox')).toContain(`file ${place}/good ${index}.txt`);
      }
      expect(await unsyncable(sim, grounds)).toEqual([]);
      const all = [...tree, ...NAMES.map((_, index) => `file ${place}/good ${index}.txt`)];
      await sim.expectAtRest({ tree: all });
      expect(await lines('assembly')).toEqual([...all].sort());
    });

    test('has it back in it when Dropbox takes the letter case back', async () => {
      await fill(NAMES);
      await sim.dropbox.rename(from, to);
      await expectRest();
      await sim.dropbox.rename(to, from);
      await expectRest();
      await sim.expectAtRest({ tree: [...OLD, 'file /old/deep/a.txt'], apart: alone });
    });

    test('leaves the old one to live by itself once it gets another name outright', async () => {
      await fill(NAMES);
      await sim.dropbox.rename(from, to);
      await expectRest();
      await sim.dropbox.rename(to.slice(0, 4), '/new');
      await expectRest();
      const dropbox = await lines('dropbox');
      expect(dropbox).toEqual(
        expect.arrayContaining([...OLD, 'folder /new', `file ${place.replace(/^.{4}/, '/new')}/a.txt`]),
      );
      await sim.expectAtRest({ apart: alone });
    });
  },
);

describe('where Dropbox gives the name of a folder that holds what it refuses to a file', () => {
  const rename = async () => {
    await sim.dropbox.rename('/old', '/new');
    await sim.dropbox.put('/old', 'a file');
  };
  const above = async () => {
    await sim.dropbox.rename('/old/deep', '/new');
    await sim.dropbox.remove('/old');
    await sim.dropbox.put('/old', 'a file');
  };
  test.each([
    [
      'having renamed it',
      rename,
      ['folder /new', 'folder /new/deep', 'file /new/deep/a.txt', 'file /new/deep/b.txt'],
    ],
    ['having moved that out of it', above, ['folder /new', 'file /new/a.txt', 'file /new/b.txt']],
  ])('%s, the file waits with a reason until that is gone', async (_, act, tree) => {
    await fill(NAMES);
    await sim.dropbox.put('/stays.txt', 'stays');
    await sim.settle();
    await act();
    await expectRest();
    expect(await unsyncable(sim, grounds)).toContain('/old name_collision');
    await sim.assembly.put('/old/deep/b.txt', 'new in what is left');
    await expectRest();
    for (const name of NAMES) await sim.assembly.remove(`/old/deep/${name}`);
    await expectRest();
    expect(await unsyncable(sim, grounds)).toEqual([]);
    await sim.expectAtRest({ tree: [...tree, 'file /old', 'file /stays.txt'] });
  });

  test.each(['link', 'refused'])(
    'nothing of an inner folder takes a conflict name for a %s in it',
    async (what) => {
      await fill(what === 'link' ? [] : NAMES);
      if (what === 'link') await sim.assembly.link('/old/deep/site');
      await rename();
      await expectRest();
      if (what === 'link') await sim.assembly.remove('/old/deep/site');
      else for (const name of NAMES) await sim.assembly.remove(`/old/deep/${name}`);
      await expectRest();
      await sim.expectAtRest({
        tree: ['folder /new', 'folder /new/deep', 'file /new/deep/a.txt', 'file /old'],
      });
    },
  );
});

test('a link two folders down keeps what is beside it synced, in a folder renamed by letter case alone', async () => {
  await fill([]);
  await sim.assembly.link('/old/deep/site');
  await sim.dropbox.rename('/old', '/OLD');
  await expectRest();
  await sim.assembly.put('/old/deep/b.txt', 'two');
  await expectRest();
  expect(await lines('dropbox')).toContain('file /OLD/deep/b.txt');
  await sim.assembly.remove('/old/deep/site');
  await expectRest();
  const tree = ['folder /OLD', 'folder /OLD/deep', 'file /OLD/deep/a.txt', 'file /OLD/deep/b.txt'];
  await sim.expectAtRest({ tree });
  expect(await lines('assembly')).toEqual([...tree].sort());
});

describe('the copy that Assembly has kept of a file that can not follow', () => {
  const ways: Readonly<Record<string, () => Promise<unknown>>> = {
    'for its name on Dropbox': () => sim.dropbox.rename('/old/deep/a.txt', '/old/deep/a@b.txt'),
    'since Dropbox does not hand it out': async () =>
      control(`${grounds.sides.dropbox.controlUrl}/flags`, 'POST', {
        account: await accountOf(sim, grounds),
        path: `${ROOT}/old/deep/a.txt`,
        restricted: true,
      }),
  };
  test.each(Object.keys(ways))('keeps its old folder, %s, till it is deleted in Dropbox', async (way) => {
    await fill([]);
    await ways[way]!();
    await sim.settle();
    await sim.dropbox.rename('/old', '/new');
    await expectRest();
    const { dropbox, assembly } = await sim.shown();
    expect(assembly.map(({ path }) => path)).toContain('/old/deep/a.txt');
    const file = dropbox.find(({ object }) => object === 'file')!;
    await sim.dropbox.remove(file.path);
    await expectRest();
    await sim.expectAtRest({ tree: [...OLD, 'folder /new', 'folder /new/deep'] });
  });

  test('follows from its old folder when its name on Dropbox is one that Assembly takes', async () => {
    await fill([]);
    await ways['for its name on Dropbox']!();
    await sim.settle();
    await sim.dropbox.rename('/old', '/new');
    await expectRest();
    await sim.dropbox.rename('/new/deep/a@b.txt', '/new/deep/b.txt');
    await expectRest();
    await sim.expectAtRest({ tree: [...OLD, 'folder /new', 'folder /new/deep', 'file /new/deep/b.txt'] });
  });
});

test.each([
  ['file', '/old/deep/a.txt', '/old/deep/x\\y.txt'],
  ['folder', '/old/deep', '/old/x\\y'],
])(
  'a %s that Assembly has given a name which Dropbox refuses takes Dropbox’s with the folder that Dropbox renames',
  async (_, from, to) => {
    await fill([]);
    await sim.assembly.rename(from, to);
    await sim.settle();
    await sim.dropbox.rename('/old', '/new');
    await expectRest();
    expect(await unsyncable(sim, grounds)).toEqual([]);
    await sim.expectAtRest({ tree: ['folder /new', 'folder /new/deep', 'file /new/deep/a.txt'] });
  },
);

describe('what Assembly refuses in a folder that Assembly renames', () => {
  test.each(['/new', '/OLD'])('goes along in Dropbox to %s', async (to) => {
    await sim.dropbox.put('/old/deep/a.txt', 'one');
    for (const name of ['a@b.txt', 'no|pipe.txt'])
      await sim.dropbox.put(`/old/deep/${name}`, `refused ${name}`);
    await sim.settle();
    await sim.assembly.rename('/old', to);
    await expectRest();
    expect(await lines('dropbox')).toEqual(
      expect.arrayContaining([`file ${to}/deep/a@b.txt`, `file ${to}/deep/no|pipe.txt`]),
    );
    await sim.dropbox.rename(`${to}/deep/a@b.txt`, `${to}/deep/ab.txt`);
    await sim.dropbox.remove(`${to}/deep/no|pipe.txt`);
    await expectRest();
    const tree = [`folder ${to}`, `folder ${to}/deep`, `file ${to}/deep/a.txt`, `file ${to}/deep/ab.txt`];
    await sim.expectAtRest({ tree });
  });
});
