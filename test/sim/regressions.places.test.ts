import { applySettings } from './settings';
import type { Sim } from './sim';
import { useGrounds } from './useGrounds';

const grounds = useGrounds();
let sim: Sim;
beforeEach(async () => {
  sim = await grounds.start({ continueAsNew: 0 });
});
afterEach(() => sim.end());

describe.each(['dropbox', 'assembly'] as const)(
  'where a file of %s takes the name of a folder that is gone',
  (side) => {
    /** From place to place by way of names that nothing has when all is done. */
    const trade = async (
      moves: readonly (readonly [from: string, to: string])[],
      meanwhile: () => Promise<void>,
    ) => {
      for (const [index, [from]] of moves.entries()) await sim[side].rename(from, `/on its way ${index}`);
      await meanwhile();
      for (const [index, [, to]] of moves.entries()) await sim[side].rename(`/on its way ${index}`, to);
    };
    const remove =
      (...paths: string[]) =>
      async () => {
        for (const path of paths) await sim[side].remove(path);
      };

    test.each(['/old/a.txt', '/old/deep/a.txt'])(
      'it leaves that one first, where it was %s',
      async (path) => {
        await sim.dropbox.put(path, 'one');
        await sim.settle();
        await trade([[path, '/old']], remove('/old'));
        await sim.settle();
        await sim.expectAtRest({ tree: ['file /old'] });
      },
    );

    test('it leaves that one first, edited and in a folder that stays', async () => {
      await sim.dropbox.put('/docs/old/a.txt', 'one');
      await sim.settle();
      await trade([['/docs/old/a.txt', '/docs/old']], remove('/docs/old'));
      await sim[side].put('/docs/old', 'one, edited');
      await sim.settle();
      await sim.expectAtRest({ tree: ['folder /docs', 'file /docs/old'] });
    });

    test('it leaves that one first, though a worker dies at it', async () => {
      await sim.dropbox.put('/old/a.txt', 'one');
      await sim.settle();
      await trade([['/old/a.txt', '/old']], remove('/old'));
      const detail = side === 'dropbox' ? 'assembly.createFile' : 'dropbox.move';
      sim.faults.arm({ point: 'afterCall', detail, kind: 'crash' });
      await sim.settle();
      await sim.expectAtRest({ tree: ['file /old'] });
    });

    test('another one does so that was in it, and takes the name of the folder that this one was in', async () => {
      await sim.dropbox.put('/p/a.txt', 'one');
      await sim.dropbox.put('/q/b.txt', 'two');
      await sim.settle();
      await trade(
        [
          ['/p/a.txt', '/q'],
          ['/q/b.txt', '/p'],
        ],
        remove('/p', '/q'),
      );
      await sim.settle();
      await sim.expectAtRest({ tree: ['file /p', 'file /q'] });
    });

    test('what was in it goes to a new folder that takes the name of the file', async () => {
      await sim.dropbox.put('/old/a.txt', 'one');
      await sim.dropbox.put('/b', 'two');
      await sim.settle();
      await trade(
        [
          ['/old/a.txt', '/b/a.txt'],
          ['/b', '/old'],
        ],
        async () => {
          await sim[side].remove('/old');
          await sim[side].folder('/b');
        },
      );
      await sim.settle();
      await sim.expectAtRest({ tree: ['folder /b', 'file /b/a.txt', 'file /old'] });
    });
  },
);

test('a file that Dropbox moves out of a folder to the name that it had leaves what is left of it on Assembly first', async () => {
  await sim.dropbox.put('/old/in/a.txt', 'one');
  await sim.settle();
  await sim.dropbox.rename('/old/in', '/in');
  await sim.dropbox.rename('/in/a.txt', '/aside');
  await sim.dropbox.rename('/old', '/in/a.txt');
  await sim.dropbox.rename('/aside', '/old');
  await sim.settle();
  await sim.expectAtRest({ tree: ['folder /in', 'folder /in/a.txt', 'file /old'] });
});

