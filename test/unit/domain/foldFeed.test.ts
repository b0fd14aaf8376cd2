import fc from 'fast-check';
import { type FeedEntry, type FoldedPage, foldFeedPage } from '../../../src/domain/foldFeed';
import { isInside, pathKey } from '../../../src/domain/paths';
import type { DropboxSeen } from '../../../src/domain/types';

const seen = (path: string, id: string, object: DropboxSeen['object'] = 'file'): DropboxSeen => ({
  id,
  path,
  object,
  rev: object === 'file' ? `rev-${id}` : null,
  size: object === 'file' ? 1 : null,
  hash: null,
  downloadable: true,
});
const file = (path: string, id: string): FeedEntry => ({
  kind: 'present',
  pathKey: pathKey(path),
  seen: seen(path, id),
});
const folder = (path: string, id: string): FeedEntry => ({
  kind: 'present',
  pathKey: pathKey(path),
  seen: seen(path, id, 'folder'),
});
const deleted = (path: string): FeedEntry => ({ kind: 'deleted', pathKey: pathKey(path) });

const objects = (page: FoldedPage) =>
  page.objects.map(({ pathKey: key, seen: { id } }) => `${key} ${id}`).sort();

test('objects of a page are kept with their keys', () => {
  const page = foldFeedPage([folder('/A', 'a'), file('/A/One.txt', 'one')]);
  expect(objects(page)).toEqual(['/a a', '/a/one.txt one']);
  expect(page.tombstones).toEqual([]);
});

test('a tombstone covers what the page told of its subtree before', () => {
  const page = foldFeedPage([
    folder('/a', 'a'),
    file('/a/one.txt', 'one'),
    file('/ab.txt', 'ab'),
    deleted('/A'),
  ]);
  expect(objects(page)).toEqual(['/ab.txt ab']);
  expect(page.tombstones).toEqual(['/a']);
});

test('what comes after a tombstone of its path is there', () => {
  const page = foldFeedPage([deleted('/a'), folder('/a', 'new'), file('/a/one.txt', 'one')]);
  expect(objects(page)).toEqual(['/a new', '/a/one.txt one']);
  expect(page.tombstones).toEqual(['/a']);
});

test('a move is its object once at the new path, whichever half comes first', () => {
  const halves = [deleted('/old.txt'), file('/new.txt', 'one')];
  for (const order of [halves, [...halves].reverse()]) {
    const page = foldFeedPage(order);
    expect(objects(page)).toEqual(['/new.txt one']);
    expect(page.tombstones).toEqual(['/old.txt']);
  }
});

test('an object told at two paths is at the later one', () => {
  expect(objects(foldFeedPage([file('/one.txt', 'x'), file('/two.txt', 'x')]))).toEqual(['/two.txt x']);
});

test('an object replaces another of its path', () => {
  expect(objects(foldFeedPage([file('/one.txt', 'old'), file('/one.txt', 'new')]))).toEqual(['/one.txt new']);
});

test('a file in the place of a folder takes what was in it away', () => {
  const page = foldFeedPage([folder('/a', 'a'), file('/a/one.txt', 'one'), file('/a', 'file')]);
  expect(objects(page)).toEqual(['/a file']);
});

test('a folder told once more keeps what is in it', () => {
  const page = foldFeedPage([folder('/a', 'a'), file('/a/one.txt', 'one'), folder('/A', 'a')]);
  expect(objects(page)).toEqual(['/a a', '/a/one.txt one']);
});

test('two files that swap names within a page are where they ended', () => {
  const page = foldFeedPage([
    deleted('/left'),
    file('/aside', 'l'),
    deleted('/right'),
    file('/left', 'r'),
    deleted('/aside'),
    file('/right', 'l'),
  ]);
  expect(objects(page)).toEqual(['/left r', '/right l']);
});

const name = fc.constantFrom('a', 'b', 'c');
const path = fc.array(name, { minLength: 1, maxLength: 3 }).map((names) => `/${names.join('/')}`);
const id = fc.constantFrom('1', '2', '3', '4');
const entry: fc.Arbitrary<FeedEntry> = fc.oneof(
  path.map(deleted),
  fc.tuple(path, id).map(([at, one]) => file(at, one)),
  fc.tuple(path, id).map(([at, one]) => folder(at, one)),
);

/** Dropbox's own words, entry by entry, on a plain map of the tree. */
const replay = (entries: readonly FeedEntry[]): string[] => {
  const tree = new Map<string, DropboxSeen>();
  const dropInside = (key: string) => {
    for (const held of [...tree.keys()]) if (held !== key && isInside(held, key)) tree.delete(held);
  };
  for (const one of entries) {
    if (one.kind === 'deleted') {
      tree.delete(one.pathKey);
      dropInside(one.pathKey);
      continue;
    }
    for (const [held, { id: heldId }] of [...tree]) if (heldId === one.seen.id) tree.delete(held);
    if (one.seen.object === 'file') dropInside(one.pathKey);
    tree.set(one.pathKey, one.seen);
  }
  return [...tree].map(([key, { id: one }]) => `${key} ${one}`).sort();
};

test('a page folds to what Dropbox defines entry by entry, with each object and each path once', () => {
  fc.assert(
    fc.property(fc.array(entry, { maxLength: 12 }), (entries) => {
      const page = foldFeedPage(entries);
      const ids = page.objects.map((one) => one.seen.id);
      expect(new Set(ids).size).toBe(ids.length);
      expect(objects(page)).toEqual(replay(entries));
    }),
    { numRuns: 2_000 },
  );
});
