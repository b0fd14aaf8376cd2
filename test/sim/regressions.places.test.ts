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
