import { type AssemblySeen, type DropboxSeen, otherSide, type Side } from '../types';
import { assemblyContent, type Content, dropboxContent } from './content';
import type { Decision, PlanInput } from './decision';
import { operate } from './operation';
import { isOwnMove, type Route } from './route';

/** What the present side holds; the other side has nothing. */
export type Present =
  | { readonly side: 'dropbox'; readonly seen: DropboxSeen }
  | { readonly side: 'assembly'; readonly seen: AssemblySeen };

/** Rules 2, 9, 11 and 12: the item is on one side only. Deletes only what is known to be as it was agreed. */
export const planOneSide = (input: PlanInput, route: Route, present: Present): Decision => {
  const create = (rule: 2 | 11 | 12): Decision =>
    operate(input, route, rule, 'create', otherSide(present.side));
  if (input.base === null) return meetTwin(input, route, present) ?? create(2);
  // A conflict copy lacks its other half because it is not there yet, not because somebody deleted it.
  if (input.pinned || isOwnMove(input, present.side)) return create(11);
  // What our own write made was never seen there: rather lost on its way than deleted by somebody who had seen it.
  if (present.side === 'dropbox' && neverSeenOnAssembly(input)) return create(11);
  if (input.object === 'folder') return input.occupied ? create(12) : remove(route, present.side);
  switch (contentOf(input.base, present)) {
    case 'edited':
      return create(11);
    case 'unknown':
      return { rule: 11, do: 'compare', path: route.goal };
    case 'same':
      return remove(route, present.side);
  }
};

/** Rule 3 where Assembly holds two files of one path: the same bytes are one file. */
const meetTwin = (
  { pinned, twinHash }: PlanInput,
  { goal }: Route,
  { side, seen }: Present,
): Decision | null => {
  if (side !== 'assembly' || pinned || twinHash === undefined) return null;
  if (seen.hash === null) return { rule: 3, do: 'compare', path: goal };
  return seen.hash === twinHash ? { rule: 3, do: 'unite', path: goal } : null;
};

const neverSeenOnAssembly = ({ object, base }: PlanInput): boolean =>
  object === 'file' && base?.assembly?.version === null;

const remove = (route: Route, target: Side): Decision => ({
  rule: 9,
  do: 'operate',
  path: route.goal,
  action: 'delete',
  target,
});

const contentOf = (base: NonNullable<PlanInput['base']>, present: Present): Content =>
  present.side === 'dropbox' ? dropboxContent(base, present.seen) : assemblyContent(base, present.seen);
