import type { Oracle } from './oracle';
import type { Shown } from './people';
import type { Random } from './random';
import type { Sim } from './sim';

export type Side = 'dropbox' | 'assembly';

/** What people do, and how often of each. */
export const ACTS = {
  create: 14,
  edit: 14,
  replace: 6,
  rename: 10,
  move: 10,
  renameCase: 3,
  swap: 3,
  remove: 10,
  removeFolder: 4,
  folder: 5,
  nested: 5,
  changeType: 3,
  restore: 3,
  twins: 4,
  empty: 2,
  refused: 2,
  collide: 1,
} as const;
export type Act = keyof typeof ACTS;

const FILES = ['a.txt', 'b.txt', 'c', 'd.pdf', 'e.tar.gz', 'ü.txt'];
const FOLDERS = ['docs', 'old', 'x.y'];
const REFUSED = {
  dropbox: ['no|pipe.txt', 'at@home', 'star*'],
  assembly: ['back\\slash.txt', 'desktop.ini', 'end '],
} as const;

/** What one side refuses stays where it is: nothing takes it along to another name of its folder. */
const isRefused = (path: string) =>
  [...REFUSED.dropbox, ...REFUSED.assembly].some((name) => path.includes(name));

const fold = (path: string) => path.toLowerCase();
const parentOf = (path: string) => path.slice(0, path.lastIndexOf('/'));
const nameOf = (path: string) => path.slice(path.lastIndexOf('/') + 1);

