import { isInside, parentOf } from './paths';
import type { DropboxSeen } from './types';

/** One feed entry, already root-relative. A tombstone covers its whole subtree and carries no id. */
export type FeedEntry =
  | { readonly kind: 'deleted'; readonly pathKey: string }
  | { readonly kind: 'present'; readonly pathKey: string; readonly seen: DropboxSeen };

/** What one page changes: first every tombstone's subtree goes, then the objects are there. */
export interface FoldedPage {
  readonly tombstones: readonly string[];
  readonly objects: readonly { readonly pathKey: string; readonly seen: DropboxSeen }[];
}

/**
 * Folds the entries of one page in feed order, as Dropbox defines them: a tombstone removes the path and everything
 * below it; an object replaces whatever was at its path, and a file also what was below it. An object that a later
 * tombstone of the same page covers is gone. Rows from before the page are the caller's: a tombstone removes those
 * too, except where the same id comes again in `objects` (a move tells its two halves in any order).
 */
export function foldFeedPage(entries: readonly FeedEntry[]): FoldedPage {
  const tombstones = new Set<string>();
  const byKey = new Map<string, { pathKey: string; seen: DropboxSeen }>();
  const keyOfId = new Map<string, string>();
  // Every folder that something of the page lies in: most entries cover nothing, and need no search for what they do.
  const inhabited = new Set<string>();

  const forget = (key: string) => {
    const held = byKey.get(key);
    if (!held) return;
    byKey.delete(key);
    keyOfId.delete(held.seen.id);
  };
  const forgetBelow = (folder: string) => {
    if (!inhabited.has(folder)) return;
    for (const key of [...byKey.keys()]) if (key !== folder && isInside(key, folder)) forget(key);
  };
  const hold = (pathKey: string, seen: DropboxSeen) => {
    byKey.set(pathKey, { pathKey, seen });
    keyOfId.set(seen.id, pathKey);
    for (let key = parentOf(pathKey); key !== '' && !inhabited.has(key); key = parentOf(key))
      inhabited.add(key);
  };

  for (const entry of entries) {
    forget(entry.pathKey);
    if (entry.kind === 'deleted') {
      tombstones.add(entry.pathKey);
      forgetBelow(entry.pathKey);
      continue;
    }
    const elsewhere = keyOfId.get(entry.seen.id);
    if (elsewhere !== undefined) forget(elsewhere);
    if (entry.seen.object === 'file') forgetBelow(entry.pathKey);
    hold(entry.pathKey, entry.seen);
  }
  return { tombstones: [...tombstones], objects: [...byKey.values()] };
}
