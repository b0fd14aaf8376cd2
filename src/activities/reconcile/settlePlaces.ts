import { isSpelledAs, nameOf, parentOf, pathKey } from '../../domain/paths';
import type { AssemblySeen, ItemPath, ObjectKind, SyncRef } from '../../domain/types';
import type { Tx } from '../../store/client';
import { lockItem } from '../../store/items';
import { type Claim, claims } from '../../store/matching';
import { rebaseBelow } from '../../store/planConsequences';
import { type PlannedRow, pinToPath, releaseClaims } from '../../store/planning';
import { freeConflictPath } from './freeName';
import { asUnited, meetAt, plannedAgain, type Standing, standingOf, unite } from './meetingFolders';

/** One item, and what was decided about it. */
export interface Planned extends Standing {
  readonly row: PlannedRow;
  /** A folder that it is in is not synced. */
  readonly barred: boolean;
  /** The place that it can't go to, though it can't wait where it is either: it takes a conflict name there. */
  readonly inVain: ItemPath | null;
}

/**
 * Gives every planned item its place, so that no two live items claim one path at commit. Who leaves gives way; who
 * sits there on Dropbox keeps the name; an Assembly object whose name Dropbox can't tell from one already there is
 * `name_collision`; whoever else comes second takes a conflict name and is planned anew. Below a folder that moves in
 * this very batch nothing is decided yet: some of the paths there may be of its old place, and a conflict name would stay there.
 * What lies below a folder that loses its place here was decided by that place: nothing of it is written, and it is planned anew.
 */
export async function settlePlaces(
  tx: Tx,
  ref: SyncRef,
  planned: readonly Planned[],
  now: Date,
): Promise<PlannedRow[]> {
  const inBatch = new Map(planned.map((one) => [one.item.id, one]));
  const keys = new Set(planned.flatMap(({ row }) => (row.path_key === null ? [] : [row.path_key])));
  const holders = new Map<string, Claim>();
  for (const claim of await claims(tx, ref, [...keys])) {
    if (inBatch.has(claim.itemId)) continue;
    // Of several the one that is not planned again: the others come back here.
    if (!claim.dirty || !holders.has(claim.key)) holders.set(claim.key, claim);
  }
  const moving = movingFolders(planned);
  const result: PlannedRow[] = [];
  const taken = new Map<string, Planned>();
  const released: string[] = [];
  const lost = new Set<string>();
  for (const one of [...planned].sort((left, right) => rank(left) - rank(right))) {
    if (one.inVain !== null) {
      result.push(await takeConflictName(tx, ref, one, one.inVain, now));
      continue;
    }
    const key = one.row.path_key;
    if (key === null) {
      result.push(one.row);
      continue;
    }
    const holder = holders.get(key);
    const rival = taken.get(key);
    if (isLeaving(one)) {
      result.push(rival || holder ? { ...one.row, path_key: null } : one.row);
      if (!rival && !holder) taken.set(key, one);
      continue;
    }
    if (!holder && !rival) {
      taken.set(key, one);
      result.push(one.row);
      continue;
    }
    if (holder && (holder.leaving || holder.dirty)) {
      released.push(holder.itemId);
      holders.delete(key);
      taken.set(key, one);
      result.push(one.row);
      continue;
    }
    if (isBelow(key, moving) || isBelow(key, lost)) {
      result.push({ ...one.row, again: true });
      continue;
    }
    const there = rival ?? (holder ? await standingHolder(tx, ref, holder) : null);
    if (holder && there && meetAt(key, one, there)) {
      await unite(tx, ref, one.item, there.item, one.row);
      holders.delete(key);
      taken.set(key, asUnited(one, there));
      result.push(plannedAgain(one.row));
      continue;
    }
    if (there && meetAt(key, there, one)) {
      await unite(tx, ref, there.item, one.item, one.row);
      const index = rival ? result.indexOf(rival.row) : -1;
      if (index !== -1) result[index] = plannedAgain(rival!.row);
      if (rival) taken.set(key, asUnited(rival, one));
      continue;
    }
    if (holder && sitsOnDropbox(one, key)) {
      const free = await freeConflictPath(tx, ref, one.row.item_path, now);
      await pinToPath(tx, ref, holder.itemId, free);
      if (holder.object === 'folder') {
        lost.add(key);
        // What is in it was meant to live below the place that it loses.
        const onlyIn = one.item.object === 'folder' ? holder.itemId : null;
        const away = { fromKey: key, onlyIn, toPath: free.path, toKey: free.key };
        await rebaseBelow(tx, ref, [away], []);
      }
      holders.delete(key);
      taken.set(key, one);
      result.push(one.row);
      continue;
    }
    const stranded = there?.stranded === true;
    const first = holder
      ? { object: holder.object, path: holder.assemblyPath, stranded }
      : { object: rival!.item.object, path: rival!.item.assembly?.path ?? null, stranded };
    const row = await yieldPlace(tx, ref, one, first, now);
    result.push(row);
    if (one.item.object === 'folder') {
      lost.add(key);
      // A conflict copy of what is in it was split off below the place that it does not get.
      const away = { fromKey: key, onlyIn: one.item.id, toPath: row.item_path, toKey: row.path_key ?? '' };
      if (row.path_key !== null) await rebaseBelow(tx, ref, [away], []);
    }
  }
  await releaseClaims(tx, ref, released);
  return result.filter((row) => row.path_key === null || !isBelow(row.path_key, lost));
}

