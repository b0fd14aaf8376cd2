import type { Task } from './scheduler';
import type { Sim } from './sim';
import { underWay } from './underWay';
import { useGrounds } from './useGrounds';

const grounds = useGrounds();
let sim: Sim;
beforeEach(async () => {
  sim = await grounds.start({ continueAsNew: 0 });
});
afterEach(() => sim.end());

const { goOnUntil, plan, openBeforeThePlan } = underWay(() => sim);

describe.each(['dropbox', 'assembly'] as const)(
  'what %s moves into a folder that both sides delete before the other one has followed lives where it is',
  (side) => {
    const other = side === 'dropbox' ? 'assembly' : 'dropbox';

    describe.each([
      ['a file', '/a.txt', '/a.txt', ['file /a.txt']],
      ['a folder', '/in', '/in/a.txt', ['folder /in', 'file /in/a.txt']],
    ])('%s', (_what, moved, file, tree) => {
      let opening: Task;
      beforeEach(async () => {
        await sim.dropbox.folder('/docs');
        await sim.dropbox.put(file, 'one');
        await sim.settle();
        await sim[side].rename(moved, `/docs${moved}`);
        opening = await goOnUntil('openOperation', 'beforeTransaction openOperation');
      });
      const deleteOnBoth = async () => {
        await sim[side].remove('/docs');
        await sim[other].remove('/docs');
      };
      const expectThere = async (...more: string[]) => {
        await plan(opening);
        await sim.settle();
        expect(await sim.endlessWaits()).toEqual([]);
        await sim.expectAtRest({ tree: [...tree, ...more] });
      };

      test('deleted with it, and edited on the other side', async () => {
        await sim[other].put(file, 'one, edited');
        await deleteOnBoth();
        await expectThere();
      });

      test('deleted with it and edited on the other side, and a file takes the name of the folder', async () => {
        await sim[other].put(file, 'one, edited');
        await deleteOnBoth();
        await sim[side].put('/docs', 'two');
        await expectThere('file /docs');
      });

      test('taken back out of it before', async () => {
        await sim[side].rename(`/docs${moved}`, moved);
        await deleteOnBoth();
        await expectThere();
      });
    });

    test('a folder, as one with a new folder that took its name there', async () => {
      await sim.dropbox.folder('/docs');
      await sim.dropbox.put('/in/a.txt', 'one');
      await sim.settle();
      await sim[side].rename('/in', '/docs/in');
      const opening = await goOnUntil('openOperation', 'beforeTransaction openOperation');
      await sim[side].remove('/docs');
      await sim[side].put('/in/b.txt', 'new');
      await sim[other].put('/in/a.txt', 'one, edited');
      await sim[other].remove('/docs');
      await plan(opening);
      await sim.settle();
      expect(await sim.endlessWaits()).toEqual([]);
      await sim.expectAtRest({ tree: ['folder /in', 'file /in/a.txt', 'file /in/b.txt'] });
    });

    test('a file, into a new folder that nobody has made on the other side', async () => {
      await sim.dropbox.put('/a.txt', 'one');
      await sim.settle();
      await sim[side].folder('/docs');
      await sim[side].rename('/a.txt', '/docs/a.txt');
      const opening = await goOnUntil('openOperation', 'beforeTransaction openOperation');
      await sim[side].remove('/docs');
      await sim[other].put('/a.txt', 'one, edited');
      await openBeforeThePlan(opening);
      expect(await sim.endlessWaits()).toEqual([]);
      await sim.expectAtRest({ tree: ['file /a.txt'] });
    });
  },
);

