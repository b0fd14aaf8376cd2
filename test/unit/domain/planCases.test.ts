import { type PlanInput, plan } from '../../../src/domain/plan';
import { agreed, agreedAt, assemblyIn, dropboxIn, fileInput, onAssembly, onDropbox, say } from './planInputs';

const decide = (input: PlanInput): string => say(plan(input), input.object);
type Row = [name: string, input: PlanInput, expected: string];
const CONFLICT = '/a (Assembly conflicted copy 2026-11-23).txt';

describe('parents that move take their children along', () => {
  const rows: Row[] = [
    [
      'a folder moved on Dropbox: the child is rebuilt on Assembly',
      fileInput({
        itemPath: '/q/x',
        base: agreedAt('/p/x', '/p/x'),
        dropbox: onDropbox({ path: '/q/x' }),
        assembly: onAssembly({ path: '/p/x' }),
        placed: { dropbox: '/q/x', assembly: '/q/x' },
      }),
      '6 move on assembly /q/x',
    ],
    [
      'a folder moved on Assembly: the pending move on Dropbox carries the child',
      fileInput({
        itemPath: '/q/x',
        base: agreedAt('/p/x', '/p/x'),
        dropbox: onDropbox({ path: '/p/x' }),
        assembly: onAssembly({ path: '/q/x' }),
        placed: { dropbox: '/q/x', assembly: '/q/x' },
      }),
      '1 record that both sides agree /q/x',
    ],
    [
      'a folder moved on Dropbox and its child renamed on Assembly: both hold',
      fileInput({
        itemPath: '/q/x',
        base: agreedAt('/p/x', '/p/x'),
        dropbox: onDropbox({ path: '/q/x' }),
        assembly: onAssembly({ path: '/p/y' }),
        placed: { dropbox: '/q/x', assembly: '/q/y' },
      }),
      '6 move on dropbox /q/y',
    ],
    [
      'a child renamed on Assembly after our own folder move came back as an echo',
      fileInput({
        itemPath: '/q/x',
        base: agreedAt('/p/x', '/q/x'),
        dropbox: onDropbox({ path: '/q/x' }),
        assembly: onAssembly({ path: '/q/y' }),
      }),
      '6 move on dropbox /q/y',
    ],
    [
      'a child deleted on Assembly after our own folder move came back as an echo',
      fileInput({
        itemPath: '/q/x',
        base: agreedAt('/p/x', '/q/x'),
        dropbox: onDropbox({ path: '/q/x' }),
        assembly: null,
      }),
      '9 delete on dropbox /q/x',
    ],
    [
      'a child whose folder was deleted on Dropbox and moved on Assembly survives with it',
      fileInput({
        itemPath: '/q/x',
        base: agreedAt('/p/x', '/p/x'),
        dropbox: null,
        assembly: onAssembly({ path: '/q/x' }),
      }),
      '11 create on dropbox /q/x',
    ],
    [
      'a child added on Assembly to a folder moved on Dropbox goes along',
      fileInput({
        itemPath: '/q/x',
        base: null,
        dropbox: null,
        assembly: onAssembly({ path: '/p/x' }),
        placed: { dropbox: null, assembly: '/q/x' },
      }),
      '2 create on dropbox /q/x',
    ],
    [
      'and leaves the old folder',
      fileInput({
        itemPath: '/q/x',
        base: agreedAt('/q/x', '/p/x'),
        dropbox: onDropbox({ path: '/q/x' }),
        assembly: onAssembly({ path: '/p/x' }),
        placed: { dropbox: '/q/x', assembly: '/q/x' },
      }),
      '6 move on assembly /q/x',
    ],
    [
      'a folder that changed its case on Dropbox: the child is rebuilt under the new spelling',
      fileInput({
        itemPath: '/P/x',
        base: agreedAt('/p/x', '/p/x'),
        dropbox: onDropbox({ path: '/P/x' }),
        assembly: onAssembly({ path: '/p/x' }),
      }),
      '6 move on assembly /P/x',
    ],
    [
      'a child moved on Assembly after our own folder move came back as an echo',
      fileInput({
        itemPath: '/q/x',
        base: agreedAt('/p/x', '/q/x'),
        dropbox: onDropbox({ path: '/q/x' }),
        assembly: onAssembly({ path: '/r/x' }),
      }),
      '6 move on dropbox /r/x',
    ],
    [
      'moved to two folders: Dropbox wins',
      fileInput({
        itemPath: '/p/x',
        base: agreedAt('/p/x', '/p/x'),
        dropbox: onDropbox({ path: '/q/x' }),
        assembly: onAssembly({ path: '/r/x' }),
      }),
      '7 move on assembly /q/x',
    ],
    [
      "and still does once Dropbox's path is stored as the goal",
      fileInput({
        itemPath: '/q/x',
        base: agreedAt('/p/x', '/p/x'),
        dropbox: onDropbox({ path: '/q/x' }),
        assembly: onAssembly({ path: '/r/x' }),
      }),
      '7 move on assembly /q/x',
    ],
    [
      'an edit on Assembly of what was deleted in a folder moved on Dropbox',
      fileInput({
        itemPath: '/q/x',
        base: agreedAt('/p/x', '/p/x'),
        dropbox: null,
        assembly: onAssembly({ path: '/p/x', hash: 'hA', version: 'v1' }),
        placed: { dropbox: null, assembly: '/q/x' },
      }),
      '11 create on dropbox /q/x',
    ],
  ];
  test.each(rows)('%s', (_, input, expected) => expect(decide(input)).toBe(expected));
});

