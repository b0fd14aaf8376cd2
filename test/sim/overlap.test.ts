import type { Sim } from './sim';
import { useGrounds } from './useGrounds';

const grounds = useGrounds();
let sim: Sim;
afterEach(() => sim?.end());

const dropAll = () => {
  while (sim.events.waiting.length > 0) sim.events.drop();
};
const wrote = (call: string) => sim.writes().filter((one) => one === call).length;

test.each([3, 4, 5, 6])(
  'webhooks, sweeps and resyncs at once do every operation once (seed %i)',
  async (seed) => {
    sim = await grounds.start({ seed });
    for (let n = 0; n < 4; n++) {
      await sim.dropbox.put(`/d${n}.txt`, `from dropbox ${n}`);
      await sim.assembly.put(`/a${n}.txt`, `from assembly ${n}`);
    }
    sim.events.double();
    sim.events.double();
    sim.sweep();
    sim.resync();
    for (let turns = 0; turns < 300 && sim.scheduler.runnable().length > 0; turns++) {
      if (turns % 40 === 20) sim.sweep();
      if (turns % 100 === 50) sim.resync();
      if (turns % 7 === 0 && sim.events.waiting.length > 0) sim.events.deliver();
      await sim.turn();
    }
    await sim.settle();

    expect(wrote('assembly.createFile')).toBe(4);
    expect(wrote('dropbox.upload')).toBe(4);
    await sim.expectAtRest();
  },
);

test.each(['sweep', 'resync'] as const)('changes that nobody told of are found by a %s', async (by) => {
  sim = await grounds.start({ seed: 11 });
  await sim.dropbox.put('/d.txt', 'from dropbox');
  await sim.assembly.put('/a.txt', 'from assembly');
  dropAll();
  await sim.settle();
  expect(await sim.trees()).toMatchObject({ dropbox: [expect.stringContaining('/d.txt')] });

  sim[by]();
  await sim.settle();

  await sim.expectAtRest({ tree: ['file /a.txt', 'file /d.txt'] });
});

test('a resync joins what is in flight, and a second one is told that one runs', async () => {
  sim = await grounds.start({ seed: 12 });
  await sim.dropbox.put('/a.txt', 'one');
  sim.events.deliver();
  await sim.until('afterCall assembly.createFile', { deliver: false });
  expect(sim.engine.startResync(sim.ref)).toBe('started');
  expect(sim.engine.startResync(sim.ref)).toBe('running');
  await sim.settle();

  expect(wrote('assembly.createFile')).toBe(1);
  expect(sim.engine.report(sim.ref)).toMatchObject({
    outcome: 'converged',
    pending: 0,
    stuck: 0,
    unsyncable: 0,
  });
  await sim.expectAtRest({ tree: ['file /a.txt'] });
});

test('a resync keeps the cursor from before what happened while it listed', async () => {
  sim = await grounds.start({ seed: 13 });
  await sim.dropbox.put('/a.txt', 'one');
  dropAll();
  sim.resync();
  await sim.until('afterCall dropbox.listFolder', { deliver: false });
  await sim.dropbox.put('/late.txt', 'after the listing');
  const [told] = sim.events.waiting;
  await sim.settle({ deliver: false });
  expect((await sim.trees()).assembly).toHaveLength(1);
  sim.calls.splice(0);

  expect(told).toBeDefined();
  sim.events.deliver();
  await sim.settle();

  expect(sim.calls).not.toContain('dropbox.listFolder');
  await sim.expectAtRest({ tree: ['file /a.txt', 'file /late.txt'] });
});

test('what a process that was believed dead still stores sets no cursor past changes that nobody stored', async () => {
  sim = await grounds.start({ seed: 14 });
  await sim.dropbox.put('/a.txt', 'one');
  sim.events.deliver();
  await sim.until('afterCall dropbox.listFolderContinue', { deliver: false });
  const { store } = grounds.database;
  const before = await store.prisma.channelSync.findUniqueOrThrow({ where: { id: sim.ref.syncId } });
  // Somebody else has begun a full listing meanwhile, and stands in the middle of it.
  await store.prisma.channelSync.update({
    where: { id: sim.ref.syncId },
    data: { dbxLook: before.dbxLook + 1, dbxLookOpen: true, dbxCursor: null },
  });
  await sim.settle();

  await sim.expectAtRest({ tree: ['file /a.txt'] });
});

test('a halt that is over is released by a resync, also one that Temporal was asked for by hand', async () => {
  sim = await grounds.start({ seed: 15, massDelete: { min: 2, ratio: 0.5 } });
  for (let n = 0; n < 4; n++) await sim.dropbox.put(`/${n}.txt`, `${n}`);
  await sim.settle();
  for (let n = 0; n < 4; n++) await sim.dropbox.remove(`/${n}.txt`);
  await sim.settle();
  expect(await sim.syncState()).toBe('halted (mass_delete)');
  for (let n = 0; n < 4; n++) await sim.dropbox.restore(`/${n}.txt`);
  dropAll();

  expect(sim.engine.startResync(sim.ref)).toBe('started');
  await sim.settle();

  expect(await sim.syncState()).toBe('active');
  await sim.expectAtRest();
  expect((await sim.trees()).assembly).toHaveLength(4);
});

test('a paused sync is not resynced, and says so', async () => {
  sim = await grounds.start({ seed: 16 });
  sim.pause();
  await sim.settle();
  expect(sim.engine.startResync(sim.ref)).toBe('started');
  await sim.settle();
  expect(sim.engine.report(sim.ref)).toMatchObject({ outcome: 'not_active' });
});
