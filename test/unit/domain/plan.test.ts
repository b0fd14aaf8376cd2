import { type PlanInput, plan, RULES } from '../../../src/domain/plan';
import {
  agreed,
  assemblyIn,
  dropboxIn,
  type FileState,
  type FolderState,
  fileInput,
  folderAssemblyIn,
  folderDropboxIn,
  folderInput,
  folderOnAssembly,
  folderOnDropbox,
  onAssembly,
  onDropbox,
  say,
} from './planInputs';

const decide = (input: PlanInput): string => say(plan(input), input.object);
type Row = [name: string, input: PlanInput, expected: string];

const FILE_CELLS: [FileState, FileState, string][] = [
  ['=', '=', '1 nothing /a.txt'],
  ['=', 'E', '4 update on dropbox /a.txt'],
  ['=', 'M', '6 move on dropbox /b.txt'],
  ['=', 'E+M', '8 move on dropbox /b.txt'],
  ['=', 'X', '9 delete on dropbox /a.txt'],
  ['=', '?', '4 compare the bytes /a.txt'],
  ['=', '?+M', '4 compare the bytes /b.txt'],
  ['E', '=', '4 update on assembly /a.txt'],
  ['E', 'E', '5 keep both /a.txt'],
  ['E', 'M', '8 move on dropbox /b.txt'],
  ['E', 'E+M', '5 keep both /b.txt'],
  ['E', 'X', '11 create on assembly /a.txt'],
  ['E', '?', '5 compare the bytes /a.txt'],
  ['E', '?+M', '5 compare the bytes /b.txt'],
  ['M', '=', '6 move on assembly /d.txt'],
  ['M', 'E', '8 update on dropbox /d.txt'],
  ['M', 'M', '7 move on assembly /d.txt'],
  ['M', 'E+M', '8 update on dropbox /d.txt'],
  ['M', 'X', '11 create on assembly /d.txt'],
  ['M', '?', '4 compare the bytes /d.txt'],
  ['M', '?+M', '4 compare the bytes /d.txt'],
  ['E+M', '=', '8 update on assembly /d.txt'],
  ['E+M', 'E', '5 keep both /d.txt'],
  ['E+M', 'M', '8 update on assembly /d.txt'],
  ['E+M', 'E+M', '5 keep both /d.txt'],
  ['E+M', 'X', '11 create on assembly /d.txt'],
  ['E+M', '?', '5 compare the bytes /d.txt'],
  ['E+M', '?+M', '5 compare the bytes /d.txt'],
  ['X', '=', '9 delete on assembly /a.txt'],
  ['X', 'E', '11 create on dropbox /a.txt'],
  ['X', 'M', '11 create on dropbox /b.txt'],
  ['X', 'E+M', '11 create on dropbox /b.txt'],
  ['X', 'X', '10 close'],
  ['X', '?', '11 compare the bytes /a.txt'],
  ['X', '?+M', '11 create on dropbox /b.txt'],
];

const FOLDER_CELLS: [FolderState, FolderState, string][] = [
  ['=', '=', '1 nothing /a'],
  ['=', 'M', '6 move folder on dropbox /b'],
  ['=', 'X', '9 delete folder on dropbox /a'],
  ['M', '=', '6 move folder on assembly /d'],
  ['M', 'M', '7 move folder on assembly /d'],
  ['M', 'X', '11 create folder on assembly /d'],
  ['X', '=', '9 delete folder on assembly /a'],
  ['X', 'M', '11 create folder on dropbox /b'],
  ['X', 'X', '10 close'],
];

describe('every cell of the table, dropbox state then assembly state', () => {
  test.each(FILE_CELLS)('file %s , %s: %s', (dropbox, assembly, expected) => {
    expect(decide(fileInput({ dropbox: dropboxIn(dropbox), assembly: assemblyIn(assembly) }))).toBe(expected);
  });

  test.each(FOLDER_CELLS)('folder %s , %s: %s', (dropbox, assembly, expected) => {
    const input = folderInput({
      dropbox: folderDropboxIn(dropbox),
      assembly: folderAssemblyIn(assembly),
    });
    expect(decide(input)).toBe(expected);
  });

  test('no combination is left out', () => {
    const cells = (rows: [string, string, string][]): Set<string> =>
      new Set(rows.map(([d, a]) => `${d} ${a}`));
    expect(cells(FILE_CELLS).size).toBe(5 * 7);
    expect(cells(FOLDER_CELLS).size).toBe(3 * 3);
  });
});

