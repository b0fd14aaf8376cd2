import type { ErrorCode } from '../../domain/errors';
import { isParkingName } from '../../domain/names';
import { isInside, isSpelledAs, joinPath, nameOf, parentOf, pathKey } from '../../domain/paths';
import type { PlanInput } from '../../domain/plan';
import type { AssemblySeen, DropboxSeen, ItemPath, Side, SyncRef } from '../../domain/types';
import type { Tx } from '../../store/client';
import { lookForGuests, NO_GUESTS } from '../../store/guests';
import { folderGoals } from '../../store/matching';
import { collidedKeys, occupiedFolders } from '../../store/plannable';
import type { PlannedRow } from '../../store/planning';
import type { ItemRecord } from '../../store/records';
import { type Twin, twinsOnAssembly } from '../../store/twins';
import { byFolder } from './folderGoals';
import { reasonOf } from './plannedRow';

/** Where the folders of each side, by the key of their seen path, are to live in the shared tree. */
export interface Placement {
  placedOn(side: Side, item: ItemRecord): ItemPath | null;
  /** The synced folder that it is in on that side: where that is to live, and whether the other side lacks it. */
  folderOf(side: Side, item: ItemRecord): { readonly goal: ItemPath; readonly alone: boolean } | null;
  /** The folder it is in on that side is to be deleted there: no move of the folder carries it along. */
  isStranded(side: Side, seenPath: ItemPath | null): boolean;
  /** Why the folder that it is in on that side, or one above, is not synced; not where the other side has one of its name. */
  barredOn(side: Side, item: ItemRecord): ErrorCode | null;
  /** Another object of Assembly has the place of this one already, under a name that Dropbox can't tell from its own. */
  isNameHeld(item: ItemRecord): boolean;
  /** What becomes of a folder was decided: what lies below it is placed by that from now on. */
  decided(item: ItemRecord, row: PlannedRow): void;
}

/** Loads the parents of a batch of items. Items of one batch must come parents first. */
export async function loadPlacement(tx: Tx, ref: SyncRef, items: readonly ItemRecord[]): Promise<Placement> {
  const goals = { dropbox: byFolder<ItemPath | null>(), assembly: byFolder<ItemPath | null>() };
  const leaving = { dropbox: new Set<string>(), assembly: new Set<string>() };
  const unsynced = { dropbox: byFolder<ErrorCode | null>(), assembly: byFolder<ErrorCode | null>() };
  const met = { dropbox: byFolder<boolean>(), assembly: byFolder<boolean>() };
  const selves = { dropbox: byFolder<string>(), assembly: byFolder<string>() };
  const alone = { dropbox: new Set<string>(), assembly: new Set<string>() };
  for (const side of ['dropbox', 'assembly'] as const) {
    const keys = new Set<string>();
    for (const item of items) for (const above of foldersOf(item[side]?.path ?? '')) keys.add(pathKey(above));
    for (const folder of await folderGoals(tx, ref, side, [...keys])) {
      const goal = folder.unsyncable ? null : folder.goal;
      goals[side].set(folder.path, goal, goal !== null);
      if (folder.selfId !== null) selves[side].set(folder.path, folder.selfId, true);
      if (folder.leaving) leaving[side].add(folder.path);
      if (folder.alone) alone[side].add(folder.path);
      unsynced[side].set(folder.path, folder.errorCode, true);
      met[side].set(folder.path, folder.met, true);
    }
    goals[side].set('', '', true);
  }
  const held = await collidedKeys(
    tx,
    ref,
    items.filter(isSpelledApart).map(({ dropbox }) => pathKey(dropbox.path)),
  );
  return {
    isNameHeld(item) {
      const holding = isSpelledApart(item) ? held.get(pathKey(item.dropbox.path)) : undefined;
      // A folder of the name that a folder is given becomes that one.
      return holding !== undefined && (item.object === 'file' || holding.has('file'));
    },
    placedOn(side, item) {
      const seenPath = item[side]?.path;
      if (seenPath === undefined) return null;
      // It was moved into what it has left, which is to follow it: nobody can live in itself.
      if (hasMoved(side, item) && foldersOf(seenPath).some((above) => selves[side].get(above) === item.id))
        return item.path;
      const parent = goals[side].get(parentOf(seenPath)) ?? null;
      return parent === null ? seenPath : `${parent}/${nameOf(seenPath)}`;
    },
    folderOf(side, item) {
      const parent = parentOf(item[side]?.path ?? '');
      const goal = goals[side].get(parent) ?? null;
      return goal === null ? null : { goal, alone: alone[side].has(parent) };
    },
    barredOn(side, item) {
      const folders = foldersOf(item[side]?.path ?? '');
      if (folders[0] === undefined || met[side].get(folders[0])) return null;
      return folders.map((above) => unsynced[side].get(above)).find((code) => code != null) ?? null;
    },
    isStranded: (side, seenPath) => seenPath !== null && leaving[side].has(parentOf(seenPath)),
    decided(item, row) {
      if (item.object !== 'folder') return;
      // What is in an old self lives where the folder does, though the old self itself can't give way.
      const reason = item.oldSelf ? null : reasonOf(row);
      for (const side of ['dropbox', 'assembly'] as const) {
        const seen = item[side];
        if (!seen) continue;
        if (row.action === 'delete') leaving[side].add(seen.path);
        else leaving[side].delete(seen.path);
        goals[side].set(seen.path, reason === null ? row.item_path : null, true);
        unsynced[side].set(seen.path, reason, true);
      }
    },
  };
}

