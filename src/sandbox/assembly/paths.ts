import { refusal } from './http/refusal';
import type { AssemblySwitches } from './switches';

/** Neither documented nor observed; only keeps the simulator bounded. */
const MAX_PATH_LENGTH = 8192;

type PathRules = Pick<AssemblySwitches, 'pathForm' | 'trimNames'>;

/**
 * The path as it is stored: no slash at the ends, Unicode form and trimming by switch. Throws a 400 refusal for
 * empty names and for any of `* = | @ ^`, which are the characters that production use knows to be forbidden.
 */
export const storedPath = (sent: string, rules: PathRules): string => {
  const path = inForm(sent.replace(/^\/+|\/+$/g, ''), rules.pathForm)
    .split('/')
    .map((name) => (rules.trimNames ? name.replace(/^[ ]+|[ .]+$/g, '') : name))
    .join('/');
  if (path.length > MAX_PATH_LENGTH) throw refusal(400, 'path is too long');
  for (const name of path.split('/')) {
    if (name === '') throw refusal(400, 'path has an empty name');
    if (/[*=|@^\0]/.test(name)) throw refusal(400, `path has a forbidden character in "${name}"`);
  }
  return path;
};

const inForm = (path: string, form: PathRules['pathForm']): string =>
  form === 'asSent' ? path : path.normalize(form === 'nfc' ? 'NFC' : 'NFD');

export const nameOf = (path: string): string => path.slice(path.lastIndexOf('/') + 1);

/** `''` for what lies in the root. */
export const parentOf = (path: string): string => path.slice(0, Math.max(0, path.lastIndexOf('/')));

/** The folders above, topmost first, without the root. */
export const ancestorsOf = (path: string): string[] => {
  const names = path.split('/').slice(0, -1);
  return names.map((_, index) => names.slice(0, index + 1).join('/'));
};

/** `a (1).pdf`, `a (2).pdf`…: the first that is free. */
export const freePath = (path: string, isTaken: (path: string) => boolean): string => {
  const name = nameOf(path);
  const dot = name.lastIndexOf('.');
  const cut = path.length - (dot > 0 ? name.length - dot : 0);
  for (let counter = 1; ; counter += 1) {
    const candidate = `${path.slice(0, cut)} (${counter})${path.slice(cut)}`;
    if (!isTaken(candidate)) return candidate;
  }
};