test.each([false, true])(
  'two folders that Dropbox puts into each other the other way round, in one that it deletes, are planned to the end; deleted on both: %s',
  async (onBoth) => {
    await sim.dropbox.folder('/docs');
    await sim.dropbox.put('/outer/inner/a.txt', 'one');
    await sim.settle();
    await sim.dropbox.rename('/outer/inner', '/docs/inner');
    await sim.dropbox.rename('/outer', '/docs/inner/outer');
    const opening = await goOnUntil('openOperation', 'beforeTransaction openOperation');
    await sim.dropbox.remove('/docs');
    if (onBoth) {
      await sim.assembly.put('/outer/inner/a.txt', 'one, edited');
      await sim.assembly.remove('/docs');
    }
    await plan(opening);
    await sim.settle();
    expect(await sim.endlessWaits()).toEqual([]);
    await sim.expectAtRest({
      tree: onBoth ? ['folder /outer', 'folder /outer/inner', 'file /outer/inner/a.txt'] : [],
    });
  },
);

describe('a conflict copy on its way to a folder that Dropbox replaces by a file', () => {
  const COPY = '(Assembly conflicted copy 2026-11-23)';
  let opening: Task;
  beforeEach(async () => {
    await sim.dropbox.folder('/docs');
    await sim.dropbox.folder('/other');
    await sim.settle();
    await sim.assembly.put('/docs/a.txt', 'one');
    opening = await goOnUntil('openOperation', 'beforeTransaction openOperation');
    await sim.assembly.rename('/docs/a.txt', '/other/a.txt');
    await sim.dropbox.put('/docs/a.txt', 'another');
    await plan(opening);
    await sim.dropbox.remove('/docs');
    await sim.dropbox.put('/docs', 'a file now');
  });
  const expectThere = async (...tree: string[]) => {
    await plan(opening);
    await sim.settle();
    expect(await sim.endlessWaits()).toEqual([]);
    await sim.expectAtRest({ tree: ['file /docs', 'folder /other', ...tree] });
  };

  test('goes along where that one takes a conflict name', async () => {
    await sim.assembly.put('/docs/new.txt', 'new');
    await expectThere(
      `folder /docs ${COPY}`,
      `file /docs ${COPY}/a ${COPY}.txt`,
      `file /docs ${COPY}/new.txt`,
    );
  });

  test('lives where it is when that one is gone', () => expectThere(`file /other/a ${COPY}.txt`));
});

test('a file that Assembly takes back out of a new folder does not wait for it when a file of Dropbox has its name', async () => {
  await sim.assembly.put('/a.txt', 'one');
  await sim.settle();
  await sim.assembly.put('/docs/new.txt', 'new');
  await sim.assembly.rename('/a.txt', '/docs/a.txt');
  const opening = await goOnUntil('openOperation', 'beforeTransaction openOperation');
  await sim.assembly.rename('/docs/a.txt', '/a.txt');
  await sim.dropbox.put('/docs', 'a file now');
  await plan(opening);
  await sim.settle();
  expect(await sim.endlessWaits()).toEqual([]);
  await sim.expectAtRest();
});

describe('a folder of Dropbox that Assembly moves into another one, and deletes with it before that is carried over, stays for what is new in it', () => {
  test.each([
    ['gone', 'is on its way'],
    ['gone', 'waits for another one'],
    ['a file now', 'is on its way'],
    ['a file now', 'waits for another one'],
  ])('where the other one is %s, and the move %s', async (what, how) => {
    await sim.dropbox.folder('/docs');
    await sim.dropbox.put('/in/a', 'one');
    await sim.settle();
    await sim.assembly.rename('/docs', '/aside');
    await sim.assembly.rename('/in/a', '/docs');
    await sim.assembly.rename('/aside', '/in/a');
    if (how === 'waits for another one') await sim.assembly.put('/b.txt', 'another');
    while (sim.events.waiting.length > 0) sim.events.deliver();
    const held = await goOnUntil('applyOperation', 'start');
    await sim.dropbox.put('/docs/e', 'new');
    await sim.assembly.remove('/in');
    if (what === 'a file now') await sim.assembly.put('/in', 'a file');
    await plan(held);
    await sim.settle();
    expect(await sim.endlessWaits()).toEqual([]);
    await sim.expectAtRest();
    const { dropbox } = await sim.shown();
    expect(dropbox.filter(({ path }) => path.endsWith('/e'))).toHaveLength(1);
    expect(dropbox.filter(({ path }) => path.includes('(moving'))).toEqual([]);
  });
});