describe('a new file on Assembly at the path of another item', () => {
  const beside = (hash: string | null, over: Partial<PlanInput> = {}) =>
    fileInput({ base: null, dropbox: null, assembly: onAssembly({ hash }), twinHash: 'h0', ...over });
  test.each<[string, PlanInput, string]>([
    ['is read where its bytes may be the same', beside(null), '3 compare the bytes /a.txt'],
    ['is one with it where they are', beside('h0'), '3 make two copies one /a.txt'],
    ['is a file of its own where they differ', beside('h1'), '2 create on dropbox /a.txt'],
    [
      'is a file of its own once it was given a name',
      beside('h0', { pinned: true }),
      '2 create on dropbox /a.txt',
    ],
  ])('%s', (_, input, expected) => expect(decide(input)).toContain(expected));
});

describe('folders linked under two spellings', () => {
  const inside = (dropbox: string, assembly: string, over: Partial<PlanInput> = {}): PlanInput =>
    fileInput({
      itemPath: '/F/x',
      base: agreedAt('/F/x', '/f/x'),
      dropbox: onDropbox({ path: dropbox }),
      assembly: onAssembly({ path: assembly }),
      placed: { dropbox, assembly: assembly.replace('/f/', '/F/') },
      ...over,
    });
  const rows: Row[] = [
    ['leave their children alone', inside('/F/x', '/f/x'), '1 nothing /F/x'],
    ['follow a rename on Assembly once', inside('/F/x', '/f/y'), '6 move on dropbox /F/y'],
    ['follow a rename on Dropbox once', inside('/F/y', '/f/x'), '6 move on assembly /F/y'],
    ['are content with the new name', inside('/F/y', '/f/y'), '7 record that both sides agree /F/y'],
    ['let a pinned item rest at its name', inside('/F/x', '/f/x', { pinned: true }), '1 nothing /F/x'],
  ];
  test.each(rows)('%s', (_, input, expected) => expect(decide(input)).toBe(expected));
});

describe('a pinned item goes to its name whatever the sides say', () => {
  const pinned = (over: Partial<PlanInput>): PlanInput =>
    fileInput({ itemPath: CONFLICT, pinned: true, ...over });
  const halfway = agreedAt(CONFLICT, '/a.txt');
  const rows: Row[] = [
    [
      'a conflict copy is first safe on Dropbox',
      pinned({ base: null, dropbox: null }),
      `2 create on dropbox ${CONFLICT}`,
    ],
    [
      'then takes its name on Assembly',
      pinned({ base: halfway, dropbox: onDropbox({ path: CONFLICT }) }),
      `6 move on assembly ${CONFLICT}`,
    ],
    [
      'is never deleted because its other half is not there',
      pinned({ base: halfway, dropbox: null }),
      `11 create on dropbox ${CONFLICT}`,
    ],
    [
      'a collision loser moves on the side that has it elsewhere',
      pinned({ dropbox: onDropbox({ path: '/d.txt' }), assembly: onAssembly({ path: CONFLICT }) }),
      `6 move on dropbox ${CONFLICT}`,
    ],
    [
      'takes the spelling of its name too',
      pinned({
        base: agreedAt(CONFLICT, CONFLICT.toLowerCase()),
        dropbox: onDropbox({ path: CONFLICT }),
        assembly: onAssembly({ path: CONFLICT.toLowerCase() }),
      }),
      `6 move on assembly ${CONFLICT}`,
    ],
    ['closes when both are gone', pinned({ dropbox: null, assembly: null }), '10 close'],
  ];
  test.each(rows)('%s', (_, input, expected) => expect(decide(input)).toBe(expected));
});

describe('knowing little never costs a version', () => {
  const rows: Row[] = [
    [
      'one id and version but another size is an edit',
      fileInput({ dropbox: null, assembly: onAssembly({ size: 9 }) }),
      '11 create on dropbox /a.txt',
    ],
    [
      'another object under the same size is read before it is deleted',
      fileInput({ dropbox: null, assembly: onAssembly({ id: 'b' }) }),
      '11 compare the bytes /a.txt',
    ],
    [
      'a base without a hash and a read version that may be new: kept, and not read for ever',
      fileInput({
        base: agreed({ hash: null }),
        dropbox: null,
        assembly: onAssembly({ hash: 'h0', version: 'v1' }),
      }),
      '11 create on dropbox /a.txt',
    ],
    [
      'a base without a hash over two different files',
      fileInput({ base: agreed({ hash: null }), assembly: onAssembly({ hash: 'h1' }) }),
      '5 keep both /a.txt',
    ],
    [
      'Dropbox without hash and rev counts as edited',
      fileInput({ dropbox: onDropbox({ hash: null, rev: null }), assembly: null }),
      '11 create on assembly /a.txt',
    ],
    [
      'an edit on both sides is split before anything moves',
      fileInput({ dropbox: dropboxIn('E+M'), assembly: assemblyIn('E+M') }),
      '5 keep both /d.txt',
    ],
  ];
  test.each(rows)('%s', (_, input, expected) => expect(decide(input)).toBe(expected));
});
