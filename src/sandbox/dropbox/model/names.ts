import type { DropboxSwitches } from '../switches';

const DISALLOWED = new Set(['desktop.ini', 'thumbs.db', '.ds_store', 'icon\r', '.dropbox', '.dropbox.attr']);
const MAX_NAME = 255;
const MAX_DEPTH = 300;

/** The letter that Dropbox's old lower-casing table does not know. */
const STAYS = '\u{A64A}';

/** The key of one path component: NFC, lower-cased code point by code point. */
export function foldName(name: string): string {
  if (isAscii(name)) return name.toLowerCase();
  return Array.from(name.normalize('NFC'), (c) => (c === STAYS ? c : c.toLowerCase())).join('');
}

function isAscii(text: string): boolean {
  for (let i = 0; i < text.length; i++) if (text.charCodeAt(i) > 0x7f) return false;
  return true;
}

export type NameProblem = 'malformed_path' | 'disallowed_name' | 'not_bmp';

/** What is wrong with a path as Dropbox sees it, or `null`. */
export function pathProblem(
  segments: readonly string[],
  nonBmp: DropboxSwitches['nonBmp'],
): NameProblem | null {
  if (segments.length > MAX_DEPTH) return 'malformed_path';
  for (const segment of segments) {
    const problem = nameProblem(segment, nonBmp);
    if (problem) return problem;
  }
  return null;
}

function nameProblem(name: string, nonBmp: DropboxSwitches['nonBmp']): NameProblem | null {
  if (DISALLOWED.has(name.toLowerCase())) return 'disallowed_name';
  if (name === '' || name === '.' || name === '..') return 'malformed_path';
  if (name.length > MAX_NAME || name.endsWith(' ') || name.includes('\\')) return 'malformed_path';
  for (const c of name) {
    const code = c.codePointAt(0) ?? 0;
    if (code < 0x20 || code === 0x7f || (code >= 0xd800 && code <= 0xdfff)) return 'malformed_path';
    if (code > 0xffff && nonBmp !== 'accept') return nonBmp === 'bad_request' ? 'not_bmp' : 'malformed_path';
  }
  return null;
}

/** Splits `name.ext` so that a counter can go between. */
export function splitExtension(name: string): [stem: string, extension: string] {
  const dot = name.lastIndexOf('.');
  return dot > 0 ? [name.slice(0, dot), name.slice(dot)] : [name, ''];
}
