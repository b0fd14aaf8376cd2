import { pathKey } from '../../domain/paths';
import { type Decision, plan, type Rule } from '../../domain/plan';
import type { SyncRef } from '../../domain/types';
import type { Tx } from '../../store/client';
import { isYetToBeLinked } from '../../store/matching';
import { writePlans } from '../../store/planning';
import type { ItemRecord } from '../../store/records';
import { loadCompany, loadPlacement, planInput, withPlace } from './placement';
import { comparesTwin, isLeftAside, leavesUnfinished, plannedRow, reasonOf } from './plannedRow';

export type Replan =
  /** A tombstone is written (or still there) and can be opened. */
  | { readonly kind: 'owed'; readonly decision: Extract<Decision, { do: 'operate' | 'compare' }> }
  /** What an earlier try left on Assembly has to be taken back. */
  | { readonly kind: 'cleanUp'; readonly rule: Rule }
  | { readonly kind: 'settled' }
  /** More than this item is concerned: its place, a conflict copy, a new delete. The whole sync has to be planned. */
  | { readonly kind: 'wider' };

/**
 * Plans one locked item anew. What touches no other item is written at once; everything else marks the item dirty for
 * `reconcile`, which sees the whole sync. A delete that no reconcile has planned is never opened from here: the
 * mass-delete guard must have seen it.
 */
export async function replanItem(tx: Tx, ref: SyncRef, item: ItemRecord): Promise<Replan> {
  // Seen again, and not gone: which object is whose only the plan of the whole sync says.
  if (lacksKnown(item) && (await isYetToBeLinked(tx, { ...ref, itemId: item.id })))
    return await widen(tx, item);
  const placement = await loadPlacement(tx, ref, [item]);
  const there = withPlace(item, placement);
  const companyOf = await loadCompany(tx, ref, [there]);
  const input = planInput(there, placement, companyOf(item));
  const decision = plan(input);
  if (!staysInPlace(item, decision)) return await widen(tx, item);
  if (decision.do === 'keepBoth' || decision.do === 'unite' || isLeftAside(item, decision, input)) {
    return await widen(tx, item);
  }
  const planned = plannedRow(item, decision);
  if (decision.do === 'unsyncable' && planned.item_path !== item.path) return await widen(tx, item);
  // The item stays where it is: an item on its way out whose place another has taken does not claim it back.
  const row = { ...planned, path_key: planned.closed ? null : item.pathKey };
  const takesBack = leavesUnfinished(item, decision);
  const newDelete =
    !takesBack && row.action === 'delete' && !(item.action === 'delete' && item.target === row.target);
  if (newDelete) return await widen(tx, item);
  // What becomes of a folder concerns all that is in it.
  if (item.object === 'folder' && reasonOf(row) !== null) return await widen(tx, item);
  await writePlans(tx, ref, [row], item.origin);
  if (takesBack) return { kind: 'cleanUp', rule: decision.rule };
  if (row.again) return { kind: 'wider' };
  const owed = row.action !== null && (decision.do === 'operate' || decision.do === 'compare');
  return owed ? { kind: 'owed', decision } : { kind: 'settled' };
}

/** A side that was agreed on has nothing of it now. */
const lacksKnown = ({ base, dropbox, assembly }: ItemRecord): boolean =>
  (base?.dropbox != null && dropbox === null) || (base?.assembly != null && assembly === null);

const staysInPlace = (item: ItemRecord, decision: Decision): boolean =>
  decision.do === 'close' ||
  (decision.do === 'unsyncable' && (item.base !== null || decision.path === item.path)) ||
  (decision.path === item.path &&
    (item.pathKey === pathKey(decision.path) || (item.pathKey === null && waitsOutside(item, decision))));

/** Without a place of its own: on its way out, or to be compared with what holds its place. */
const waitsOutside = (item: ItemRecord, decision: Decision): boolean =>
  decision.do === 'operate' ? decision.action === 'delete' : comparesTwin(item, decision);

async function widen(tx: Tx, item: ItemRecord): Promise<Replan> {
  await tx.$executeRaw`UPDATE file_folder_sync SET dirty = true, updated_at = now() WHERE id = ${item.id}::uuid`;
  return { kind: 'wider' };
}
