import fc from 'fast-check';
import {
  depthOf,
  isInside,
  joinPath,
  nameOf,
  parentOf,
  pathKey,
  rebase,
  relativeTo,
  splitExtension,
} from '../../../src/domain/paths';

const name = fc
  .string({ unit: 'grapheme', minLength: 1, maxLength: 12 })
  .filter((text) => !text.includes('/') && text !== '');
const path = fc.array(name, { maxLength: 5 }).map((names) => names.map((each) => `/${each}`).join(''));
const twin = (text: string): string => text.toUpperCase() + text.toLowerCase();

describe('pathKey', () => {
  test.each([
    ['/A/b', '/a/B'],
    ['/Caf\u00e9', '/cafe\u0301'],
    ['/ÄÖÜ', '/äöü'],
    ['/ΑΣ', '/ας'.replace('ς', 'σ')],
    ['/\u212a', '/k'],
    ['/İstanbul', '/istanbul'],
    ['/J\u030c', '/\u01f0'],
  ])('%j and %j are one path', (one, other) => expect(pathKey(one)).toBe(pathKey(other)));

  test.each([
    ['/straße', '/strasse'],
    ['/ΑΣ', '/ας'],
    ['/ﬁ', '/fi'],
    ['/ı', '/i'],
    ['/a b', '/ab'],
  ])('%j and %j are two paths', (one, other) => expect(pathKey(one)).not.toBe(pathKey(other)));

  test('the key of a key is the key, for every code point there is', () => {
    for (let point = 0; point <= 0x10ffff; point += 1) {
      const key = pathKey(String.fromCodePoint(point));
      if (pathKey(key) !== key) throw new Error(`U+${point.toString(16)} has no stable key`);
    }
  });

  test('neither case nor Unicode form of any text changes its key twice', () => {
    fc.assert(
      fc.property(path, (any) => {
        expect(pathKey(pathKey(any))).toBe(pathKey(any));
        expect(pathKey(any.normalize('NFD'))).toBe(pathKey(any));
      }),
    );
  });

  test('the key keeps the components: the parent of a key is the key of the parent', () => {
    fc.assert(
      fc.property(path, (any) => {
        expect(parentOf(pathKey(any))).toBe(pathKey(parentOf(any)));
        expect(depthOf(pathKey(any))).toBe(depthOf(any));
      }),
    );
  });
});

describe('taking paths apart', () => {
  test('a joined path comes apart again', () => {
    fc.assert(
      fc.property(path, name, (parent, last) => {
        const joined = joinPath(parent, last);
        expect(parentOf(joined)).toBe(parent);
        expect(nameOf(joined)).toBe(last);
        expect(depthOf(joined)).toBe(depthOf(parent) + 1);
        expect(isInside(joined, parent)).toBe(true);
      }),
    );
  });

  test('the root is its own parent, has no name and no depth', () => {
    expect([parentOf(''), nameOf(''), depthOf('')]).toEqual(['', '', 0]);
  });

  test.each(['', 'a/b', '/'])('%j is no name to join', (bad) => {
    expect(() => joinPath('/x', bad)).toThrow(RangeError);
  });

  test.each([
    ['/a/b', '/a', true],
    ['/a', '/a', true],
    ['/ab', '/a', false],
    ['/A/b', '/a', false],
    ['/a', '/a/b', false],
    ['/a', '', true],
    ['', '', true],
  ])('isInside(%j, %j) is %j', (inner, folder, expected) => expect(isInside(inner, folder)).toBe(expected));
});

describe('relativeTo', () => {
  test.each([
    ['/Clients', '/clients/A/b', '/A/b'],
    ['/Clients', '/CLIENTS', ''],
    ['/Clients', '/Clients/x/Clients/y', '/x/Clients/y'],
    ['/Clients', '/Clients2/a', null],
    ['/Clients', '/other/Clients/a', null],
    ['/a/b', '/a', null],
    ['', '/a/b', '/a/b'],
    ['', '', ''],
    ['/Cafe\u0301', '/caf\u00e9/Menu', '/Menu'],
    ['/a', 'id:xyz', null],
  ])('below %j, %j is %j', (root, absolute, expected) => expect(relativeTo(root, absolute)).toBe(expected));

  test('what is joined below any root comes back, however the root is spelled', () => {
    fc.assert(
      fc.property(path, path, (root, below) => {
        expect(relativeTo(root, `${root}${below}`)).toBe(below);
        expect(relativeTo(root, `${pathKey(root)}${below}`)).toBe(below);
      }),
    );
  });
});

describe('rebase', () => {
  test.each([
    ['/a/x/y', '/a', '/b/c', '/b/c/x/y'],
    ['/A', '/a', '/b', '/b'],
    ['/ab/x', '/a', '/b', '/ab/x'],
    ['/a/x', '/a', '', '/x'],
  ])('%j moves from %j to %j as %j', (moved, from, to, expected) => {
    expect(rebase(moved, from, to)).toBe(expected);
  });

  test('there and back is where it was', () => {
    fc.assert(
      fc.property(path, path, path, (from, to, below) => {
        expect(rebase(rebase(`${from}${below}`, from, to), to, from)).toBe(`${from}${below}`);
      }),
    );
  });
});

describe('splitExtension', () => {
  test.each([
    ['a.pdf', 'a', '.pdf'],
    ['a.tar.gz', 'a.tar', '.gz'],
    ['README', 'README', ''],
    ['.env', '.env', ''],
    ['.env.local', '.env', '.local'],
    ['a.', 'a.', ''],
    ['Mr. Smith', 'Mr. Smith', ''],
    [`a.${'x'.repeat(40)}`, `a.${'x'.repeat(40)}`, ''],
  ])('%j', (whole, stem, extension) => expect(splitExtension(whole)).toEqual({ stem, extension }));

  test('nothing is lost', () => {
    fc.assert(
      fc.property(name, (any) => {
        const { stem, extension } = splitExtension(twin(any));
        expect(stem + extension).toBe(twin(any));
        expect(stem).not.toBe('');
      }),
    );
  });
});