async function standingHolder(tx: Tx, ref: SyncRef, { itemId }: Claim): Promise<Standing | null> {
  const item = await lockItem(tx, ref.portalId, itemId);
  return item && (await standingOf(tx, ref, item));
}

/** Dropbox's names are settled first, leavers last. */
const rank = (one: Planned): number =>
  isLeaving(one) ? 2 : one.row.path_key !== null && sitsOnDropbox(one, one.row.path_key) ? 0 : 1;

const isLeaving = ({ row }: Planned): boolean => row.action === 'delete';

/** Or will, when the folders above it have moved. */
const sitsOnDropbox = ({ placed }: Planned, key: string): boolean =>
  placed.dropbox !== null && pathKey(placed.dropbox) === key;

/** The old and the new keys of the folders that a batch moves. */
function movingFolders(planned: readonly Planned[]): ReadonlySet<string> {
  const keys = new Set<string>();
  for (const { item, row } of planned) {
    if (item.object !== 'folder' || row.path_key === null || item.path === row.item_path) continue;
    keys.add(pathKey(item.path)).add(row.path_key);
  }
  return keys;
}

function isBelow(key: string, folders: ReadonlySet<string>): boolean {
  if (folders.size === 0) return false;
  for (let above = parentOf(key); above !== ''; above = parentOf(above)) if (folders.has(above)) return true;
  return false;
}

/**
 * The second comer: not syncable where only letter case or Unicode form tells it apart on Assembly, else under a
 * conflict name. Two objects of one very name are two versions of a file, such as a client's replacement that came
 * while the file was being restored: nobody could tell them apart by renaming, so both are kept. So are two of which one
 * is in a folder that is being left for another spelling: it could not go while the other waits.
 */
async function yieldPlace(tx: Tx, ref: SyncRef, one: Planned, first: First, now: Date): Promise<PlannedRow> {
  const { item, row, barred } = one;
  const mayStay = barred || !(one.stranded || first.stranded);
  if (
    item.dropbox === null &&
    item.base === null &&
    item.assembly &&
    ((mayStay && isVariant(item.assembly.path, first.path)) ||
      isToBeTakenIn(item.assembly, row.item_path, first))
  ) {
    return {
      ...row,
      path_key: null,
      action: null,
      target: null,
      error_code: 'name_collision',
      error_message: 'Dropbox can not tell this name from that of another item; rename one of the two.',
    };
  }
  return await takeConflictName(tx, ref, one, row.item_path, now);
}

async function takeConflictName(
  tx: Tx,
  ref: SyncRef,
  { item, row }: Planned,
  beside: ItemPath,
  now: Date,
): Promise<PlannedRow> {
  const free = await freeConflictPath(tx, ref, beside, now);
  await pinToPath(tx, ref, item.id, free);
  return { ...row, item_path: free.path, path_key: free.key, pinned: true, conflict_copy: true, again: true };
}

/** Who came first, and where it is on Assembly. */
interface First {
  readonly object: ObjectKind;
  readonly path: ItemPath | null;
  readonly stranded: boolean;
}

/** A folder that is just where, and spelled as, the folder of the first comer is about to be made: it is that one then. */
const isToBeTakenIn = (seen: AssemblySeen, goal: ItemPath, first: First): boolean =>
  seen.object === 'folder' &&
  first.object === 'folder' &&
  first.path !== null &&
  isSpelledAs(seen.path, goal) &&
  pathKey(first.path) === pathKey(goal) &&
  !isSpelledAs(first.path, goal);

/** By the name alone: a folder that is spelled otherwise is the old self of one whose letter case was changed. */
const isVariant = (path: ItemPath, other: ItemPath | null): boolean =>
  other !== null && nameOf(other) !== nameOf(path) && pathKey(other) === pathKey(path);