test.each(['/b.txt', '/deep/deeper/b.txt'])(
  'a folder trades names on Assembly with a file that both sides have edited, and takes %s along to its conflict name',
  async (inFolder) => {
    await sim.dropbox.put(`/docs${inFolder}`, 'in the folder');
    await sim.dropbox.put('/a.txt', 'one');
    await sim.settle();
    await sim.dropbox.put('/a.txt', 'one, edited');
    await sim.assembly.put('/a.txt', 'one, edited there too');
    await sim.assembly.rename('/a.txt', '/aside');
    await sim.assembly.rename('/docs', '/a.txt');
    await sim.assembly.rename('/aside', '/docs');
    await sim.settle();
    expect(await sim.endlessWaits()).toEqual([]);
    await sim.expectAtRest();
    const copy = '/a (Assembly conflicted copy 2026-11-23).txt';
    const files = (await sim.shown()).assembly.filter(({ object }) => object === 'file');
    expect(files.map(({ path }) => path).sort()).toEqual(
      ['/a.txt', `${copy}${inFolder}`, '/docs (Assembly conflicted copy 2026-11-23)'].sort(),
    );
  },
);

test.each(['/b.txt', '/deep', '/deep/b.txt'])(
  'a folder that comes on Assembly to the name of a new file of Dropbox takes %s along to its conflict name',
  async (inFolder) => {
    const object = inFolder.endsWith('.txt') ? 'file' : 'folder';
    if (object === 'file') await sim.dropbox.put(`/docs${inFolder}`, 'in the folder');
    else await sim.dropbox.folder(`/docs${inFolder}`);
    await sim.settle();
    await sim.dropbox.put('/a.txt', 'one');
    await sim.assembly.rename('/docs', '/a.txt');
    await sim.settle();
    expect(await sim.endlessWaits()).toEqual([]);
    await sim.expectAtRest();
    const copy = '/a (Assembly conflicted copy 2026-11-23).txt';
    expect((await sim.shown()).assembly.map((one) => `${one.object} ${one.path}`)).toEqual(
      expect.arrayContaining(['file /a.txt', `folder ${copy}`, `${object} ${copy}${inFolder}`]),
    );
  },
);

test('what comes to a taken name in a folder that loses its own name meanwhile takes a conflict name in the new place', async () => {
  await sim.dropbox.put('/docs/b.txt', 'in the folder');
  await sim.dropbox.put('/a.txt', 'one');
  await sim.dropbox.put('/c.txt', 'two');
  await sim.settle();
  await sim.dropbox.put('/a.txt', 'one, edited');
  await sim.dropbox.put('/docs/c.txt', 'new');
  await sim.assembly.put('/a.txt', 'one, edited there too');
  await sim.assembly.rename('/c.txt', '/docs/c.txt');
  await sim.assembly.rename('/a.txt', '/aside');
  await sim.assembly.rename('/docs', '/a.txt');
  await sim.assembly.rename('/aside', '/docs');
  await sim.settle();
  expect(await sim.endlessWaits()).toEqual([]);
  await sim.expectAtRest();
  const copy = '/a (Assembly conflicted copy 2026-11-23).txt';
  expect((await sim.shown()).assembly.map(({ path }) => path)).toEqual(
    expect.arrayContaining([`${copy}/c.txt`, `${copy}/c (Assembly conflicted copy 2026-11-23).txt`]),
  );
});

