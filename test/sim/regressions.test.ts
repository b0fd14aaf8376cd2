import { type Grounds, openGrounds, type Sim } from './sim';

let grounds: Grounds;
let sim: Sim;
beforeAll(async () => {
  grounds = await openGrounds();
});
beforeEach(async () => {
  sim = await grounds.start({ continueAsNew: 0 });
});
afterEach(() => sim.end());
afterAll(() => grounds.close());

/** Runs until a task stands at a gate of that name. */
async function until(gate: string): Promise<void> {
  for (let turns = 0; turns < 2_000; turns++) {
    if (sim.scheduler.runnable().some((task) => task.at === gate)) return;
    if (sim.events.waiting.length > 0) sim.events.deliver();
    if (sim.scheduler.runnable().length > 0) await sim.turn();
    else await sim.tick();
  }
  throw new Error(`nothing ever came to ${gate}`);
}

test('what is written into an Assembly file while its replacement is transferred is kept', async () => {
  await sim.dropbox.put('/a.txt', 'one');
  await sim.settle();
  await sim.dropbox.put('/a.txt', 'a newer one');
  await until('beforeCall assembly.upload');
  const written = await sim.assembly.put('/a.txt', 'what a client wrote meanwhile');
  await sim.settle();
  const { dropbox } = await sim.shown();
  expect(dropbox.map(({ hash }) => hash)).toContain(written);
  expect(dropbox).toHaveLength(2);
  await sim.expectAtRest();
});

test('an upload to Assembly that broke off is taken back when its source is gone', async () => {
  sim.faults.arm({ point: 'afterStamp', kind: 'crash' });
  await sim.dropbox.put('/a.txt', 'one');
  await until('beforeCall assembly.createFile');
  await sim.turn();
  await sim.dropbox.remove('/a.txt');
  await sim.settle();
  await sim.expectAtRest({ tree: [] });
});

test('a create on Assembly whose answer was lost leaves nothing behind when its source is gone', async () => {
  sim.faults.arm({ point: 'afterCall', detail: 'assembly.createFile', kind: 'crash' });
  await sim.dropbox.put('/a.txt', 'one');
  await until('beforeCall assembly.createFile');
  await sim.turn();
  await sim.dropbox.remove('/a.txt');
  await sim.settle();
  await sim.expectAtRest({ tree: [] });
});

test('a file that never arrived on Assembly is not deleted on Dropbox when its folder goes there', async () => {
  await sim.dropbox.folder('/docs');
  await sim.settle();
  const written = await sim.dropbox.put('/docs/a.txt', 'one');
  await until('beforeCall assembly.upload');
  await sim.assembly.remove('/docs');
  await sim.settle();
  await sim.lookInFull();
  expect((await sim.shown()).dropbox.map(({ hash }) => hash)).toContain(written);
  await sim.expectAtRest();
});

test('a file takes the place of a folder in which something new has come to live: both stay', async () => {
  await sim.dropbox.put('/docs/a.txt', 'one');
  await sim.settle();
  await sim.dropbox.remove('/docs');
  await sim.dropbox.put('/docs', 'now a file');
  await sim.assembly.put('/docs/new.txt', 'two');
  await sim.settle();
  const { dropbox } = await sim.shown();
  expect(dropbox.filter(({ object }) => object === 'file')).toHaveLength(2);
  await sim.expectAtRest();
});

test('a folder that was replaced by a file on Assembly takes all in it along', async () => {
  await sim.assembly.put('/docs/deep/a.txt', 'one');
  await sim.settle();
  await sim.assembly.remove('/docs');
  await sim.assembly.put('/docs', 'now a file');
  // The file's event comes first, and has the folder read as what was at its path.
  sim.events.reverse();
  await sim.settle();
  await sim.expectAtRest({ tree: ['file /docs'] });
});

test('a file made in a folder that Assembly spells otherwise goes into that very folder', async () => {
  await sim.assembly.folder('/docs');
  await sim.settle();
  await sim.dropbox.rename('/docs', '/Docs');
  await sim.dropbox.put('/Docs/a.txt', 'one');
  await sim.settle();
  await sim.lookInFull();
  await sim.expectAtRest({ tree: ['folder /Docs', 'file /Docs/a.txt'] });
});

test('below an Assembly folder that Dropbox can not tell from a file only the folder is listed', async () => {
  await sim.assembly.put('/a.txt', 'one');
  await sim.settle();
  await sim.assembly.put('/A.TXT/b.txt', 'two');
  await sim.settle();
  await sim.expectAtRest({ apart: (path) => path.startsWith('/A.TXT') });
});
