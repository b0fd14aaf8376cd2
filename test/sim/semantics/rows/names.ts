import { control } from '../../../support/people';
import { ROOT } from '../../sides';
import type { Sim } from '../../sim';
import type { Row } from '../row';
import { settle } from '../run';
import { accountOf } from './dropbox';

const NFD = 'Größe'.normalize('NFD');
const NFC = 'Größe'.normalize('NFC');

/** What is known to be refused is not even sent. */
const nothingTried = async (sim: Sim) => expect(sim.writes()).toEqual([]);
/** As it would refuse a sign of which nobody has told. */
const refuseFolders = (sim: Sim) =>
  sim.assembly.trouble({
    route: 'POST /v1/files/folder',
    action: 'status',
    status: 400,
    body: JSON.stringify({ message: 'path has a forbidden character in "odd"' }),
  });

/** 4. Names, and what one side can't hold. */
export const NAME_ROWS: readonly Row[] = [
  {
    name: 'a name in another Unicode form in Assembly',
    act: (sim) => sim.assembly.put(`/${NFD}.txt`, 'one'),
    tree: [],
    only: { dropbox: [`file /${NFC}.txt one`], assembly: [`file /${NFD}.txt one`] },
    calls: 1,
    made: { assembly: { change: 1 } },
  },
  {
    name: 'Assembly stores names in another Unicode form than it was sent',
    switches: { assembly: { pathForm: 'nfd' } },
    act: (sim) => sim.dropbox.put(`/${NFC}.txt`, 'one'),
    tree: [],
    only: { dropbox: [`file /${NFC}.txt one`], assembly: [`file /${NFD}.txt one`] },
    calls: 1,
    made: { dropbox: { create: 1 } },
  },
  {
    name: 'a file is deleted in Dropbox whose name Assembly stores in another Unicode form',
    switches: { assembly: { pathForm: 'nfd' } },
    before: (sim) => sim.dropbox.put(`/${NFC}.txt`, 'one'),
    act: (sim) => sim.dropbox.remove(`/${NFC}.txt`),
    tree: [],
    calls: 2,
    made: { dropbox: { delete: 1 } },
  },
  {
    name: 'names in other scripts and signs',
    act: (sim) => sim.dropbox.put('/見積書 – Ω ✓/straße.txt', 'one'),
    tree: ['folder /見積書 – Ω ✓', 'file /見積書 – Ω ✓/straße.txt one'],
    calls: 2,
    made: { dropbox: { create: 2 } },
  },
  {
    name: 'two names in Assembly that differ in letter case alone',
    before: (sim) => sim.assembly.put('/one.txt', 'first'),
    act: (sim) => sim.assembly.put('/ONE.txt', 'second'),
    tree: ['file /one.txt first'],
    only: { assembly: ['file /ONE.txt second'] },
    unsyncable: ['/ONE.txt name_collision'],
    calls: 2,
    made: { assembly: { change: 2 } },
  },
  {
    name: 'one of two names that differ in letter case is renamed',
    before: async (sim) => {
      await sim.assembly.put('/one.txt', 'first');
      await sim.settle();
      await sim.assembly.put('/ONE.txt', 'second');
    },
    act: (sim) => sim.assembly.rename('/ONE.txt', '/two.txt'),
    tree: ['file /one.txt first', 'file /two.txt second'],
    calls: 1,
    made: { assembly: { change: 1 } },
  },
  {
    name: 'one of two names that differ in letter case is deleted',
    before: async (sim) => {
      await sim.assembly.put('/one.txt', 'first');
      await sim.settle();
      await sim.assembly.put('/ONE.txt', 'second');
      await sim.assembly.put('/stays.txt', 'stays');
    },
    act: (sim) => sim.assembly.remove('/one.txt'),
    tree: ['file /ONE.txt second', 'file /stays.txt stays'],
    calls: 1,
    made: { assembly: { change: 1 } },
  },
  {
    name: 'a folder renamed by letter case alone in Dropbox that holds two names in Assembly that differ in letter case alone',
    switches: { dropbox: { caseChangesInFeed: true } },
    before: async (sim) => {
      await sim.assembly.put('/docs/one.txt', 'first');
      await sim.settle();
      await sim.assembly.put('/docs/ONE.txt', 'second');
    },
    act: (sim) => sim.dropbox.rename('/docs', '/DOCS'),
    tree: [
      'folder /DOCS',
      'file /DOCS/one.txt first',
      'file /DOCS/ONE (Assembly conflicted copy 2026-11-23).txt second',
    ],
    calls: 8,
    made: { dropbox: { rename: 3 } },
  },
  {
    name: 'a folder renamed by letter case alone in Dropbox to the very name of a file in Assembly that is not synced',
    switches: { dropbox: { caseChangesInFeed: true } },
    before: async (sim) => {
      await sim.assembly.put('/docs/one.txt', 'first');
      await sim.settle();
      await sim.assembly.put('/DOCS', 'second');
    },
    act: (sim) => sim.dropbox.rename('/docs', '/DOCS'),
    tree: [],
    only: {
      dropbox: ['folder /DOCS', 'file /DOCS/one.txt first'],
      assembly: ['folder /docs', 'file /docs/one.txt first', 'file /DOCS second'],
    },
    unsyncable: ['/DOCS name_collision'],
    calls: 0,
    made: { dropbox: { rename: 1 } },
  },
  ...['*', '=', '|', '@', '^'].map(
    (char): Row => ({
      name: `a name with ${char} in Dropbox, which Assembly refuses`,
      act: (sim) => sim.dropbox.put(`/a${char}b.txt`, 'one'),
      tree: [],
      only: { dropbox: [`file /a${char}b.txt one`] },
      unsyncable: [`/a${char}b.txt name_not_allowed`],
      calls: 0,
      made: {},
    }),
  ),
  {
    name: 'a file in Dropbox renamed from a name that Assembly refuses to one that it takes',
    before: (sim) => sim.dropbox.put('/a=b.txt', 'one'),
    act: (sim) => sim.dropbox.rename('/a=b.txt', '/a-b.txt'),
    tree: ['file /a-b.txt one'],
    calls: 1,
    made: { dropbox: { create: 1 } },
  },
  {
    name: 'a file in Dropbox renamed to a name that Assembly refuses',
    before: (sim) => sim.dropbox.put('/a.txt', 'one'),
    act: (sim) => sim.dropbox.rename('/a.txt', '/a=b.txt'),
    tree: [],
    only: { dropbox: ['file /a=b.txt one'], assembly: ['file /a.txt one'] },
    unsyncable: ['/a.txt name_not_allowed'],
    calls: 0,
    made: {},
  },
  {
    name: 'a folder in Dropbox with a name that Assembly refuses',
    act: (sim) => sim.dropbox.put('/a|b/deep/er/one.txt', 'one'),
    tree: [],
    only: {
      dropbox: ['folder /a|b', 'folder /a|b/deep', 'folder /a|b/deep/er', 'file /a|b/deep/er/one.txt one'],
    },
    unsyncable: ['/a|b name_not_allowed'],
    calls: 0,
    made: {},
  },
  {
    name: 'a folder in Dropbox renamed to a name that Assembly takes',
    before: (sim) => sim.dropbox.put('/a|b/deep/one.txt', 'one'),
    act: (sim) => sim.dropbox.rename('/a|b', '/ab'),
    tree: ['folder /ab', 'folder /ab/deep', 'file /ab/deep/one.txt one'],
    calls: 3,
    made: { dropbox: { create: 3 } },
  },
  {
    name: 'a name with a backslash in Assembly, which Dropbox refuses',
    act: (sim) => sim.assembly.put('/a\\b.txt', 'one'),
    tree: [],
    only: { assembly: ['file /a\\b.txt one'] },
    unsyncable: ['/a\\b.txt name_not_allowed'],
    calls: 1,
    made: { assembly: { change: 1 } },
    after: nothingTried,
  },
  {
    name: 'a file in Assembly renamed from a name that Dropbox refuses to one that it takes',
    before: (sim) => sim.assembly.put('/a\\b.txt', 'one'),
    act: (sim) => sim.assembly.rename('/a\\b.txt', '/ab.txt'),
    tree: ['file /ab.txt one'],
    calls: 1,
    made: { assembly: { change: 1 } },
  },
  {
    name: 'a name with a space at its end in Assembly',
    act: (sim) => sim.assembly.put('/a.txt ', 'one'),
    tree: [],
    only: { assembly: ['file /a.txt  one'] },
    unsyncable: ['/a.txt  name_not_allowed'],
    calls: 1,
    made: { assembly: { change: 1 } },
    after: nothingTried,
  },
  {
    name: 'a name with a dot at its end',
    act: (sim) => sim.assembly.put('/a.', 'one').then(() => sim.dropbox.put('/b.', 'two')),
    tree: ['file /a. one', 'file /b. two'],
    calls: 2,
    made: { assembly: { change: 1 }, dropbox: { create: 1 } },
  },
  {
    name: 'a name that Dropbox keeps for itself, such as desktop.ini',
    act: async (sim) => {
      await sim.assembly.put('/desktop.ini', 'one');
      await sim.assembly.put('/Thumbs.db', 'two');
      await sim.assembly.put('/.DS_Store', 'three');
    },
    tree: [],
    only: { assembly: ['file /desktop.ini one', 'file /Thumbs.db two', 'file /.DS_Store three'] },
    unsyncable: [
      '/.DS_Store name_not_allowed',
      '/Thumbs.db name_not_allowed',
      '/desktop.ini name_not_allowed',
    ],
    calls: 3,
    made: { assembly: { change: 3 } },
    after: nothingTried,
  },
  {
    name: 'a working file of an office program, such as ~$letter.docx',
    act: async (sim) => {
      await sim.assembly.put('/~$letter.docx', 'one');
      await sim.dropbox.put('/.~lock', 'two');
    },
    tree: ['file /~$letter.docx one', 'file /.~lock two'],
    calls: 2,
    made: { assembly: { change: 1 }, dropbox: { create: 1 } },
  },
  {
    name: 'a name that is longer than Dropbox takes',
    act: (sim) => sim.assembly.put(`/${'x'.repeat(256)}`, 'one'),
    tree: [],
    only: { assembly: [`file /${'x'.repeat(256)} one`] },
    unsyncable: [`/${'x'.repeat(256)} name_too_long`],
    calls: 1,
    made: { assembly: { change: 1 } },
    after: nothingTried,
  },
  {
    name: 'a name that was longer than Dropbox takes, shortened',
    before: (sim) => sim.assembly.put(`/${'x'.repeat(256)}`, 'one'),
    act: (sim) => sim.assembly.rename(`/${'x'.repeat(256)}`, '/x.txt'),
    tree: ['file /x.txt one'],
    calls: 1,
    made: { assembly: { change: 1 } },
  },
  {
    name: 'a sign that only Dropbox’s answer refuses',
    act: (sim) => sim.assembly.put('/smile 😀.txt', 'one'),
    tree: [],
    only: { assembly: ['file /smile 😀.txt one'] },
    unsyncable: ['/smile 😀.txt name_not_allowed'],
    calls: 1,
    made: { assembly: { change: 1 } },
  },
  {
    name: 'a sign that Dropbox’s answer refused, taken out by a rename',
    before: (sim) => sim.assembly.put('/smile 😀.txt', 'one'),
    act: (sim) => sim.assembly.rename('/smile 😀.txt', '/smile.txt'),
    tree: ['file /smile.txt one'],
    calls: 1,
    made: { assembly: { change: 1 } },
  },
  {
    name: 'a folder whose name only Assembly’s answer refuses, with a file in it',
    act: async (sim) => {
      await refuseFolders(sim);
      await sim.dropbox.put('/odd/in.txt', 'one');
    },
    tree: [],
    only: { dropbox: ['folder /odd', 'file /odd/in.txt one'] },
    unsyncable: ['/odd name_not_allowed'],
    calls: 1,
    made: { dropbox: { create: 2 } },
  },
  {
    name: 'a folder whose name Assembly’s answer refused, renamed to one that it takes',
    before: async (sim) => {
      await refuseFolders(sim);
      await sim.dropbox.put('/odd/in.txt', 'one');
    },
    act: async (sim) => {
      await sim.assembly.calm();
      await sim.dropbox.rename('/odd', '/even');
    },
    tree: ['folder /even', 'file /even/in.txt one'],
    calls: 2,
    made: { dropbox: { create: 2 } },
  },
  {
    name: 'a file in Dropbox moved into a folder that Assembly’s answer refuses',
    before: async (sim) => {
      await refuseFolders(sim);
      await sim.dropbox.put('/a.txt', 'one');
      await sim.dropbox.folder('/odd');
    },
    act: (sim) => sim.dropbox.rename('/a.txt', '/odd/a.txt'),
    tree: [],
    only: { dropbox: ['folder /odd', 'file /odd/a.txt one'], assembly: ['file /a.txt one'] },
    unsyncable: ['/a.txt name_not_allowed', '/odd name_not_allowed'],
    calls: 0,
    made: { dropbox: { rename: 1 } },
  },
  {
    name: 'a folder that Assembly’s answer refused is renamed with a file that was moved into it',
    before: async (sim) => {
      await sim.dropbox.put('/a.txt', 'one');
      await settle(sim, 'as told');
      await refuseFolders(sim);
      await sim.dropbox.folder('/odd');
      await sim.dropbox.rename('/a.txt', '/odd/a.txt');
    },
    act: async (sim) => {
      await sim.assembly.calm();
      await sim.dropbox.rename('/odd', '/even');
    },
    tree: ['folder /even', 'file /even/a.txt one'],
    calls: 4,
    made: { dropbox: { create: 1, rename: 1 } },
  },
  {
    name: 'a file in Assembly moved into a folder that Dropbox’s answer refuses',
    before: async (sim) => {
      await sim.assembly.put('/a.txt', 'one');
      await sim.assembly.folder('/smile 😀');
    },
    act: (sim) => sim.assembly.rename('/a.txt', '/smile 😀/a.txt'),
    tree: [],
    only: { dropbox: ['file /a.txt one'], assembly: ['folder /smile 😀', 'file /smile 😀/a.txt one'] },
    unsyncable: ['/a.txt name_not_allowed', '/smile 😀 name_not_allowed'],
    calls: 1,
    made: { assembly: { change: 1 } },
  },
  {
    name: 'the name of the synced folder again inside the path',
    act: (sim) => sim.dropbox.put(`${ROOT}${ROOT}/a.txt`, 'one'),
    tree: [`folder ${ROOT}`, `folder ${ROOT}${ROOT}`, `file ${ROOT}${ROOT}/a.txt one`],
    calls: 3,
    made: { dropbox: { create: 3 } },
  },
  {
    name: 'a document that Dropbox does not hand out as a file',
    act: async (sim, grounds) => {
      await sim.dropbox.put('/notes.gdoc', 'one');
      await control(`${grounds.sides.dropbox.controlUrl}/flags`, 'POST', {
        account: await accountOf(sim, grounds),
        path: `${ROOT}/notes.gdoc`,
        exportAs: 'docx',
      });
    },
    tree: [],
    only: { dropbox: ['file /notes.gdoc one'] },
    unsyncable: ['/notes.gdoc not_downloadable'],
    calls: 0,
    made: {},
  },
  {
    name: 'a symbolic link in Dropbox',
    act: async (sim, grounds) => {
      await sim.dropbox.put('/shortcut', 'one');
      await control(`${grounds.sides.dropbox.controlUrl}/flags`, 'POST', {
        account: await accountOf(sim, grounds),
        path: `${ROOT}/shortcut`,
        symlink: '/etc/hosts',
      });
    },
    tree: [],
    only: { dropbox: ['file /shortcut one'] },
    unsyncable: ['/shortcut not_downloadable'],
    calls: 0,
    made: {},
  },
  {
    name: 'a file that Dropbox refuses to hand out for legal reasons',
    act: async (sim, grounds) => {
      await sim.dropbox.put('/a.txt', 'one');
      await control(`${grounds.sides.dropbox.controlUrl}/flags`, 'POST', {
        account: await accountOf(sim, grounds),
        path: `${ROOT}/a.txt`,
        restricted: true,
      });
    },
    tree: [],
    only: { dropbox: ['file /a.txt one'] },
    unsyncable: ['/a.txt restricted_content'],
    calls: 2,
    made: { dropbox: { create: 1 } },
    overBudget: 'Only the download tells: the object made for its bytes is taken back.',
  },
];