describe('names of Assembly that differ in letter case alone, in a folder that is left for another spelling', () => {
  const copyOf = (name: string) => name.replace('.', ' (Assembly conflicted copy 2026-11-23).');
  const expectPaths = async (...paths: string[]) => {
    await sim.settle();
    // A change of letter case alone is told by no feed.
    await sim.lookInFull();
    expect(await sim.endlessWaits()).toEqual([]);
    await sim.expectAtRest();
    const files = (await sim.shown()).assembly.filter(({ object }) => object === 'file');
    // Which of two copies has the number is nobody's matter.
    expect(files.map(({ path }) => path.replace(' 2)', ')')).sort()).toEqual(paths.sort());
  };
  beforeEach(async () => {
    await sim.dropbox.put('/old/deep/a.txt', 'one');
    await sim.settle();
  });

  test.each(['/OLD', '/new', '/in/OLD'])(
    'go along to %s, all but the first with conflict names',
    async (to) => {
      await sim.dropbox.folder('/in');
      await sim.settle();
      for (const [name, content] of [
        ['A.TXT', 'another'],
        ['a.TXT', 'a third one'],
      ] as const) {
        await sim.assembly.put(`/old/deep/${name}`, content);
        await sim.settle();
      }
      await sim.dropbox.rename('/old', to);
      const deep = `${to}/deep`;
      await expectPaths(`${deep}/a.txt`, `${deep}/${copyOf('A.TXT')}`, `${deep}/${copyOf('a.TXT')}`);
    },
  );

  test.each(['/old', '/old/deep'])('go along where %s is spelled anew', async (folder) => {
    await sim.assembly.put('/old/deep/A.TXT', 'another');
    await sim.settle();
    await sim.dropbox.rename(
      folder,
      folder.replace(/[^/]+$/, (name) => name.toUpperCase()),
    );
    const deep = folder === '/old' ? '/OLD/deep' : '/old/DEEP';
    await expectPaths(`${deep}/a.txt`, `${deep}/${copyOf('A.TXT')}`);
  });

  test('go along as folders, with what is in them', async () => {
    await sim.dropbox.put('/old/b.d/b.txt', 'two');
    await sim.settle();
    await sim.assembly.put('/old/B.D/c.txt', 'another');
    await sim.settle();
    await sim.dropbox.rename('/old', '/OLD');
    await expectPaths('/OLD/deep/a.txt', '/OLD/b.d/b.txt', `/OLD/${copyOf('B.D')}/c.txt`);
  });

  test('go along though they come when the folder is being left, and a worker dies at it', async () => {
    await sim.dropbox.rename('/old', '/OLD');
    await sim.engine.hint(sim.ref, { kind: 'look', origin: 'sweep' });
    await sim.until('afterCall assembly.createFolder');
    await sim.assembly.put('/old/deep/A.TXT', 'another');
    sim.faults.arm({ point: 'afterCall', detail: 'assembly.createFile', kind: 'crash' });
    await expectPaths('/OLD/deep/a.txt', `/OLD/deep/${copyOf('A.TXT')}`);
  });

  test.each([['A.TXT'], ['A.TXT', 'A.txt']])(
    'go along, what is to have its letter case changed with them (%s)',
    async (name, to = name) => {
      await sim.assembly.put(`/old/deep/${name}`, 'another');
      await sim.settle();
      await sim.dropbox.rename('/old', '/OLD');
      await sim.dropbox.rename('/OLD/deep/a.txt', `/OLD/deep/${to}`);
      await expectPaths(`/OLD/deep/${to}`, `/OLD/deep/${copyOf(name)}`);
    },
  );

  test.each(['/OLD/deep/A.TXT', '/OLD/DEEP.TXT'])(
    'make room where Assembly has %s in a folder of that spelling',
    async (path) => {
      await sim.dropbox.put('/old/deep.txt/b.txt', 'two');
      await sim.settle();
      await sim.assembly.put(path, 'another');
      await sim.settle();
      await sim.dropbox.rename('/old', '/OLD');
      const copy = path.replace(/[^/]+$/, copyOf);
      await expectPaths('/OLD/deep/a.txt', '/OLD/deep.txt/b.txt', copy);
    },
  );

  test('stay as they are where Assembly renames the folder', async () => {
    await sim.assembly.put('/old/deep/A.TXT', 'another');
    await sim.settle();
    await sim.assembly.rename('/old', '/OLD');
    await sim.settle();
    expect(await sim.endlessWaits()).toEqual([]);
    await sim.expectAtRest({ apart: (path) => path.toLowerCase() === '/old/deep/a.txt' });
    expect((await sim.shown()).assembly.map(({ path }) => path)).toEqual(
      expect.arrayContaining(['/OLD/deep/A.TXT', '/OLD/deep/a.txt']),
    );
  });
});

