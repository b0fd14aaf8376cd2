import type { Account } from '../model/account';
import type { View } from '../model/locate';
import { chain, keyPath, nodeAt, walkAfter } from '../model/tree';
import type { FeedRecord, TreeNode } from '../model/types';
import type { DropboxSwitches } from '../switches';
import type { Cursor } from './cursor';
import { routeError } from './failure';
import { deletedMetadata, type Json, revisionMetadata, taggedMetadata, within } from './metadata';

export interface Page {
  readonly entries: Json[];
  readonly next: Cursor;
  readonly hasMore: boolean;
}

const CURSOR_TAGS = { reset: ['reset'], not_found: ['path', 'not_found'], other: ['other'] };

/** One page from a cursor: of the first listing while that goes on, of the journal afterwards. */
export function readPage(view: View, cursor: Cursor, switches: DropboxSwitches): Page {
  const page = pageAt(view, cursor, switches);
  if (switches.pathDisplayInPages) return page;
  return { ...page, entries: page.entries.map(({ path_display: _, ...entry }) => entry) };
}

function pageAt(view: View, cursor: Cursor, switches: DropboxSwitches): Page {
  const root = rootOf(view, cursor, switches);
  if (cursor.seq < view.account.feed.base()) throw routeError(CURSOR_TAGS[switches.deadCursor]);
  if (cursor.after !== null) return listingPage(view, cursor, root, switches);
  if (cursor.deletedAfter !== null) return deletedPage(view, cursor, root, []);
  return journalPage(view, cursor, root, switches);
}

/** The folder that a cursor lists. Fails as the switches say when it is gone or has moved. */
export function rootOf(view: View, cursor: Cursor, switches: DropboxSwitches): TreeNode {
  const root = cursor.byId ? view.account.nodes.get(cursor.root) : nodeAt(view.account.root, cursor.rootPath);
  if (root?.kind !== 'folder') {
    throw routeError(CURSOR_TAGS[switches.rootGone]);
  }
  const moved = cursor.byId && keyPath(root) !== cursor.rootPath;
  if (moved && switches.rootRenamed === 'reset') throw routeError(['reset']);
  return root;
}

function listingPage(view: View, cursor: Cursor, root: TreeNode, switches: DropboxSwitches): Page {
  const entries: Json[] = [];
  const room = cursor.limit + switches.pageOvershoot;
  let after = cursor.after ?? [];
  const atStart = after.length === 0;
  if (atStart && cursor.recursive && root !== view.base && switches.listRootItself) {
    entries.push(taggedMetadata(view, root, switches));
  }
  for (const node of walkAfter(root, cursor.recursive, after)) {
    if (entries.length >= room) return { entries, next: { ...cursor, after: [...after] }, hasMore: true };
    after = (chain(root, node) ?? []).map((one) => one.key);
    if (cursor.downloadableOnly && node.flags.exportAs !== undefined) continue;
    entries.push(taggedMetadata(view, node, switches));
  }
  const done = { ...cursor, after: null };
  if (cursor.includeDeleted) return deletedPage(view, { ...done, deletedAfter: '' }, root, entries);
  return { entries, next: done, hasMore: cursor.seq < view.account.feed.last() };
}

/** Old tombstones, after the living. */
function deletedPage(view: View, cursor: Cursor, root: TreeNode, entries: Json[]): Page {
  const prefix = `${keyPath(root)}/`;
  const from = cursor.deletedAfter ?? '';
  const paths = [...view.account.deleted.keys()]
    .filter((path) => path > from && path.startsWith(prefix))
    .filter((path) => cursor.recursive || !path.slice(prefix.length).includes('/'))
    .sort();
  for (const path of paths) {
    if (entries.length >= cursor.limit) return { entries, next: cursor, hasMore: true };
    const deleted = view.account.deleted.get(path);
    if (deleted) entries.push(deletedMetadata(within(view, deleted.display)));
    cursor = { ...cursor, deletedAfter: path };
  }
  const next = { ...cursor, deletedAfter: null };
  return { entries, next, hasMore: cursor.seq < view.account.feed.last() };
}

function journalPage(view: View, cursor: Cursor, root: TreeNode, switches: DropboxSwitches): Page {
  const { feed } = view.account;
  const covers = scopeOf(cursor, root);
  const entries: Json[] = [];
  const room = cursor.limit + switches.pageOvershoot;
  let seq = cursor.seq;
  while (seq < feed.last() && entries.length < room) {
    const record = feed.at(++seq);
    if (!record) continue;
    if (record.op === 'break') return { entries, next: { ...cursor, seq }, hasMore: true };
    if (!covers(record.path)) continue;
    const entry = tell(view, seq, record, cursor, switches);
    if (entry) entries.push(entry);
  }
  return { entries, next: { ...cursor, seq }, hasMore: seq < feed.last() };
}

/** Whether a journal path is of interest. A root that moved is watched under its old and its new path. */
export function scopeOf(cursor: Cursor, root: TreeNode): (path: string) => boolean {
  const prefixes = [...new Set([cursor.rootPath, keyPath(root)])];
  return (path) =>
    prefixes.some((prefix) => {
      if (path === prefix) return prefix !== '' && cursor.recursive;
      if (!path.startsWith(`${prefix}/`)) return false;
      return cursor.recursive || !path.slice(prefix.length + 1).includes('/');
    });
}

function tell(
  view: View,
  seq: number,
  record: FeedRecord,
  cursor: Cursor,
  switches: DropboxSwitches,
): Json | null {
  const { account } = view;
  const every = switches.feedHistory === 'every';
  if (!every && account.feed.superseded(seq, record)) return null;
  const byFile = account.feed.replaced(seq, record) && nodeAt(account.root, record.path)?.kind === 'file';
  if (byFile && !switches.replacedFolderTold) return null;
  if (record.op === 'del') return deletedMetadata(within(view, record.display));
  const node = nodeAt(account.root, record.path);
  if (every && (!node || node.file?.rev !== record.rev)) return asItWas(view, account, record, switches);
  if (!node) return null;
  if (cursor.downloadableOnly && node.flags.exportAs !== undefined) return null;
  return taggedMetadata(view, node, switches);
}

function asItWas(view: View, account: Account, record: FeedRecord, switches: DropboxSwitches): Json | null {
  const revision = record.rev === undefined ? undefined : account.revisions.get(record.rev);
  const display = within(view, record.display);
  if (revision) return { '.tag': 'file', ...revisionMetadata(view, revision, display, switches) };
  const name = display.slice(display.lastIndexOf('/') + 1);
  const path_lower = within(view, record.path);
  return { '.tag': 'folder', name, id: record.id ?? '', path_lower, path_display: display };
}
