import { pathKey } from '../../domain/paths';
import type { SyncRef } from '../../domain/types';
import type { Tx } from '../../store/client';
import { rebaseBelow } from '../../store/planConsequences';
import type { PlannedRow } from '../../store/planning';
import type { ItemRecord } from '../../store/records';
import { uniteFolders } from '../../store/uniteFolders';

/** Whether both are folders, whole where they meet: one there on Dropbox, the other there on Assembly alone. */
export const meetAt = (key: string, keeper: ItemRecord, other: ItemRecord): boolean =>
  keeper.object === 'folder' &&
  other.object === 'folder' &&
  !keeper.pinned &&
  !other.pinned &&
  keyOf(keeper.dropbox) === key &&
  keyOf(other.assembly) === key &&
  keyOf(other.dropbox) !== key &&
  keyOf(keeper.assembly) !== key;

const keyOf = (seen: { readonly path: string } | null): string | null => seen && pathKey(seen.path);

/** Two folders that come to one name, one on each side, are one folder from now on, with what is in both. */
export async function unite(tx: Tx, ref: SyncRef, keeper: ItemRecord, other: ItemRecord, row: PlannedRow) {
  const fromKey = other.pathKey ?? pathKey(other.path);
  const toKey = row.path_key!;
  await uniteFolders(tx, ref, keeper, other);
  if (fromKey === toKey) return;
  const along = { fromKey, onlyIn: other.pathKey === null ? other.id : null, toPath: row.item_path, toKey };
  await rebaseBelow(tx, ref, [along], []);
}

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
