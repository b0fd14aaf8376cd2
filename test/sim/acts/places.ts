import { fold } from '../oracle';
import { FILES, isBeyondDropbox, nameOf, namesFor, type Perform, parentOf } from './scene';
import { gained } from './stage';

const renameTo =
  (place: 'here' | 'anywhere'): Perform =>
  async ({ movable, random, somewhere, free, barred, moves }) => {
    if (movable.length === 0) return null;
    const from = random.pick(movable);
    const parent = place === 'here' ? parentOf(from.path) : somewhere();
    if (fold(`${parent}/`).startsWith(fold(`${from.path}/`))) return null;
    if (place === 'anywhere' && isBeyondDropbox(parent)) return null;
    const names = random.chance(0.5) ? [nameOf(from.path)] : namesFor(from);
    const to = free(names, parent);
    if (to === null || barred(from, to)) return null;
    await moves(from, to);
    return `rename ${from.path} to ${to}`;
  };
export const rename = renameTo('here');
export const move = renameTo('anywhere');

export const renameCase: Perform = async ({ movable, random, tree, barred, moves }) => {
  if (movable.length === 0) return null;
  const from = random.pick(movable);
  const { path } = from;
  const name = nameOf(path);
  const to = `${parentOf(path)}/${name === name.toUpperCase() ? name.toLowerCase() : name.toUpperCase()}`;
  if (to === path || tree.some((one) => one.path === to) || barred(from, to)) return null;
  await moves(from, to);
  return `rename ${path} to ${to}`;
};

export const swap: Perform = async ({ movable, random, barred, moves }) => {
  const all = movable.filter(({ object }) => object === (random.chance(0.7) ? 'file' : 'folder'));
  if (all.length < 2) return null;
  const one = random.pick(all);
  const two = random.pick(all);
  if (`${two.path}/`.startsWith(`${one.path}/`) || one.path.startsWith(`${two.path}/`)) return null;
  const aside = `${parentOf(one.path)}/aside ${random.below(1_000)}`;
  if (barred(one, two.path) || barred(two, one.path)) return null;
  if (isBeyondDropbox(one.path) || isBeyondDropbox(two.path)) return null;
  await moves(one, aside);
  await moves(two, one.path);
  await moves({ ...one, path: aside }, two.path);
  return `swap ${one.path} and ${two.path}`;
};

const removeOne =
  (which: 'files' | 'folders'): Perform =>
  async (scene) => {
    const all = scene[which];
    if (all.length === 0) return null;
    const gone = scene.random.pick(all);
    await scene.sim[scene.side].remove(gone);
    scene.ends(gone);
    return `remove ${gone.path}`;
  };
export const remove = removeOne('files');
export const removeFolder = removeOne('folders');

export const changeType: Perform = async ({ tree, random, sim, side, ends, write, bytes }) => {
  if (tree.length === 0) return null;
  const before = random.pick(tree);
  if (before.pending || before.object === 'link') return null;
  await sim[side].remove(before);
  ends(before);
  if (before.object === 'folder') await write(before.path, bytes());
  else if (random.chance(0.5)) await sim[side].folder(before.path);
  else await write(`${before.path}/${random.pick(FILES)}`, bytes());
  return `change the type of ${before.path}`;
};

/** Nearly everything goes at once: where the guard asks first, an operator has to answer. */
export const removeMany: Perform = async ({ stage, tree, random, sim, side, ends }) => {
  const top = tree.filter(({ path }) => parentOf(path) === '' && random.chance(0.8));
  if (top.length === 0) return null;
  for (const one of top) {
    await sim[side].remove(one);
    ends(one);
  }
  if (side === 'dropbox') stage.removedAtOnce = top.map(({ path }) => path);
  return `remove ${top.map(({ path }) => path).join(', ')}`;
};

/** The same undone: Dropbox restores what was deleted. */
export const undoMany: Perform = async ({ stage, side, sim, tree, oracle, isFree }) => {
  if (side === 'assembly' || stage.removedAtOnce.length === 0) return null;
  // Where something else has taken the place it stays deleted: a file would become the next version of what is there.
  const gone = stage.removedAtOnce.filter(isFree);
  stage.removedAtOnce = [];
  for (const path of gone) await sim.dropbox.restore(path).catch(() => undefined);
  gained(oracle, tree, await sim.dropbox.tree());
  return `restore ${gone.join(', ')}`;
};

export const restore: Perform = async ({ side, free, sim, tree, oracle }) => {
  if (side === 'assembly') return null;
  const path = free(FILES);
  if (path === null) return null;
  await sim.dropbox.restore(path);
  gained(oracle, tree, await sim.dropbox.tree());
  return `restore ${path}`;
};

export const restoreFolder: Perform = async ({ side, stage, random, sim, tree, oracle, isFree }) => {
  const gone = stage.removedFolders.filter(isFree);
  if (side === 'assembly' || gone.length === 0) return null;
  const path = random.pick(gone);
  await sim.dropbox.restore(path);
  gained(oracle, tree, await sim.dropbox.tree());
  return `restore the folder ${path}`;
};
