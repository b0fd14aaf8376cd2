import {
  differences,
  type Entry,
  growTree,
  matchSides,
  nameProblem,
  newIds,
  within,
} from '../../../web/sandbox/model';

const file = (path: string, hash = 'h', id = path): Entry => ({ path, object: 'file', id, size: 1, hash });
const folder = (path: string): Entry => ({ path, object: 'folder', id: path, size: null, hash: null });

test('sides are compared by path, kind and bytes, whatever the Unicode form and case of names', () => {
  const dropbox = [folder('/A'), file('/A/ü.txt'.normalize('NFC')), file('/only'), file('/other', 'one')];
  const assembly = [folder('/a'), file('/a/ü.txt'.normalize('NFD')), file('/other', 'two'), folder('/new')];
  expect([...matchSides(dropbox, assembly).values()]).toEqual(['same', 'same', 'alone', 'differs']);
  expect(differences({ dropbox, assembly })).toBe(3);
  expect(differences({ dropbox, assembly: dropbox })).toBe(0);
});

test('a tree has folders first, and nothing that is listed gets lost', () => {
  const tree = growTree([
    file('/b.txt'),
    folder('/z'),
    file('/z/in.txt'),
    file('/gone/orphan.txt'),
    folder('/z/deep'),
  ]);
  expect(tree.map(({ name }) => name)).toEqual(['z', 'b.txt', 'orphan.txt']);
  expect(tree[0]?.children.map(({ name }) => name)).toEqual(['deep', 'in.txt']);
  expect(within(tree[0]!)).toEqual(['/z', '/z/deep', '/z/in.txt']);
});

test('what is new, moved or edited stands out; at first sight nothing does', () => {
  const before = [file('/a'), file('/b', 'h', 'b'), file('/c', 'h', 'c')];
  const now = [file('/a'), file('/b', 'new', 'b'), file('/d', 'h', 'c'), file('/e')];
  expect([...newIds(before, now)]).toEqual(['b', 'c', '/e']);
  expect(newIds(null, now).size).toBe(0);
});

test('names that no side has are refused before they are sent', () => {
  expect(nameProblem(' ')).not.toBeNull();
  expect(nameProblem('a/b')).not.toBeNull();
  expect(nameProblem('a b.txt')).toBeNull();
});
