import { foldName } from './names';
import type { Flags, TreeNode } from './types';

export interface NewNode {
  readonly id: string;
  readonly kind: 'file' | 'folder';
  readonly name: string;
  readonly parentDisplay: string;
  readonly createdAt: number;
  readonly flags?: Flags;
}

export const newNode = (input: NewNode): TreeNode => ({
  id: input.id,
  kind: input.kind,
  name: input.name,
  key: foldName(input.name),
  parent: null,
  parentDisplay: input.parentDisplay,
  children: new Map(),
  sorted: null,
  file: null,
  flags: input.flags ?? {},
  createdAt: input.createdAt,
});

export function attach(parent: TreeNode, node: TreeNode): void {
  node.parent = parent;
  if (!parent.children.has(node.key)) parent.sorted = null;
  parent.children.set(node.key, node);
}

export function detach(node: TreeNode): void {
  const { parent } = node;
  if (!parent) return;
  parent.children.delete(node.key);
  parent.sorted = null;
  node.parent = null;
}

/** Nodes from just below `base` down to `node`; empty when they are the same; `null` when it lies elsewhere. */
export function chain(base: TreeNode, node: TreeNode): TreeNode[] | null {
  const nodes: TreeNode[] = [];
  let at: TreeNode | null = node;
  while (at && at !== base) {
    nodes.push(at);
    at = at.parent;
  }
  return at ? nodes.reverse() : null;
}

/** Path key from the topmost folder, `''` for that folder itself. */
export function keyPath(node: TreeNode): string {
  return node.parent ? `${keyPath(node.parent)}/${node.key}` : '';
}

/** Path in true case from the topmost folder. */
export function namePath(node: TreeNode): string {
  return node.parent ? `${namePath(node.parent)}/${node.name}` : '';
}

/**
 * Path as the API shows it: the last component in true case, the parents as the request that made the object
 * spelled them, for as long as that still names the parent.
 */
export function displayPath(node: TreeNode): string {
  if (!node.parent) return '';
  const echoed = node.parentDisplay;
  const fits = echoed.split('/').map(foldName).join('/') === keyPath(node.parent);
  return `${fits ? echoed : namePath(node.parent)}/${node.name}`;
}

/** The node at a path key, or `null`. */
export function nodeAt(root: TreeNode, path: string): TreeNode | null {
  let at: TreeNode | undefined = root;
  for (const key of path === '' ? [] : path.slice(1).split('/')) {
    at = at.children.get(key);
    if (!at) return null;
  }
  return at;
}

export const isInside = (ancestor: TreeNode, node: TreeNode): boolean => chain(ancestor, node) !== null;

/** Counts a subtree, its top included, but no further than `limit + 1`. */
export function countUpTo(node: TreeNode, limit: number): number {
  let count = 0;
  for (const _ of walk(node)) if (++count > limit) break;
  return count;
}

/** The node and everything below it, parents before children, in no promised order otherwise. */
export function* walk(top: TreeNode): Generator<TreeNode> {
  const stack = [top];
  for (let node = stack.pop(); node; node = stack.pop()) {
    yield node;
    for (const child of node.children.values()) stack.push(child);
  }
}

function orderedKeys(node: TreeNode): string[] {
  node.sorted ??= [...node.children.keys()].sort();
  return node.sorted;
}

/**
 * Everything below `node` in order of path key, parents before children, beginning after the position `after`
 * (keys from `node` down). The position need not exist any more.
 */
export function* walkAfter(
  node: TreeNode,
  recursive: boolean,
  after: readonly string[],
): Generator<TreeNode> {
  const keys = orderedKeys(node);
  const [first, ...deeper] = after;
  let index = first === undefined ? 0 : lowerBound(keys, first);
  if (first !== undefined && keys[index] === first) {
    const child = node.children.get(first);
    if (child && recursive) yield* walkAfter(child, true, deeper);
    index++;
  }
  for (; index < keys.length; index++) {
    const child = node.children.get(keys[index] ?? '');
    if (!child) continue;
    yield child;
    if (recursive) yield* walkAfter(child, true, []);
  }
}

function lowerBound(keys: readonly string[], key: string): number {
  let low = 0;
  let high = keys.length;
  while (low < high) {
    const middle = (low + high) >> 1;
    if ((keys[middle] ?? '') < key) low = middle + 1;
    else high = middle;
  }
  return low;
}
