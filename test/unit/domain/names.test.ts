import fc from 'fast-check';
import {
  checkName,
  conflictName,
  isConflictCopyName,
  isNumberedName,
  MAX_DEPTH,
  MAX_NAME_LENGTH,
  MAX_PATH_LENGTH,
  parkingName,
} from '../../../src/domain/names';
import { SIDES, type Side } from '../../../src/domain/types';

const day = new Date('2026-11-23T23:59:59.999Z');
const name = fc
  .string({ unit: 'grapheme', minLength: 1, maxLength: 300 })
  .filter((text) => !text.includes('/'));
const hasLoneSurrogate = (text: string): boolean => /\p{Surrogate}/u.test(text);

describe('checkName', () => {
  test.each<[Side, string, RegExp]>([
    ['dropbox', '/a/b\\c', /"\\"/],
    ['dropbox', '/a\u0000b', /U\+0000/],
    ['dropbox', '/icon\r', /U\+000D/],
    ['dropbox', '/a\u007f', /U\+007F/],
    ['dropbox', '/trailing ', /space/],
    ['dropbox', '/Desktop.INI', /Desktop\.INI/],
    ['dropbox', '/.DS_Store', /DS_Store/],
    ['dropbox', '/thumbs.db', /thumbs/],
    ['dropbox', '/x/.dropbox', /dropbox/],
    ['dropbox', '/.dropbox.attr', /attr/],
    ['dropbox', '/..', /"\.\."/],
    ['dropbox', '/a\ud800', /broken/],
    ['assembly', '/a*b', /"\*"/],
    ['assembly', '/a=b', /"="/],
    ['assembly', '/a|b', /"\|"/],
    ['assembly', '/a@b', /"@"/],
    ['assembly', '/a^b', /"\^"/],
    ['assembly', '/.', /"\."/],
    ['assembly', '/\udc00', /broken/],
  ])('%s does not take %j', (side, path, why) => {
    expect(checkName(side, path)).toEqual({ code: 'name_not_allowed', detail: expect.stringMatching(why) });
  });

  test.each<[Side, string]>([
    ['dropbox', '/a*b=c|d@e^f'],
    ['dropbox', '/ leading'],
    ['dropbox', '/dot.'],
    ['dropbox', '/desktop.ini.txt'],
    ['dropbox', '/desktop.ini/inside'],
    ['dropbox', '/日本語 😀.pdf'],
    ['assembly', '/back\\slash'],
    ['assembly', '/trailing '],
    ['assembly', '/desktop.ini'],
    ['assembly', '/a*b/the folder above is judged by itself'],
    ['assembly', '/Ünïcödé 😀.pdf'],
  ])('%s takes %j', (side, path) => expect(checkName(side, path)).toBeNull());

  test.each(SIDES)('%s: lengths are bounded, in composed UTF-16 units', (side) => {
    const longest = 'e\u0301'.repeat(MAX_NAME_LENGTH);
    const tooLong = { code: 'name_too_long', detail: expect.stringMatching(/shorten|further up/) };
    expect(checkName(side, `/${longest}`)).toBeNull();
    expect(checkName(side, `/${longest}x`)).toEqual(tooLong);
    expect(checkName(side, `/${'😀'.repeat(128)}`)).toEqual(tooLong);
    expect(checkName(side, '/1234567'.repeat(MAX_DEPTH))).toBeNull();
    expect(checkName(side, '/1234567'.repeat(MAX_DEPTH + 1))).toEqual(tooLong);
    expect(checkName(side, `/${'x'.repeat(200)}`.repeat(Math.ceil(MAX_PATH_LENGTH / 200)))).toEqual(tooLong);
  });
});

describe('conflictName', () => {
  test.each([
    ['a.pdf', 1, 'a (Assembly conflicted copy 2026-11-23).pdf'],
    ['a.pdf', 2, 'a (Assembly conflicted copy 2026-11-23 2).pdf'],
    ['README', 3, 'README (Assembly conflicted copy 2026-11-23 3)'],
    ['.env', 1, '.env (Assembly conflicted copy 2026-11-23)'],
    ['Mr. Smith', 1, 'Mr. Smith (Assembly conflicted copy 2026-11-23)'],
  ])('of %j, counter %i', (from, counter, expected) =>
    expect(conflictName(from, day, counter)).toBe(expected),
  );

  test('always fits, is known again, and breaks no character', () => {
    fc.assert(
      fc.property(name, fc.integer({ min: 1, max: 999 }), (any, counter) => {
        const made = conflictName(any, day, counter);
        expect(made.length).toBeLessThanOrEqual(MAX_NAME_LENGTH);
        expect(isConflictCopyName(made)).toBe(true);
        expect(hasLoneSurrogate(made)).toBe(hasLoneSurrogate(any));
      }),
    );
    expect(conflictName('😀'.repeat(127), day, 1).length).toBeLessThanOrEqual(MAX_NAME_LENGTH);
  });

  test.each([
    'a.pdf',
    'a (conflicted copy).pdf',
    '(Assembly conflicted copy 2026-11-23).pdf',
    'a (moving 1a2b3c4d)',
  ])('%j is no conflict copy', (other) => expect(isConflictCopyName(other)).toBe(false));
});

describe('isNumberedName', () => {
  test.each(['a (1).txt', 'a.txt (2)', 'a (12).txt'])('%s may be what a.txt became', (name) => {
    expect(isNumberedName(name, 'a.txt')).toBe(true);
  });
  test.each(['a.txt', 'a(1).txt', 'a (x).txt', 'b (1).txt', 'a (1) (1).txt'])('%s is not', (name) => {
    expect(isNumberedName(name, 'a.txt')).toBe(false);
  });
  test('the Unicode form of the name does not matter', () => {
    expect(isNumberedName('e\u0301 (1)', '\u00e9')).toBe(true);
  });
});

describe('parkingName', () => {
  test('is the same for the same item, another for another, and keeps the extension', () => {
    const one = parkingName('a.pdf', 'item-1');
    expect(one).toMatch(/^a \(moving [0-9a-f]{8}\)\.pdf$/);
    expect(parkingName('a.pdf', 'item-1')).toBe(one);
    expect(parkingName('a.pdf', 'item-2')).not.toBe(one);
  });

  test('always fits and can be held by both sides where the name could', () => {
    fc.assert(
      fc.property(name, fc.uuid(), (any, id) => {
        const made = parkingName(any, id);
        expect(made.length).toBeLessThanOrEqual(MAX_NAME_LENGTH);
        for (const side of SIDES) {
          if (checkName(side, `/${any}`) === null) expect(checkName(side, `/${made}`)).toBeNull();
        }
      }),
    );
  });
});
