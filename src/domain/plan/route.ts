import { checkName } from '../names';
import { isSpelledAs, nameOf, parentOf, pathKey } from '../paths';
import { type ItemPath, otherSide, type Side } from '../types';
import type { PlanInput } from './decision';

/** What an item's paths ask for. */
export interface Route {
  readonly goal: ItemPath;
  /** Whether the side's path is no longer that of the base. */
  readonly moved: Readonly<Record<Side, boolean>>;
  /** Whether the side has to move to reach the goal. */
  readonly owed: Readonly<Record<Side, boolean>>;
}

export const routeOf = (input: PlanInput): Route => {
  const { dropbox, assembly } = input;
  const moved = { dropbox: hasMoved(input, 'dropbox'), assembly: hasMoved(input, 'assembly') };
  const placed = {
    dropbox: dropbox && (input.placed.dropbox ?? dropbox.path),
    assembly: assembly && (input.placed.assembly ?? assembly.path),
  };
  const goal = goalOf(input, placed, moved);
  const onDropbox = input.stranded?.dropbox ? dropbox?.path : placed.dropbox;
  // Dropbox moves a folder with all in it, so a child that its folder's pending move carries to the goal owes nothing:
  // unless the folder is on its way out instead.
  // Assembly rebuilds folders piece by piece, so there the real path counts.
  return {
    goal,
    moved,
    owed: {
      dropbox: dropbox !== null && differs(onDropbox ?? dropbox.path, goal, strictnessFor(input, 'dropbox')),
      assembly:
        assembly !== null &&
        differs(assembly.path, goal, input.stranded?.assembly ? 'path' : strictnessOnAssembly(input)),
    },
  };
};

/**
 * Whether a side's move is a change of its own. Arriving where the other side already was at the last agreement is
 * none: that is a folder's move of ours coming back as an echo, and must neither undo a delete nor beat a rename.
 */
export const isOwnMove = (input: PlanInput, side: Side): boolean =>
  hasMoved(input, side) && !isSpelledAs(input[side]?.path ?? '', input.base?.[otherSide(side)]?.path ?? '');

const hasMoved = (input: PlanInput, side: Side): boolean => {
  const agreed = input.base?.[side];
  const seen = input[side];
  return agreed != null && seen !== null && !isSpelledAs(agreed.path, seen.path);
};

type Placed = Readonly<Record<Side, ItemPath | null>>;

/**
 * Who moved names the goal. `itemPath` counts only where nobody did, so a goal that was stored as the new `itemPath`
 * is the goal again.
 */
const goalOf = (input: PlanInput, placed: Placed, moved: Route['moved']): ItemPath => {
  if (input.pinned) return input.itemPath;
  // What is in a folder that keeps its spelling there is where that is.
  if (input.object === 'folder' && input.nameHeld && placed.assembly !== null) return placed.assembly;
  if (input.base === null) return placed.dropbox ?? placed.assembly ?? input.itemPath;
  if (moved.assembly && (!moved.dropbox || standsAgainstDropbox(input, placed))) {
    return placed.assembly ?? input.itemPath;
  }
  if (moved.dropbox) return placed.dropbox ?? input.itemPath;
  return takenBackTo(input, placed) ?? input.itemPath;
};

/**
 * Where it is on both sides, or on the one that still has it, though it was to go elsewhere: nobody has moved it any more, so
 * what was to be carried over was undone. The old self of a folder, on which one side never agreed, is where it was left; a name
 * that we gave it on its way is no place to stay.
 */
const takenBackTo = (
  { itemPath, base, aside }: PlanInput,
  { dropbox, assembly }: Placed,
): ItemPath | null => {
  if (dropbox !== null && assembly !== null) {
    if (pathKey(dropbox) !== pathKey(assembly)) return null;
  } else if (aside || base?.dropbox == null || base.assembly == null) return null;
  const there = dropbox ?? assembly;
  return there === null || pathKey(there) === pathKey(itemPath) ? null : there;
};

/**
 * Of two moves Dropbox's wins, unless it is no rival: an echo of our own, or one that kept the name (the whole folder
 * moved) while Assembly renamed the item within that folder, or one in which a folder above was spelled anew, and no more; to
 * a name that Dropbox takes.
 */
const standsAgainstDropbox = (input: PlanInput, placed: Placed): boolean => {
  if (!isOwnMove(input, 'dropbox')) return true;
  const [before, now] = [input.base?.dropbox?.path ?? '', input.dropbox?.path ?? ''];
  if (nameOf(before) !== nameOf(now) || checkName('dropbox', placed.assembly ?? '') !== null) return false;
  const isBeside = pathKey(parentOf(placed.dropbox ?? '')) === pathKey(parentOf(placed.assembly ?? ''));
  return isBeside || pathKey(before) === pathKey(now);
};

/** How much of a path must be spelled as the goal is. The rest is compared by key. */
type Strictness = 'nothing' | 'name' | 'path';

/**
 * A pair linked under two spellings stays as it is, so a side has to follow the other's spelling only where somebody
 * changed it there: in the item's name or in a folder above.
 */
const strictnessFor = (input: PlanInput, side: Side): Strictness => {
  const other = otherSide(side);
  if (!hasMoved(input, other)) return input.pinned ? 'name' : 'nothing';
  const before = parentOf(input.base?.[other]?.path ?? '');
  return before === parentOf(input[other]?.path ?? '') ? 'name' : 'path';
};

const strictnessOnAssembly = (input: PlanInput): Strictness =>
  input.nameHeld ? 'nothing' : strictnessFor(input, 'assembly');

const differs = (path: ItemPath, goal: ItemPath, strictness: Strictness): boolean => {
  if (pathKey(path) !== pathKey(goal)) return true;
  if (strictness === 'nothing') return false;
  return strictness === 'name' ? !isSpelledAs(nameOf(path), nameOf(goal)) : !isSpelledAs(path, goal);
};