/** The folders that a path is in, the innermost first. */
function foldersOf(path: ItemPath): ItemPath[] {
  const folders: ItemPath[] = [];
  for (let above = parentOf(path); above !== ''; above = parentOf(above)) folders.push(above);
  return folders;
}

const hasMoved = (side: Side, { base, [side]: seen }: ItemRecord): boolean =>
  base?.[side] != null && seen !== null && !isSpelledAs(base[side].path, seen.path);

/** It is at one place for Dropbox, but not spelled alike on both sides. */
const isSpelledApart = (
  item: ItemRecord,
): item is ItemRecord & { dropbox: DropboxSeen; assembly: AssemblySeen } =>
  item.dropbox !== null &&
  item.assembly !== null &&
  !isSpelledAs(item.dropbox.path, item.assembly.path) &&
  pathKey(item.dropbox.path) === pathKey(item.assembly.path);

/**
 * Whether what lives below a folder can keep it: it was agreed on and one side lacks it. Not the old self of a
 * folder that was rebuilt elsewhere: what is in it lives there.
 */
const mayBeKept = ({ object, base, oldSelf, dropbox, assembly }: ItemRecord): boolean =>
  object === 'folder' && base !== null && !oldSelf && (dropbox === null || assembly === null);

/** Whether a guest of Assembly may keep a folder: it is on that side alone. */
const mayBeVisited = ({ object, dropbox, assembly }: ItemRecord): boolean =>
  object === 'folder' && dropbox === null && assembly !== null;

/**
 * An item that is on one side alone, or has no place any more, as it was planned: in the folder that it is in there, wherever
 * that is to live by now. Not where it has its place in a folder of both sides: two of those may have traded what they are on
 * Assembly. One with a conflict name keeps that, and goes with a folder only where it has no place any more.
 */
export function withPlace(item: ItemRecord, placement: Placement): ItemRecord {
  const { base, pathKey: key, pinned, oldSelf, dropbox, assembly } = item;
  const side = assembly ? 'assembly' : 'dropbox';
  if (oldSelf || item[side] === null) return item;
  const isOnBoth = dropbox !== null && assembly !== null;
  if (pinned ? key !== null : base === null || (isOnBoth && key !== null)) return item;
  const folder = placement.folderOf(side, item);
  if (!folder || !(key === null || folder.alone)) return item;
  // The folder was moved into it, on the other side: nobody can live in itself.
  if (item.object === 'folder' && isInside(pathKey(folder.goal), pathKey(item.path))) return item;
  return { ...item, path: joinPath(folder.goal, nameOf(item.path)) };
}

/** What else there is that an item's plan depends on. */
export interface Company {
  /** In the folder: items that stay or arrive. */
  readonly items: boolean;
  /** In the folder: objects of Assembly that are no items. */
  readonly guests: boolean;
  /** A folder that can't go from Assembly has the same name, or is this one and another item has it. */
  readonly blocked: boolean;
  /** At the file's path on Assembly: another item that may hold the same bytes. */
  readonly twin: Twin | undefined;
}

