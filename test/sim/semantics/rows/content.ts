import type { Row } from '../row';

const MIB = 1024 * 1024;
const filled = (size: number, char: string) => char.repeat(size);

/** Edges of the blocks that bytes are hashed and sent in, each from both sides. */
const SIZES = [
  ['no bytes at all', 0],
  ['4 MiB less one byte', 4 * MIB - 1],
  ['4 MiB', 4 * MIB],
  ['4 MiB and one byte', 4 * MIB + 1],
  ['8 MiB', 8 * MIB],
  ['8 MiB and one byte', 8 * MIB + 1],
] as const;

/** 8. Bytes. */
export const CONTENT_ROWS: readonly Row[] = [
  ...SIZES.map(
    ([words, size]): Row => ({
      name: `a file of ${words}`,
      act: async (sim) => {
        await sim.dropbox.put('/d.bin', filled(size, 'd'));
        await sim.assembly.put('/a.bin', filled(size, 'a'));
      },
      tree: [`file /d.bin ${filled(size, 'd')}`, `file /a.bin ${filled(size, 'a')}`],
      calls: 2,
      made: { dropbox: { create: 1 }, assembly: { change: 1 } },
    }),
  ),
  {
    name: 'a body from Dropbox that is cut short',
    act: async (sim) => {
      await sim.dropbox.put('/a.txt', 'the whole of it');
      await sim.dropbox.trouble({ route: 'files/download', times: 1, action: 'truncate', afterBytes: 4 });
    },
    tree: ['file /a.txt the whole of it'],
    calls: 4,
    made: { dropbox: { create: 1 } },
    overBudget: 'The second try looks at what the first one made, takes it back and begins anew.',
  },
  {
    name: 'a body from Dropbox that is well formed but too short',
    act: async (sim) => {
      await sim.dropbox.put('/a.txt', 'the whole of it');
      await sim.dropbox.trouble({ route: 'files/download', times: 1, action: 'short', afterBytes: 4 });
    },
    tree: ['file /a.txt the whole of it'],
    calls: 4,
    made: { dropbox: { create: 1 } },
    overBudget: 'The second try looks at what the first one made, takes it back and begins anew.',
  },
  {
    name: 'a body from Assembly that is cut short',
    act: async (sim) => {
      await sim.assembly.put('/a.txt', 'the whole of it');
      await sim.assembly.trouble({ route: 'storage GET*', times: 1, action: 'truncate', afterBytes: 4 });
    },
    tree: ['file /a.txt the whole of it'],
    calls: 1,
    made: { assembly: { change: 1 } },
  },
  {
    name: 'a body from Assembly that is well formed but too short',
    act: async (sim) => {
      await sim.assembly.put('/a.txt', 'the whole of it');
      await sim.assembly.trouble({ route: 'storage GET*', times: 1, action: 'short', afterBytes: 4 });
    },
    tree: ['file /a.txt the whole of it'],
    calls: 2,
    made: { assembly: { change: 1 } },
    overBudget: 'A length that does not fit asks for a fresh link.',
  },
  {
    name: 'an error page in place of the bytes',
    act: async (sim) => {
      await sim.assembly.put('/a.txt', 'the whole of it');
      await sim.assembly.trouble({ route: 'storage GET*', times: 1, action: 'html502' });
    },
    tree: ['file /a.txt the whole of it'],
    calls: 1,
    made: { assembly: { change: 1 } },
  },
  {
    name: 'an error page that calls itself a success',
    act: async (sim) => {
      await sim.assembly.put('/a.txt', 'the whole of it');
      await sim.assembly.trouble({
        route: 'storage GET*',
        times: 1,
        action: 'status',
        status: 200,
        body: '<html>try again later</html>',
      });
    },
    tree: ['file /a.txt the whole of it'],
    calls: 2,
    made: { assembly: { change: 1 } },
    overBudget: 'A length that does not fit asks for a fresh link.',
  },
  {
    name: 'a download link that has expired',
    act: async (sim) => {
      await sim.assembly.put('/a.txt', 'one');
      await sim.assembly.trouble({
        route: 'storage GET*',
        times: 1,
        action: 'status',
        status: 403,
        body: '<Error><Code>AccessDenied</Code></Error>',
      });
    },
    tree: ['file /a.txt one'],
    calls: 2,
    made: { assembly: { change: 1 } },
    overBudget: 'A fresh link is one more look at the file.',
  },
  {
    name: 'an upload link that has expired',
    act: async (sim) => {
      await sim.dropbox.put('/a.txt', 'one');
      await sim.assembly.trouble({
        route: 'storage PUT*',
        times: 1,
        action: 'status',
        status: 403,
        body: '<Error><Code>AccessDenied</Code></Error>',
      });
    },
    tree: ['file /a.txt one'],
    calls: 4,
    made: { dropbox: { create: 1 } },
    overBudget: 'No fresh upload link is to be had: the object is looked at, taken back and made anew.',
  },
  {
    name: 'a file in Dropbox that changes while it is read',
    act: async (sim) => {
      await sim.dropbox.put('/a.txt', 'first');
      await untilCalled(sim, 'dropbox.download');
      await sim.dropbox.put('/a.txt', 'second');
    },
    tree: ['file /a.txt second'],
    calls: 4,
    made: { dropbox: { create: 1, edit: 1 } },
  },
  {
    name: 'a file in Assembly that changes while it is read',
    act: async (sim) => {
      await sim.assembly.put('/a.txt', 'first');
      await untilCalled(sim, 'assembly.download');
      await sim.assembly.put('/a.txt', 'second, and longer');
    },
    tree: ['file /a.txt second, and longer'],
    calls: 3,
    made: { assembly: { change: 2 } },
    overBudget:
      'A length that does not fit asks for a fresh link, beside the look for each of the two events.',
  },
  {
    name: 'an upload to Dropbox whose answer is lost',
    act: async (sim) => {
      await sim.assembly.put('/a.txt', 'one');
      sim.faults.arm({ point: 'afterCall', detail: 'dropbox.upload', kind: 'reset' });
    },
    tree: ['file /a.txt one'],
    calls: 1,
    made: { assembly: { change: 1 } },
  },
  {
    name: 'an upload to Assembly whose answer is lost',
    act: async (sim) => {
      await sim.dropbox.put('/a.txt', 'one');
      sim.faults.arm({ point: 'afterCall', detail: 'assembly.upload', kind: 'reset' });
    },
    tree: ['file /a.txt one'],
    calls: 2,
    made: { dropbox: { create: 1 } },
    overBudget: 'One look tells that the bytes have arrived.',
  },
];

async function untilCalled(sim: Parameters<Row['act']>[0], call: string): Promise<void> {
  for (let turn = 0; turn < 400 && !sim.calls.includes(call); turn++) {
    while (sim.events.waiting.length > 0) sim.events.deliver();
    const task = sim.scheduler.runnable()[0];
    if (task) await sim.turn(task);
    else await sim.tick();
  }
}
