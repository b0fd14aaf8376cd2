import type { Sim } from './sim';
import { useGrounds } from './useGrounds';

const grounds = useGrounds();
let sim: Sim;
beforeEach(async () => {
  sim = await grounds.start({ continueAsNew: 0 });
});
afterEach(() => sim.end());

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
