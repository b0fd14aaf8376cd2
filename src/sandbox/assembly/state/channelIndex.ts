import type { FileRecord } from './records';
import { createSortedKeys } from './sortedKeys';

/** Above any character of a path, so that `prefix + LAST` is behind every key with that prefix. */
const LAST = '\uffff';
const SEPARATOR = '\u0000';

export interface PageQuery {
  /** Keys must start with one of these; in order, and no one a prefix of another. */
  readonly prefixes: readonly string[];
  /** The key of the last object of the page before, `null` for the first page. */
  readonly after: string | null;
  readonly limit: number;
  readonly reverse: boolean;
}

/** Where the objects of one channel are, by path. Several objects may share a path. */
export interface ChannelIndex {
  add(file: FileRecord): void;
  remove(file: FileRecord): void;
  /** Ids at exactly this path. */
  at(path: string): string[];
  /** Ids below the folder at this path, parents first; the folder itself is not among them. */
  below(path: string): string[];
  hasChildren(path: string): boolean;
  /** A folder whose path differs at most in letter case. */
  folderIgnoringCase(path: string): string | undefined;
  page(query: PageQuery): { ids: string[]; lastKey: string | null; more: boolean };
}

const keyOf = (file: FileRecord): string => `${file.path}${SEPARATOR}${file.id}`;
const idOf = (key: string): string => key.slice(key.indexOf(SEPARATOR) + 1);

/** The prefix of the keys of objects at exactly this path. */
export const exactly = (path: string): string => `${path}${SEPARATOR}`;

export const createChannelIndex = (): ChannelIndex => {
  const keys = createSortedKeys();
  const folders = new Map<string, Set<string>>();

  function* withPrefix(prefix: string): Iterable<string> {
    for (const key of keys.up(prefix)) {
      if (!key.startsWith(prefix)) return;
      yield key;
    }
  }

  function* range({ prefixes, after, reverse }: PageQuery): Iterable<string> {
    for (const prefix of reverse ? [...prefixes].reverse() : prefixes) {
      const end = prefix + LAST;
      if (after !== null && (reverse ? after <= prefix : after >= end)) continue;
      const start = after === null ? null : reverse ? minimum(after, end) : after;
      for (const key of reverse ? keys.down(start ?? end) : keys.up(maximum(start ?? prefix, prefix))) {
        if (!key.startsWith(prefix)) break;
        if (key !== after) yield key;
      }
    }
  }

  return {
    add: (file) => {
      keys.add(keyOf(file));
      if (file.object !== 'folder') return;
      const lower = file.path.toLowerCase();
      folders.set(lower, (folders.get(lower) ?? new Set()).add(file.id));
    },
    remove: (file) => {
      keys.delete(keyOf(file));
      const lower = file.path.toLowerCase();
      const ids = folders.get(lower);
      if (ids?.delete(file.id) && ids.size === 0) folders.delete(lower);
    },
    at: (path) => [...withPrefix(exactly(path))].map(idOf),
    below: (path) => [...withPrefix(`${path}/`)].map(idOf),
    hasChildren: (path) => {
      for (const _ of withPrefix(`${path}/`)) return true;
      return false;
    },
    folderIgnoringCase: (path) => folders.get(path.toLowerCase())?.values().next().value,
    page: (query) => {
      const found: string[] = [];
      for (const key of range(query)) {
        if (found.length === query.limit)
          return { ids: found.map(idOf), lastKey: found.at(-1) ?? null, more: true };
        found.push(key);
      }
      return { ids: found.map(idOf), lastKey: found.at(-1) ?? null, more: false };
    },
  };
};

const minimum = (a: string, b: string): string => (a < b ? a : b);
const maximum = (a: string, b: string): string => (a > b ? a : b);
