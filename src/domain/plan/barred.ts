import type { ErrorCode } from '../errors';
import { pathKey } from '../paths';
import type { ItemPath } from '../types';
import type { Decision, PlanInput } from './decision';
import type { Route } from './route';

/** Why what a decision would bring can't come to its goal: the folder that it is to live in is not synced. */
export function barredAt({ barred, dropbox, assembly }: PlanInput, decision: Decision): ErrorCode | null {
  if (!brings(decision)) return null;
  const key = pathKey(decision.path);
  const isThere = (path: ItemPath | undefined) => path !== undefined && pathKey(path) === key;
  return (
    (isThere(assembly?.path) ? barred?.assembly : null) ??
    (isThere(dropbox?.path) ? barred?.dropbox : null) ??
    null
  );
}

const brings = (decision: Decision): decision is Exclude<Decision, { do: 'close' }> =>
  decision.do === 'compare' ||
  decision.do === 'keepBoth' ||
  (decision.do === 'operate' && decision.action !== 'delete');

/**
 * Where the other side has an item that nobody has moved, such as one that arrived there while its folder's place was
 * given up. `null` where somebody named its place.
 */
export function placeOnOtherSide(
  { base, dropbox, assembly, placed }: PlanInput,
  { goal, moved }: Route,
): ItemPath | null {
  if (base === null || dropbox === null || assembly === null || moved.dropbox || moved.assembly) return null;
  const isOnAssembly = pathKey(assembly.path) === pathKey(goal);
  return isOnAssembly ? (placed.dropbox ?? dropbox.path) : (placed.assembly ?? assembly.path);
}
