import { fold } from '../oracle';
import { FILES, FOLDERS, nameOf, otherCase, type Perform, parentOf, REFUSED } from './scene';

export const create: Perform = async ({ free, write, bytes }) => {
  const path = free(FILES);
  if (path === null) return null;
  await write(path, bytes());
  return `create ${path}`;
};

export const empty: Perform = async ({ free, write }) => {
  const path = free(FILES);
  if (path === null) return null;
  await write(path, '');
  return `create ${path}, empty`;
};

const change =
  (way: 'put' | 'replace'): Perform =>
  async ({ files, random, write, bytes }) => {
    if (files.length === 0) return null;
    const { path } = random.pick(files);
    await write(path, bytes(), way);
    return `${way === 'put' ? 'edit' : 'replace'} ${path}`;
  };
export const edit = change('put');
export const replace = change('replace');

export const folder: Perform = async ({ free, sim, side }) => {
  const path = free(FOLDERS);
  if (path === null) return null;
  await sim[side].folder(path);
  return `folder ${path}`;
};

export const nested: Perform = async ({ free, random, write, bytes }) => {
  const parent = free(FOLDERS);
  if (parent === null) return null;
  const path = `${parent}/${random.pick(FOLDERS)}/${random.pick(FILES)}`;
  await write(path, bytes());
  return `create ${path}`;
};

/** More folders, one in the other, than anybody counts. */
export const deep: Perform = async ({ free, random, write, bytes }) => {
  const top = free(FOLDERS, '');
  if (top === null) return null;
  const folders = Array.from({ length: 10 + random.below(4) }, () => random.pick(FOLDERS));
  const path = [top, ...folders, random.pick(FILES)].join('/');
  await write(path, bytes());
  return `create ${path}`;
};

export const twins: Perform = async ({ free, sim, side, oracle, random, write, bytes }) => {
  const path = free(FILES);
  if (path === null) return null;
  const other = side === 'dropbox' ? 'assembly' : 'dropbox';
  const there = await sim[other].tree();
  if (there.some((one) => fold(one.path) === fold(path))) return null;
  const content = bytes();
  await write(path, content);
  oracle.made(await sim[other].put(path, random.chance(0.7) ? content : bytes()));
  return `create ${path} on both sides`;
};

/** A name that the other side refuses. */
export const refused: Perform = async ({ free, sim, side, random, write, bytes }) => {
  const path = free(REFUSED[side]);
  if (path === null) return null;
  if (random.chance(0.3)) await sim[side].folder(path);
  else await write(path, bytes());
  return `create ${path}`;
};

/** Only Assembly holds two names that differ in letter case alone. */
export const collide: Perform = async ({ files, side, random, tree, write, bytes }) => {
  if (files.length === 0 || side === 'dropbox') return null;
  const { path } = random.pick(files);
  const other = `${parentOf(path)}/${nameOf(path).toUpperCase()}`;
  if (tree.some((one) => one.path === other)) return null;
  await write(other, bytes());
  return `create ${other} beside ${path}`;
};

/** Names that more than one sequence of code points stands for, and such as lower-casing treats in ways of its own. */
const SCRIPTS = ['é.txt', 'Å.txt', '한글.txt', 'straße.txt', 'STRASSE.txt', 'ΣΊΣΥΦΟΣ.txt', 'Ⅷ.txt'];
const FORMS = ['NFC', 'NFD', 'NFKD'] as const;
/** Dropbox takes nothing beyond the Basic Multilingual Plane. */
const BEYOND = 'party 🎉.txt';

export const unicode: Perform = async ({ side, isFree, random, somewhere, write, bytes, sim }) => {
  const beyond = side === 'assembly' && random.chance(0.1);
  const name = beyond ? BEYOND : random.pick(SCRIPTS).normalize(random.pick(FORMS));
  const path = `${beyond ? '' : somewhere()}/${random.chance(0.8) ? name : otherCase(name)}`;
  if (!isFree(path)) return null;
  if (random.chance(0.2)) await sim[side].folder(path);
  else await write(path, bytes());
  return `create ${path} (${[...path].length} code points)`;
};

/** The same name in another Unicode form, which Assembly keeps and Dropbox does not. */
export const reform: Perform = async ({ side, movable, random, sim, tree, barred }) => {
  if (side === 'dropbox') return null;
  const others = movable.filter(({ path }) => path.normalize('NFC') !== path.normalize('NFD'));
  if (others.length === 0) return null;
  const from = random.pick(others);
  const { path } = from;
  const name = nameOf(path);
  const to = `${parentOf(path)}/${name.normalize(name === name.normalize('NFC') ? 'NFD' : 'NFC')}`;
  if (to === path || tree.some((one) => one.path === to) || barred(from, to)) return null;
  await sim.assembly.rename(from, to);
  return `rename ${path} to another form of it`;
};

/** Dropbox finds the folder however its name is spelled. */
export const spelledOtherwise: Perform = async ({ side, folders, free, random, write, bytes }) => {
  if (side === 'assembly' || folders.length === 0) return null;
  const path = free(FILES, otherCase(random.pick(folders).path));
  if (path === null) return null;
  await write(path, bytes());
  return `create ${path}`;
};

/** A file that Dropbox will never hand out as bytes. */
export const unreadable: Perform = async ({ side, free, sim, oracle, random, bytes }) => {
  if (side === 'assembly') return null;
  const path = free(FILES);
  if (path === null) return null;
  const ways = [{ restricted: true }, { exportAs: 'docx' }, { symlink: '/somewhere' }];
  oracle.made(await sim.dropbox.make(path, bytes(), random.pick(ways)));
  return `create ${path}, which nobody can read`;
};
