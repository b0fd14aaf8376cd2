import { pathKey } from '../../domain/paths';
import type { PlanInput } from '../../domain/plan';
import type { ItemPath, Side, SyncRef } from '../../domain/types';
import type { Tx } from '../../store/client';
import { rebaseBelow } from '../../store/planConsequences';
import type { PlannedRow } from '../../store/planning';
import type { ItemRecord } from '../../store/records';
import { uniteFolders } from '../../store/uniteFolders';
import { loadPlacement } from './placement';

/** An item, and where each side's object of it will be when the folders above have moved. */
export interface Standing {
  readonly item: ItemRecord;
  readonly placed: PlanInput['placed'];
  /** It can't stay where it is on Assembly: the folder that it is in there is to be deleted once all has left it. */
  readonly stranded: boolean;
}

export async function standingOf(tx: Tx, ref: SyncRef, item: ItemRecord): Promise<Standing> {
  const placement = await loadPlacement(tx, ref, [item]);
  const placed = (side: Side) => placement.placedOn(side, item);
  return {
    item,
    placed: { dropbox: placed('dropbox'), assembly: placed('assembly') },
    stranded: placement.isStranded('assembly', item.assembly?.path ?? null),
  };
}

/** Whether both are folders, whole where they meet: one there on Dropbox, the other there on Assembly alone. */
export const meetAt = (key: string, keeper: Standing, other: Standing): boolean =>
  isWholeFolder(keeper.item) &&
  isWholeFolder(other.item) &&
  keyOf(keeper.placed.dropbox) === key &&
  keyOf(other.placed.assembly) === key &&
  keyOf(other.placed.dropbox) !== key &&
  keyOf(keeper.placed.assembly) !== key;

const isWholeFolder = ({ object, pinned }: ItemRecord): boolean => object === 'folder' && !pinned;

const keyOf = (path: ItemPath | null): string | null => path && pathKey(path);

/**
 * Two folders that come to one name, one on each side, are one folder from now on, with what is in both. What is not in the one
 * of Assembly stays with the other one's folder on Dropbox.
 */
export async function unite(tx: Tx, ref: SyncRef, keeper: ItemRecord, other: ItemRecord, row: PlannedRow) {
  const fromKey = other.pathKey ?? pathKey(other.path);
  const toKey = row.path_key!;
  await uniteFolders(tx, ref, keeper, other);
  if (fromKey === toKey) return;
  const left = other.dropbox?.path ?? null;
  const all = other.pathKey === null ? other.id : null;
  const along = { fromKey, onlyIn: left === null ? all : keeper.id, toPath: row.item_path, toKey };
  await rebaseBelow(tx, ref, [along], []);
  if (left === null || pathKey(left) === fromKey) return;
  await rebaseBelow(tx, ref, [{ fromKey, onlyIn: other.id, toPath: left, toKey: pathKey(left) }], []);
}

/** The keeper of two that became one, as it stands now: it meets nobody else there. */
export const asUnited = <T extends Standing>(keeper: T, other: Standing): T => ({
  ...keeper,
  item: { ...keeper.item, assembly: other.item.assembly },
  placed: { ...keeper.placed, assembly: other.placed.assembly },
  stranded: other.stranded,
});

/** What was decided by one of its sides that it has no more is decided anew. */
export const plannedAgain = (row: PlannedRow): PlannedRow => ({
  ...row,
  action: null,
  target: null,
  advance: false,
  error_code: null,
  error_message: null,
  again: true,
});
