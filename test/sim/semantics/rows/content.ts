import { createHash } from 'node:crypto';
import { control } from '../../../support/people';
import type { Grounds, Sim } from '../../sim';
import type { Row } from '../row';
import { untilCalled } from '../run';
import { accountOf } from './dropbox';

const MIB = 1024 * 1024;
const filled = (size: number, char: string) => char.repeat(size);

/** Edges of the blocks that bytes are hashed and sent in, each from both sides. */
const SIZES = [
  ['no bytes at all', 0],
  ['4 MiB less one byte', 4 * MIB - 1],
  ['4 MiB', 4 * MIB],
  ['4 MiB and one byte', 4 * MIB + 1],
  ['8 MiB less one byte', 8 * MIB - 1],
  ['8 MiB', 8 * MIB],
  ['8 MiB and one byte', 8 * MIB + 1],
] as const;

/** From here on Dropbox takes a file in parts only. */
const SINGLE = 150 * MIB;
const PART = 64 * MIB;
const BORDER = [
  ['150 MiB less one byte', SINGLE - 1, []],
  ['150 MiB', SINGLE, []],
  ['150 MiB and one byte', SINGLE + 1, [PART, PART, SINGLE + 1 - 2 * PART]],
] as const;

const sha256 = (data: Uint8Array | string) => createHash('sha256').update(data);

/** Dropbox's hash of a file that is one letter all through: its whole blocks have one hash. */
function hashOfFilled(size: number, char: string): string {
  const block = sha256(filled(4 * MIB, char)).digest();
  const rest = size % (4 * MIB);
  const blocks = Array<Buffer>(Math.floor(size / (4 * MIB))).fill(block);
  if (rest > 0) blocks.push(sha256(filled(rest, char)).digest());
  return sha256(Buffer.concat(blocks)).digest('hex');
}

/** What Dropbox was sent to upload sessions, by its own log: opened, the length of each part's body, committed. */
async function sessionsOf(sim: Sim, grounds: Grounds) {
  const account = await accountOf(sim, grounds);
  const { calls } = await control<{ calls: { route: string; account: string | null; bytesIn: number }[] }>(
    `${grounds.sides.dropbox.controlUrl}/log?limit=200000`,
    'GET',
  );
  const mine = (name: string) =>
    calls.filter((call) => call.account === account && call.route === `files/upload_session/${name}`);
  return {
    started: mine('start').length,
    parts: mine('append_v2').map(({ bytesIn }) => bytesIn),
    finished: mine('finish').length,
  };
}

/** The worker dies as soon as it has learned that so many bytes of an upload session are stored. */
function dyingAt(sim: Sim, ...offsets: number[]): void {
  const { turn } = sim;
  sim.turn = async (task) => {
    if (task?.context && task.at === 'beforeCall dropbox.upload') {
      const { heartbeat } = task.context;
      Object.assign(task.context, {
        heartbeat(details?: { offset?: number }) {
          heartbeat(details);
          if (offsets.length === 0 || details?.offset !== offsets[0]) return;
          offsets.shift();
          sim.crash();
        },
      });
    }
    await turn(task);
  };
}

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
  // Only the way to Dropbox has this border.
  ...BORDER.map(
    ([words, size, parts]): Row => ({
      name: `a file of ${words} in Assembly`,
      act: (sim) => sim.assembly.put('/a.bin', filled(size, 'a')),
      tree: [`file /a.bin ${hashOfFilled(size, 'a')}`],
      calls: 1,
      made: { assembly: { change: 1 } },
      after: async (sim, grounds) => {
        const sessions = parts.length > 0 ? 1 : 0;
        expect(await sessionsOf(sim, grounds)).toEqual({ started: sessions, parts, finished: sessions });
      },
    }),
  ),
  {
    name: 'an upload in parts whose worker dies after the first part, and again before the last step',
    act: async (sim) => {
      dyingAt(sim, PART, SINGLE + 1);
      await sim.assembly.put('/a.bin', filled(SINGLE + 1, 'a'));
    },
    tree: [`file /a.bin ${hashOfFilled(SINGLE + 1, 'a')}`],
    calls: 1,
    made: { assembly: { change: 1 } },
    after: async (sim, grounds) =>
      expect(await sessionsOf(sim, grounds)).toEqual({
        started: 1,
        parts: [PART, PART, SINGLE + 1 - 2 * PART],
        finished: 1,
      }),
  },
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
    name: 'an upload to Dropbox that breaks off in the middle',
    act: async (sim) => {
      await sim.assembly.put('/a.txt', 'the whole of it');
      await sim.dropbox.trouble({ route: 'files/upload', times: 1, action: 'cut', afterBytes: 4 });
    },
    tree: ['file /a.txt the whole of it'],
    calls: 1,
    made: { assembly: { change: 1 } },
  },
  {
    name: 'an upload to Assembly that breaks off in the middle',
    act: async (sim) => {
      await sim.dropbox.put('/a.txt', 'the whole of it');
      await sim.assembly.trouble({ route: 'storage PUT*', times: 1, action: 'reset', afterBytes: 4 });
    },
    tree: ['file /a.txt the whole of it'],
    calls: 4,
    made: { dropbox: { create: 1 } },
    overBudget: 'The second try looks at what the first one made, takes it back and begins anew.',
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
