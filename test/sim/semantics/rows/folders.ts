import type { Sim } from '../../sim';
import type { Row } from '../row';
import { settle, untilCalled } from '../run';
import { oneMove } from './assembly';
import { RESTORED } from './conflicts';

const DEPTH = 30;
const down = (depth: number) => Array.from({ length: depth }, (_, n) => `/${n + 1}`).join('');
const deep = down(DEPTH);
const levels = Array.from({ length: DEPTH }, (_, n) => `folder ${down(n + 1)}`);
/** More deletes than the guard would let pass. */
const UNGUARDED = { massDelete: { min: 100, ratio: 1 } };
const full = (side: 'dropbox' | 'assembly') => async (sim: Sim) => {
  await sim[side].put('/a/sub/one.txt', 'one');
  await sim[side].put('/a/two.txt', 'two');
};

/** 3. Folders. */
export const FOLDER_ROWS: readonly Row[] = [
  {
    name: 'an empty folder made in Dropbox',
    act: (sim) => sim.dropbox.folder('/empty'),
    tree: ['folder /empty'],
    calls: 1,
    made: { dropbox: { create: 1 } },
  },
  {
    name: 'an empty folder made in Assembly',
    act: (sim) => sim.assembly.folder('/empty'),
    tree: ['folder /empty'],
    calls: 1,
    made: { assembly: { change: 1 } },
  },
  {
    name: 'an empty folder deleted in Dropbox',
    before: (sim) => sim.dropbox.folder('/empty').then(() => sim.dropbox.put('/stays.txt', 'stays')),
    act: (sim) => sim.dropbox.remove('/empty'),
    tree: ['file /stays.txt stays'],
    calls: 1,
    made: { dropbox: { delete: 1 } },
  },
  {
    name: 'an empty folder deleted in Assembly',
    before: (sim) => sim.assembly.folder('/empty').then(() => sim.assembly.put('/stays.txt', 'stays')),
    act: (sim) => sim.assembly.remove('/empty'),
    tree: ['file /stays.txt stays'],
    calls: 1,
    made: { assembly: { change: 1 } },
  },
  {
    name: 'an empty folder renamed in Dropbox',
    before: (sim) => sim.dropbox.folder('/empty'),
    act: (sim) => sim.dropbox.rename('/empty', '/renamed'),
    tree: ['folder /renamed'],
    calls: 2,
    made: { dropbox: { rename: 1 } },
  },
  {
    name: 'an empty folder renamed in Assembly',
    before: (sim) => sim.assembly.folder('/empty'),
    act: (sim) => sim.assembly.rename('/empty', '/renamed'),
    tree: ['folder /renamed'],
    calls: 1,
    made: { assembly: { change: 1 } },
  },
  {
    name: 'folders thirty deep made in Dropbox',
    act: (sim) => sim.dropbox.put(`${deep}/a.txt`, 'one'),
    tree: [...levels, `file ${deep}/a.txt one`],
    calls: 31,
    made: { dropbox: { create: 31 } },
  },
  {
    name: 'folders thirty deep made in Assembly',
    act: (sim) => sim.assembly.put(`${deep}/a.txt`, 'one'),
    tree: [...levels, `file ${deep}/a.txt one`],
    calls: 1,
    made: { assembly: { change: 31 } },
  },
  {
    name: 'folders thirty deep deleted in Dropbox',
    options: UNGUARDED,
    before: (sim) =>
      sim.dropbox.put(`${deep}/a.txt`, 'one').then(() => sim.dropbox.put('/stays.txt', 'stays')),
    act: (sim) => sim.dropbox.remove('/1'),
    tree: ['file /stays.txt stays'],
    calls: 32,
    made: { dropbox: { delete: 31 } },
  },
  {
    name: 'folders thirty deep deleted in Assembly',
    options: UNGUARDED,
    before: (sim) =>
      sim.dropbox.put(`${deep}/a.txt`, 'one').then(() => sim.dropbox.put('/stays.txt', 'stays')),
    act: (sim) => sim.assembly.remove('/1'),
    tree: ['file /stays.txt stays'],
    calls: 3,
    made: { assembly: { folderDelete: 1 } },
  },
  {
    name: 'a full folder moved into another in Dropbox',
    before: async (sim) => {
      await full('dropbox')(sim);
      await sim.dropbox.folder('/b');
    },
    act: (sim) => sim.dropbox.rename('/a', '/b/a'),
    tree: [
      'folder /b',
      'folder /b/a',
      'folder /b/a/sub',
      'file /b/a/sub/one.txt one',
      'file /b/a/two.txt two',
    ],
    calls: 10,
    made: { dropbox: { rename: 4 } },
  },
  {
    name: 'a full folder moved into another in Assembly',
    before: async (sim) => {
      await full('assembly')(sim);
      await sim.assembly.folder('/b');
    },
    act: (sim) => sim.assembly.rename('/a', '/b/a'),
    tree: [
      'folder /b',
      'folder /b/a',
      'folder /b/a/sub',
      'file /b/a/sub/one.txt one',
      'file /b/a/two.txt two',
    ],
    calls: 1,
    made: { assembly: { folderRename: 1 } },
    after: oneMove,
  },
  {
    name: 'two full folders of Dropbox that swap names',
    before: async (sim) => {
      await sim.dropbox.put('/left/one.txt', 'one');
      await sim.dropbox.put('/right/two.txt', 'two');
    },
    act: async (sim) => {
      await sim.dropbox.rename('/left', '/aside');
      await sim.dropbox.rename('/right', '/left');
      await sim.dropbox.rename('/aside', '/right');
    },
    tree: ['folder /left', 'file /left/two.txt two', 'folder /right', 'file /right/one.txt one'],
    calls: 6,
    made: { dropbox: { rename: 4 } },
  },
  {
    name: 'two full folders of Assembly that swap names',
    before: async (sim) => {
      await sim.assembly.put('/left/one.txt', 'one');
      await sim.assembly.put('/right/two.txt', 'two');
    },
    act: async (sim) => {
      await sim.assembly.rename('/left', '/aside');
      await sim.assembly.rename('/right', '/left');
      await sim.assembly.rename('/aside', '/right');
    },
    tree: ['folder /left', 'file /left/two.txt two', 'folder /right', 'file /right/one.txt one'],
    calls: 1,
    made: { assembly: { folderRename: 3 } },
  },
  {
    name: 'a folder becomes its own child’s child in Dropbox',
    before: (sim) => sim.dropbox.put('/a/b/one.txt', 'one'),
    act: async (sim) => {
      await sim.dropbox.rename('/a/b', '/b');
      await sim.dropbox.rename('/a', '/b/a');
    },
    tree: ['folder /b', 'folder /b/a', 'file /b/one.txt one'],
    calls: 7,
    made: { dropbox: { rename: 3 } },
  },
  {
    name: 'a file replaced by a folder in Assembly',
    before: (sim) => sim.assembly.put('/thing', 'file'),
    act: async (sim) => {
      await sim.assembly.remove('/thing');
      await sim.assembly.put('/thing/in.txt', 'in');
    },
    tree: ['folder /thing', 'file /thing/in.txt in'],
    calls: 3,
    made: { assembly: { change: 3 } },
  },
  {
    name: 'a full folder replaced by a file in Assembly',
    before: (sim) =>
      sim.assembly.put('/thing/in.txt', 'in').then(() => sim.assembly.put('/stays.txt', 'stays')),
    act: async (sim) => {
      await sim.assembly.remove('/thing');
      await sim.assembly.put('/thing', 'file');
    },
    tree: ['file /thing file', 'file /stays.txt stays'],
    calls: 3,
    made: { assembly: { folderDelete: 1, change: 1 } },
  },
  {
    name: 'a folder deleted in Dropbox that holds a new file in Assembly',
    before: full('dropbox'),
    act: (sim) => sim.dropbox.remove('/a'),
    meanwhile: (sim) => sim.assembly.put('/a/sub/new.txt', 'new').then(() => {}),
    tree: ['folder /a', 'folder /a/sub', 'file /a/sub/new.txt new'],
    calls: 5,
    inFlightCalls: 5,
    made: { dropbox: { delete: 4 }, assembly: { change: 1 } },
  },
  {
    name: 'a folder deleted in Dropbox that holds an edited file in Assembly',
    before: full('dropbox'),
    act: (sim) => sim.dropbox.remove('/a'),
    meanwhile: (sim) => sim.assembly.put('/a/sub/one.txt', 'edited').then(() => {}),
    tree: ['folder /a', 'folder /a/sub', 'file /a/sub/one.txt edited'],
    calls: 3,
    inFlightCalls: 4,
    made: { dropbox: { delete: 4 }, assembly: { change: 1 } },
  },
  {
    name: 'a folder deleted in Assembly that holds a new file in Dropbox',
    before: (sim) => full('dropbox')(sim).then(() => sim.dropbox.put('/stays.txt', 'stays')),
    act: (sim) => sim.assembly.remove('/a'),
    meanwhile: (sim) => sim.dropbox.put('/a/sub/new.txt', 'new').then(() => {}),
    tree: ['file /stays.txt stays', 'folder /a', 'folder /a/sub', 'file /a/sub/new.txt new'],
    calls: 6,
    inFlightCalls: 6,
    made: { dropbox: { create: 3 }, assembly: { folderDelete: 1 } },
  },
  {
    name: 'a folder deleted in Assembly that holds an edited file in Dropbox',
    before: (sim) => full('dropbox')(sim).then(() => sim.dropbox.put('/stays.txt', 'stays')),
    act: (sim) => sim.assembly.remove('/a'),
    meanwhile: (sim) => sim.dropbox.put('/a/sub/one.txt', 'edited').then(() => {}),
    tree: ['file /stays.txt stays', 'folder /a', 'folder /a/sub', 'file /a/sub/one.txt edited'],
    calls: 7,
    inFlightCalls: 7,
    made: { dropbox: { create: 3 }, assembly: { folderDelete: 1 } },
    overBudget: RESTORED,
    overBudgetInFlight: RESTORED,
  },
  {
    name: 'a folder deleted in Dropbox that holds a link in Assembly',
    before: async (sim) => {
      await sim.dropbox.put('/docs/sub/a.txt', 'one');
      await sim.dropbox.put('/docs/b.txt', 'two');
      await settle(sim, 'as told');
      await sim.assembly.link('/docs/sub/site');
    },
    act: (sim) => sim.dropbox.remove('/docs'),
    tree: ['folder /docs', 'folder /docs/sub'],
    only: { assembly: ['link /docs/sub/site'] },
    calls: 6,
    made: { dropbox: { delete: 4 } },
  },
  {
    name: 'a folder renamed in Dropbox that holds a link in Assembly',
    before: async (sim) => {
      await sim.dropbox.put('/docs/a.txt', 'one');
      await settle(sim, 'as told');
      await sim.assembly.link('/docs/site');
    },
    act: (sim) => sim.dropbox.rename('/docs', '/new'),
    tree: ['folder /docs', 'folder /new', 'file /new/a.txt one'],
    only: { assembly: ['link /docs/site'] },
    calls: 6,
    made: { dropbox: { rename: 2 } },
  },
  {
    name: 'a folder renamed in Dropbox that holds a link in Assembly two folders down',
    before: async (sim) => {
      await sim.dropbox.put('/docs/deep/er/a.txt', 'one');
      await settle(sim, 'as told');
      await sim.assembly.link('/docs/deep/er/site');
    },
    act: (sim) => sim.dropbox.rename('/docs', '/new'),
    tree: [
      ...['/docs', '/docs/deep', '/docs/deep/er', '/new', '/new/deep', '/new/deep/er'].map(
        (path) => `folder ${path}`,
      ),
      'file /new/deep/er/a.txt one',
    ],
    only: { assembly: ['link /docs/deep/er/site'] },
    calls: 8,
    made: { dropbox: { rename: 4 } },
  },
  {
    name: 'a folder replaced by a file in Dropbox that holds a link in Assembly',
    before: async (sim) => {
      await sim.dropbox.put('/docs/a.txt', 'one');
      await settle(sim, 'as told');
      await sim.assembly.link('/docs/site');
    },
    act: async (sim) => {
      await sim.dropbox.remove('/docs');
      await sim.dropbox.put('/docs', 'file');
    },
    tree: [],
    only: { dropbox: ['file /docs file'], assembly: ['folder /docs', 'link /docs/site'] },
    unsyncable: ['/docs name_collision', '/docs name_collision'],
    calls: 4,
    made: { dropbox: { delete: 2, create: 1 } },
    after: async (sim) => {
      await sim.assembly.remove('/docs/site');
      await sim.lookInFull();
      await sim.expectAtRest({ tree: ['file /docs'] });
    },
  },
  {
    name: 'a file in Assembly moved into a folder that is not synced, since a file of Dropbox has its name',
    before: async (sim) => {
      await sim.assembly.put('/a.txt', 'one');
      await sim.assembly.folder('/docs');
      await settle(sim, 'as told');
      await sim.assembly.link('/docs/site');
      await sim.dropbox.remove('/docs');
      await sim.dropbox.put('/docs', 'file');
    },
    act: (sim) => sim.assembly.rename('/a.txt', '/docs/a.txt'),
    tree: [],
    only: {
      dropbox: ['file /a.txt one', 'file /docs file'],
      assembly: ['folder /docs', 'file /docs/a.txt one', 'link /docs/site'],
    },
    unsyncable: ['/a.txt name_collision', '/docs name_collision', '/docs name_collision'],
    calls: 1,
    made: { assembly: { change: 1 } },
    after: async (sim) => {
      await sim.dropbox.rename('/docs', '/docs.txt');
      await settle(sim, 'as told');
      await sim.expectAtRest({
        tree: ['folder /docs', 'file /docs/a.txt', 'file /docs.txt'],
        apart: (path) => path === '/docs/site',
      });
    },
  },
  {
    name: 'a full folder in Dropbox renamed to the name of a link, where Assembly lets no two stand at one path',
    switches: { assembly: { occupiedPath: 'reject', pendingOccupies: false } },
    before: async (sim) => {
      await sim.dropbox.put('/docs/a.txt', 'one');
      await sim.assembly.link('/site');
    },
    act: (sim) => sim.dropbox.rename('/docs', '/site'),
    tree: [],
    only: {
      dropbox: ['folder /site', 'file /site/a.txt one'],
      assembly: ['folder /docs', 'file /docs/a.txt one', 'link /site'],
    },
    unsyncable: ['/docs/a.txt name_collision', '/site name_collision'],
    calls: 2,
    made: { dropbox: { rename: 2 } },
    after: async (sim) => {
      await sim.assembly.remove('/site');
      await sim.lookInFull();
      await sim.expectAtRest({ tree: ['folder /site', 'file /site/a.txt'] });
    },
  },
  {
    name: 'a folder renamed by letter case alone in Dropbox that holds a link in Assembly',
    switches: { dropbox: { caseChangesInFeed: true } },
    before: async (sim) => {
      await sim.dropbox.put('/docs/a.txt', 'one');
      await settle(sim, 'as told');
      await sim.assembly.link('/docs/site');
    },
    act: (sim) => sim.dropbox.rename('/docs', '/DOCS'),
    tree: ['folder /DOCS', 'file /DOCS/a.txt one'],
    only: { assembly: ['folder /docs', 'link /docs/site'] },
    unsyncable: ['/DOCS name_collision'],
    calls: 6,
    made: { dropbox: { rename: 2 } },
    after: async (sim) => {
      await sim.assembly.remove('/docs/site');
      await sim.lookInFull();
      await sim.expectAtRest({ tree: ['folder /DOCS', 'file /DOCS/a.txt'] });
    },
  },
  {
    name: 'a folder deleted in Dropbox into which another client of Assembly is uploading',
    before: (sim) => sim.dropbox.put('/docs/a.txt', 'one'),
    act: async (sim) => {
      const upload = await sim.assembly.begin('/docs/b.txt');
      await sim.dropbox.remove('/docs');
      await settle(sim, 'as told');
      await upload.complete('two');
    },
    tree: ['folder /docs', 'file /docs/b.txt two'],
    calls: 5,
    made: { dropbox: { delete: 2 }, assembly: { change: 1 } },
  },
  {
    name: 'a file put into a Dropbox folder that is just being deleted, before anybody tells',
    before: (sim) => full('dropbox')(sim).then(() => sim.dropbox.put('/stays.txt', 'stays')),
    act: async (sim) => {
      await sim.assembly.remove('/a');
      await untilCalled(sim, 'dropbox.delete');
      await sim.dropbox.put('/a/new.txt', 'new');
      sim.events.drop();
    },
    tree: ['file /stays.txt stays', 'folder /a', 'file /a/new.txt new'],
    calls: 5,
    made: { dropbox: { create: 2 }, assembly: { folderDelete: 1 } },
  },
  {
    name: 'a folder of one name made on both sides',
    act: (sim) => sim.dropbox.put('/docs/of-dropbox.txt', 'one'),
    meanwhile: (sim) => sim.assembly.put('/docs/of-assembly.txt', 'two').then(() => {}),
    tree: ['folder /docs', 'file /docs/of-dropbox.txt one', 'file /docs/of-assembly.txt two'],
    calls: 3,
    inFlightCalls: 5,
    made: { dropbox: { create: 2 }, assembly: { change: 2 } },
    overBudgetInFlight:
      'That the folder is there already is told by the refusal to make it, and which one it is by a list.',
  },
  {
    name: 'a file edited in Assembly in a folder that Dropbox has renamed',
    before: full('dropbox'),
    act: (sim) => sim.dropbox.rename('/a', '/z'),
    meanwhile: (sim) => sim.assembly.put('/a/two.txt', 'edited').then(() => {}),
    tree: ['folder /z', 'folder /z/sub', 'file /z/sub/one.txt one', 'file /z/two.txt edited'],
    calls: 11,
    inFlightCalls: 11,
    made: { dropbox: { rename: 4 }, assembly: { change: 1 } },
  },
  {
    name: 'a file edited in Dropbox in a folder that Assembly has renamed',
    before: full('assembly'),
    act: (sim) => sim.assembly.rename('/a', '/z'),
    meanwhile: (sim) => sim.dropbox.put('/a/two.txt', 'edited').then(() => {}),
    tree: ['folder /z', 'folder /z/sub', 'file /z/sub/one.txt one', 'file /z/two.txt edited'],
    calls: 4,
    inFlightCalls: 4,
    made: { dropbox: { edit: 1 }, assembly: { folderRename: 1 } },
  },
  {
    name: 'a file added in Assembly to a folder that Dropbox has renamed',
    before: full('dropbox'),
    act: (sim) => sim.dropbox.rename('/a', '/z'),
    meanwhile: (sim) => sim.assembly.put('/a/new.txt', 'new').then(() => {}),
    tree: [
      'folder /z',
      'folder /z/sub',
      'file /z/sub/one.txt one',
      'file /z/two.txt two',
      'file /z/new.txt new',
    ],
    calls: 14,
    inFlightCalls: 14,
    made: { dropbox: { rename: 5 }, assembly: { change: 1 } },
  },
  {
    name: 'a file added in Dropbox to a folder that Assembly has renamed',
    before: full('assembly'),
    act: (sim) => sim.assembly.rename('/a', '/z'),
    meanwhile: (sim) => sim.dropbox.put('/a/new.txt', 'new').then(() => {}),
    tree: [
      'folder /z',
      'folder /z/sub',
      'file /z/sub/one.txt one',
      'file /z/two.txt two',
      'file /z/new.txt new',
    ],
    calls: 2,
    inFlightCalls: 2,
    made: { dropbox: { create: 1 }, assembly: { folderRename: 1 } },
  },
];
