import { control } from '../../../support/people';
import { ROOT } from '../../sides';
import type { Sim } from '../../sim';
import type { Row } from '../row';
import { settle } from '../run';
import { accountOf } from './dropbox';

/** A folder of both sides, with one more in it, and there what one side refuses. */
const holding = (side: 'dropbox' | 'assembly', name: string) => async (sim: Sim) => {
  await sim.dropbox.put('/old/deep/a.txt', 'one');
  await sim.dropbox.put('/stays.txt', 'stays');
  await settle(sim, 'as told');
  await sim[side].put(`/old/deep/${name}`, 'refused');
};
const STAYS = 'file /stays.txt stays';
const RENAMED = ['folder /new', 'folder /new/deep', 'file /new/deep/a.txt one', STAYS];
const LEFT = ['folder /old', 'folder /old/deep'];
const SPELLED_ANEW = ['folder /OLD', 'folder /OLD/deep', 'file /OLD/deep/a.txt one', STAYS];
const COPY = '/old (Assembly conflicted copy 2026-11-23)';

/** 4b. Folders that go elsewhere, or away, with something in them that is not synced. */
export const UNSYNCED_ROWS: readonly Row[] = [
  {
    name: 'a folder renamed in Dropbox that holds a name in Assembly which Dropbox refuses',
    before: holding('assembly', 'desktop.ini'),
    act: (sim) => sim.dropbox.rename('/old', '/new'),
    tree: [...RENAMED, ...LEFT],
    only: { assembly: ['file /old/deep/desktop.ini refused'] },
    unsyncable: ['/old/deep/desktop.ini name_not_allowed'],
    calls: 5,
    made: { dropbox: { rename: 3 } },
  },
  {
    name: 'what stayed in the old folder is renamed to a name that Dropbox takes',
    before: async (sim) => {
      await holding('assembly', 'desktop.ini')(sim);
      await settle(sim, 'as told');
      await sim.dropbox.rename('/old', '/new');
    },
    act: (sim) => sim.assembly.rename('/old/deep/desktop.ini', '/old/deep/b.txt'),
    tree: [...RENAMED, ...LEFT, 'file /old/deep/b.txt refused'],
    calls: 1,
    made: { assembly: { change: 1 } },
  },
  {
    name: 'what stayed in the old folder is deleted',
    before: async (sim) => {
      await holding('assembly', 'desktop.ini')(sim);
      await settle(sim, 'as told');
      await sim.dropbox.rename('/old', '/new');
    },
    act: (sim) => sim.assembly.remove('/old/deep/desktop.ini'),
    tree: [...RENAMED, ...LEFT],
    calls: 1,
    made: { assembly: { change: 1 } },
  },
  {
    name: 'a folder renamed by letter case alone in Dropbox that holds a name in Assembly which Dropbox refuses',
    switches: { dropbox: { caseChangesInFeed: true } },
    before: holding('assembly', 'desktop.ini'),
    act: (sim) => sim.dropbox.rename('/old', '/OLD'),
    tree: SPELLED_ANEW,
    only: { assembly: [...LEFT, 'file /old/deep/desktop.ini refused'] },
    unsyncable: ['/OLD name_collision', '/OLD/deep name_collision', '/OLD/deep/desktop.ini name_not_allowed'],
    calls: 5,
    made: { dropbox: { rename: 3 } },
    after: async (sim) => {
      await sim.assembly.remove('/old/deep/desktop.ini');
      await settle(sim, 'as told');
      await sim.expectAtRest({ tree: SPELLED_ANEW.map((line) => line.replace(/ (one|stays)$/, '')) });
    },
  },
  {
    name: 'a folder deleted in Dropbox that holds a name in Assembly which Dropbox refuses',
    before: holding('assembly', 'desktop.ini'),
    act: (sim) => sim.dropbox.remove('/old'),
    tree: [STAYS, ...LEFT],
    only: { assembly: ['file /old/deep/desktop.ini refused'] },
    unsyncable: ['/old/deep/desktop.ini name_not_allowed'],
    calls: 2,
    made: { dropbox: { delete: 3 } },
  },
  {
    name: 'a folder replaced by a file in Dropbox that holds a name in Assembly which Dropbox refuses',
    before: holding('assembly', 'desktop.ini'),
    act: async (sim) => {
      await sim.dropbox.remove('/old');
      await sim.dropbox.put('/old', 'file');
    },
    tree: [STAYS, `folder ${COPY}`, `folder ${COPY}/deep`],
    only: {
      dropbox: ['file /old file'],
      assembly: [...LEFT, 'file /old/deep/desktop.ini refused'],
    },
    unsyncable: [
      '/old name_collision',
      `${COPY} name_collision`,
      `${COPY}/deep name_collision`,
      `${COPY}/deep/desktop.ini name_not_allowed`,
    ],
    calls: 4,
    made: { dropbox: { delete: 3, create: 1 } },
    after: async (sim) => {
      await sim.assembly.remove('/old/deep/desktop.ini');
      await settle(sim, 'as told');
      await sim.expectAtRest({
        tree: ['file /old', 'file /stays.txt', `folder ${COPY}`, `folder ${COPY}/deep`],
      });
    },
  },
  {
    name: 'a folder renamed in Dropbox with a file that has a name there which Assembly refuses',
    before: async (sim) => {
      await sim.dropbox.put('/old/a.txt', 'one');
      await settle(sim, 'as told');
      await sim.dropbox.rename('/old/a.txt', '/old/a@b.txt');
    },
    act: (sim) => sim.dropbox.rename('/old', '/new'),
    tree: ['folder /new', 'folder /old'],
    only: { dropbox: ['file /new/a@b.txt one'], assembly: ['file /old/a.txt one'] },
    unsyncable: ['/old/a.txt name_not_allowed'],
    calls: 1,
    made: { dropbox: { rename: 2 } },
  },
  {
    name: 'a folder renamed in Dropbox with a file that was renamed in Assembly to a name which Dropbox refuses',
    before: async (sim) => {
      await sim.dropbox.put('/old/a.txt', 'one');
      await settle(sim, 'as told');
      await sim.assembly.rename('/old/a.txt', '/old/x\\y.txt');
    },
    act: (sim) => sim.dropbox.rename('/old', '/new'),
    tree: ['folder /new', 'file /new/a.txt one'],
    calls: 5,
    made: { dropbox: { rename: 2 } },
  },
  {
    name: 'a folder renamed in Dropbox with a file that Dropbox does not hand out any more',
    before: async (sim, grounds) => {
      await sim.dropbox.put('/old/a.txt', 'one');
      await settle(sim, 'as told');
      await control(`${grounds.sides.dropbox.controlUrl}/flags`, 'POST', {
        account: await accountOf(sim, grounds),
        path: `${ROOT}/old/a.txt`,
        restricted: true,
      });
    },
    act: (sim) => sim.dropbox.rename('/old', '/new'),
    tree: ['folder /new', 'folder /old'],
    only: { dropbox: ['file /new/a.txt one'], assembly: ['file /old/a.txt one'] },
    unsyncable: ['/old/a.txt restricted_content'],
    calls: 3,
    made: { dropbox: { rename: 2 } },
  },
  ...['/new', '/OLD'].map(
    (to): Row => ({
      name: `a folder renamed ${to === '/new' ? '' : 'by letter case alone '}in Assembly that holds a name in Dropbox which Assembly refuses`,
      before: holding('dropbox', 'a@b.txt'),
      act: (sim) => sim.assembly.rename('/old', to),
      tree: [`folder ${to}`, `folder ${to}/deep`, `file ${to}/deep/a.txt one`, STAYS],
      only: { dropbox: [`file ${to}/deep/a@b.txt refused`] },
      unsyncable: [`${to}/deep/a@b.txt name_not_allowed`],
      calls: 1,
      made: { assembly: { folderRename: 1 } },
    }),
  ),
  {
    name: 'a folder deleted in Assembly that holds a name in Dropbox which Assembly refuses',
    before: holding('dropbox', 'a@b.txt'),
    act: (sim) => sim.assembly.remove('/old'),
    tree: [STAYS, ...LEFT],
    only: { dropbox: ['file /old/deep/a@b.txt refused'] },
    unsyncable: ['/old/deep/a@b.txt name_not_allowed'],
    calls: 5,
    made: { assembly: { folderDelete: 1 } },
    overBudget: 'The folder, and the one in it, are made again for what is in them.',
  },
];
