import { control } from '../../../support/people';
import { ROOT } from '../../sides';
import type { Grounds, Sim } from '../../sim';
import type { Row } from '../row';
import { settle } from '../run';
import { channelOf } from './assembly';
import { accountOf } from './dropbox';

const three = async (sim: Sim) => {
  await sim.dropbox.put('/docs/one.txt', 'one');
  await sim.dropbox.put('/two.txt', 'two');
};
const THREE = ['folder /docs', 'file /docs/one.txt one', 'file /two.txt two'];

const person = async (sim: Sim, grounds: Grounds, route: string, body: object) =>
  await control(`${grounds.sides.dropbox.controlUrl}/${route}`, 'POST', {
    account: await accountOf(sim, grounds),
    ...body,
  });

const rootPath = async (sim: Sim, grounds: Grounds) =>
  (await grounds.database.store.prisma.channelSync.findUniqueOrThrow({ where: { id: sim.ref.syncId } }))
    .dbxRootPath;

/** What is in the folder with the synced id, wherever it is now. */
const inDropbox = async (sim: Sim, grounds: Grounds, at: string) => {
  const account = encodeURIComponent(await accountOf(sim, grounds));
  const { entries } = await control<{ entries: { path: string }[] }>(
    `${grounds.sides.dropbox.controlUrl}/tree?account=${account}&path=${encodeURIComponent(at)}`,
    'GET',
  );
  return entries
    .map(({ path }) => path.slice(at.length))
    .filter((path) => path !== '')
    .sort();
};

const ASSEMBLY_ONLY = { assembly: THREE };

