import type { Shown } from './people';

type Side = 'dropbox' | 'assembly';
type Both = Readonly<Record<Side, readonly Shown[]>>;

/**
 * What must be true at the end, from people's acts and what each of them saw on that side, and from nothing of the
 * product: no rule of its plan is known here. A version of a file is the bytes that a person wrote.
 */
export interface Oracle {
  /** A person wrote these bytes. */
  made(hash: string): void;
  /** A person replaced or deleted a file in which they saw these bytes. */
  ended(hash: string | null): void;
  /** A person has moved it, or a folder that it is in. */
  moved(id: string, from: string): void;
  /** Another client of Assembly has announced a file: until its bytes come it is no version of anything. */
  begun(id: string): void;
  /** Paths that may be on one side alone. */
  apart(shown: Both): (path: string) => boolean;
  /** Folders that Assembly does not let go, for what is in them that is no matter of the sync, or has a name that Dropbox refuses. */
  held(shown: Both): (path: string) => boolean;
  /** What is wrong with these trees; empty when all is as it must be. */
  judge(shown: Both): string[];
}

/** The hash of no bytes at all: any two empty files are alike, so nobody can tell which one is gone. */
const EMPTY = 'e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855';

/** `exclusive`: Assembly lets no two objects stand at one path. */
export function createOracle(exclusive = false): Oracle {
  const versions = new Map<string, { made: number; ended: number }>();
  const of = (hash: string) => {
    const known = versions.get(hash) ?? { made: 0, ended: 0 };
    versions.set(hash, known);
    return known;
  };
  const begun = new Set<string>();
  const moves = new Map<string, Set<string>>();
  /** Links, and files that were only announced, are on Assembly alone and no matter of the sync. */
  const isGuest = ({ object, id, pending }: Shown) => object === 'link' || (pending && begun.has(id));
  const synced = (shown: Both): Both => ({
    dropbox: shown.dropbox,
    assembly: shown.assembly.filter((one) => !isGuest(one)),
  });
  const held = (shown: Both) => {
    const staying = shown.assembly.filter((one) => isGuest(one) || DROPBOX_REFUSES.test(one.path));
    const paths = staying.map(({ path }) => fold(path));
    return (path: string) => paths.some((one) => one.startsWith(`${fold(path)}/`));
  };
  const apart = (shown: Both) => {
    // A folder that can't go, and a file of Dropbox that was given its name.
    const isHeld = held(shown);
    const crossed = shown.dropbox.filter(({ object, path }) => object === 'file' && isHeld(path));
    const alone = shown.dropbox.filter(({ unreadable }) => unreadable);
    const links = exclusive ? shown.assembly.filter(({ object }) => object === 'link') : [];
    const taken = new Set(links.map(({ path }) => fold(path)));
    const barred = shown.dropbox.filter(({ path }) => taken.has(fold(path)));
    const isApart = pathsApart(synced(shown), [...crossed, ...alone, ...barred]);
    // What was moved to where it can't be followed to stays on the other side where it was: nobody wanted it gone there.
    const all = [...shown.dropbox, ...shown.assembly];
    const behind = new Set(
      all.filter(({ path }) => isApart(path)).flatMap(({ id }) => [...(moves.get(id) ?? [])]),
    );
    return (path: string) => isApart(path) || behind.has(fold(path));
  };
  return {
    apart,
    held,
    begun: (id) => void begun.add(id),
    moved: (id, from) => void moves.set(id, (moves.get(id) ?? new Set()).add(fold(from))),
    made(hash) {
      of(hash).made += 1;
    },
    ended(hash) {
      if (hash !== null) of(hash).ended += 1;
    },
    judge(all) {
      const shown = synced(all);
      const isApart = apart(all);
      return [
        ...pendings(shown),
        ...differences(shown, isApart),
        ...[...versions].flatMap(([hash, version]) => fate(hash, version, shown, isApart)),
        ...strangers(shown, versions),
      ];
    },
  };
}

