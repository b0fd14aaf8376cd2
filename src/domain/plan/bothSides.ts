import type { AssemblySeen, Base, DropboxSeen, Side } from '../types';
import { assemblyContent, dropboxContent, isEqual, isKnownToDiffer, mayBeEqual } from './content';
import type { Decision, PlanInput } from './decision';
import { operate } from './operation';
import type { Route } from './route';
import type { Rule } from './rules';

/** Both observations of an item that is on both sides. */
export interface Pair {
  readonly dropbox: DropboxSeen;
  readonly assembly: AssemblySeen;
}

/** Rule 3: two objects that were never agreed on meet at one path. */
export const planMeeting = (input: PlanInput, route: Route, pair: Pair): Decision => {
  const { goal } = route;
  if (input.object === 'folder' || isEqual(pair.dropbox, pair.assembly)) {
    return { rule: 3, do: 'advance', path: goal };
  }
  if (mayBeEqual(pair.dropbox, pair.assembly)) return { rule: 3, do: 'compare', path: goal };
  return { rule: 5, do: 'keepBoth', path: goal };
};

/** Rules 1 and 4 to 8: both sides still have what they once agreed on, each perhaps edited, moved or both. */
export const planAgreed = (input: PlanInput, route: Route, base: Base, pair: Pair): Decision => {
  const content = input.object === 'folder' ? UNCHANGED : contentOwed(base, pair);
  if (content.do !== 'carry') return { ...content, path: route.goal };
  // A move on Dropbox is by id and cheap, so it goes before any content. An update on Assembly makes a new object and
  // so brings its path along; a move there is a transfer and goes last, with the bytes that stay.
  if (route.owed.dropbox) return operate(input, route, content.to === null ? 6 : 8, 'move', 'dropbox');
  if (content.to !== null) {
    return operate(input, route, route.owed.assembly ? 8 : 4, 'update', content.to);
  }
  if (route.owed.assembly) return operate(input, route, isBothMoved(route) ? 7 : 6, 'move', 'assembly');
  if (isAsAgreed(input, base, pair)) return { rule: 1, do: 'nothing', path: route.goal };
  return { rule: content.rule ?? (isBothMoved(route) ? 7 : 1), do: 'advance', path: route.goal };
};

type ContentOwed =
  | { readonly do: 'carry'; readonly to: Side | null; readonly rule: Rule | null }
  | { readonly do: 'compare' | 'keepBoth'; readonly rule: Rule };

const UNCHANGED: ContentOwed = { do: 'carry', to: null, rule: null };

const contentOwed = (base: Base, { dropbox, assembly }: Pair): ContentOwed => {
  const onDropbox = dropboxContent(base, dropbox);
  const onAssembly = assemblyContent(base, assembly);
  const bothEdited = onDropbox === 'edited' && onAssembly === 'edited';
  if (isEqual(dropbox, assembly)) return { ...UNCHANGED, rule: bothEdited ? 5 : null };
  if (onAssembly === 'unknown') return { do: 'compare', rule: onDropbox === 'edited' ? 5 : 4 };
  if (bothEdited) return { do: mayBeEqual(dropbox, assembly) ? 'compare' : 'keepBoth', rule: 5 };
  if (onDropbox === 'edited') return { ...UNCHANGED, to: 'assembly' };
  if (onAssembly === 'edited') return { ...UNCHANGED, to: 'dropbox' };
  // Neither changed since the base, yet the bytes differ: the base never knew its hash. Both are somebody's.
  return isKnownToDiffer(dropbox, assembly) ? { do: 'keepBoth', rule: 5 } : UNCHANGED;
};

const isBothMoved = (route: Route): boolean => route.moved.dropbox && route.moved.assembly;

const isAsAgreed = (input: PlanInput, base: Base, { dropbox, assembly }: Pair): boolean => {
  const isPlaceKept =
    base.dropbox?.id === dropbox.id &&
    base.dropbox.path === dropbox.path &&
    base.assembly?.id === assembly.id &&
    base.assembly.path === assembly.path;
  if (!isPlaceKept || input.object === 'folder') return isPlaceKept;
  return (
    base.dropbox?.rev === dropbox.rev &&
    base.assembly?.version === assembly.version &&
    base.hash === (dropbox.hash ?? assembly.hash ?? base.hash) &&
    base.size === (dropbox.size ?? assembly.size ?? base.size)
  );
};