test('what is left of a folder whose letter case was changed waits for the next look with what is in it', async () => {
  await sim.assembly.put('/docs/deep/a.txt', 'one');
  await sim.settle();
  await sim.dropbox.rename('/docs', '/Docs');
  sim.resync();
  await sim.until('beforeCall assembly.createFolder');
  await sim.assembly.put('/docs/deep/new/b.txt', 'two');
  sim.events.drop(sim.events.waiting.findIndex(({ label }) => label.startsWith('folder.created')));
  await sim.settle();
  expect(await sim.owed()).toHaveLength(3);
  expect(await sim.endlessWaits()).toEqual([]);
  await sim.lookInFull();
  await sim.expectAtRest({
    tree: [
      'folder /Docs',
      'folder /Docs/deep',
      'file /Docs/deep/a.txt',
      'folder /Docs/deep/new',
      'file /Docs/deep/new/b.txt',
    ],
  });
});

test('a folder whose letter case was changed and changed back leaves no file in what is left of it on Assembly', async () => {
  await sim.assembly.put('/docs/a.txt', 'one');
  await sim.settle();
  await sim.dropbox.rename('/docs', '/Docs');
  sim.resync();
  await sim.until('beforeCall assembly.createFolder');
  await sim.assembly.put('/docs/new/b.txt', 'two');
  sim.events.drop(sim.events.waiting.findIndex(({ label }) => label.startsWith('folder.created')));
  await sim.settle();
  await sim.dropbox.rename('/Docs', '/docs');
  await sim.lookInFull();
  expect(await sim.endlessWaits()).toEqual([]);
  await sim.expectAtRest({
    tree: ['folder /docs', 'file /docs/a.txt', 'folder /docs/new', 'file /docs/new/b.txt'],
  });
});

test.each([false, true])(
  'a file that Assembly moves out of a folder whose letter case Dropbox changes is moved out (in the feed: %s)',
  async (inFeed) => {
    const back = await applySettings(grounds, { dropbox: { caseChangesInFeed: inFeed } });
    await sim.assembly.put('/docs/deep/a.txt', 'one');
    await sim.settle();
    await sim.dropbox.rename('/docs', '/Docs');
    await sim.assembly.rename('/docs/deep/a.txt', '/b.txt');
    await sim.settle();
    await sim.lookInFull();
    await back();
    await sim.expectAtRest({ tree: ['folder /Docs', 'folder /Docs/deep', 'file /b.txt'] });
  },
);

test.each([
  ['dropbox', '/docs/a.txt', '/docs/b.txt'],
  ['assembly', '/docs/a.txt', '/docs/b.txt'],
  ['dropbox', '/docs', '/papers'],
  ['assembly', '/docs', '/papers'],
] as const)(
  'a rename that %s takes back before it was carried over is taken back (%s)',
  async (side, from, to) => {
    await sim.dropbox.put('/docs/a.txt', 'one');
    await sim.settle();
    await sim[side].rename(from, to);
    await sim.until('afterCommit planSync');
    await sim[side].rename(to, from);
    await sim.settle();
    await sim.expectAtRest({ tree: ['folder /docs', 'file /docs/a.txt'] });
  },
);

test('a conflict copy in a folder that does not get its new name, since a file of Dropbox has it, goes along', async () => {
  await sim.dropbox.folder('/docs');
  await sim.settle();
  await sim.assembly.rename('/docs', '/new');
  await sim.assembly.put('/new/a.txt', 'one');
  await sim.dropbox.put('/docs/a.txt', 'another');
  await sim.dropbox.put('/new', 'a file');
  while (sim.events.waiting.length > 0) sim.events.drop();
  await sim.lookInFull();
  expect(await sim.endlessWaits()).toEqual([]);
  const folder = '/new (Assembly conflicted copy 2026-11-23)';
  await sim.expectAtRest({
    tree: [
      'file /new',
      `folder ${folder}`,
      `file ${folder}/a.txt`,
      `file ${folder}/a (Assembly conflicted copy 2026-11-23).txt`,
    ],
  });
});

