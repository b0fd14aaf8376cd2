import { unsyncable } from './semantics/run';
import { applySettings } from './settings';
import type { Sim } from './sim';
import { useGrounds } from './useGrounds';

const grounds = useGrounds();
let sim: Sim;
beforeEach(async () => {
  sim = await grounds.start({ continueAsNew: 0 });
});
afterEach(() => sim.end());

describe('below a folder that is not synced, since a link of Assembly has its name', () => {
  let back: () => Promise<void>;
  beforeEach(async () => {
    back = await applySettings(grounds, { assembly: { occupiedPath: 'reject', pendingOccupies: false } });
  });
  afterEach(() => back());

  const expectReasons = async (...reasons: string[]) => {
    expect(await sim.owed()).toEqual([]);
    expect(await unsyncable(sim, grounds)).toEqual(reasons.map((path) => `${path} name_collision`));
    sim.calls.splice(0);
    await sim.lookInFull();
    expect(sim.writes()).toEqual([]);
  };

  test.each(['/site', '/site/deep', '/site/deep/deeper'])(
    'a file that was moved into %s has the reason, and follows when the link is gone',
    async (folder) => {
      await sim.dropbox.put('/a.txt', 'one');
      await sim.assembly.link('/site');
      await sim.settle();
      await sim.dropbox.folder(folder);
      await sim.dropbox.rename('/a.txt', `${folder}/a.txt`);
      await sim.settle();
      await expectReasons('/a.txt', '/site');
      await sim.dropbox.put(`${folder}/a.txt`, 'one, edited');
      await sim.settle();
      await expectReasons('/a.txt', '/site');
      await sim.assembly.remove('/site');
      await sim.lookInFull();
      await sim.expectAtRest();
      expect((await sim.shown()).assembly.map(({ path }) => path)).toContain(`${folder}/a.txt`);
    },
  );

  test('what both sides agreed on below a folder that takes the name of a link has the reason, edited or not', async () => {
    await sim.dropbox.put('/docs/deep/a.txt', 'one');
    await sim.dropbox.put('/docs/b.txt', 'two');
    await sim.settle();
    await sim.assembly.link('/site');
    await sim.settle();
    await sim.dropbox.rename('/docs', '/site');
    await sim.settle();
    await expectReasons('/docs/b.txt', '/docs/deep', '/docs/deep/a.txt', '/site');
    await sim.dropbox.put('/site/b.txt', 'two, edited');
    await sim.assembly.put('/docs/deep/a.txt', 'one, edited');
    await sim.dropbox.put('/site/c.txt', 'new');
    await sim.settle();
    await expectReasons('/docs/b.txt', '/docs/deep', '/docs/deep/a.txt', '/site');
    await sim.assembly.remove('/site');
    await sim.lookInFull();
    await sim.expectAtRest({
      tree: [
        'folder /site',
        'file /site/b.txt',
        'file /site/c.txt',
        'folder /site/deep',
        'file /site/deep/a.txt',
      ],
    });
  });

  test('a person who renames the folder brings what is below it along', async () => {
    await sim.dropbox.put('/docs/deep/a.txt', 'one');
    await sim.settle();
    await sim.assembly.link('/site');
    await sim.settle();
    await sim.dropbox.rename('/docs', '/site');
    await sim.settle();
    await expectReasons('/docs/deep', '/docs/deep/a.txt', '/site');
    await sim.dropbox.rename('/site', '/other');
    await sim.settle();
    expect(await unsyncable(sim, grounds)).toEqual([]);
    await sim.assembly.remove('/site');
    await sim.expectAtRest({ tree: ['folder /other', 'folder /other/deep', 'file /other/deep/a.txt'] });
  });
});