/** Whether a file may be the same as another item's: it is new, on Assembly alone, and another item has its place. */
const mayHaveTwin = ({ object, base, pathKey: key, dropbox, assembly, pinned }: ItemRecord): boolean =>
  object === 'file' && base === null && key === null && dropbox === null && assembly !== null && !pinned;

/** Whether a file's way to Assembly may be blocked: not asked again where that is planned already. */
const mayBeBlocked = (item: ItemRecord): boolean =>
  item.object === 'file'
    ? hasToFollowDropbox(item) && (item.dirty || item.errorCode === 'name_collision')
    : mayBeVisited(item);

/** It is to be where it is on Dropbox, and is not there on Assembly. */
const hasToFollowDropbox = ({ dropbox, assembly, pinned, path }: ItemRecord): boolean => {
  if (dropbox === null) return false;
  const key = pathKey(dropbox.path);
  return assembly === null || (pathKey(assembly.path) !== key && !(pinned && pathKey(path) !== key));
};

/** The company of each item of a batch. */
export async function loadCompany(
  tx: Tx,
  ref: SyncRef,
  items: readonly ItemRecord[],
): Promise<(item: ItemRecord) => Company> {
  const folders = items.filter(mayBeKept).map(({ id, path }) => ({ id, key: pathKey(path) }));
  const occupied = await occupiedFolders(tx, ref, folders);
  const twins = await twinsOnAssembly(
    tx,
    ref,
    items.filter(mayHaveTwin).map(({ id }) => id),
  );
  const mayMeetGuests = items.some((item) => mayBeVisited(item) || mayBeBlocked(item));
  const { visited, blocked } = mayMeetGuests ? await lookForGuests(tx, ref) : NO_GUESTS;
  return (item) => ({
    items: occupied.has(item.id),
    guests: mayBeVisited(item) && visited.has(item.id),
    blocked: mayBeBlocked(item) && blocked.has(item.id),
    twin: twins.get(item.id),
  });
}

/** All that the plan needs to know of one item. */
export function planInput(item: ItemRecord, placement: Placement, company: Company): PlanInput {
  return {
    object: item.object,
    itemPath: item.path,
    pinned: item.pinned,
    base: agreedOn(item),
    dropbox: item.dropbox,
    assembly: item.assembly,
    placed: {
      dropbox: outside(item, placement.placedOn('dropbox', item)),
      assembly: outside(item, placement.placedOn('assembly', item)),
    },
    aside: isAside(item),
    stranded: {
      dropbox: placement.isStranded('dropbox', item.dropbox?.path ?? null),
      assembly: placement.isStranded('assembly', item.assembly?.path ?? null),
    },
    barred: {
      dropbox: placement.barredOn('dropbox', item),
      assembly: placement.barredOn('assembly', item),
    },
    nameHeld: placement.isNameHeld(item),
    blocked: company.blocked,
    twinHash: company.twin?.hash,
    occupied: company.items || company.guests,
  };
}

const isAside = ({ id, dropbox, assembly }: ItemRecord): boolean =>
  [dropbox, assembly].some((seen) => seen !== null && isParkingName(seen.path, id));

/** A name that we gave it on Dropbox, on its way to another one, is no person's: nobody has moved it there. */
function agreedOn({ id, base, dropbox }: ItemRecord): PlanInput['base'] {
  if (!base?.dropbox || !dropbox || !isParkingName(dropbox.path, id)) return base;
  return { ...base, dropbox: { ...base.dropbox, path: dropbox.path } };
}

/**
 * Two moves that put each of two folders into the other would place a folder inside itself. Dropbox's structure wins:
 * there its own path stands, and what Assembly says of this folder does not count. In a folder that took this one's own name
 * it is inside another one.
 */
function outside(item: ItemRecord, placed: ItemPath | null): ItemPath | null {
  if (placed === null || item.object !== 'folder') return placed;
  const key = pathKey(placed);
  const own = [item.pathKey, item.dropbox && pathKey(item.dropbox.path)];
  const within = own.some(
    (one) => one !== null && key !== one && parentOf(key) !== one && isInside(key, one),
  );
  return within ? (item.dropbox?.path ?? item.path) : placed;
}
