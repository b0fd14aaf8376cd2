import type { Task } from './scheduler';
import type { Sim } from './sim';
import { useGrounds } from './useGrounds';

const grounds = useGrounds();
let sim: Sim;
beforeEach(async () => {
  sim = await grounds.start({ continueAsNew: 0 });
});
// A plan or a settling that trips over an id is tried again, and may come through in the end.
afterEach(async () => {
  const { log } = sim;
  await sim.end();
  expect(log.filter((line) => line.startsWith('failed'))).toEqual([]);
});

/** What was moved out of the sync and comes back, under the id it had, while what took its place is still on its way. */
describe('what comes back under an id that the item of its old place was agreed on with is an item of its own', () => {
  /** Everything is seen and planned, and no operation goes on. */
  const planMeanwhile = async () => {
    while (sim.events.waiting.length > 0) sim.events.deliver();
    const next = () => sim.scheduler.runnable().find(({ name }) => !/Operation$/.test(name));
    for (let task = next(); task; task = next()) {
      await sim.turn(task);
      while (sim.events.waiting.length > 0) sim.events.deliver();
    }
  };

  test.each([
    ['dropbox', 'beforeCall assembly.createFile'],
    ['assembly', 'beforeCall dropbox.upload'],
  ] as const)('a file of %s, beside the one that replaced it', async (side, gate) => {
    await sim[side].put('/a.txt', 'one');
    await sim.settle();
    await sim[side].moveOut('/a.txt', '/a.txt');
    await sim[side].put('/a.txt', 'another');
    await sim.until(gate);
    await sim[side].moveIn('/a.txt', '/b.txt');
    await planMeanwhile();
    await sim.settle();
    await sim.expectAtRest({ tree: ['file /a.txt', 'file /b.txt'] });
  });

  test.each([
    ['dropbox', 'beforeCall assembly.createFile'],
    ['assembly', 'beforeCall dropbox.upload'],
  ] as const)('a file of %s, where the one that replaced it has been moved away', async (side, gate) => {
    await sim[side].put('/a.txt', 'one');
    await sim.settle();
    await sim[side].moveOut('/a.txt', '/a.txt');
    await sim[side].put('/a.txt', 'another');
    await sim.until(gate);
    await sim[side].rename('/a.txt', '/c.txt');
    await sim[side].moveIn('/a.txt', '/a.txt');
    await planMeanwhile();
    await sim.settle();
    await sim.expectAtRest({ tree: ['file /a.txt', 'file /c.txt'] });
  });

  test('a folder of Dropbox, whose successor can not go on to Assembly before all is planned', async () => {
    await sim.dropbox.put('/docs/x/1.txt', 'one');
    await sim.settle();
    await sim.dropbox.moveOut('/docs', '/old');
    await sim.dropbox.put('/docs/x/2.txt', 'two');
    await sim.assembly.moveOut('/docs/x', '/x');
    await planMeanwhile();
    await sim.assembly.remove('/docs');
    await sim.dropbox.moveIn('/old', '/docs/docs');
    await sim.settle();
    await sim.expectAtRest();
    expect((await sim.shown()).assembly.map(({ path }) => path)).toContain('/docs/x/2.txt');
  });

  test('a folder of Assembly, whose item has taken another one where Dropbox has moved it', async () => {
    await sim.dropbox.put('/docs/1.txt', 'one');
    await sim.settle();
    await sim.dropbox.rename('/docs', '/new');
    await sim.until('beforeCall assembly.createFolder');
    await sim.assembly.moveOut('/docs', '/docs');
    await sim.assembly.folder('/new');
    await planMeanwhile();
    await sim.assembly.moveIn('/docs', '/other');
    await planMeanwhile();
    await sim.settle();
    await sim.lookInFull();
    await sim.expectAtRest();
  });

  describe.each([
    ['dropbox', 'assembly', 'beforeCall assembly.createFile'],
    ['assembly', 'dropbox', 'beforeCall dropbox.upload'],
  ] as const)('a file of %s that was just on its way to %s', (side, other, gate) => {
    test.each(['/deleted.txt', '/new.txt'])('comes back as %s', async (to) => {
      await sim[other].put('/deleted.txt', 'agreed on');
      await sim.settle();
      await sim[side].put('/a.txt', 'one');
      await sim.until(gate);
      await sim[side].moveOut('/a.txt', '/a.txt');
      await sim[side].put('/a.txt', 'another');
      await planMeanwhile();
      await sim[side].remove('/deleted.txt');
      await sim[side].moveIn('/a.txt', to);
      await planMeanwhile();
      await sim.settle();
      await sim.expectAtRest({ tree: ['file /a.txt', `file ${to}`] });
    });
  });
});

/** Two files of Assembly at one path, one of them ours, turn out to be the same while something else is seen of ours. */
describe('a file that somebody puts beside ours on Assembly, with its very bytes, becomes it', () => {
  const isOperation = ({ name }: Task): boolean => /Operation$/.test(name);
  const run = async (next: () => Task | undefined) => {
    for (let task = next(); task; task = next()) await sim.turn(task);
  };

  /** What has happened is seen, and the bytes are compared, before any of it is planned. */
  const seeBeforePlan = async () => {
    const { scheduler, events } = sim;
    await run(() => {
      while (events.waiting.length > 0) events.deliver();
      const plans = scheduler.runnable().some(({ at }) => at === 'beforeTransaction planSync');
      return plans ? undefined : scheduler.runnable().find((task) => !isOperation(task));
    });
    await run(() => scheduler.runnable().find(isOperation));
  };

  test.each([
    ['one', 'changes its letter case', () => sim.assembly.rename('/docs', '/DOCS'), '/DOCS'],
    ['two', 'changes its letter case', () => sim.assembly.rename('/docs', '/DOCS'), '/DOCS'],
    ['one', 'is renamed on Dropbox', () => sim.dropbox.rename('/docs', '/new'), '/new'],
    ['one', 'has it edited on Dropbox', () => sim.dropbox.put('/docs/a.txt', 'edit'), '/docs'],
  ] as const)('%s of them, while the folder %s', async (count, _what, act, folder) => {
    await sim.dropbox.put('/docs/a.txt', 'same');
    await sim.until('beforeCall assembly.upload');
    await sim.assembly.put('/docs/a.txt', 'same');
    if (count === 'two') await sim.assembly.put('/docs/a.txt', 'same');
    await sim.until('beforeCall assembly.download');
    // Ours is whole now.
    await sim.tick();
    await act();
    await seeBeforePlan();
    await sim.settle();
    await sim.expectAtRest({ tree: [`folder ${folder}`, `file ${folder}/a.txt`] });
  });
});
