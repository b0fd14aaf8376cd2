import { createHash } from 'node:crypto';
import { depthOf, isSpelledAs, joinPath, nameOf, parentOf, splitExtension } from './paths';
import type { ItemPath, Side } from './types';

/** UTF-16 units of one component. Dropbox documents 255 characters and counts some symbols as two. */
export const MAX_NAME_LENGTH = 255;
/** UTF-16 units of a root-relative path. Neither side documents a limit; this only keeps rows and keys bounded. */
export const MAX_PATH_LENGTH = 4096;
/** Observed: Dropbox refuses paths of more than 300 components. */
export const MAX_DEPTH = 300;

export interface NameProblem {
  readonly code: 'name_not_allowed' | 'name_too_long';
  /** For a person: what is wrong with the name and what to do. */
  readonly detail: string;
}

const SIDE_NAMES: Record<Side, string> = { dropbox: 'Dropbox', assembly: 'Assembly' };

/** Dropbox answers `disallowed_name` for these, in any case. `icon\r` is caught as a control character. */
const DROPBOX_RESERVED = new Set(['desktop.ini', 'thumbs.db', '.ds_store', '.dropbox', '.dropbox.attr']);

const isControl = (char: string): boolean => char < ' ' || char === '\u007f';

/** What the target refuses, as seen in production use and documented; whatever else it refuses, its answer says. */
const refusedCharacter: Record<Side, (char: string) => boolean> = {
  dropbox: (char) => char === '\\' || isControl(char),
  assembly: (char) => '*=|@^'.includes(char) || isControl(char),
};

/**
 * Whether the target side can hold the last component of a path; the folders above are items of their own. `null`
 * means that nothing is known against it: only the target's answer is final.
 */
export const checkName = (target: Side, path: ItemPath): NameProblem | null => {
  const side = SIDE_NAMES[target];
  const name = nameOf(path);
  const refuse = (why: string): NameProblem => ({ code: 'name_not_allowed', detail: `${why}; rename it.` });
  if (name === '' || name === '.' || name === '..')
    return refuse(`${side} does not allow an empty name, "." or ".."`);
  if (/\p{Surrogate}/u.test(name)) return refuse('The name holds a broken character');
  const refused = [...name].find(refusedCharacter[target]);
  if (refused !== undefined) return refuse(`${side} does not allow ${describe(refused)} in a name`);
  if (target === 'dropbox') {
    if (name.endsWith(' ')) return refuse('Dropbox does not allow a space at the end of a name');
    if (DROPBOX_RESERVED.has(name.toLowerCase())) return refuse(`Dropbox does not allow the name "${name}"`);
  }
  return checkLength(side, path, name);
};

const describe = (char: string): string =>
  isControl(char) ? `the control character U+00${hexPair(char)}` : `the character "${char}"`;

const hexPair = (char: string): string => char.charCodeAt(0).toString(16).toUpperCase().padStart(2, '0');

/** Lengths are those of the composed form, which Dropbox stores. */
const checkLength = (side: string, path: ItemPath, name: string): NameProblem | null => {
  const length = name.normalize('NFC').length;
  const tooLong = (detail: string): NameProblem => ({ code: 'name_too_long', detail });
  if (length > MAX_NAME_LENGTH) {
    return tooLong(`The name has ${length} characters, ${side} takes ${MAX_NAME_LENGTH}; shorten it.`);
  }
  if (path.normalize('NFC').length > MAX_PATH_LENGTH) {
    return tooLong(`The path has more than ${MAX_PATH_LENGTH} characters; shorten the names of its folders.`);
  }
  if (depthOf(path) > MAX_DEPTH) {
    return tooLong(`The path is more than ${MAX_DEPTH} folders deep; move it further up.`);
  }
  return null;
};

/**
 * The name under which Assembly's version lives on after a conflict: `name (Assembly conflicted copy 2026-11-23).ext`,
 * with ` 2`, ` 3`… after the date for a `counter` above 1. The date is UTC. The stem is shortened where the whole
 * would pass 255 UTF-16 units.
 */
export const conflictName = (name: string, date: Date, counter: number): string => {
  const day = date.toISOString().slice(0, 10);
  return withSuffix(name, ` (Assembly conflicted copy ${day}${counter > 1 ? ` ${counter}` : ''})`);
};

const CONFLICT = / \(Assembly conflicted copy \d{4}-\d{2}-\d{2}(?: \d+)?\)$/;

/** Whether the name is one that `conflictName` makes. */
export const isConflictCopyName = (name: string): boolean => CONFLICT.test(splitExtension(name).stem);

/**
 * A temporary name for an item that swaps names with another: `name (moving 1a2b3c4d).ext`. The same item always
 * gets the same one, so a repeated attempt finds its own work. Hashed, because ids made in one moment begin alike.
 */
export const parkingName = (name: string, itemId: string): string => withSuffix(name, parkingSuffix(itemId));

/** Where an item waits that is to have this path. */
export const asidePath = (path: ItemPath, itemId: string): ItemPath =>
  joinPath(parentOf(path), parkingName(nameOf(path), itemId));

/** Whether the path ends in a temporary name that `parkingName` made for this item. */
export const isParkingName = (path: ItemPath, itemId: string): boolean =>
  splitExtension(nameOf(path)).stem.endsWith(parkingSuffix(itemId));

const parkingSuffix = (itemId: string): string =>
  ` (moving ${createHash('sha256').update(itemId).digest('hex').slice(0, 8)})`;

/** Whether the name is `other` with a number in brackets, as services give where `other` is taken: `a (1).txt`, `a.txt (1)`. */
export const isNumberedName = (name: string, other: string): boolean =>
  Array.from(name.matchAll(/ \(\d+\)/g)).some(({ 0: number, index }) =>
    isSpelledAs(`${name.slice(0, index)}${name.slice(index + number.length)}`, other),
  );

const withSuffix = (name: string, suffix: string): string => {
  const { stem, extension } = splitExtension(name);
  return `${shorten(stem, MAX_NAME_LENGTH - suffix.length - extension.length)}${suffix}${extension}`;
};

/** Cuts to at most `length` UTF-16 units, never through a surrogate pair. */
const shorten = (text: string, length: number): string => {
  const cut = text.slice(0, length);
  return cut.length < text.length && /[\ud800-\udbff]$/.test(cut) ? cut.slice(0, -1) : cut;
};
