import { createFeed, type Feed } from './feed';
import { newNode } from './tree';
import type { AccountRecord, DeletedEntry, Revision, TreeNode } from './types';

/** One account with its tree, revision history and journal. */
export interface Account {
  record: AccountRecord;
  /** The topmost folder: the team space of a team account, otherwise the home. */
  readonly root: TreeNode;
  readonly nodes: Map<string, TreeNode>;
  /** Namespace id to the id of the folder that it is. */
  readonly namespaces: Map<string, string>;
  readonly feed: Feed;
  readonly revisions: Map<string, Revision>;
  readonly byPath: Map<string, Revision[]>;
  readonly byId: Map<string, Revision[]>;
  /** Tops of deleted trees by path key. */
  readonly deleted: Map<string, DeletedEntry>;
  /** Bytes in current versions. */
  used: number;
  /** Sequence number of the journal that the last delivered webhook covered. */
  notified: number;
}

export function createAccount(record: AccountRecord): Account {
  const root = newNode({
    id: `root:${record.id}`,
    kind: 'folder',
    name: '',
    parentDisplay: '',
    createdAt: 0,
  });
  return {
    record,
    root,
    nodes: new Map([[root.id, root]]),
    namespaces: new Map([[record.rootNs, root.id]]),
    feed: createFeed(),
    revisions: new Map(),
    byPath: new Map(),
    byId: new Map(),
    deleted: new Map(),
    used: 0,
    notified: 0,
  };
}

export function recordRevision(account: Account, revision: Revision): void {
  account.revisions.set(revision.rev, revision);
  push(account.byPath, revision.path, revision);
  push(account.byId, revision.id, revision);
}

function push(map: Map<string, Revision[]>, key: string, revision: Revision): void {
  const list = map.get(key);
  if (list) list.push(revision);
  else map.set(key, [revision]);
}

/** The folder that a namespace is, or `null` when this account has no access to it. */
export function namespaceNode(account: Account, ns: string): TreeNode | null {
  const id = account.namespaces.get(ns);
  return (id !== undefined && account.nodes.get(id)) || null;
}

/** The namespace that a node lies in: the nearest one above it. */
export function namespaceOf(account: Account, node: TreeNode): string {
  const byNode = new Map([...account.namespaces].map(([ns, id]) => [id, ns]));
  for (let at: TreeNode | null = node; at; at = at.parent) {
    const ns = byNode.get(at.id);
    if (ns !== undefined) return ns;
  }
  return account.record.rootNs;
}
