import { runCli } from '../../../../src/cli/program';
import type { Services } from '../../../../src/cli/services';
import { testConfig } from '../../../store/api/harness';
import { approve, approveHalt, haltOf } from '../../operator';
import type { Grounds, Sim } from '../../sim';
import type { Row } from '../row';
import { settle, untilCalled } from '../run';

/** A look that began before it was asked for can't stand in for one that was asked for later. */
const TWO_LOOKS =
  'The webhook’s own pass finds that a look is wanted and makes it; the resync, which tells the channel a moment later, makes its own.';
const OPTIONS = { massDelete: { min: 3, ratio: 0.5 } };
const six = async (sim: Sim) => {
  for (let n = 0; n < 6; n++) await sim.dropbox.put(`/${n}.txt`, `bytes-${n}`);
};
const SIX = Array.from({ length: 6 }, (_, n) => `file /${n}.txt bytes-${n}`);
const removeSix = async (sim: Sim, side: 'dropbox' | 'assembly') => {
  for (let n = 0; n < 6; n++) await sim[side].remove(`/${n}.txt`);
};

async function approved(sim: Sim, grounds: Grounds): Promise<void> {
  await settle(sim, 'as told');
  await approveHalt(sim, grounds);
}

/** What a command line says, line by line, and its exit status. */
async function cairn(given: Partial<Services>, ...argv: string[]): Promise<string[]> {
  const told: string[] = [];
  const say = (text: string) => void told.push(...text.split('\n'));
  const services = { config: testConfig(), close: async () => {}, ...given } as Services;
  const code = await runCli(argv, { env: {}, out: say, say }, { open: () => services });
  return [...told, `exit ${code}`];
}

const approvals = new WeakMap<Sim, string[]>();

