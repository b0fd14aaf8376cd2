/** The two trees as the sandbox tells them, and what can be said of them. Pure. */

export const SIDES = ['dropbox', 'assembly'] as const;
export type Side = (typeof SIDES)[number];

export interface Entry {
  readonly path: string;
  readonly object: 'file' | 'folder' | 'link';
  readonly id: string;
  readonly size: number | null;
  readonly hash: string | null;
}

export type Trees = Readonly<Record<Side, readonly Entry[]>>;

/** `same`: the other side has it too, with the same bytes. */
export type Match = 'same' | 'differs' | 'alone';

/** Unicode form and letter case are Dropbox's to fold; for a picture this comes near enough. */
const keyOf = (path: string): string => path.normalize('NFC').toLowerCase();

/** How each entry of one side stands to the other, by id. Links are never synced and stand for themselves. */
export function matchSides(own: readonly Entry[], other: readonly Entry[]): Map<string, Match> {
  const there = new Map(other.map((entry) => [keyOf(entry.path), entry]));
  return new Map(
    own.map((entry) => {
      const twin = there.get(keyOf(entry.path));
      if (entry.object === 'link') return [entry.id, 'same'];
      if (twin === undefined || twin.object !== entry.object) return [entry.id, 'alone'];
      return [entry.id, twin.hash === entry.hash ? 'same' : 'differs'];
    }),
  );
}

/** Entries that the other side lacks, or has with other bytes; those that differ count once. */
export function differences({ dropbox, assembly }: Trees): number {
  const left = [...matchSides(dropbox, assembly).values()];
  const right = [...matchSides(assembly, dropbox).values()];
  return left.filter((match) => match !== 'same').length + right.filter((match) => match === 'alone').length;
}

export interface Branch {
  readonly entry: Entry;
  readonly name: string;
  readonly children: readonly Branch[];
}

/** A flat list as a tree, folders before files. An entry whose folder is not listed stands at the top. */
export function growTree(entries: readonly Entry[]): Branch[] {
  const paths = new Set(entries.map(({ path }) => path));
  const byParent = new Map<string, Entry[]>();
  for (const entry of entries) {
    const parent = parentOf(entry.path);
    const place = paths.has(parent) ? parent : '';
    byParent.set(place, [...(byParent.get(place) ?? []), entry]);
  }
  const grow = (path: string): Branch[] =>
    (byParent.get(path) ?? [])
      .map((entry) => ({
        entry,
        name: nameOf(entry.path),
        children: entry.object === 'folder' ? grow(entry.path) : [],
      }))
      .sort((a, b) => kindRank(a) - kindRank(b) || a.name.localeCompare(b.name, 'en'));
  return grow('');
}

/** The ids of a branch and of all that is in it. */
export const within = ({ entry, children }: Branch): string[] => [entry.id, ...children.flatMap(within)];

const kindRank = ({ entry }: Branch): number => (entry.object === 'folder' ? 0 : 1);

export const nameOf = (path: string): string => path.slice(path.lastIndexOf('/') + 1);
export const parentOf = (path: string): string => path.slice(0, path.lastIndexOf('/'));

/** Why a name can't be used, for a person; null for one that can. */
export function nameProblem(name: string): string | null {
  if (name.trim() === '') return 'Give a name.';
  if (name.includes('/')) return 'A name has no "/" in it.';
  return null;
}

/** Ids that were not there before, or whose path or bytes were others. */
export function newIds(before: readonly Entry[] | null, now: readonly Entry[]): Set<string> {
  if (before === null) return new Set();
  const known = new Set(before.map(({ id, path, hash }) => `${id} ${path} ${hash}`));
  return new Set(now.filter(({ id, path, hash }) => !known.has(`${id} ${path} ${hash}`)).map(({ id }) => id));
}
