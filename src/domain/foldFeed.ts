import { isInside } from './paths';
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

  const dropBelow = (pathKey: string) => {
    for (const [key, held] of byKey) {
      if (key !== pathKey && isInside(key, pathKey)) forget(key, held.seen.id);
    }
  };
  const forget = (key: string, id: string) => {
    byKey.delete(key);
    keyOfId.delete(id);
  };

  for (const entry of entries) {
    const there = byKey.get(entry.pathKey);
    if (entry.kind === 'deleted') {
      tombstones.add(entry.pathKey);
      if (there) forget(entry.pathKey, there.seen.id);
      // A folder's own tombstone is the only one that can cover others; most cover nothing of their page.
      if (byKey.size > 0) dropBelow(entry.pathKey);
      continue;
    }
    if (there) forget(entry.pathKey, there.seen.id);
    const elsewhere = keyOfId.get(entry.seen.id);
    if (elsewhere !== undefined) forget(elsewhere, entry.seen.id);
    if (entry.seen.object === 'file' && there?.seen.object === 'folder') dropBelow(entry.pathKey);
    byKey.set(entry.pathKey, { pathKey: entry.pathKey, seen: entry.seen });
    keyOfId.set(entry.seen.id, entry.pathKey);
  }
  return { tombstones: [...tombstones], objects: [...byKey.values()] };
}
