import type { ErrorCode } from '../../domain/errors';
import { isParkingName } from '../../domain/names';
import { isSpelledAs, pathKey } from '../../domain/paths';
import type { Decision, PlanInput } from '../../domain/plan';
import type { ItemPath, Side } from '../../domain/types';
import type { PlannedRow } from '../../store/planning';
import type { ItemRecord } from '../../store/records';

/** The source as it is now: a target that refused exactly this is not asked again. */
export const sourceFingerprint = (item: Pick<ItemRecord, 'dropbox' | 'assembly'>): string =>
  [item.dropbox?.rev, item.dropbox?.path, item.assembly?.id, item.assembly?.version, item.assembly?.path]
    .map((part) => part ?? '-')
    .join('|');

type Planned = Exclude<Decision, { do: 'keepBoth' | 'unite' }>;

/**
 * Whether an earlier try may have left an object of ours on Assembly that the decision has no use for. It is taken back
 * before the item comes to rest: nothing of ours is ever left half done.
 */
export function leavesUnfinished(item: ItemRecord, decision: Decision): boolean {
  switch (decision.do) {
    case 'nothing':
    case 'advance':
    case 'unsyncable':
      return hasUnfinished(item);
    case 'close':
      return hasUnfinished(item) || isTakingBack(item);
    default:
      return false;
  }
}

/** One whose id is known, or one that a create made whose answer was lost. */
const hasUnfinished = ({ uploadId, sentCreate }: ItemRecord): boolean =>
  uploadId !== null || sentCreate !== null;

/** On its way already: a delete of nothing that was seen. */
const isTakingBack = ({ action, target, assembly }: ItemRecord): boolean =>
  action === 'delete' && target === 'assembly' && assembly === null;

/**
 * It can't go on to its place on Assembly, and can't wait where it is either: under a temporary name, having stepped aside, or
 * in a folder that is to be deleted once it has left.
 */
export const isLeftAside = (
  item: ItemRecord,
  decision: Decision,
  { stranded, barred }: Pick<PlanInput, 'stranded' | 'barred'>,
): boolean => {
  if (decision.do !== 'unsyncable' || decision.code !== 'name_collision' || item.assembly === null)
    return false;
  if (isParkingName(item.assembly.path, item.id)) return true;
  const isBarred = (barred?.dropbox ?? barred?.assembly ?? null) !== null;
  return item.object === 'file' && item.dropbox !== null && stranded?.assembly === true && !isBarred;
};

/** Why an item of this row is not synced; `null` where it is. */
export const reasonOf = (row: Pick<PlannedRow, 'action' | 'error_code'>): ErrorCode | null =>
  row.action === null ? row.error_code : null;

/** What a decision writes on its item; `keepBoth` and `unite` are carried out by the caller before. */
export function plannedRow(item: ItemRecord, decision: Planned): PlannedRow {
  const row = rowOf(item, decision);
  if (!leavesUnfinished(item, decision)) return row;
  const { item_path, path_key, pinned, conflict_copy } = row;
  return {
    ...blank(item, decision.rule),
    item_path,
    path_key,
    pinned,
    conflict_copy,
    action: 'delete',
    target: 'assembly',
  };
}

/** A file that Dropbox never had is read to compare it with another item's. */
export const comparesTwin = (item: ItemRecord, decision: Decision): boolean =>
  decision.do === 'compare' && item.base === null && item.dropbox === null;

const blank = (item: ItemRecord, rule: number) => ({
  id: item.id,
  rule,
  action: null,
  target: null,
  error_code: null,
  error_message: null,
  closed: false,
  advance: false,
});

function rowOf(item: ItemRecord, decision: Planned): PlannedRow {
  const goal = decision.do === 'close' ? item.path : decision.path;
  const row: PlannedRow = {
    ...blank(item, decision.rule),
    item_path: goal,
    path_key: decision.do === 'close' ? null : pathKey(goal),
    pinned: item.pinned,
    conflict_copy: item.conflictCopy,
  };
  switch (decision.do) {
    case 'nothing':
      return { ...row, pinned: false };
    case 'advance':
      // Agreed on the bytes alone: with a base there is, a side that is elsewhere still has to move.
      return {
        ...row,
        ...agreed(item),
        pinned: item.pinned && !bothAt(item, goal),
        again: !bothAt(item, goal),
      };
    case 'close':
      return { ...row, closed: true };
    case 'compare':
      // The reading of bytes is owed as the write it may lead to.
      // Where another item holds the place, what is compared with it claims none.
      return {
        ...row,
        path_key: comparesTwin(item, decision) ? null : row.path_key,
        action: item.dropbox ? 'update' : 'create',
        target: 'dropbox',
      };
    case 'unsyncable':
      return {
        ...row,
        ...placeUnsynced(item, goal),
        error_code: decision.code,
        error_message: decision.detail,
      };
    case 'operate':
      if (item.refusedSource === sourceFingerprint(item) && item.errorCode !== null) {
        const refused = { ...row, error_code: item.errorCode, error_message: item.errorMessage };
        return { ...refused, ...placeOfOldCopy(item, decision.target, goal) };
      }
      return { ...row, action: decision.action, target: decision.target };
    default:
      return decision satisfies never;
  }
}

/** The other side's old copy stays where it is, under its old name. */
function placeUnsynced(item: ItemRecord, goal: ItemPath): Pick<PlannedRow, 'item_path' | 'path_key'> {
  if (item.base === null) return { item_path: goal, path_key: pathKey(goal) };
  const { dropbox, assembly } = item;
  const copies = dropbox && assembly ? [assembly.path, dropbox.path] : [];
  const old = copies.find((path) => pathKey(path) !== pathKey(goal) && !isParkingName(path, item.id));
  return old === undefined || pathKey(old) === pathKey(item.path)
    ? { item_path: item.path, path_key: item.pathKey }
    : { item_path: old, path_key: pathKey(old) };
}

/** What a side has refused keeps its old copy there, under its old name; beside a guest it waits for the name itself. */
function placeOfOldCopy(
  { base, errorCode, ...item }: ItemRecord,
  target: Side,
  goal: ItemPath,
): Partial<Pick<PlannedRow, 'item_path' | 'path_key'>> {
  const path = item[target]?.path;
  if (base === null || errorCode === 'name_collision' || path === undefined) return {};
  return pathKey(path) === pathKey(goal) ? {} : { item_path: path, path_key: pathKey(path) };
}

const bothAt = (item: ItemRecord, goal: ItemPath): boolean =>
  item.dropbox?.path === goal && isSpelledAs(item.assembly?.path ?? '', goal);

/** The base that both observations agree on. */
function agreed(item: ItemRecord): Partial<PlannedRow> & { advance: true } {
  const { dropbox, assembly, base } = item;
  return {
    advance: true,
    content_hash: dropbox?.hash ?? assembly?.hash ?? base?.hash ?? null,
    size: dropbox?.size ?? assembly?.size ?? base?.size ?? null,
    dbx_file_id: dropbox?.id ?? base?.dropbox?.id ?? null,
    dbx_rev: dropbox?.rev ?? null,
    dbx_path: dropbox?.path ?? null,
    assembly_file_id: assembly?.id ?? base?.assembly?.id ?? null,
    assembly_path: assembly?.path ?? null,
    assembly_version: assembly?.version ?? null,
  };
}
