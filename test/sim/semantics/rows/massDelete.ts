import { approve } from '../../../../src/api/actions';
import type { Grounds, Sim } from '../../sim';
import type { Row } from '../row';
import { settle } from '../run';

const OPTIONS = { massDelete: { min: 3, ratio: 0.5 } };
const six = async (sim: Sim) => {
  for (let n = 0; n < 6; n++) await sim.dropbox.put(`/${n}.txt`, `bytes-${n}`);
};
const SIX = Array.from({ length: 6 }, (_, n) => `file /${n}.txt bytes-${n}`);
const removeSix = async (sim: Sim, side: 'dropbox' | 'assembly') => {
  for (let n = 0; n < 6; n++) await sim[side].remove(`/${n}.txt`);
};

const halt = async (sim: Sim, grounds: Grounds) =>
  await grounds.database.store.prisma.channelSync.findUniqueOrThrow({ where: { id: sim.ref.syncId } });

async function approved(sim: Sim, grounds: Grounds): Promise<void> {
  await settle(sim, 'as told');
  const { haltId } = await halt(sim, grounds);
  sim.act('approve', (deps) => approve(deps, sim.ref, haltId!));
}

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
      const { haltItems } = await halt(sim, grounds);
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
    name: 'an approval holds although something else changes while the deletes are carried out',
    options: OPTIONS,
    before: (sim) => six(sim).then(() => sim.dropbox.put('/stays.txt', 'stays')),
    act: async (sim, grounds) => {
      await removeSix(sim, 'dropbox');
      await approved(sim, grounds);
      for (let turn = 0; turn < 400 && !sim.calls.includes('assembly.deleteFile'); turn++)
        await settle(sim, 'as told', 1);
      await sim.dropbox.put('/new.txt', 'new');
    },
    tree: ['file /stays.txt stays', 'file /new.txt new'],
    calls: 14,
    made: { dropbox: { delete: 6, create: 1 }, pages: 1 },
  },
  {
    name: 'an approval of another halt',
    options: OPTIONS,
    before: six,
    act: async (sim) => {
      await removeSix(sim, 'dropbox');
      await settle(sim, 'as told');
      sim.act('approve', (deps) => approve(deps, sim.ref, '00000000-0000-4000-8000-000000000000'));
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
    made: { pages: 2 },
  },
  {
    name: 'as many deletes as the guard lets pass',
    options: OPTIONS,
    before: six,
    act: async (sim) => {
      for (let n = 0; n < 3; n++) await sim.dropbox.remove(`/${n}.txt`);
    },
    tree: SIX.slice(3),
    calls: 6,
    made: { dropbox: { delete: 3 } },
  },
];
