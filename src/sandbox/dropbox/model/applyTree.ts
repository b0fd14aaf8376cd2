import { type Account, recordRevision } from './account';
import { foldName } from './names';
import { attach, detach, displayPath, keyPath, newNode, walk } from './tree';
import type { Change, FeedRecord, Flags, Revision, TreeNode } from './types';

type Of<T extends Change['t']> = Extract<Change, { t: T }>;

export const putRecord = (node: TreeNode): FeedRecord => ({
  op: 'put',
  path: keyPath(node),
  display: displayPath(node),
  id: node.id,
  ...(node.file ? { rev: node.file.rev } : {}),
});

const delRecord = (node: TreeNode): FeedRecord => ({
  op: 'del',
  path: keyPath(node),
  display: displayPath(node),
  folder: node.kind === 'folder',
});

const BREAK: FeedRecord = { op: 'break', path: '', display: '' };

/** A change names objects that exist by the time it is applied; anything else is a broken log. */
export function mustFind(account: Account, id: string): TreeNode {
  const node = account.nodes.get(id);
  if (!node) throw new Error(`the sandbox log names ${id}, which does not exist: remove the data folder`);
  return node;
}

function place(account: Account, change: Of<'mkdir'> | Of<'put'>, kind: 'file' | 'folder'): TreeNode {
  const node = newNode({ ...change, kind, createdAt: change.at });
  attach(mustFind(account, change.parent), node);
  account.nodes.set(node.id, node);
  account.deleted.delete(keyPath(node));
  return node;
}

export function applyMkdir(account: Account, change: Of<'mkdir'>): void {
  account.feed.append(putRecord(place(account, change, 'folder')));
}

export function applyPut(account: Account, change: Of<'put'>): void {
  const node = account.nodes.get(change.id) ?? place(account, change, 'file');
  const revision: Revision = {
    rev: change.rev,
    id: change.id,
    path: keyPath(node),
    name: node.name,
    size: change.size,
    hash: change.hash,
    clientModified: change.clientModified,
    serverModified: change.serverModified,
  };
  account.used += revision.size - (node.file?.size ?? 0);
  node.file = revision;
  recordRevision(account, revision);
  account.feed.append(putRecord(node));
}

export function applyRemove(account: Account, change: Of<'remove'>): void {
  const node = mustFind(account, change.id);
  const gone = [...walk(node)];
  const tombstones = change.children ? gone.map(delRecord) : [delRecord(node)];
  for (const one of gone) {
    account.deleted.set(keyPath(one), {
      display: displayPath(one),
      folder: one.kind === 'folder',
      id: one.id,
      top: node.id,
      at: change.at,
    });
  }
  for (const one of gone) {
    account.nodes.delete(one.id);
    account.used -= one.file?.size ?? 0;
  }
  detach(node);
  for (const [ns, id] of account.namespaces) if (!account.nodes.has(id)) account.namespaces.delete(ns);
  for (const record of tombstones) account.feed.append(record);
}

export function applyMove(account: Account, change: Of<'move'>): void {
  const node = mustFind(account, change.id);
  const before = keyPath(node);
  const tombstone = delRecord(node);
  detach(node);
  node.name = change.name;
  node.key = foldName(change.name);
  node.parentDisplay = change.parentDisplay;
  attach(mustFind(account, change.parent), node);
  if (change.rev !== undefined && node.file) {
    node.file = { ...node.file, rev: change.rev, path: keyPath(node), name: node.name };
    recordRevision(account, node.file);
  }
  account.deleted.delete(keyPath(node));
  if (!change.inFeed) return;
  const added = [...walk(node)].map(putRecord);
  const gap = change.split ? [BREAK] : [];
  const renamed = before !== keyPath(node);
  const halves = renamed ? [tombstone] : [];
  const order = change.addedFirst ? [...added, ...gap, ...halves] : [...halves, ...gap, ...added];
  for (const record of order) account.feed.append(record);
}

export function applyFlags(account: Account, change: Of<'flags'>): void {
  const node = mustFind(account, change.id);
  node.flags = definedOnly(change.flags);
  const gone = { ...delRecord(node), forced: true };
  const back = [...walk(node)].map(putRecord);
  const told: Record<typeof change.feed, FeedRecord[]> = {
    none: [],
    self: [putRecord(node)],
    gone: [gone],
    back,
    storm: [gone, BREAK, ...back],
  };
  for (const record of told[change.feed]) account.feed.append(record);
}

const definedOnly = (flags: Flags): Flags =>
  Object.fromEntries(Object.entries(flags).filter(([, value]) => value !== undefined && value !== false));
