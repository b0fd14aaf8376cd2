import type { Sim } from './sim';
import { useGrounds } from './useGrounds';

const grounds = useGrounds();
let sim: Sim;
beforeEach(async () => {
  sim = await grounds.start({ continueAsNew: 0 });
});
afterEach(() => sim.end());

test('I2: an edit right before our delete arrives beats it, on Dropbox', async () => {
  await sim.dropbox.put('/a.txt', 'one');
  await sim.settle();
  await sim.assembly.remove('/a.txt');
  await sim.until('beforeCall dropbox.delete');
  const edited = await sim.dropbox.put('/a.txt', 'edited at the last moment');
  await sim.settle();
  expect((await sim.shown()).assembly.map(({ hash }) => hash)).toEqual([edited]);
  await sim.expectAtRest({ tree: ['file /a.txt'] });
});

test('I2: an edit right before our delete is planned beats it, on Assembly', async () => {
  await sim.dropbox.put('/a.txt', 'one');
  await sim.settle();
  await sim.dropbox.remove('/a.txt');
  await sim.until('beforeCall dropbox.metadata');
  const edited = await sim.assembly.put('/a.txt', 'edited at the last moment');
  await sim.settle();
  expect((await sim.shown()).dropbox.map(({ hash }) => hash)).toEqual([edited]);
  await sim.expectAtRest({ tree: ['file /a.txt'] });
});

test.each(['reset', 'crash'] as const)(
  'I3: a create on Assembly whose answer is lost to a %s leaves one file',
  async (kind) => {
    sim.faults.arm({ point: 'afterCall', detail: 'assembly.createFile', kind });
    await sim.dropbox.put('/a.txt', 'one');
    await sim.settle();
    await sim.expectAtRest({ tree: ['file /a.txt'] });
  },
);

test.each(['reset', 'crash'] as const)(
  'I3: an upload to Dropbox whose answer is lost to a %s leaves one file',
  async (kind) => {
    sim.faults.arm({ point: 'afterCall', detail: 'dropbox.upload', kind });
    await sim.assembly.put('/a.txt', 'one');
    await sim.settle();
    await sim.expectAtRest({ tree: ['file /a.txt'] });
  },
);

test.each(['beforeCommit', 'afterCommit'] as const)(
  'I5: a crash at %s of a page of the feed loses nothing that it told',
  async (point) => {
    await sim.dropbox.put('/a.txt', 'one');
    // The first transaction of a look reads the sync; the page is stored in one of its own.
    sim.faults.arm({ point: 'beforeFold', detail: 'dropbox', kind: 'crash' });
    sim.faults.arm({ point, detail: 'observeDropbox', kind: 'crash', skip: point === 'afterCommit' ? 1 : 0 });
    await sim.settle();
    await sim.expectAtRest({ tree: ['file /a.txt'] });
  },
);