/** 6. The folder and the channel themselves. */
export const ROOT_ROWS: readonly Row[] = [
  {
    name: 'the synced Dropbox folder is renamed',
    before: three,
    act: (sim, grounds) => person(sim, grounds, 'move', { from: ROOT, to: '/Renamed' }),
    tree: [],
    only: ASSEMBLY_ONLY,
    calls: 0,
    made: {},
    after: async (sim, grounds) => {
      expect(await rootPath(sim, grounds)).toBe('/Renamed');
      await sim.assembly.put('/new.txt', 'new');
      await settle(sim, 'as told');
      expect(await inDropbox(sim, grounds, '/Renamed')).toContain('/new.txt');
    },
  },
  {
    name: 'the synced Dropbox folder is moved, and Dropbox forgets the cursor',
    switches: { dropbox: { rootRenamed: 'reset' } },
    before: three,
    act: (sim, grounds) => person(sim, grounds, 'move', { from: ROOT, to: '/Archive/2026/Clients' }),
    tree: [],
    only: ASSEMBLY_ONLY,
    calls: 0,
    made: {},
    after: async (sim, grounds) => expect(await rootPath(sim, grounds)).toBe('/Archive/2026/Clients'),
  },
  {
    name: 'the synced Dropbox folder is moved while files in it change',
    before: three,
    act: async (sim, grounds) => {
      await sim.dropbox.put('/two.txt', 'edited');
      await person(sim, grounds, 'move', { from: ROOT, to: '/Renamed' });
      await person(sim, grounds, 'move', { from: '/Renamed/docs/one.txt', to: '/Renamed/1.txt' });
    },
    tree: [],
    only: { assembly: ['folder /docs', 'file /1.txt one', 'file /two.txt edited'] },
    calls: 6,
    made: { dropbox: { edit: 1, rename: 1 } },
    after: async (sim, grounds) =>
      expect(await inDropbox(sim, grounds, '/Renamed')).toEqual(['/1.txt', '/docs', '/two.txt']),
  },
  {
    name: 'a folder above the synced one is renamed',
    before: async (sim, grounds) => {
      await three(sim);
      await person(sim, grounds, 'move', { from: ROOT, to: '/Above/Clients' });
    },
    act: (sim, grounds) => person(sim, grounds, 'move', { from: '/Above', to: '/Over' }),
    tree: [],
    only: ASSEMBLY_ONLY,
    calls: 0,
    made: {},
    after: async (sim, grounds) => expect(await rootPath(sim, grounds)).toBe('/Over/Clients'),
  },
  {
    name: 'the synced Dropbox folder is deleted',
    before: three,
    act: (sim, grounds) => person(sim, grounds, 'delete', { path: ROOT }),
    tree: [],
    only: ASSEMBLY_ONLY,
    state: 'halted (root_missing)',
    calls: 0,
    made: {},
  },
  {
    name: 'the synced Dropbox folder is deleted, each child told',
    switches: { dropbox: { childTombstones: true, rootGone: 'not_found' } },
    before: three,
    act: (sim, grounds) => person(sim, grounds, 'delete', { path: ROOT }),
    tree: [],
    only: ASSEMBLY_ONLY,
    state: 'halted (root_missing)',
    calls: 0,
    made: {},
  },
  {
    name: 'the synced Dropbox folder is deleted in the moment between two looks',
    switches: { dropbox: { childTombstones: true } },
    before: three,
    act: async (sim, grounds) => {
      await sim.dropbox.put('/new.txt', 'new');
      while (sim.events.waiting.length > 0) sim.events.deliver();
      for (let turn = 0; turn < 200 && sim.calls.at(-1) !== 'dropbox.metadata'; turn++)
        await settle(sim, 'as told', 1);
      while (sim.scheduler.runnable().some((task) => task.at.startsWith('beforeCall')))
        await settle(sim, 'as told', 1);
      await person(sim, grounds, 'delete', { path: ROOT });
    },
    tree: [],
    only: ASSEMBLY_ONLY,
    state: 'halted (root_missing)',
    calls: 0,
    made: {},
  },
  {
    name: 'the synced Dropbox folder is deleted and restored, and the sync set active',
    before: three,
    act: async (sim, grounds) => {
      await person(sim, grounds, 'delete', { path: ROOT });
      await settle(sim, 'as told');
      expect(await sim.syncState()).toBe('halted (root_missing)');
      await person(sim, grounds, 'restore', { path: ROOT });
      sim.resume();
    },
    tree: THREE,
    calls: 1,
    made: { pages: 1 },
  },
  {
    name: 'another folder is put where the synced one was deleted',
    before: three,
    act: async (sim, grounds) => {
      await person(sim, grounds, 'delete', { path: ROOT });
      await person(sim, grounds, 'folders', { path: `${ROOT}/another` });
    },
    tree: [],
    only: { dropbox: ['folder /another'], assembly: THREE },
    state: 'halted (root_missing)',
    calls: 0,
    made: {},
  },
  {
    name: 'another folder is put where the synced one was, which has moved',
    before: three,
    act: async (sim, grounds) => {
      await person(sim, grounds, 'move', { from: ROOT, to: '/Renamed' });
      await person(sim, grounds, 'folders', { path: `${ROOT}/another` });
    },
    tree: [],
    only: { dropbox: ['folder /another'], assembly: THREE },
    calls: 0,
    made: {},
    after: async (sim, grounds) => expect(await rootPath(sim, grounds)).toBe('/Renamed'),
  },
  {
    name: 'the synced Dropbox folder is shared: all is told as deleted and then as new',
    before: three,
    act: (sim, grounds) => person(sim, grounds, 'share', { path: ROOT, action: 'share' }),
    tree: THREE,
    calls: 0,
    made: {},
  },
  {
    name: 'the synced Dropbox folder is not shared any more',
    before: async (sim, grounds) => {
      await three(sim);
      await person(sim, grounds, 'share', { path: ROOT, action: 'share' });
    },
    act: (sim, grounds) => person(sim, grounds, 'share', { path: ROOT, action: 'unshare' }),
    tree: THREE,
    calls: 0,
    made: {},
  },
  {
    name: 'a folder in it is shared, and only the deletes are told so far',
    before: three,
    act: async (sim, grounds) => {
      await person(sim, grounds, 'share', { path: `${ROOT}/docs`, action: 'share', half: 'gone' });
      await settle(sim, 'as told');
      await person(sim, grounds, 'share', { path: `${ROOT}/docs`, action: 'share', half: 'complete' });
    },
    tree: THREE,
    calls: 0,
    made: {},
  },
  {
    name: 'the root of a team space changes',
    before: three,
    act: async (sim, grounds) => {
      await person(sim, grounds, 'account', { rootNamespaceId: '77' });
      await sim.dropbox.put('/new.txt', 'new');
    },
    tree: [...THREE, 'file /new.txt new'],
    calls: 1,
    made: { dropbox: { create: 1 } },
  },
  {
    name: 'the Assembly channel is deleted',
    before: three,
    act: async (sim, grounds) => {
      await control(
        `${grounds.sides.assembly.controlUrl}/channels/${encodeURIComponent(await channelOf(sim, grounds))}`,
        'DELETE',
      );
      sim.resync();
    },
    tree: [],
    only: { dropbox: THREE },
    state: 'halted (channel_missing)',
    calls: 2,
    made: { pages: 1 },
    overBudget:
      'A list that is refused is believed only when the channel itself, asked for by its id, is gone.',
  },
  {
    name: 'the Assembly channel is emptied',
    options: { massDelete: { min: 1, ratio: 0.5 } },
    before: three,
    act: async (sim) => {
      await sim.assembly.remove('/docs');
      await sim.assembly.remove('/two.txt');
    },
    tree: [],
    only: { dropbox: THREE },
    state: 'halted (mass_delete)',
    calls: 3,
    made: { assembly: { folderDelete: 1, change: 1 } },
  },
  {
    name: 'the Assembly channel answers with an empty list though its files are there',
    before: three,
    act: async (sim) => {
      await sim.assembly.trouble({
        route: 'GET /v1/files*',
        times: 1,
        action: 'status',
        status: 200,
        body: '{"data":[]}',
        headers: { 'content-type': 'application/json' },
      });
      sim.resync();
    },
    tree: THREE,
    state: 'halted (channel_emptied)',
    calls: 3,
    made: { pages: 1 },
    overBudget:
      'A list that shows nothing is believed only when the outermost of what was there, read by id, is gone.',
  },
];