describe('below a folder of Assembly that is not synced, since a file of Dropbox has its name', () => {
  const expectReasons = async (...reasons: string[]) => {
    expect(await sim.owed()).toEqual([]);
    expect(await unsyncable(sim, grounds)).toEqual(reasons.map((path) => `${path} name_collision`));
  };
  /** A folder that a link keeps, and a file of Dropbox that has its name. */
  const collide = async () => {
    await sim.assembly.link('/docs/site');
    await sim.dropbox.remove('/docs');
    await sim.dropbox.put('/docs', 'now a file');
  };

  test.each([
    ['/docs', 'before'],
    ['/docs/deep', 'before'],
    ['/docs', 'while'],
    ['/docs/deep', 'while'],
  ])('a file that is moved into %s has the reason, though that was so %s it came', async (folder, when) => {
    await sim.assembly.put('/a.txt', 'one');
    await sim.dropbox.folder(folder);
    await sim.settle();
    if (when === 'before') {
      await collide();
      await sim.lookInFull();
    } else {
      sim.pause();
      await sim.settle();
    }
    await sim.assembly.folder(folder).catch(() => undefined);
    await sim.assembly.rename('/a.txt', `${folder}/a.txt`);
    if (when === 'while') {
      await collide();
      sim.resume();
    }
    await sim.settle();
    await sim.lookInFull();
    await expectReasons('/a.txt', '/docs', '/docs');
    await sim.assembly.put(`${folder}/a.txt`, 'one, edited');
    await sim.assembly.put('/docs/new.txt', 'new');
    await sim.settle();
    await expectReasons('/a.txt', '/docs', '/docs');
    await sim.dropbox.put('/a.txt', 'one, edited there too');
    await sim.settle();
    await expectReasons('/a.txt', '/docs', '/docs');
    await sim.dropbox.rename('/docs', '/docs.txt');
    await sim.settle();
    expect(await unsyncable(sim, grounds)).toEqual([]);
    const { dropbox } = await sim.shown();
    expect(dropbox.filter(({ object }) => object === 'file').map(({ path }) => path)).toEqual(
      [
        '/a.txt',
        '/docs.txt',
        `${folder}/a (Assembly conflicted copy 2026-11-23).txt`,
        '/docs/new.txt',
      ].sort(),
    );
    await sim.expectAtRest({ apart: (path) => path === '/docs/site' });
  });

  test('what arrives on Dropbox while a link keeps the folder that it is from is moved out of that one', async () => {
    await sim.dropbox.put('/docs', 'a file');
    await sim.settle();
    await sim.assembly.remove('/docs');
    await sim.assembly.put('/docs/a.txt', 'one');
    await sim.dropbox.put('/docs', 'a file, edited');
    await sim.until('beforeCall dropbox.upload');
    const upload = sim.scheduler.runnable().find(({ at }) => at === 'beforeCall dropbox.upload')!;
    const others = async (turns: number) => {
      for (let turn = 0; turn < turns; turn++) {
        if (sim.events.waiting.length > 0) sim.events.deliver();
        const task = sim.scheduler.runnable().find((one) => one !== upload && one.name !== upload.name);
        if (task) await sim.turn(task);
      }
    };
    await others(150);
    await sim.assembly.link('/docs/site');
    sim.resync();
    await others(150);
    await sim.settle();
    await sim.lookInFull();
    expect(await sim.owed()).toEqual([]);
    const { dropbox, assembly } = await sim.shown();
    const paths = [dropbox, assembly].map((tree) => tree.map(({ path }) => path).sort());
    const copy = '/docs (Assembly conflicted copy 2026-11-23)';
    const both = ['/docs', copy, `${copy}/a.txt`];
    expect(paths).toEqual([both, [...both, '/docs/site']]);
  });

  describe('since a file that both sides agreed on was moved there', () => {
    beforeEach(async () => {
      await sim.dropbox.put('/a.txt', 'one');
      await sim.assembly.link('/docs/site');
      await sim.settle();
    });
    const goes = {
      deleted: async () => {
        await sim.dropbox.remove('/docs');
        return [];
      },
      renamed: async () => {
        await sim.dropbox.rename('/docs', '/new');
        return ['folder /new'];
      },
    };
    const reasons = { deleted: ['/a.txt', '/docs'], renamed: ['/a.txt', '/new'] };

    test.each(['deleted', 'renamed'] as const)(
      'both have the reason, until the link of the %s one is gone',
      async (how) => {
        const others = await goes[how]();
        await sim.dropbox.rename('/a.txt', '/docs');
        await sim.settle();
        await sim.lookInFull();
        await expectReasons(...reasons[how]);
        expect(await sim.endlessWaits()).toEqual([]);
        await sim.assembly.remove('/docs/site');
        await sim.lookInFull();
        expect(await unsyncable(sim, grounds)).toEqual([]);
        await sim.expectAtRest({ tree: ['file /docs', ...others] });
      },
    );

    test.each(['deleted', 'renamed'] as const)(
      'both have the reason, until it leaves the name of the %s one',
      async (how) => {
        const others = await goes[how]();
        await sim.dropbox.rename('/a.txt', '/docs');
        await sim.settle();
        await sim.lookInFull();
        await expectReasons(...reasons[how]);
        await sim.dropbox.rename('/docs', '/b.txt');
        await sim.settle();
        expect(await unsyncable(sim, grounds)).toEqual([]);
        const { dropbox } = await sim.shown();
        expect(dropbox.map(({ object, path }) => `${object} ${path}`).sort()).toEqual(
          ['file /b.txt', 'folder /docs', ...others].sort(),
        );
        await sim.expectAtRest({ apart: (path) => path === '/docs/site' });
      },
    );

    test('both have the reason also where the folder was to be made on Dropbox before it came', async () => {
      await sim.dropbox.remove('/docs');
      await sim.until('beforeCall dropbox.createFolder');
      await sim.dropbox.rename('/a.txt', '/docs');
      await sim.settle();
      await sim.lookInFull();
      await expectReasons('/a.txt', '/docs');
    });
  });
});

test('a file that Dropbox moves from an old folder to the name of one that a link keeps takes a conflict name', async () => {
  await sim.dropbox.put('/old/in/a.txt', 'one');
  await sim.assembly.link('/old/site');
  await sim.settle();
  await sim.lookInFull();
  await sim.dropbox.rename('/old/in', '/in');
  await sim.dropbox.rename('/old', '/new');
  await sim.dropbox.rename('/in/a.txt', '/old');
  await sim.settle();
  await sim.lookInFull();
  expect(await sim.owed()).toEqual([]);
  expect(await unsyncable(sim, grounds)).toEqual([]);
  const { dropbox } = await sim.shown();
  expect(dropbox.map(({ object, path }) => `${object} ${path}`).sort()).toEqual([
    'file /old (Assembly conflicted copy 2026-11-23)',
    'folder /in',
    'folder /new',
    'folder /old',
  ]);
  await sim.expectAtRest({ apart: (path) => path === '/old/site' });
});