/** Every version that nobody ended is on both sides, and no version is there more often than it was written. */
function fate(
  hash: string,
  { made, ended }: { made: number; ended: number },
  shown: Both,
  apart: (path: string) => boolean,
): string[] {
  if (hash === EMPTY) return [];
  const wrong: string[] = [];
  const places = (side: Side) => shown[side].filter((entry) => entry.hash === hash).map(({ path }) => path);
  const there = { dropbox: places('dropbox'), assembly: places('assembly') };
  const all = [...there.dropbox, ...there.assembly];
  for (const side of ['dropbox', 'assembly'] as const) {
    const count = there[side].length;
    if (count > made)
      wrong.push(`${count} copies on ${side} of bytes written ${made} times: ${there[side].join(', ')}`);
    const kept = all.length > 0 && all.every(apart);
    if (count === 0 && ended === 0 && !kept) {
      wrong.push(
        `bytes ${hash.slice(0, 8)} that nobody replaced or deleted are not on ${side} (${all.join(', ')})`,
      );
    }
  }
  return wrong;
}

const strangers = (shown: Both, versions: ReadonlyMap<string, unknown>): string[] =>
  (['dropbox', 'assembly'] as const).flatMap((side) =>
    shown[side]
      .filter(({ hash, pending }) => hash !== null && !pending && !versions.has(hash))
      .map(({ path }) => `bytes on ${side} at ${path} that nobody wrote`),
  );

const pendings = (shown: Both): string[] =>
  shown.assembly.filter(({ pending }) => pending).map(({ path }) => `a file without its bytes at ${path}`);

/** As Dropbox tells names apart: code point by code point. */
export const fold = (path: string): string =>
  Array.from(path.normalize('NFC'), (point) => point.toLowerCase()).join('');

/** Equal trees, but for what one side can't hold. Letter case is no difference: two may have been made alike but for it. */
function differences(shown: Both, apart: (path: string) => boolean): string[] {
  const lines = (side: Side) =>
    shown[side]
      .filter(({ path }) => !apart(path))
      .map(({ object, path, hash }) => `${object} ${fold(path)} ${hash?.slice(0, 8) ?? ''}`.trim());
  const left = counted(lines('dropbox'));
  const right = counted(lines('assembly'));
  return [...new Set([...left.keys(), ...right.keys()])]
    .filter((line) => left.get(line) !== right.get(line))
    .map((line) => `${left.get(line) ?? 0} on dropbox, ${right.get(line) ?? 0} on assembly: ${line}`);
}

function counted(lines: readonly string[]): Map<string, number> {
  const counts = new Map<string, number>();
  for (const line of lines) counts.set(line, (counts.get(line) ?? 0) + 1);
  return counts;
}

/** What the other side refuses in a name, as its own documentation and its users say. */
const ASSEMBLY_REFUSES = /[*=|@^]/;
const DROPBOX_REFUSES = /\\|\/desktop\.ini(\/|$)| (\/|$)|[\u{10000}-\u{10ffff}]/iu;

/**
 * Paths that may be on one side alone: below a name that the other side refuses, where Assembly holds several objects
 * whose names Dropbox can't tell apart, and where a file of Dropbox is `left` out because nobody can carry it over.
 */
function pathsApart(shown: Both, left: readonly Shown[]): (path: string) => boolean {
  const folded = counted(shown.assembly.map(({ path }) => fold(path)));
  const alone = new Set([...folded].filter(([, count]) => count > 1).map(([path]) => path));
  for (const { path } of left) alone.add(fold(path));
  const isAlone = (path: string): boolean => {
    const parts = fold(path).split('/');
    return parts.some((_, index) => alone.has(parts.slice(0, index + 1).join('/')));
  };
  return (path) => ASSEMBLY_REFUSES.test(path) || DROPBOX_REFUSES.test(path) || isAlone(path);
}