const NEW: Row[] = [
  ['N , -', fileInput({ base: null, assembly: null }), '2 create on assembly /a.txt'],
  ['- , N', fileInput({ base: null, dropbox: null }), '2 create on dropbox /a.txt'],
  ['- , -', fileInput({ base: null, dropbox: null, assembly: null }), '10 close'],
  ['N , N equal', fileInput({ base: null, assembly: onAssembly({ hash: 'h0' }) }), advance(3)],
  ['N , N of one size', fileInput({ base: null }), '3 compare the bytes /a.txt'],
  [
    'N , N of unknown size',
    fileInput({ base: null, assembly: onAssembly({ size: null }) }),
    '3 compare the bytes /a.txt',
  ],
  [
    'N , N of other sizes',
    fileInput({ base: null, assembly: onAssembly({ size: 9 }) }),
    '5 keep both /a.txt',
  ],
  [
    'N , N other bytes',
    fileInput({ base: null, assembly: onAssembly({ hash: 'h1' }) }),
    '5 keep both /a.txt',
  ],
  [
    'N , N where Dropbox gives no hash',
    fileInput({ base: null, dropbox: onDropbox({ hash: null }) }),
    '5 keep both /a.txt',
  ],
  [
    "N , N in two spellings: Dropbox's",
    fileInput({ base: null, assembly: onAssembly({ path: '/A.TXT', hash: 'h0' }) }),
    advance(3),
  ],
  ['folder N , -', folderInput({ base: null, assembly: null }), '2 create folder on assembly /a'],
  ['folder - , N', folderInput({ base: null, dropbox: null }), '2 create folder on dropbox /a'],
  ['folder - , -', folderInput({ base: null, dropbox: null, assembly: null }), '10 close'],
  ['folder N , N', folderInput({ base: null }), advance(3, '/a')],
];

describe('rules 2 and 3: never agreed', () => {
  test.each(NEW)('%s', (_, input, expected) => expect(decide(input)).toBe(expected));
});

const AGREEING: Row[] = [
  [
    'E , E with the same bytes',
    fileInput({
      dropbox: onDropbox({ hash: 'hE', rev: 'rev1' }),
      assembly: onAssembly({ hash: 'hE', version: 'v1' }),
    }),
    advance(5),
  ],
  [
    'E , E of one size, Assembly unread',
    fileInput({ dropbox: dropboxIn('E'), assembly: onAssembly({ size: 11, version: 'v1' }) }),
    '5 compare the bytes /a.txt',
  ],
  [
    'E , E of two sizes, Assembly unread',
    fileInput({ dropbox: dropboxIn('E'), assembly: onAssembly({ size: 12, version: 'v1' }) }),
    '5 keep both /a.txt',
  ],
  ['M , M to one name', moveTo('/m.txt', '/m.txt'), advance(7, '/m.txt')],
  ['M , M to one name in two spellings', moveTo('/M.txt', '/m.txt'), '7 move on assembly /M.txt'],
  ['M , M to one name, composed and not', moveTo('/\u00e9', '/e\u0301'), advance(7, '/\u00e9')],
  ['folder M , M to one name', folderMoveTo('/m', '/m'), advance(7, '/m')],
  ['a change of case alone on Dropbox', moveTo('/A.txt', '/a.txt'), '6 move on assembly /A.txt'],
  ['a change of case alone on Assembly', moveTo('/a.txt', '/A.txt'), '6 move on dropbox /A.txt'],
  ['another rev of the same bytes', fileInput({ dropbox: onDropbox({ rev: 'rev1' }) }), advance(1)],
  ['another id of the same bytes', fileInput({ dropbox: onDropbox({ id: 'id:e' }) }), advance(1)],
  ['a size the base did not know', fileInput({ base: agreed({ size: null }) }), advance(1)],
  [
    'another version of the same bytes',
    fileInput({ assembly: onAssembly({ hash: 'h0', version: 'v1' }) }),
    advance(1),
  ],
  [
    'the echo that tells the version of our own write',
    fileInput({ base: agreed({ assembly: { id: 'a', path: '/a.txt', version: null } }) }),
    advance(1),
  ],
  [
    'a linked pair under two spellings',
    fileInput({
      itemPath: '/A.txt',
      base: agreed({ dropbox: { id: 'id:d', path: '/A.txt', rev: 'rev0' } }),
      dropbox: onDropbox({ path: '/A.txt' }),
    }),
    '1 nothing /A.txt',
  ],
];

describe('rules 1, 5 and 7: agreement needs no transfer', () => {
  test.each(AGREEING)('%s', (_, input, expected) => expect(decide(input)).toBe(expected));
});

describe('rule 12: a folder stays for what is live in it', () => {
  const rows: Row[] = [
    ['gone on Dropbox', folderInput({ dropbox: null, occupied: true }), '12 create folder on dropbox /a'],
    ['gone on Assembly', folderInput({ assembly: null, occupied: true }), '12 create folder on assembly /a'],
    ['gone on both', folderInput({ dropbox: null, assembly: null, occupied: true }), '10 close'],
    [
      'an old folder left on Assembly after a move goes when empty',
      folderInput({
        dropbox: null,
        base: agreed({ dropbox: null, assembly: { id: 'a', path: '/a', version: null } }),
      }),
      '9 delete folder on assembly /a',
    ],
  ];
  test.each(rows)('%s', (_, input, expected) => expect(decide(input)).toBe(expected));
});

test('RULES lists 1 to 14 once each, in order', () => {
  expect(RULES.map(({ rule }) => rule)).toEqual(Array.from({ length: 14 }, (_, at) => at + 1));
});

function advance(rule: number, path = '/a.txt'): string {
  return `${rule} record that both sides agree ${path}`;
}

function moveTo(dropbox: string, assembly: string): PlanInput {
  return fileInput({ dropbox: onDropbox({ path: dropbox }), assembly: onAssembly({ path: assembly }) });
}

function folderMoveTo(dropbox: string, assembly: string): PlanInput {
  return folderInput({
    dropbox: folderOnDropbox({ path: dropbox }),
    assembly: folderOnAssembly({ path: assembly }),
  });
}
