import { badRequest, routeError } from '../api/failure';
import type { DropboxSwitches } from '../switches';
import { type Account, namespaceNode } from './account';
import { foldName, pathProblem } from './names';
import { displayPath, isInside } from './tree';
import type { TreeNode } from './types';

/** What a call may see: one account from one folder down. */
export interface View {
  readonly account: Account;
  /** The folder that `''` means. */
  readonly base: TreeNode;
}

/** A path resolved for writing: what is there, or where it would go. */
export interface Place {
  readonly existing: TreeNode | null;
  /** Deepest folder that exists on the way. */
  readonly parent: TreeNode;
  /** Folders still to be made below `parent`, then the name itself. Empty when the place is the view's base. */
  readonly missing: readonly string[];
  /** Last component, NFC, in the case of the request. */
  readonly name: string;
  /** Parent path as the request spells it, from the topmost folder of the account. */
  readonly parentDisplay: string;
}

export interface Lookup {
  readonly route: string;
  readonly switches: DropboxSwitches;
  /** Milliseconds now, for the window in which a fresh id does not work yet. */
  readonly now: number;
}

type Start = { readonly base: TreeNode; readonly segments: string[] };

function start(view: View, target: string, lookup: Lookup): Start {
  if (target === '') return { base: view.base, segments: [] };
  const [head = '', ...rest] = target.split('/');
  if (head === '') return { base: view.base, segments: rest };
  if (head.startsWith('ns:')) return { base: mustAccess(view, head.slice(3)), segments: rest };
  const node = view.account.nodes.get(head);
  const fresh = node && isFresh(node.createdAt, lookup.now, lookup.switches.consistencyWindowMs);
  if (fresh && rest.length > 0) {
    throw badRequest(lookup.route, `request body: path: '${target}' did not match pattern 'id:.*'`);
  }
  if (!node || !isInside(view.base, node)) throw routeError(['not_found']);
  return { base: node, segments: rest };
}

function mustAccess(view: View, ns: string): TreeNode {
  const node = namespaceNode(view.account, ns);
  if (!node) throw routeError(['not_found']);
  return node;
}

function checkNames(segments: readonly string[], lookup: Lookup, writing: boolean): void {
  const problem = pathProblem(segments, lookup.switches.nonBmp);
  if (problem === 'not_bmp') {
    throw badRequest(lookup.route, 'request body: path: not part of the Unicode Basic Multilingual Plane');
  }
  if (problem === 'malformed_path') throw routeError(['malformed_path']);
  if (problem === 'disallowed_name' && writing) throw routeError(['disallowed_name']);
}

/** The object that a target names. Fails with `not_found`, `malformed_path`. `rev:` targets are not for here. */
export function find(view: View, target: string, lookup: Lookup): TreeNode {
  const { base, segments } = start(view, target, lookup);
  checkNames(segments, lookup, false);
  let at = base;
  for (const segment of segments) {
    const next = at.children.get(foldName(segment));
    if (!next) throw routeError(['not_found']);
    at = next;
  }
  return at;
}

/** The deepest object that exists on the way to a target; the view's base for a target that leads nowhere. */
export function nearest(view: View, target: string): TreeNode {
  const [head = '', ...segments] = target.split('/');
  const named = head.startsWith('ns:')
    ? namespaceNode(view.account, head.slice(3))
    : view.account.nodes.get(head);
  let at = named ?? view.base;
  for (const segment of segments) {
    const next = at.children.get(foldName(segment));
    if (!next) return at;
    at = next;
  }
  return at;
}

/** Where a write to `target` goes. Fails with `malformed_path`, `disallowed_name`, `conflict/file_ancestor`, `not_found`. */
export function placeOf(view: View, target: string, lookup: Lookup): Place {
  const { base, segments } = start(view, target, lookup);
  const names = segments.map((segment) => segment.normalize('NFC'));
  checkNames(names, lookup, true);
  let parent = base;
  for (const [index, name] of names.entries()) {
    const next = parent.children.get(foldName(name));
    const last = index === names.length - 1;
    if (last || !next) return newPlace(base, parent, next ?? null, names, index);
    if (next.kind === 'file') throw routeError(['conflict', 'file_ancestor']);
    parent = next;
  }
  return {
    existing: base,
    parent: base.parent ?? base,
    missing: [],
    name: base.name,
    parentDisplay: base.parentDisplay,
  };
}

function newPlace(
  base: TreeNode,
  parent: TreeNode,
  existing: TreeNode | null,
  names: readonly string[],
  index: number,
): Place {
  const above = [displayPath(base), ...names.slice(0, -1)].join('/');
  return {
    existing: index === names.length - 1 ? existing : null,
    parent,
    missing: names.slice(index),
    name: names[names.length - 1] ?? '',
    parentDisplay: above,
  };
}

/** The nearest folder on the way up that forbids writing, if any. */
export function readOnlyAbove(node: TreeNode): boolean {
  for (let at: TreeNode | null = node; at; at = at.parent) if (at.flags.readOnly) return true;
  return false;
}

/** Whether the object was made so short a time ago that not all of Dropbox knows it; never where the clock was set back. */
export const isFresh = (createdAt: number, now: number, windowMs: number): boolean =>
  now >= createdAt && now - createdAt < windowMs;
