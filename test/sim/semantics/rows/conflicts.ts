import type { Sim } from '../../sim';
import type { Row } from '../row';
import { settle, untilCalled } from '../run';

/** The day of the simulation's clock. */
const COPY = '(Assembly conflicted copy 2026-11-23)';
/** A delete may be the first half of a replacement. */
export const RESTORED =
  'Before a file that was deleted is made again, its folder is listed for a replacement that nobody told of yet.';
/** The two changes were made at one time, yet one is told first. */
const CROSSED = 'The first change is carried over before anybody tells of the second, and then that one too.';
const TWINS =
  'Dropbox’s file is made before anybody tells of Assembly’s: of two objects of one name and the same bytes ours goes.';
const READ_FIRST =
  'What is to be deleted is read right before, which shows the other change; its event is one look more.';
const agreed = (sim: Sim) => sim.dropbox.put('/a.txt', 'agreed');

/** 5. Both sides at once. `act` is Dropbox's, `meanwhile` Assembly's, unless said. */
export const CONFLICT_ROWS: readonly Row[] = [
  {
    name: 'a file edited on both sides',
    before: agreed,
    act: (sim) => sim.dropbox.put('/a.txt', 'dropbox-edit'),
    meanwhile: (sim) => sim.assembly.put('/a.txt', 'assembly-edit').then(() => {}),
    tree: ['file /a.txt dropbox-edit', `file /a ${COPY}.txt assembly-edit`],
    calls: 5,
    inFlightCalls: 9,
    made: { dropbox: { create: 1, rename: 1 }, assembly: { change: 1 } },
    overBudgetInFlight: CROSSED,
  },
  {
    name: 'a file edited on both sides to the same bytes',
    before: agreed,
    act: (sim) => sim.dropbox.put('/a.txt', 'same-edit'),
    meanwhile: (sim) => sim.assembly.put('/a.txt', 'same-edit').then(() => {}),
    tree: ['file /a.txt same-edit'],
    calls: 1,
    inFlightCalls: 5,
    made: { assembly: { change: 1 } },
    overBudgetInFlight: CROSSED,
  },
  {
    name: 'a new file of one name on both sides',
    act: (sim) => sim.dropbox.put('/a.txt', 'of-dropbox'),
    meanwhile: (sim) => sim.assembly.put('/a.txt', 'of-assembly').then(() => {}),
    tree: ['file /a.txt of-dropbox', `file /a ${COPY}.txt of-assembly`],
    calls: 5,
    inFlightCalls: 5,
    made: { dropbox: { create: 1, rename: 1 }, assembly: { change: 1 } },
  },
  {
    name: 'a new file of one name and the same bytes on both sides',
    act: (sim) => sim.dropbox.put('/a.txt', 'same'),
    meanwhile: (sim) => sim.assembly.put('/a.txt', 'same').then(() => {}),
    tree: ['file /a.txt same'],
    calls: 1,
    inFlightCalls: 5,
    made: { assembly: { change: 1 } },
    overBudgetInFlight: TWINS,
  },
  {
    name: 'the same bytes put into Assembly when ours are announced and not sent yet',
    act: async (sim) => {
      await sim.dropbox.put('/a.txt', 'same');
      await untilCalled(sim, 'assembly.upload');
      await sim.assembly.put('/a.txt', 'same');
    },
    tree: ['file /a.txt same'],
    calls: 5,
    made: { dropbox: { create: 1 }, assembly: { change: 1 } },
    overBudget: TWINS,
  },
  {
    name: 'the same bytes put into Assembly when ours are sent and not on record yet',
    act: async (sim) => {
      await sim.dropbox.put('/a.txt', 'same');
      await untilCalled(sim, 'assembly.upload');
      await settle(sim, 'as told', 1);
      await sim.assembly.put('/a.txt', 'same');
    },
    tree: ['file /a.txt same'],
    calls: 5,
    made: { dropbox: { create: 1 }, assembly: { change: 1 } },
    overBudget: TWINS,
  },
  {
    name: 'other bytes of the same length put into Assembly when ours are announced and not sent yet',
    act: async (sim) => {
      await sim.dropbox.put('/a.txt', 'here');
      await untilCalled(sim, 'assembly.upload');
      await sim.assembly.put('/a.txt', 'then');
    },
    tree: ['file /a.txt here', `file /a ${COPY}.txt then`],
    calls: 6,
    made: { dropbox: { create: 1, rename: 1 }, assembly: { change: 1 } },
    overBudget: 'Their bytes are read to compare them, through a fresh link.',
  },
  {
    name: 'a file edited in Dropbox and deleted in Assembly',
    before: agreed,
    act: (sim) => sim.dropbox.put('/a.txt', 'edited'),
    meanwhile: (sim) => sim.assembly.remove('/a.txt'),
    tree: ['file /a.txt edited'],
    calls: 3,
    inFlightCalls: 3,
    made: { dropbox: { create: 1 }, assembly: { change: 1 } },
    overBudget: RESTORED,
    overBudgetInFlight: RESTORED,
  },
  {
    name: 'a file deleted in Dropbox and edited in Assembly',
    before: agreed,
    act: (sim) => sim.dropbox.remove('/a.txt'),
    meanwhile: (sim) => sim.assembly.put('/a.txt', 'edited').then(() => {}),
    tree: ['file /a.txt edited'],
    calls: 1,
    inFlightCalls: 2,
    made: { assembly: { change: 1 } },
    overBudgetInFlight: READ_FIRST,
  },
  {
    name: 'a file renamed differently on both sides',
    before: agreed,
    act: (sim) => sim.dropbox.rename('/a.txt', '/d.txt'),
    meanwhile: (sim) => sim.assembly.rename('/a.txt', '/b.txt'),
    tree: ['file /d.txt agreed'],
    calls: 4,
    inFlightCalls: 8,
    made: { dropbox: { rename: 1 }, assembly: { change: 1 } },
    overBudgetInFlight: CROSSED,
  },
  {
    name: 'a file renamed alike on both sides',
    before: agreed,
    act: (sim) => sim.dropbox.rename('/a.txt', '/b.txt'),
    meanwhile: (sim) => sim.assembly.rename('/a.txt', '/b.txt'),
    tree: ['file /b.txt agreed'],
    calls: 1,
    inFlightCalls: 5,
    made: { assembly: { change: 1 } },
    overBudgetInFlight: CROSSED,
  },
  {
    name: 'a file renamed in Dropbox and edited in Assembly',
    before: agreed,
    act: (sim) => sim.dropbox.rename('/a.txt', '/b.txt'),
    meanwhile: (sim) => sim.assembly.put('/a.txt', 'edited').then(() => {}),
    tree: ['file /b.txt edited'],
    calls: 4,
    inFlightCalls: 8,
    made: { dropbox: { rename: 1 }, assembly: { change: 1 } },
    overBudgetInFlight: CROSSED,
  },
  {
    name: 'a file edited in Dropbox and renamed in Assembly',
    before: agreed,
    act: (sim) => sim.dropbox.put('/a.txt', 'edited'),
    meanwhile: (sim) => sim.assembly.rename('/a.txt', '/b.txt'),
    tree: ['file /b.txt edited'],
    calls: 4,
    inFlightCalls: 8,
    made: { dropbox: { edit: 1 }, assembly: { change: 1 } },
    overBudgetInFlight: CROSSED,
  },
  {
    name: 'a file deleted in Dropbox and renamed in Assembly',
    before: agreed,
    act: (sim) => sim.dropbox.remove('/a.txt'),
    meanwhile: (sim) => sim.assembly.rename('/a.txt', '/b.txt'),
    tree: ['file /b.txt agreed'],
    calls: 1,
    inFlightCalls: 2,
    made: { assembly: { change: 1 } },
    overBudgetInFlight: READ_FIRST,
  },
  {
    name: 'a file renamed in Dropbox and deleted in Assembly',
    before: agreed,
    act: (sim) => sim.dropbox.rename('/a.txt', '/b.txt'),
    meanwhile: (sim) => sim.assembly.remove('/a.txt'),
    tree: ['file /b.txt agreed'],
    calls: 3,
    inFlightCalls: 3,
    made: { dropbox: { create: 1 }, assembly: { change: 1 } },
    overBudget: RESTORED,
    overBudgetInFlight: RESTORED,
  },
  {
    name: 'a file deleted on both sides',
    before: (sim) => agreed(sim).then(() => sim.dropbox.put('/stays.txt', 'stays')),
    act: (sim) => sim.dropbox.remove('/a.txt'),
    meanwhile: (sim) => sim.assembly.remove('/a.txt'),
    tree: ['file /stays.txt stays'],
    calls: 1,
    inFlightCalls: 2,
    made: { assembly: { change: 1 } },
    overBudgetInFlight: READ_FIRST,
  },
  {
    name: 'a folder renamed differently on both sides',
    before: (sim) => sim.dropbox.put('/a/one.txt', 'one'),
    act: (sim) => sim.dropbox.rename('/a', '/d'),
    meanwhile: (sim) => sim.assembly.rename('/a', '/b'),
    tree: ['folder /d', 'file /d/one.txt one'],
    calls: 6,
    inFlightCalls: 6,
    made: { dropbox: { rename: 2 }, assembly: { folderRename: 1 } },
  },
  {
    name: 'two full folders renamed to one name, one on each side',
    before: async (sim) => {
      await sim.dropbox.put('/one/in1.txt', 'one');
      await sim.dropbox.put('/two/in2.txt', 'two');
      await sim.dropbox.put('/two/sub/in3.txt', 'three');
    },
    act: (sim) => sim.dropbox.rename('/one', '/a'),
    meanwhile: (sim) => sim.assembly.rename('/two', '/a'),
    tree: [
      'folder /a',
      'file /a/in1.txt one',
      'file /a/in2.txt two',
      'folder /a/sub',
      'file /a/sub/in3.txt three',
    ],
    calls: 5,
    inFlightCalls: 7,
    made: { dropbox: { rename: 2 }, assembly: { folderRename: 1 } },
  },
  {
    name: 'a full folder renamed in Dropbox to the name of a new one in Assembly',
    before: (sim) => sim.dropbox.put('/one/in1.txt', 'one'),
    act: (sim) => sim.dropbox.rename('/one', '/a'),
    meanwhile: async (sim) => void (await sim.assembly.put('/a/in2.txt', 'two')),
    tree: ['folder /a', 'file /a/in1.txt one', 'file /a/in2.txt two'],
    calls: 6,
    inFlightCalls: 8,
    made: { dropbox: { rename: 2 }, assembly: { change: 2 } },
  },
  {
    name: 'a full folder renamed in Assembly to the name of a new one in Dropbox',
    before: (sim) => sim.dropbox.put('/one/in1.txt', 'one'),
    act: (sim) => sim.dropbox.put('/a/in2.txt', 'two'),
    meanwhile: (sim) => sim.assembly.rename('/one', '/a'),
    tree: ['folder /a', 'file /a/in1.txt one', 'file /a/in2.txt two'],
    calls: 2,
    inFlightCalls: 4,
    made: { dropbox: { create: 2 }, assembly: { folderRename: 1 } },
  },
  {
    name: 'two folders moved into each other, one on each side',
    before: async (sim) => {
      await sim.dropbox.put('/a/one.txt', 'one');
      await sim.dropbox.put('/b/two.txt', 'two');
    },
    act: (sim) => sim.dropbox.rename('/a', '/b/a'),
    meanwhile: (sim) => sim.assembly.rename('/b', '/a/b'),
    tree: ['folder /b', 'file /b/two.txt two', 'folder /b/a', 'file /b/a/one.txt one'],
    calls: 11,
    inFlightCalls: 13,
    made: { dropbox: { rename: 2 }, assembly: { folderRename: 1 } },
    overBudgetInFlight: CROSSED,
    overBudget: 'Dropbox’s structure wins, so what Assembly has moved is moved back as well.',
  },
  {
    name: 'two files renamed to one name, one on each side',
    before: async (sim) => {
      await sim.dropbox.put('/one.txt', 'one');
      await sim.dropbox.put('/two.txt', 'two');
    },
    act: (sim) => sim.dropbox.rename('/one.txt', '/a.txt'),
    meanwhile: (sim) => sim.assembly.rename('/two.txt', '/a.txt'),
    tree: ['file /a.txt one', `file /a ${COPY}.txt two`],
    calls: 7,
    inFlightCalls: 7,
    made: { dropbox: { rename: 2 }, assembly: { change: 1 } },
  },
  {
    name: 'a new file in Assembly at the name that Dropbox gives another one',
    before: agreed,
    act: (sim) => sim.dropbox.rename('/a.txt', '/b.txt'),
    meanwhile: (sim) => sim.assembly.put('/b.txt', 'of-assembly').then(() => {}),
    tree: ['file /b.txt agreed', `file /b ${COPY}.txt of-assembly`],
    calls: 7,
    inFlightCalls: 7,
    made: { dropbox: { rename: 2 }, assembly: { change: 1 } },
  },
  {
    name: 'a file edited in Assembly that Dropbox has replaced by a folder',
    before: (sim) => sim.dropbox.put('/thing', 'agreed'),
    act: async (sim) => {
      await sim.dropbox.remove('/thing');
      await sim.dropbox.put('/thing/in.txt', 'in');
    },
    meanwhile: (sim) => sim.assembly.put('/thing', 'edited').then(() => {}),
    tree: ['folder /thing', 'file /thing/in.txt in', `file /thing ${COPY} edited`],
    calls: 6,
    inFlightCalls: 7,
    made: { dropbox: { create: 2, rename: 1 }, assembly: { change: 1 } },
    overBudgetInFlight: READ_FIRST,
  },
  {
    name: 'a file edited in Dropbox that Assembly has replaced by a folder',
    before: (sim) => sim.dropbox.put('/thing', 'agreed'),
    act: (sim) => sim.dropbox.put('/thing', 'edited'),
    meanwhile: async (sim) => {
      await sim.assembly.remove('/thing');
      await sim.assembly.put('/thing/in.txt', 'in');
    },
    tree: ['file /thing edited', `folder /thing ${COPY}`, `file /thing ${COPY}/in.txt in`],
    calls: 10,
    inFlightCalls: 10,
    made: { dropbox: { create: 1, rename: 2 }, assembly: { change: 3 } },
  },
  {
    name: 'a file edited in Assembly whose folder Dropbox has replaced by a file',
    before: (sim) => sim.dropbox.put('/thing/in.txt', 'agreed'),
    act: async (sim) => {
      await sim.dropbox.remove('/thing');
      await sim.dropbox.put('/thing', 'file');
    },
    meanwhile: (sim) => sim.assembly.put('/thing/in.txt', 'edited').then(() => {}),
    tree: ['file /thing file', `folder /thing ${COPY}`, `file /thing ${COPY}/in.txt edited`],
    calls: 7,
    inFlightCalls: 9,
    made: { dropbox: { create: 1, rename: 2 }, assembly: { change: 1 } },
    overBudgetInFlight: READ_FIRST,
  },
  {
    name: 'a file edited in Assembly whose folder Dropbox has replaced by a file, while the folder above trades names with another',
    before: async (sim) => {
      await sim.dropbox.put('/one/thing/deep/in.txt', 'agreed');
      await sim.dropbox.folder('/two');
    },
    act: async (sim) => {
      await sim.dropbox.remove('/one/thing');
      await sim.dropbox.put('/one/thing', 'file');
      await sim.dropbox.rename('/one', '/aside');
      await sim.dropbox.rename('/two', '/one');
      await sim.dropbox.rename('/aside', '/two');
    },
    meanwhile: (sim) => sim.assembly.put('/one/thing/deep/in.txt', 'edited').then(() => {}),
    tree: [
      'folder /one',
      'folder /two',
      'file /two/thing file',
      `folder /two/thing ${COPY}`,
      `folder /two/thing ${COPY}/deep`,
      `file /two/thing ${COPY}/deep/in.txt edited`,
    ],
    calls: 9,
    inFlightCalls: 12,
    made: { dropbox: { create: 1, rename: 4 }, assembly: { change: 1 } },
  },
  {
    name: 'a file in Dropbox and a folder in Assembly of one name',
    act: (sim) => sim.dropbox.put('/thing', 'file'),
    meanwhile: (sim) => sim.assembly.put('/thing/in.txt', 'in').then(() => {}),
    tree: ['file /thing file', `folder /thing ${COPY}`, `file /thing ${COPY}/in.txt in`],
    calls: 8,
    inFlightCalls: 8,
    made: { dropbox: { create: 1, rename: 2 }, assembly: { change: 2 } },
  },
  {
    name: 'a file in Dropbox and a folder in Assembly of one name, in a folder that Assembly has renamed',
    before: (sim) => sim.assembly.folder('/old'),
    act: (sim) => sim.dropbox.put('/old/thing', 'file'),
    meanwhile: async (sim) => {
      await sim.assembly.put('/old/thing/in.txt', 'in');
      await sim.assembly.rename('/old', '/new');
    },
    tree: [
      'folder /new',
      'file /new/thing file',
      `folder /new/thing ${COPY}`,
      `file /new/thing ${COPY}/in.txt in`,
    ],
    calls: 7,
    inFlightCalls: 9,
    made: { dropbox: { create: 1, rename: 2 }, assembly: { change: 2, folderRename: 1 } },
  },
  {
    name: 'a conflict on a day that has one of that name already',
    before: async (sim) => {
      await agreed(sim);
      await sim.dropbox.put(`/a ${COPY}.txt`, 'earlier');
    },
    act: (sim) => sim.dropbox.put('/a.txt', 'dropbox-edit'),
    meanwhile: (sim) => sim.assembly.put('/a.txt', 'assembly-edit').then(() => {}),
    tree: [
      'file /a.txt dropbox-edit',
      `file /a ${COPY}.txt earlier`,
      'file /a (Assembly conflicted copy 2026-11-23 2).txt assembly-edit',
    ],
    calls: 5,
    inFlightCalls: 9,
    made: { dropbox: { create: 1, rename: 1 }, assembly: { change: 1 } },
    overBudgetInFlight: CROSSED,
  },
  {
    name: 'a conflict whose copy is cut off by a crash and carried out again',
    before: agreed,
    act: async (sim) => {
      await sim.dropbox.put('/a.txt', 'dropbox-edit');
      await sim.assembly.put('/a.txt', 'assembly-edit');
      sim.faults.arm({ point: 'afterCall', detail: 'assembly.createFile', kind: 'crash' });
      sim.faults.arm({ point: 'afterCall', detail: 'dropbox.upload', kind: 'crash' });
    },
    tree: ['file /a.txt dropbox-edit', `file /a ${COPY}.txt assembly-edit`],
    calls: 8,
    made: { dropbox: { edit: 1, create: 1 }, assembly: { change: 1 } },
    overBudget: 'After a crash every try looks first at what the one before may have left.',
  },
  {
    name: 'equal trees that are paired for the first time',
    options: { unsynced: true },
    act: async (sim) => {
      for (const side of ['dropbox', 'assembly'] as const) {
        for (let n = 0; n < 12; n++) await sim[side].put(`/docs/${n}.txt`, `bytes ${n}`);
      }
      await sim.engine.hint(sim.ref, { kind: 'look', origin: 'initial' });
    },
    tree: ['folder /docs', ...Array.from({ length: 12 }, (_, n) => `file /docs/${n}.txt bytes ${n}`)],
    calls: 1,
    made: { pages: 1 },
    after: async (sim) => {
      expect(sim.writes()).toEqual([]);
      // One reading for each file of one size, none for the others: only the bytes tell.
      expect(sim.calls.filter((call) => call === 'assembly.download')).toHaveLength(12);
    },
  },
  {
    name: 'trees paired for the first time whose files differ in size',
    options: { unsynced: true },
    act: async (sim) => {
      for (let n = 0; n < 3; n++) {
        await sim.dropbox.put(`/${n}.txt`, `of-dropbox-${n}`);
        await sim.assembly.put(`/${n}.txt`, `of-assembly-and-longer-${n}`);
      }
      await sim.engine.hint(sim.ref, { kind: 'look', origin: 'initial' });
    },
    tree: Array.from({ length: 3 }, (_, n) => [
      `file /${n}.txt of-dropbox-${n}`,
      `file /${n} ${COPY}.txt of-assembly-and-longer-${n}`,
    ]).flat(),
    calls: 13,
    made: { dropbox: { create: 3, rename: 3 }, pages: 1 },
  },
];