describe('two files trade places on Assembly', () => {
  beforeEach(async () => {
    await sim.dropbox.put('/docs/a', 'one');
    await sim.dropbox.put('/docs/b', 'two');
    await sim.settle();
  });
  const trade = async (folder: string) => {
    await sim.assembly.rename(`${folder}/a`, '/aside');
    await sim.assembly.rename(`${folder}/b`, `${folder}/a`);
    await sim.assembly.rename('/aside', `${folder}/b`);
  };

  test('and Dropbox lets neither step aside: each is tried as often as any other', async () => {
    const conflict = { error_summary: 'to/conflict/..', error: { '.tag': 'to', to: { '.tag': 'conflict' } } };
    await sim.dropbox.trouble({
      route: 'files/move_v2',
      action: 'status',
      status: 409,
      body: conflict,
      times: 1_000,
    });
    await trade('/docs');
    await sim.settle();
    expect(sim.calls.filter((call) => call === 'dropbox.move')).toHaveLength(2 * 10);
    await sim.dropbox.calm();
    sim.resync();
    await sim.settle();
    await sim.expectAtRest();
  });

  test('and one of them is deleted on Dropbox just before its folder is renamed there for Assembly', async () => {
    await sim.assembly.rename('/docs', '/old');
    await sim.until('beforeCall dropbox.move');
    await sim.dropbox.remove('/docs/b');
    await sim.settle({ deliver: false });
    // Nobody tells of it before the two are to trade places there too.
    while (sim.events.waiting.length > 0) sim.events.drop();
    await trade('/old');
    await sim.settle();
    expect(await sim.owed()).toEqual([]);
    await sim.expectAtRest();
  });
});

test('what is new in a folder that Dropbox has renamed follows it though the folders above it found their names taken', async () => {
  await sim.dropbox.put('/old/docs/x/d.pdf', 'one');
  await sim.settle();
  sim.pause();
  await sim.settle();
  await sim.dropbox.put('/taken/e', 'two');
  await sim.dropbox.rename('/old/docs/x', '/old/docs/docs');
  await sim.dropbox.folder('/old/docs/docs/new');
  await sim.assembly.remove('/old/docs');
  await sim.assembly.rename('/old', '/taken');
  sim.resume();
  await sim.settle();
  expect(await sim.endlessWaits()).toEqual([]);
  await sim.expectAtRest();
});

test('a conflict copy is where its folder goes, though another folder of Assembly leaves that name in the same plan', async () => {
  await sim.dropbox.put('/one/a.txt', 'before');
  await sim.assembly.folder('/two');
  await sim.settle();
  sim.pause();
  await sim.settle();
  await sim.dropbox.put('/one/a.txt', 'on Dropbox');
  await sim.assembly.put('/one/a.txt', 'on Assembly');
  await sim.assembly.rename('/two', '/aside');
  await sim.assembly.rename('/one', '/two');
  await sim.assembly.rename('/aside', '/one');
  sim.resume();
  await sim.settle();
  await sim.expectAtRest({
    tree: [
      'folder /one',
      'folder /two',
      'file /two/a.txt',
      'file /two/a (Assembly conflicted copy 2026-11-23).txt',
    ],
  });
});

test('a conflict copy stays with its folder of Dropbox where the one of Assembly is another from then on', async () => {
  await sim.dropbox.put('/docs/sub/a.txt', 'before');
  await sim.settle();
  await sim.dropbox.put('/docs/sub/a.txt', 'on Dropbox');
  await sim.assembly.put('/docs/sub/a.txt', 'on Assembly');
  await sim.until('afterCall dropbox.upload');
  sim.pause();
  await sim.settle();
  await sim.assembly.rename('/docs', '/old');
  await sim.assembly.folder('/docs');
  await sim.assembly.rename('/old/sub', '/docs/sub');
  await sim.dropbox.folder('/old');
  sim.resume();
  await sim.settle();
  expect(await sim.endlessWaits()).toEqual([]);
  await sim.expectAtRest({
    tree: [
      'folder /old',
      'folder /docs',
      'folder /docs/sub',
      'file /docs/sub/a.txt',
      'file /docs/sub/a (Assembly conflicted copy 2026-11-23).txt',
    ],
  });
});
