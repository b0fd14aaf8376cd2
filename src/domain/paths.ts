import type { ItemPath } from './types';

/** Only printable ASCII needs no normalisation; nearly every path is of that kind. */
const PLAIN = /^[\x20-\x7e]*$/;

/**
 * The key under which a path is unique within a sync: Unicode NFC, lower-cased code point by code point. That is
 * Dropbox's way, not full case folding: `straße` and `strasse` are two names, a final sigma is not special, and
 * `İ`, whose lower-case is two code points, takes the simple mapping `i`.
 *
 * It is our key only and never sent anywhere: Dropbox folds by older tables, and where it disagrees, its answer (a
 * conflict, an id) decides. The outer normalisation is there because lower-casing can make a pair that composes
 * (`J̌` to `ǰ`); with it the key of a key is the key, so a path already lower-cased by Dropbox finds its item.
 */
export const pathKey = (path: ItemPath): string => {
  if (PLAIN.test(path)) return path.toLowerCase();
  let lowered = '';
  for (const point of path.normalize('NFC')) lowered += lowerPoint(point);
  return lowered.normalize('NFC');
};

const lowerPoint = (point: string): string => {
  const lowered = point.toLowerCase();
  const [first = point] = lowered;
  return first;
};

/** Letter by letter the same, in whatever Unicode form each is written. */
export const isSpelledAs = (one: string, other: string): boolean =>
  one.normalize('NFC') === other.normalize('NFC');

/** The folder that holds the path. The root (`''`) is its own parent. */
export const parentOf = (path: ItemPath): ItemPath => path.slice(0, Math.max(0, path.lastIndexOf('/')));

/** The last component; `''` for the root. */
export const nameOf = (path: ItemPath): string => path.slice(path.lastIndexOf('/') + 1);

/** `name` in the folder `parent`. Throws a `RangeError` for what is not one component: a caller's mistake. */
export const joinPath = (parent: ItemPath, name: string): ItemPath => {
  if (name === '' || name.includes('/')) throw new RangeError('a name is one path component and not empty');
  return `${parent}/${name}`;
};

/** How many components the path has; 0 for the root. */
export const depthOf = (path: ItemPath): number => path.split('/').length - 1;

/**
 * Whether the path is the folder itself or lies below it, by whole components: `/ab` is not inside `/a`. Compares
 * exactly; where letter case must not matter, pass keys. The root (`''`) contains everything.
 */
export const isInside = (path: ItemPath, folder: ItemPath): boolean =>
  path === folder || path.startsWith(`${folder}/`);

/**
 * What remains of an absolute path below the root; `''` for the root itself, `null` where the path lies elsewhere.
 * Only the leading components are compared, by key, so a root's name that comes again further down stays, and
 * Dropbox may spell the parents in another case.
 */
export const relativeTo = (root: ItemPath, absolute: ItemPath): ItemPath | null => {
  const depth = depthOf(root);
  const components = absolute.split('/');
  if (components.length <= depth) return null;
  if (pathKey(components.slice(0, depth + 1).join('/')) !== pathKey(root)) return null;
  return components
    .slice(depth + 1)
    .map((component) => `/${component}`)
    .join('');
};

/** The path after `fromFolder` has become `toFolder`; unchanged where it does not lie in `fromFolder` (by key). */
export const rebase = (path: ItemPath, fromFolder: ItemPath, toFolder: ItemPath): ItemPath => {
  const below = relativeTo(fromFolder, path);
  return below === null ? path : `${toFolder}${below}`;
};

/** An "extension" beyond this is part of the name: nobody's file type is that long. */
const MAX_EXTENSION = 32;

/**
 * Splits a name at its last dot; `extension` includes the dot. A leading dot (`.env`), a trailing one (`a.`), a tail
 * with white space (`Mr. Smith`) or of more than 32 UTF-16 units starts no extension.
 */
export const splitExtension = (name: string): { stem: string; extension: string } => {
  const dot = name.lastIndexOf('.');
  const extension = name.slice(dot);
  const none = dot <= 0 || extension.length < 2 || extension.length > MAX_EXTENSION || /\s/.test(extension);
  return none ? { stem: name, extension: '' } : { stem: name.slice(0, dot), extension };
};