/** 7. Very many deletes at once. */
export const MASS_DELETE_ROWS: readonly Row[] = [
  {
    name: 'very many deletes in Dropbox at once',
    options: OPTIONS,
    before: six,
    act: (sim) => removeSix(sim, 'dropbox'),
    tree: [],
    only: { assembly: SIX },
    state: 'halted (mass_delete)',
    calls: 0,
    made: {},
    after: async (sim, grounds) => {
      const { haltItems } = await haltOf(sim, grounds);
      expect(haltItems).toMatchObject({ count: 6 });
      expect((haltItems as { first: { path: string }[] }).first.map(({ path }) => path)).toEqual(
        SIX.map((line) => line.split(' ')[1]),
      );
    },
  },
  {
    name: 'very many deletes in Assembly at once',
    options: OPTIONS,
    before: (sim) => six(sim).then(() => sim.dropbox.put('/stays.txt', 'stays')),
    act: (sim) => removeSix(sim, 'assembly'),
    tree: ['file /stays.txt stays'],
    only: { dropbox: SIX },
    state: 'halted (mass_delete)',
    calls: 6,
    made: { assembly: { change: 6 } },
  },
  {
    name: 'very many deletes that a person approves',
    options: OPTIONS,
    before: (sim) => six(sim).then(() => sim.dropbox.put('/stays.txt', 'stays')),
    act: async (sim, grounds) => {
      await removeSix(sim, 'dropbox');
      await approved(sim, grounds);
    },
    tree: ['file /stays.txt stays'],
    calls: 13,
    made: { dropbox: { delete: 6 }, pages: 1 },
  },
  {
    name: 'very many deletes that a person approves from the command line',
    options: OPTIONS,
    before: (sim) => six(sim).then(() => sim.dropbox.put('/stays.txt', 'stays')),
    act: async (sim, grounds) => {
      await removeSix(sim, 'dropbox');
      await settle(sim, 'as told');
      const start = sim.ref.syncId.slice(0, 13);
      const status = await cairn({ store: () => grounds.database.store }, 'status', start);
      expect(status.filter((line) => /^(exit|halted)| items; /.test(line))).toEqual([
        expect.stringMatching(/^halted +mass_delete: /),
        expect.stringMatching(/^ +6 items; let it go ahead: cairn approve /),
        'exit 7',
      ]);
      sim.act('cairn approve', async ({ store, temporal }) => {
        const services = { store: () => store, temporal: async () => temporal };
        approvals.set(sim, await cairn(services, 'approve', start));
      });
    },
    tree: ['file /stays.txt stays'],
    calls: 13,
    made: { dropbox: { delete: 6 }, pages: 1 },
    after: async (sim) => expect(approvals.get(sim)).toEqual(['The delete of 6 items goes ahead.', 'exit 0']),
  },
  {
    name: 'an approval holds although something else changes while the deletes are carried out',
    options: OPTIONS,
    // More than are carried out at once: some still wait for their turn when the other change is planned.
    before: async (sim) => {
      for (let n = 0; n < 32; n++) await sim.dropbox.folder(`/${n}`);
      await sim.dropbox.put('/stays.txt', 'stays');
    },
    act: async (sim, grounds) => {
      for (let n = 0; n < 32; n++) await sim.dropbox.remove(`/${n}`);
      await approved(sim, grounds);
      await untilCalled(sim, 'assembly.deleteFile');
      await sim.dropbox.put('/new.txt', 'new');
    },
    tree: ['file /stays.txt stays', 'file /new.txt new'],
    calls: 34,
    made: { dropbox: { delete: 32, create: 1 }, pages: 1 },
  },
  {
    name: 'an approval of another halt',
    options: OPTIONS,
    before: six,
    act: async (sim) => {
      await removeSix(sim, 'dropbox');
      await settle(sim, 'as told');
      approve(sim, '00000000-0000-4000-8000-000000000000');
    },
    tree: [],
    only: { assembly: SIX },
    state: 'halted (mass_delete)',
    calls: 0,
    made: {},
  },
  {
    name: 'very many deletes that a fresh look does not find any more',
    options: OPTIONS,
    before: six,
    act: async (sim) => {
      await removeSix(sim, 'dropbox');
      await settle(sim, 'as told');
      for (let n = 0; n < 6; n++) await sim.dropbox.restore(`/${n}.txt`);
      sim.resync();
    },
    tree: SIX,
    calls: 2,
    made: { pages: 1 },
    overBudget: TWO_LOOKS,
  },
  {
    name: 'very many deletes of which a fresh look finds some again',
    options: OPTIONS,
    before: six,
    act: async (sim) => {
      await removeSix(sim, 'dropbox');
      await settle(sim, 'as told');
      for (let n = 0; n < 3; n++) await sim.dropbox.restore(`/${n}.txt`);
      sim.resync();
    },
    tree: SIX.slice(0, 3),
    calls: 11,
    made: { dropbox: { delete: 3 }, pages: 1 },
    overBudget: `${TWO_LOOKS} What is deleted meanwhile is missing in its list and asked for by id.`,
  },
  {
    name: 'a halt for very many deletes, set active without an approval',
    options: OPTIONS,
    before: six,
    act: async (sim) => {
      await removeSix(sim, 'dropbox');
      await settle(sim, 'as told');
      sim.resume();
    },
    tree: [],
    only: { assembly: SIX },
    state: 'halted (mass_delete)',
    calls: 1,
    made: { pages: 1 },
  },
  {
    name: 'a deleted folder counts with all that is in it',
    options: OPTIONS,
    before: async (sim) => {
      for (let n = 0; n < 3; n++) await sim.dropbox.put(`/docs/${n}.txt`, `bytes-${n}`);
    },
    act: (sim) => sim.dropbox.remove('/docs'),
    tree: [],
    only: {
      assembly: ['folder /docs', ...Array.from({ length: 3 }, (_, n) => `file /docs/${n}.txt bytes-${n}`)],
    },
    state: 'halted (mass_delete)',
    calls: 0,
    made: {},
  },
  {
    name: 'many deletes, but not more than half of the sync',
    options: OPTIONS,
    before: async (sim) => {
      await six(sim);
      await sim.dropbox.put('/stays.txt', 'stays');
      await sim.dropbox.put('/stays too.txt', 'stays-too');
    },
    act: async (sim) => {
      for (let n = 0; n < 4; n++) await sim.dropbox.remove(`/${n}.txt`);
    },
    tree: [...SIX.slice(4), 'file /stays.txt stays', 'file /stays too.txt stays-too'],
    calls: 8,
    made: { dropbox: { delete: 4 } },
  },
  {
    name: 'as many deletes as the guard lets pass',
    options: OPTIONS,
    before: async (sim) => {
      for (let n = 0; n < 4; n++) await sim.dropbox.put(`/${n}.txt`, `bytes-${n}`);
    },
    act: async (sim) => {
      for (let n = 0; n < 3; n++) await sim.dropbox.remove(`/${n}.txt`);
    },
    tree: ['file /3.txt bytes-3'],
    calls: 6,
    made: { dropbox: { delete: 3 } },
  },
];
