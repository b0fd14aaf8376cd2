import { FILES, FOLDERS, LINKS, nameOf, namesFor, type Perform } from './scene';

/** Paths of the account that are not in the synced folder. */
const OUTSIDE = '/Outside';

/** Out of what is synced: for the sync it is gone. */
export const moveOut: Perform = async ({ movable, random, side, sim, stage, ends }) => {
  if (movable.length === 0) return null;
  const one = random.pick(movable);
  if (side === 'assembly') await sim.assembly.moveOut(one, `/${random.below(1_000)} ${nameOf(one.path)}`);
  else {
    const to = `${OUTSIDE}/${stage.movedOut.length} ${nameOf(one.path)}`;
    await sim.dropbox.moveOut(one.path, to);
    stage.movedOut.push(to);
  }
  ends(one);
  return `move ${one.path} out`;
};

/** Back in, perhaps under another name: for the sync it is new, and may have its old id. */
export const moveIn: Perform = async ({ side, sim, stage, random, free, barred, oracle }) => {
  const away = side === 'assembly' ? await sim.assembly.outside() : await outsideDropbox();
  const tops = away.filter(
    ({ path }) => path.lastIndexOf('/') === (side === 'assembly' ? 0 : OUTSIDE.length),
  );
  if (tops.length === 0) return null;
  const one = random.pick(tops);
  const old = nameOf(one.path).replace(/^\d+ /, '');
  const to = free(random.chance(0.6) ? [old] : namesFor(one));
  if (to === null || barred(one, to, away)) return null;
  if (side === 'assembly') await sim.assembly.moveIn(one, to);
  else await sim.dropbox.moveIn(one.path, to);
  for (const { path, hash } of away) {
    if (hash !== null && (path === one.path || path.startsWith(`${one.path}/`))) oracle.made(hash);
  }
  return `move ${to} in`;

  async function outsideDropbox() {
    return stage.movedOut.length === 0 ? [] : await sim.dropbox.outside(OUTSIDE);
  }
};

/** A link is an object of Assembly that is no file and no folder, and may have the very name of one. */
export const link: Perform = async ({ side, stage, random, somewhere, tree, isFree, isFreeThere, sim }) => {
  if (side === 'dropbox') return null;
  const parent = somewhere();
  const names = random.chance(0.3) ? [...FILES, ...FOLDERS] : LINKS;
  const mayBeAt = (path: string) =>
    stage.exclusive
      ? isFree(path) && isFreeThere(path)
      : !tree.some((one) => one.object === 'link' && one.path === path);
  const paths = names.map((name) => `${parent}/${name}`).filter(mayBeAt);
  if (paths.length === 0) return null;
  const path = random.pick(paths);
  await sim.assembly.link(path);
  return `link ${path}`;
};

/** Another client of the API announces a file. */
export const begin: Perform = async ({ side, free, sim, stage, oracle, folders }) => {
  if (side === 'dropbox') return null;
  const path = free(FILES);
  if (path === null || folders.some((folder) => folder.path === path)) return null;
  const upload = await sim.assembly.begin(path);
  stage.begun.push(upload);
  oracle.begun(upload.id);
  return `another client begins ${path}`;
};

/** Its bytes come, now or never. */
export const complete: Perform = async ({ side, sim, stage, random, oracle, bytes }) => {
  if (side === 'dropbox' || stage.begun.length === 0) return null;
  const [upload] = stage.begun.splice(random.below(stage.begun.length), 1);
  const told = await upload!.complete(bytes()).catch(() => false);
  // An answer that was lost, or was an error, says nothing of the bytes.
  const there = (await sim.assembly.tree()).find(({ id }) => id === upload!.id);
  if (!there?.hash) return `another client sends bytes ${told ? 'of what is gone' : 'too late'}`;
  oracle.made(there.hash);
  return `another client completes ${there.path}`;
};
