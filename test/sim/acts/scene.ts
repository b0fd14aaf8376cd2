import { fold } from '../oracle';
import type { Shown } from '../people';
import type { Random } from '../random';
import type { Side } from './index';
import type { Stage } from './stage';

export const FILES = ['a.txt', 'b.txt', 'c', 'd.pdf', 'e.tar.gz', 'ü.txt'];
export const FOLDERS = ['docs', 'old', 'x.y'];
/** Names that only links have. */
export const LINKS = ['site', 'home page'];
export const namesFor = ({ object }: Shown): readonly string[] =>
  object === 'link' ? LINKS : object === 'folder' ? FOLDERS : FILES;
export const REFUSED = {
  dropbox: ['no|pipe.txt', 'at@home', 'star*'],
  assembly: ['back\\slash.txt', 'desktop.ini', 'end '],
} as const;

/** What one side refuses stays where it is: nothing takes it along to another name of its folder. */
const isRefused = (path: string) =>
  [...REFUSED.dropbox, ...REFUSED.assembly].some((name) => path.includes(name));

const isLink = ({ object }: Shown) => object === 'link';
/** A sign that Dropbox refuses only when it is asked. */
export const isBeyondDropbox = (path: string) => /[\u{10000}-\u{10ffff}]/u.test(path);

export const parentOf = (path: string) => path.slice(0, path.lastIndexOf('/'));
export const nameOf = (path: string) => path.slice(path.lastIndexOf('/') + 1);
/** The folders that a path is in. */
function foldersOf(path: string): string[] {
  const folders: string[] = [];
  for (let folder = parentOf(path); folder !== ''; folder = parentOf(folder)) folders.push(folder);
  return folders;
}
export const otherCase = (name: string) =>
  name === name.toUpperCase() ? name.toLowerCase() : name.toUpperCase();

/** One person on one side, for the length of one act: what they see, what they choose from, what they write. */
export interface Scene extends Pick<Stage, 'sim' | 'oracle'> {
  readonly stage: Stage;
  readonly side: Side;
  readonly random: Random;
  readonly tree: readonly Shown[];
  readonly files: readonly Shown[];
  readonly folders: readonly Shown[];
  /** What is whole, with all that is in it, and has a name that both sides take. */
  readonly movable: readonly Shown[];
  below(top: Shown): readonly Shown[];
  /** The root or a folder. */
  somewhere(): string;
  /** A path of one of the names that nothing is at; `null` where all are taken. */
  free(names: readonly string[], parent?: string): string | null;
  isFree(path: string): boolean;
  /** On the other side. */
  isFreeThere(path: string): boolean;
  /**
   * Whether `from`, which is `among` these, can't follow to a path on the other side: where no two stand at one path, it
   * would meet a link on its way, or be a link that meets something.
   */
  barred(from: Shown, to: string, among?: readonly Shown[]): boolean;
  bytes(): string;
  write(path: string, content: string, way?: 'put' | 'replace'): Promise<void>;
  /** The person moves an object with all that is in it. */
  moves(from: Shown, to: string): Promise<void>;
  /** The person deletes an object, or takes it away, with all that is in it. */
  ends(gone: Shown): void;
}

/** The names, as Dropbox tells them apart, of which there are several. */
function collidingIn(tree: readonly Shown[]): string[] {
  const names = tree.map(({ path }) => fold(path));
  return [...new Set(names.filter((name, index) => names.indexOf(name) !== index))];
}