/** One person on one side, for the length of one act: chooses from what they see, and the oracle watches. */
export async function perform(
  sim: Sim,
  oracle: Oracle,
  side: Side,
  act: Act,
  random: Random,
): Promise<string> {
  const person = sim[side];
  const tree = await person.tree();
  const files = tree.filter(({ object, pending }) => object === 'file' && !pending);
  const folders = tree.filter(({ object }) => object === 'folder');
  const taken = new Set(tree.map(({ path }) => fold(path)));
  const below = (path: string) => tree.filter((one) => one.path.startsWith(`${path}/`));
  const endAll = (path: string) => {
    for (const one of below(path)) oracle.ended(one.hash);
  };
  const open = folders.filter(({ path }) => !isRefused(path));
  const somewhere = () => (open.length > 0 && random.chance(0.6) ? random.pick(open).path : '');
  const free = (names: readonly string[], parent = somewhere()): string | null => {
    const paths = names.map((name) => `${parent}/${name}`).filter((path) => !taken.has(fold(path)));
    return paths.length > 0 ? random.pick(paths) : null;
  };
  // Never two of one length: where nothing has been read since our own write, length is all that tells a person's
  // write from it, since Assembly gives no hash.
  const bytes = () => {
    sim.written += 1;
    return `${random.below(2 ** 31)} `.padEnd(12 + sim.written, 'x');
  };
  const write = async (path: string, content: string, way: 'put' | 'replace' = 'put') => {
    // A file whose bytes have not come yet is nothing that anybody could open, let alone replace.
    const before = files.find((one) =>
      side === 'dropbox' ? fold(one.path) === fold(path) : one.path === path,
    );
    const hash = await person[way](path, content);
    // Assembly may hold a folder and a file of one name: what is written goes into the file.
    if (before) oracle.ended(before.hash);
    oracle.made(hash);
    sim.note(`bytes ${hash.slice(0, 8)} at ${path}`);
  };
  // What has no bytes yet is ours, half done: should its id be unknown to us, only its path finds it again.
  const movable = tree.filter(
    ({ path, pending }) => !pending && !isRefused(path) && !below(path).some((one) => one.pending),
  );
  const none = 'nothing to do';

  switch (act) {
    case 'create':
    case 'empty': {
      const path = free(FILES);
      if (path === null) return none;
      await write(path, act === 'empty' ? '' : bytes());
      return `create ${path}`;
    }
    case 'refused': {
      const path = free(REFUSED[side], '');
      if (path === null) return none;
      if (random.chance(0.3)) await person.folder(path);
      else await write(path, bytes());
      return `create ${path}`;
    }
    case 'collide': {
      // Only Assembly holds two names that differ in letter case alone.
      if (files.length === 0 || side === 'dropbox') return none;
      const { path } = random.pick(files);
      const other = `${parentOf(path)}/${nameOf(path).toUpperCase()}`;
      if (tree.some((one) => one.path === other)) return none;
      await write(other, bytes());
      return `create ${other} beside ${path}`;
    }
    case 'edit':
    case 'replace': {
      if (files.length === 0) return none;
      const { path } = random.pick(files);
      await write(path, bytes(), act === 'edit' ? 'put' : 'replace');
      return `${act} ${path}`;
    }
    case 'rename':
    case 'move': {
      if (movable.length === 0) return none;
      const from = random.pick(movable);
      const isFolder = from.object === 'folder';
      const parent = act === 'rename' ? parentOf(from.path) : somewhere();
      if (fold(`${parent}/`).startsWith(fold(`${from.path}/`))) return none;
      const names = random.chance(0.5) ? [nameOf(from.path)] : isFolder ? FOLDERS : FILES;
      const to = free(names, parent);
      if (to === null) return none;
      await person.rename(from.path, to);
      return `rename ${from.path} to ${to}`;
    }
    case 'renameCase': {
      if (movable.length === 0) return none;
      const { path } = random.pick(movable);
      const name = nameOf(path);
      const to = `${parentOf(path)}/${name === name.toUpperCase() ? name.toLowerCase() : name.toUpperCase()}`;
      if (to === path || tree.some((one) => one.path === to)) return none;
      await person.rename(path, to);
      return `rename ${path} to ${to}`;
    }
    case 'swap': {
      const all = movable.filter(({ object }) => object === (random.chance(0.7) ? 'file' : 'folder'));
      if (all.length < 2) return none;
      const one = random.pick(all).path;
      const two = random.pick(all).path;
      if (one === two || two.startsWith(`${one}/`) || one.startsWith(`${two}/`)) return none;
      const aside = `${parentOf(one)}/aside ${random.below(1_000)}`;
      await person.rename(one, aside);
      await person.rename(two, one);
      await person.rename(aside, two);
      return `swap ${one} and ${two}`;
    }
    case 'remove':
    case 'removeFolder': {
      const all = act === 'remove' ? files : folders;
      if (all.length === 0) return none;
      const gone = random.pick(all);
      await person.remove(gone.path);
      oracle.ended(gone.hash);
      if (gone.object === 'folder') endAll(gone.path);
      return `remove ${gone.path}`;
    }
    case 'folder': {
      const path = free(FOLDERS);
      if (path === null) return none;
      await person.folder(path);
      return `folder ${path}`;
    }
    case 'nested': {
      const parent = free(FOLDERS);
      if (parent === null) return none;
      const path = `${parent}/${random.pick(FOLDERS)}/${random.pick(FILES)}`;
      await write(path, bytes());
      return `create ${path}`;
    }
    case 'changeType': {
      if (tree.length === 0) return none;
      const before: Shown = random.pick(tree);
      if (before.pending) return none;
      await person.remove(before.path);
      oracle.ended(before.hash);
      endAll(before.path);
      if (before.object === 'folder') await write(before.path, bytes());
      else if (random.chance(0.5)) await person.folder(before.path);
      else await write(`${before.path}/${random.pick(FILES)}`, bytes());
      return `change the type of ${before.path}`;
    }
    case 'restore': {
      if (side === 'assembly') return none;
      const path = free(FILES);
      if (path === null) return none;
      oracle.made(await sim.dropbox.restore(path));
      return `restore ${path}`;
    }
    case 'twins': {
      const path = free(FILES);
      if (path === null) return none;
      const other = side === 'dropbox' ? 'assembly' : 'dropbox';
      const there = await sim[other].tree();
      if (there.some((one) => fold(one.path) === fold(path))) return none;
      const content = bytes();
      await write(path, content);
      oracle.made(await sim[other].put(path, random.chance(0.7) ? content : `${content}!`));
      return `create ${path} on both sides`;
    }
    default:
      return act satisfies never;
  }
}
