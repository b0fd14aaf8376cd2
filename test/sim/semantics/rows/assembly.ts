import type { Grounds, Sim } from '../../sim';
import type { Row } from '../row';

export async function channelOf(sim: Sim, grounds: Grounds): Promise<string> {
  const row = await grounds.database.store.prisma.channelSync.findUniqueOrThrow({
    where: { id: sim.ref.syncId },
  });
  return row.assemblyChannelId;
}

const full = async (sim: Sim) => {
  await sim.assembly.put('/a/b/one.txt', 'one');
  await sim.assembly.put('/a/two.txt', 'two');
};

/** Dropbox moves a folder with all that is in it. */
export const oneMove = async (sim: Sim) => expect(sim.writes()).toEqual(['dropbox.move']);

/** 2. What Assembly's events tell, and how. */
export const ASSEMBLY_ROWS: readonly Row[] = [
  {
    name: 'a new file in Assembly',
    act: (sim) => sim.assembly.put('/a.txt', 'one'),
    tree: ['file /a.txt one'],
    calls: 1,
    made: { assembly: { change: 1 } },
  },
  {
    name: 'a new file in Assembly, told as pending first and ready later',
    switches: { assembly: { personUpload: 'twoStep' } },
    act: (sim) => sim.assembly.put('/a.txt', 'one'),
    tree: ['file /a.txt one'],
    calls: 1,
    made: { assembly: { change: 1 } },
  },
  {
    name: 'a file edited in place in Assembly',
    before: (sim) => sim.assembly.put('/a.txt', 'one'),
    act: (sim) => sim.assembly.put('/a.txt', 'two'),
    tree: ['file /a.txt two'],
    calls: 1,
    made: { assembly: { change: 1 } },
  },
  {
    name: 'a file replaced in Assembly: a delete and a create of one path',
    before: (sim) => sim.assembly.put('/a.txt', 'one'),
    act: (sim) => sim.assembly.replace('/a.txt', 'two'),
    tree: ['file /a.txt two'],
    calls: 2,
    made: { assembly: { replace: 1 } },
  },
  {
    name: 'a file replaced in Assembly whose delete is never told',
    before: (sim) => sim.assembly.put('/a.txt', 'one'),
    act: async (sim) => {
      await sim.assembly.replace('/a.txt', 'two');
      sim.events.drop(sim.events.waiting.findIndex((event) => event.label.includes('deleted')));
    },
    tree: ['file /a.txt two'],
    calls: 2,
    made: { assembly: { replace: 1 } },
  },
  {
    name: 'a file renamed in Assembly',
    before: (sim) => sim.assembly.put('/a.txt', 'one'),
    act: (sim) => sim.assembly.rename('/a.txt', '/b.txt'),
    tree: ['file /b.txt one'],
    calls: 1,
    made: { assembly: { change: 1 } },
  },
  {
    name: 'a file renamed in Assembly by letter case alone',
    before: (sim) => sim.assembly.put('/docs/a.txt', 'one'),
    act: (sim) => sim.assembly.rename('/docs/a.txt', '/docs/A.txt'),
    tree: ['folder /docs', 'file /docs/A.txt one'],
    calls: 1,
    made: { assembly: { change: 1 } },
  },
  {
    name: 'a full folder renamed in Assembly by letter case alone',
    before: full,
    act: (sim) => sim.assembly.rename('/a', '/A'),
    tree: ['folder /A', 'folder /A/b', 'file /A/b/one.txt one', 'file /A/two.txt two'],
    calls: 1,
    made: { assembly: { folderRename: 1 } },
  },
  {
    name: 'a file moved to another folder in Assembly',
    before: async (sim) => {
      await sim.assembly.put('/a/one.txt', 'one');
      await sim.assembly.folder('/b');
    },
    act: (sim) => sim.assembly.rename('/a/one.txt', '/b/one.txt'),
    tree: ['folder /a', 'folder /b', 'file /b/one.txt one'],
    calls: 1,
    made: { assembly: { change: 1 } },
  },
  {
    name: 'a file deleted in Assembly',
    before: (sim) => sim.assembly.put('/a.txt', 'one').then(() => sim.assembly.put('/stays.txt', 'stays')),
    act: (sim) => sim.assembly.remove('/a.txt'),
    tree: ['file /stays.txt stays'],
    calls: 1,
    made: { assembly: { change: 1 } },
  },
  {
    name: 'a full folder renamed in Assembly, told for the folder alone',
    before: full,
    act: (sim) => sim.assembly.rename('/a', '/z'),
    tree: ['folder /z', 'folder /z/b', 'file /z/b/one.txt one', 'file /z/two.txt two'],
    calls: 1,
    made: { assembly: { folderRename: 1 } },
    after: oneMove,
  },
  {
    name: 'a full folder renamed in Assembly, told for all that is in it',
    switches: { assembly: { descendantEvents: true, descendantUpdatedAt: true } },
    before: full,
    act: (sim) => sim.assembly.rename('/a', '/z'),
    tree: ['folder /z', 'folder /z/b', 'file /z/b/one.txt one', 'file /z/two.txt two'],
    calls: 1,
    made: { assembly: { folderRename: 1 } },
    after: oneMove,
  },
  {
    name: 'a full folder renamed in Assembly, and a file in it, told by the folder’s id alone',
    before: full,
    act: async (sim) => {
      await sim.assembly.rename('/a', '/z');
      await sim.assembly.rename('/z/two.txt', '/z/three.txt');
      // Only the folder’s id is told: what it is called now, and what is in it, is found by looking.
      const folder = (await sim.assembly.tree()).find(({ path }) => path === '/z')!;
      while (sim.events.waiting.length > 0) sim.events.drop();
      await sim.engine.hint(sim.ref, { kind: 'assembly', ids: [folder.id], origin: 'webhook' });
    },
    tree: ['folder /z', 'folder /z/b', 'file /z/b/one.txt one', 'file /z/three.txt two'],
    calls: 2,
    made: { assembly: { folderRename: 1 } },
  },
  {
    name: 'a full folder deleted in Assembly, told for the folder alone',
    before: (sim) => full(sim).then(() => sim.assembly.put('/stays.txt', 'stays')),
    act: (sim) => sim.assembly.remove('/a'),
    tree: ['file /stays.txt stays'],
    calls: 3,
    made: { assembly: { folderDelete: 1 } },
  },
  {
    name: 'a full folder deleted in Assembly, told for all that is in it',
    switches: { assembly: { descendantEvents: true } },
    before: (sim) => full(sim).then(() => sim.assembly.put('/stays.txt', 'stays')),
    act: (sim) => sim.assembly.remove('/a'),
    tree: ['file /stays.txt stays'],
    calls: 3,
    made: { assembly: { folderDelete: 1 } },
  },
  {
    name: 'a deleted event that carries an id alone',
    switches: { assembly: { deletedEventData: 'id' } },
    before: (sim) => sim.assembly.put('/a.txt', 'one').then(() => sim.assembly.put('/stays.txt', 'stays')),
    act: (sim) => sim.assembly.remove('/a.txt'),
    tree: ['file /stays.txt stays'],
    calls: 1,
    made: { assembly: { change: 1 } },
  },
  {
    name: 'two files of Assembly that swap names',
    before: async (sim) => {
      await sim.assembly.put('/left.txt', 'left');
      await sim.assembly.put('/right.txt', 'right');
    },
    act: async (sim) => {
      await sim.assembly.rename('/left.txt', '/aside.txt');
      await sim.assembly.rename('/right.txt', '/left.txt');
      await sim.assembly.rename('/aside.txt', '/right.txt');
    },
    tree: ['file /left.txt right', 'file /right.txt left'],
    calls: 3,
    made: { assembly: { change: 3 } },
  },
  {
    name: 'an event that comes when a full look has seen what it tells',
    act: async (sim) => {
      await sim.assembly.put('/a.txt', 'one');
      await sim.engine.hint(sim.ref, { kind: 'look', origin: 'sweep' });
      await sim.settle({ deliver: false });
    },
    tree: ['file /a.txt one'],
    calls: 1,
    made: { pages: 1 },
  },
  {
    name: 'a new file in Assembly that no event tells of, found by the sweep',
    act: async (sim) => {
      await sim.assembly.put('/a.txt', 'one');
      while (sim.events.waiting.length > 0) sim.events.drop();
      sim.sweep();
    },
    tree: ['file /a.txt one'],
    calls: 1,
    made: { pages: 1 },
  },
  {
    name: 'a delete in Assembly that no event tells of, found by the sweep',
    before: (sim) => sim.assembly.put('/a.txt', 'one').then(() => sim.assembly.put('/stays.txt', 'stays')),
    act: async (sim) => {
      await sim.assembly.remove('/a.txt');
      while (sim.events.waiting.length > 0) sim.events.drop();
      sim.sweep();
    },
    tree: ['file /stays.txt stays'],
    calls: 2,
    made: { assembly: { change: 1 }, pages: 1 },
  },
  {
    name: 'an event that arrives before the answer to our own create',
    switches: { assembly: { createdEventBeforeResponse: true } },
    act: (sim) => sim.dropbox.put('/docs/a.txt', 'one'),
    tree: ['folder /docs', 'file /docs/a.txt one'],
    calls: 2,
    made: { dropbox: { create: 2 } },
  },
  {
    name: 'our own upload, told as complete before it is on record',
    act: async (sim) => {
      await sim.dropbox.put('/a.txt', 'one');
      sim.faults.arm({ point: 'beforeTransaction', detail: 'settleOperation', kind: 'lost', times: 5 });
    },
    tree: ['file /a.txt one'],
    calls: 1,
    made: { dropbox: { create: 1 } },
  },
  {
    name: 'events that leave out status, size and version',
    switches: { assembly: { webhookOmits: ['status', 'size', 'updatedAt', 'downloadUrl'] } },
    before: (sim) => sim.assembly.put('/a.txt', 'one'),
    act: async (sim) => {
      await sim.assembly.put('/a.txt', 'two');
      await sim.assembly.put('/b.txt', 'three');
    },
    tree: ['file /a.txt two', 'file /b.txt three'],
    calls: 2,
    made: { assembly: { change: 2 } },
  },
  {
    name: 'lists that leave out status, size and link',
    switches: { assembly: { listOmits: ['status', 'size', 'downloadUrl'] } },
    act: async (sim) => {
      await sim.assembly.put('/a.txt', 'one');
      while (sim.events.waiting.length > 0) sim.events.drop();
      sim.resync();
    },
    tree: ['file /a.txt one'],
    calls: 2,
    made: { assembly: { change: 1 }, pages: 1 },
  },
  {
    name: 'an upload by another API client',
    act: async (sim) => {
      const upload = await sim.assembly.begin('/a.txt');
      expect(await upload.complete('one')).toBe(true);
    },
    tree: ['file /a.txt one'],
    calls: 1,
    made: { assembly: { change: 1 } },
  },
  {
    name: 'an upload by another API client that ends long after two full looks',
    act: async (sim) => {
      const upload = await sim.assembly.begin('/a.txt');
      while (sim.events.waiting.length > 0) sim.events.drop();
      await sim.lookInFull();
      await sim.lookInFull();
      await sim.lookInFull();
      sim.calls.splice(0);
      expect(await upload.complete('one')).toBe(true);
    },
    tree: ['file /a.txt one'],
    calls: 1,
    made: { assembly: { change: 1 } },
  },
  {
    name: 'an upload by another API client that never ends',
    act: (sim) => sim.assembly.begin('/a.txt'),
    tree: [],
    only: { assembly: ['pending /a.txt'] },
    calls: 0,
    made: {},
    after: async (sim) => {
      // Known as pending now; whatever is told of it costs two looks at most.
      await sim.lookInFull();
      sim.calls.splice(0);
      for (let n = 0; n < 6; n++)
        await sim.engine
          .hint(sim.ref, { kind: 'assembly', ids: [(await sim.assembly.tree())[0]!.id], origin: 'webhook' })
          .then(() => sim.settle());
      expect(sim.assemblyCalls().length).toBeLessThanOrEqual(2);
    },
  },
  {
    name: 'a link in the channel',
    act: async (sim) => {
      await sim.assembly.link('/site');
      await sim.assembly.put('/a.txt', 'one');
    },
    tree: ['file /a.txt one'],
    only: { assembly: ['link /site'] },
    calls: 1,
    made: { assembly: { change: 1 } },
  },
  {
    name: 'a file moved to another channel',
    before: (sim) => sim.assembly.put('/a.txt', 'one').then(() => sim.assembly.put('/stays.txt', 'stays')),
    act: (sim) => sim.assembly.moveOut('/a.txt', '/a.txt'),
    tree: ['file /stays.txt stays'],
    calls: 1,
    made: { assembly: { change: 1 } },
  },
  {
    name: 'a full folder moved in from another channel, told for the folder alone',
    before: async (sim) => {
      await sim.assembly.put('/a/one.txt', 'one');
      await sim.assembly.put('/stays.txt', 'stays');
      await sim.assembly.moveOut('/a', '/a');
    },
    act: (sim) => sim.assembly.moveIn('/a', '/a'),
    tree: ['folder /a', 'file /a/one.txt one', 'file /stays.txt stays'],
    calls: 1,
    made: { assembly: { folderRename: 1 } },
  },
];