export async function setScene(stage: Stage, side: Side, random: Random): Promise<Scene> {
  const { sim, oracle } = stage;
  const person = sim[side];
  const shown = await person.tree();
  const taken = new Set(shown.map(({ path }) => fold(path)));
  const crossed = new Set<string>();
  if (stage.quiet && side === 'assembly') {
    for (const { path, object, unreadable } of await sim.dropbox.tree()) {
      // What nobody can carry over keeps its name against what Assembly gives it: that would take a conflict name on its own side.
      if (unreadable) taken.add(fold(path));
      if (object === 'file') crossed.add(fold(path));
    }
  }
  const colliding = stage.quiet && side === 'dropbox' ? collidingIn(await sim.assembly.tree()) : [];
  // What is put into a folder that stays though Dropbox gave its name to a file goes along to where that folder lives. What
  // Assembly has twice but for letter case leaves its name to the other one, which comes to Dropbox then.
  const tree = shown.filter(
    ({ path, object }) =>
      !foldersOf(path).some((folder) => crossed.has(fold(folder))) &&
      !(object === 'folder' && crossed.has(fold(path))) &&
      !colliding.some((one) => `${one}/`.startsWith(`${fold(path)}/`)),
  );
  const files = tree.filter(({ object, pending }) => object === 'file' && !pending);
  const folders = tree.filter(({ object }) => object === 'folder');
  const there = stage.exclusive ? await sim[side === 'dropbox' ? 'assembly' : 'dropbox'].tree() : [];
  const within = (top: Shown, all: readonly Shown[]) =>
    top.object === 'folder' ? all.filter((one) => one.path.startsWith(`${top.path}/`)) : [];
  const below = (top: Shown) => within(top, shown);
  // A synced file that trades places with one whose name collides would take a conflict name on its own side too.
  const collides = ({ path }: Shown) => tree.filter((one) => fold(one.path) === fold(path)).length > 1;
  const open = folders.filter(({ path }) => !isRefused(path));
  const somewhere = () => (open.length > 0 && random.chance(0.6) ? random.pick(open).path : '');
  const isFree = (path: string) => !taken.has(fold(path));
  return {
    sim,
    oracle,
    stage,
    side,
    random,
    tree,
    folders,
    files,
    // What has no bytes yet is ours, half done: should its id be unknown to us, only its path finds it again.
    movable: tree.filter(
      (one) =>
        !one.pending &&
        !isRefused(one.path) &&
        !(stage.quiet && collides(one)) &&
        !below(one).some(({ pending }) => pending),
    ),
    below,
    somewhere,
    isFree,
    isFreeThere: (path) => !there.some((one) => fold(one.path) === fold(path)),
    barred(from, to, among = tree) {
      const place = fold(`${to}/`);
      const met = there.filter(({ path, object }) => {
        const other = fold(`${path}/`);
        return other.startsWith(place) || (object === 'link' && place.startsWith(other));
      });
      const goes = [from, ...within(from, among)];
      return side === 'dropbox' ? met.some(isLink) : met.length > 0 && goes.some(isLink);
    },
    free(names, parent = somewhere()) {
      const paths = names.map((name) => `${parent}/${name}`).filter(isFree);
      return paths.length > 0 ? random.pick(paths) : null;
    },
    // Never two of one length: where nothing has been read since our own write, length is all that tells a person's
    // write from it, since Assembly gives no hash.
    bytes() {
      sim.written += 1;
      return `${random.below(2 ** 31)} `.padEnd(12 + sim.written, 'x');
    },
    async write(path, content, way = 'put') {
      // A file whose bytes have not come yet is nothing that anybody could open, let alone replace.
      const before = files.find((one) =>
        side === 'dropbox' ? fold(one.path) === fold(path) : one.path === path,
      );
      const hash = await person[way](path, content);
      // Assembly may hold a folder and a file of one name: what is written goes into the file.
      if (before) oracle.ended(before.hash);
      oracle.made(hash);
      sim.note(`bytes ${hash.slice(0, 8)} at ${path}`);
    },
    async moves(from, to) {
      await person.rename(from, to);
      for (const { id, path } of [from, ...below(from)]) oracle.moved(id, path);
    },
    ends(gone) {
      for (const one of [gone, ...below(gone)]) oracle.ended(one.hash);
      if (side === 'dropbox' && gone.object === 'folder') stage.removedFolders.push(gone.path);
    },
  };
}

/** What a person does in a scene, told in words; `null` where there is nothing to do it with. */
export type Perform = (scene: Scene) => Promise<string | null>;
