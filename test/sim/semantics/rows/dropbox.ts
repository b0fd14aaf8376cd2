import { control } from '../../../support/people';
import { ROOT } from '../../sides';
import type { Grounds, Sim } from '../../sim';
import type { Row } from '../row';
import { untilCalled } from '../run';

/** Trouble in the feed that no act of a person brings about. */
export const feed = async (sim: Sim, grounds: Grounds, body: object) =>
  await control(`${grounds.sides.dropbox.controlUrl}/feed`, 'POST', {
    account: await accountOf(sim, grounds),
    ...body,
  });

export async function accountOf(sim: Sim, grounds: Grounds): Promise<string> {
  const row = await grounds.database.store.prisma.channelSync.findUniqueOrThrow({
    where: { id: sim.ref.syncId },
  });
  return row.dbxAccountId;
}

/** 1. What Dropbox's feed tells, and how. */
export const DROPBOX_ROWS: readonly Row[] = [
  {
    name: 'a new file in Dropbox',
    act: (sim) => sim.dropbox.put('/a.txt', 'one'),
    tree: ['file /a.txt one'],
    calls: 1,
    made: { dropbox: { create: 1 } },
  },
  {
    name: 'a file edited in Dropbox',
    before: (sim) => sim.dropbox.put('/a.txt', 'one'),
    act: (sim) => sim.dropbox.put('/a.txt', 'two'),
    tree: ['file /a.txt two'],
    calls: 3,
    made: { dropbox: { edit: 1 } },
  },
  {
    name: 'a file renamed in Dropbox',
    before: (sim) => sim.dropbox.put('/a.txt', 'one'),
    act: (sim) => sim.dropbox.rename('/a.txt', '/b.txt'),
    tree: ['file /b.txt one'],
    calls: 3,
    made: { dropbox: { rename: 1 } },
  },
  {
    name: 'a file deleted in Dropbox',
    before: (sim) => sim.dropbox.put('/a.txt', 'one'),
    act: (sim) => sim.dropbox.remove('/a.txt'),
    tree: [],
    calls: 2,
    made: { dropbox: { delete: 1 } },
  },
  {
    name: 'a deleted folder told by one tombstone',
    before: async (sim) => {
      await sim.dropbox.put('/a/b/one.txt', 'one');
      await sim.dropbox.put('/a/two.txt', 'two');
      await sim.dropbox.put('/stays.txt', 'stays');
    },
    act: (sim) => sim.dropbox.remove('/a'),
    tree: ['file /stays.txt stays'],
    calls: 6,
    made: { dropbox: { delete: 4 } },
  },
  {
    name: 'a deleted folder told with a tombstone for each child',
    switches: { dropbox: { childTombstones: true } },
    before: async (sim) => {
      await sim.dropbox.put('/a/b/one.txt', 'one');
      await sim.dropbox.put('/a/two.txt', 'two');
      await sim.dropbox.put('/stays.txt', 'stays');
    },
    act: (sim) => sim.dropbox.remove('/a'),
    tree: ['file /stays.txt stays'],
    calls: 6,
    made: { dropbox: { delete: 4 } },
  },
  {
    name: 'a file replaced by a folder',
    before: (sim) => sim.dropbox.put('/thing', 'file'),
    act: async (sim) => {
      await sim.dropbox.remove('/thing');
      await sim.dropbox.put('/thing/in.txt', 'in');
    },
    tree: ['folder /thing', 'file /thing/in.txt in'],
    calls: 4,
    made: { dropbox: { delete: 1, create: 2 } },
  },
  {
    name: 'a folder replaced by a file',
    before: (sim) => sim.dropbox.put('/thing/in.txt', 'in'),
    act: async (sim) => {
      await sim.dropbox.remove('/thing');
      await sim.dropbox.put('/thing', 'file');
    },
    tree: ['file /thing file'],
    calls: 4,
    made: { dropbox: { delete: 2, create: 1 } },
  },
  {
    name: 'a folder replaced by a file, told by the file alone',
    switches: { dropbox: { replacedFolderTold: false } },
    before: (sim) => sim.dropbox.put('/thing/sub/in.txt', 'in'),
    act: async (sim) => {
      await sim.dropbox.remove('/thing');
      await sim.dropbox.put('/thing', 'file');
    },
    tree: ['file /thing file'],
    calls: 5,
    made: { dropbox: { delete: 3, create: 1 } },
  },
  {
    name: 'a new folder replaced by a file at once, each step told but the delete',
    switches: { dropbox: { replacedFolderTold: false, feedHistory: 'every' } },
    act: async (sim) => {
      await sim.dropbox.put('/thing/in.txt', 'in');
      await sim.dropbox.remove('/thing');
      await sim.dropbox.put('/thing', 'file');
    },
    tree: ['file /thing file'],
    calls: 1,
    made: { dropbox: { create: 1 } },
  },
  {
    name: 'a file replaced by a folder and the folder by a file again',
    switches: { dropbox: { feedHistory: 'every' } },
    before: (sim) => sim.dropbox.put('/thing', 'file'),
    act: async (sim) => {
      await sim.dropbox.remove('/thing');
      await sim.dropbox.put('/thing/in.txt', 'in');
      await sim.dropbox.remove('/thing');
      await sim.dropbox.put('/thing', 'file again');
    },
    tree: ['file /thing file again'],
    calls: 3,
    made: { dropbox: { edit: 1 } },
  },
  {
    name: 'a moved folder told as a delete and new entries with their old ids',
    before: async (sim) => {
      await sim.dropbox.put('/a/b/one.txt', 'one');
      await sim.dropbox.put('/a/two.txt', 'two');
    },
    act: (sim) => sim.dropbox.rename('/a', '/z'),
    tree: ['folder /z', 'folder /z/b', 'file /z/b/one.txt one', 'file /z/two.txt two'],
    calls: 10,
    made: { dropbox: { rename: 4 } },
  },
  {
    name: 'a moved folder told as new entries first and its delete last',
    switches: { dropbox: { renameOrder: 'added_first', childTombstones: true } },
    before: async (sim) => {
      await sim.dropbox.put('/a/b/one.txt', 'one');
      await sim.dropbox.put('/a/two.txt', 'two');
    },
    act: (sim) => sim.dropbox.rename('/a', '/z'),
    tree: ['folder /z', 'folder /z/b', 'file /z/b/one.txt one', 'file /z/two.txt two'],
    calls: 10,
    made: { dropbox: { rename: 4 } },
  },
  {
    name: 'a moved folder whose halves are told on different pages',
    switches: { dropbox: { splitRenames: true } },
    before: async (sim) => {
      await sim.dropbox.put('/a/b/one.txt', 'one');
      await sim.dropbox.put('/a/two.txt', 'two');
    },
    act: (sim) => sim.dropbox.rename('/a', '/z'),
    tree: ['folder /z', 'folder /z/b', 'file /z/b/one.txt one', 'file /z/two.txt two'],
    calls: 10,
    made: { dropbox: { rename: 4 } },
  },
  {
    name: 'two files of Dropbox that swap names',
    before: async (sim) => {
      await sim.dropbox.put('/left.txt', 'left');
      await sim.dropbox.put('/right.txt', 'right');
    },
    act: async (sim) => {
      await sim.dropbox.rename('/left.txt', '/aside.txt');
      await sim.dropbox.rename('/right.txt', '/left.txt');
      await sim.dropbox.rename('/aside.txt', '/right.txt');
    },
    tree: ['file /left.txt right', 'file /right.txt left'],
    calls: 9,
    made: { dropbox: { rename: 3 } },
  },
  {
    name: 'a path that comes back under a new id',
    before: (sim) => sim.dropbox.put('/a.txt', 'one'),
    act: async (sim) => {
      await sim.dropbox.remove('/a.txt');
      await sim.dropbox.put('/a.txt', 'two');
    },
    tree: ['file /a.txt two'],
    calls: 3,
    made: { dropbox: { edit: 1 } },
  },
  {
    name: 'the same bytes at a path that comes back under a new id',
    before: (sim) => sim.dropbox.put('/a.txt', 'one'),
    act: async (sim) => {
      await sim.dropbox.remove('/a.txt');
      await sim.dropbox.put('/a.txt', 'one');
    },
    tree: ['file /a.txt one'],
    calls: 0,
    made: {},
  },
  {
    name: 'an id that comes back: a deleted file restored before anybody looked',
    before: (sim) => sim.dropbox.put('/a.txt', 'one'),
    act: async (sim) => {
      await sim.dropbox.remove('/a.txt');
      await sim.dropbox.restore('/a.txt');
    },
    tree: ['file /a.txt one'],
    calls: 0,
    made: {},
  },
  {
    name: 'an id that comes back: a deleted file restored after the delete was carried over',
    before: (sim) => sim.dropbox.put('/a.txt', 'one'),
    act: async (sim) => {
      await sim.dropbox.remove('/a.txt');
      await sim.settle();
      await sim.dropbox.restore('/a.txt');
    },
    tree: ['file /a.txt one'],
    calls: 3,
    made: { dropbox: { delete: 1, create: 1 } },
  },
  {
    name: 'a full folder restored in Dropbox after its delete was carried over',
    before: async (sim) => {
      await sim.dropbox.put('/a/one.txt', 'one');
      await sim.dropbox.put('/stays.txt', 'stays');
    },
    act: async (sim) => {
      await sim.dropbox.remove('/a');
      await sim.settle();
      await sim.dropbox.restore('/a');
    },
    tree: ['folder /a', 'file /a/one.txt one', 'file /stays.txt stays'],
    calls: 5,
    made: { dropbox: { delete: 2, create: 2 } },
  },
  {
    name: 'a case-only rename that no delta tells, found by a full look',
    before: (sim) => sim.dropbox.put('/docs/a.txt', 'one'),
    act: async (sim) => {
      await sim.dropbox.rename('/docs/a.txt', '/docs/A.txt');
      sim.events.drop();
      sim.resync();
    },
    tree: ['folder /docs', 'file /docs/A.txt one'],
    calls: 4,
    made: { dropbox: { rename: 1 }, pages: 1 },
  },
  {
    name: 'a case-only rename that a delta tells',
    switches: { dropbox: { caseChangesInFeed: true } },
    before: (sim) => sim.dropbox.put('/docs/a.txt', 'one'),
    act: (sim) => sim.dropbox.rename('/docs/a.txt', '/docs/A.txt'),
    tree: ['folder /docs', 'file /docs/A.txt one'],
    calls: 3,
    made: { dropbox: { rename: 1 } },
  },
  {
    name: 'a case-only rename of a full folder that no delta tells, found by a full look',
    before: (sim) => sim.dropbox.put('/docs/sub/a.txt', 'one'),
    act: async (sim) => {
      await sim.dropbox.rename('/docs', '/DOCS');
      sim.events.drop();
      sim.resync();
    },
    tree: ['folder /DOCS', 'folder /DOCS/sub', 'file /DOCS/sub/a.txt one'],
    calls: 8,
    made: { dropbox: { rename: 3 }, pages: 1 },
  },
  {
    name: 'a full folder renamed by letter case alone, and once more while that is carried over',
    switches: { dropbox: { caseChangesInFeed: true } },
    before: async (sim) => {
      await sim.dropbox.put('/docs/sub/a.txt', 'one');
      await sim.dropbox.put('/docs/b.txt', 'two');
    },
    act: async (sim) => {
      await sim.dropbox.rename('/docs', '/DOCS');
      await untilCalled(sim, 'assembly.createFile');
      await sim.dropbox.rename('/DOCS', '/Docs');
    },
    tree: ['folder /Docs', 'folder /Docs/sub', 'file /Docs/sub/a.txt one', 'file /Docs/b.txt two'],
    calls: 23,
    made: { dropbox: { rename: 8 } },
  },
  {
    name: 'entries that leave out the path to display',
    switches: { dropbox: { pathDisplayInPages: false } },
    before: (sim) => sim.dropbox.folder('/Docs/Sub'),
    act: async (sim) => {
      await sim.dropbox.put('/Docs/Sub/Report.TXT', 'one');
      await sim.dropbox.put('/New/Other.TXT', 'two');
    },
    tree: [
      'folder /Docs',
      'folder /Docs/Sub',
      'file /Docs/Sub/Report.TXT one',
      'folder /New',
      'file /New/Other.TXT two',
    ],
    calls: 3,
    made: { dropbox: { create: 3 } },
  },
  {
    name: 'parents spelled in another letter case',
    before: (sim) => sim.dropbox.folder('/Docs/Reports'),
    act: (sim) => sim.dropbox.put('/docs/REPORTS/a.txt', 'one'),
    tree: ['folder /Docs', 'folder /Docs/Reports', 'file /Docs/Reports/a.txt one'],
    calls: 1,
    made: { dropbox: { create: 1 } },
  },
  {
    name: 'a parent told after its child',
    act: async (sim, grounds) => {
      await sim.dropbox.put('/docs/a.txt', 'one');
      await feed(sim, grounds, { action: 'touch', path: `${ROOT}/docs` });
    },
    tree: ['folder /docs', 'file /docs/a.txt one'],
    calls: 2,
    made: { dropbox: { create: 2 } },
  },
  {
    name: 'empty pages that say that more follows',
    act: async (sim, grounds) => {
      await feed(sim, grounds, { action: 'pages', count: 3 });
      await sim.dropbox.put('/a.txt', 'one');
      await feed(sim, grounds, { action: 'pages', count: 3 });
    },
    tree: ['file /a.txt one'],
    calls: 1,
    made: { dropbox: { create: 1 } },
  },
  {
    name: 'a stale tombstone for a file that is still there',
    before: (sim) => sim.dropbox.put('/a.txt', 'one'),
    act: (sim, grounds) =>
      feed(sim, grounds, { action: 'tombstone', path: `${ROOT}/a.txt` }).then(() =>
        sim.dropbox.put('/b.txt', 'two'),
      ),
    tree: ['file /a.txt one', 'file /b.txt two'],
    calls: 1,
    made: { dropbox: { create: 1 } },
  },
  {
    name: 'a cursor that Dropbox forgot',
    before: async (sim) => {
      await sim.dropbox.put('/a.txt', 'one');
      await sim.dropbox.put('/b.txt', 'two');
    },
    act: async (sim) => {
      await sim.dropbox.rename('/a.txt', '/c.txt');
      await sim.dropbox.remove('/b.txt');
      await sim.dropbox.forgetCursors();
    },
    tree: ['file /c.txt one'],
    calls: 5,
    made: { dropbox: { rename: 1, delete: 1 } },
  },
  {
    name: 'a cursor that Dropbox forgets in the middle of its pages',
    before: (sim) => sim.dropbox.put('/a.txt', 'one'),
    act: async (sim, grounds) => {
      await sim.dropbox.put('/b.txt', 'two');
      await feed(sim, grounds, { action: 'pages', count: 1 });
      await sim.dropbox.put('/c.txt', 'three');
      await sim.dropbox.trouble({
        route: 'files/list_folder/continue',
        skip: 1,
        times: 1,
        action: 'status',
        status: 409,
        body: { error_summary: 'reset/..', error: { '.tag': 'reset' } },
      });
    },
    tree: ['file /a.txt one', 'file /b.txt two', 'file /c.txt three'],
    calls: 2,
    made: { dropbox: { create: 2 } },
  },
  {
    name: 'a change in Dropbox while the folder is listed',
    before: (sim) => sim.dropbox.put('/a.txt', 'one'),
    act: async (sim) => {
      sim.resync();
      await untilCalled(sim, 'dropbox.listFolder');
      await sim.dropbox.put('/b.txt', 'two');
      await sim.dropbox.rename('/a.txt', '/c.txt');
    },
    tree: ['file /b.txt two', 'file /c.txt one'],
    calls: 5,
    made: { dropbox: { create: 1, rename: 1 }, pages: 1 },
  },
  {
    name: 'a change in Dropbox that nobody tells of, found by the sweep',
    act: async (sim) => {
      await sim.dropbox.put('/a.txt', 'one');
      sim.events.drop();
      sim.sweep();
    },
    tree: ['file /a.txt one'],
    calls: 2,
    made: { dropbox: { create: 1 }, pages: 1 },
  },
  {
    name: 'a folder moved out of the synced folder',
    before: (sim) => sim.dropbox.put('/a/one.txt', 'one'),
    act: (sim) => sim.dropbox.moveOut('/a', '/Elsewhere'),
    tree: [],
    calls: 3,
    made: { dropbox: { delete: 2 } },
  },
  {
    name: 'a folder moved into the synced folder',
    act: async (sim, grounds) => {
      const account = await accountOf(sim, grounds);
      const url = grounds.sides.dropbox.controlUrl;
      await control(`${url}/folders`, 'POST', { account, path: '/Elsewhere/sub' });
      await control(`${url}/move`, 'POST', { account, from: '/Elsewhere', to: `${ROOT}/a` });
    },
    tree: ['folder /a', 'folder /a/sub'],
    calls: 2,
    made: { dropbox: { create: 2 } },
  },
  {
    name: 'many entries at once',
    act: async (sim) => {
      for (let n = 0; n < 30; n++) await sim.dropbox.folder(`/many/${n}`);
    },
    tree: ['folder /many', ...Array.from({ length: 30 }, (_, n) => `folder /many/${n}`)],
    calls: 31,
    made: { dropbox: { create: 31 } },
  },
];
