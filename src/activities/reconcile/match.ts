import { randomUUID } from 'node:crypto';
import { checkName } from '../../domain/names';
import { nameOf, parentOf, pathKey } from '../../domain/paths';
import {
  type ItemPath,
  type ObjectKind,
  type Origin,
  otherSide,
  type Side,
  type SyncRef,
} from '../../domain/types';
import type { Tx } from '../../store/client';
import type { Unplanned } from '../../store/manyRows';
import {
  attachById,
  attachToItems,
  claims,
  dirtyIn,
  folderGoals,
  insertItems,
  type NewItem,
  releaseIds,
  retryCollisions,
  type Unmatched,
  unmatched,
} from '../../store/matching';
import { type ByFolder, byFolder } from './folderGoals';

const BATCH = 5_000;

/**
 * Gives every object that was seen its item: the one that knows its id; else the one that claims its place and has
 * nothing on this side (a file deleted and created anew is an edit, two new files at one path are one item); else a
 * new one. Dropbox first, so that its items keep their names. What lies below an unsyncable folder stays unmatched.
 */
export async function matchObjects(tx: Tx, ref: SyncRef, origin: Origin, waiting: Unplanned): Promise<void> {
  if (waiting.collided > 0) await retryCollisions(tx, ref);
  for (const side of ['dropbox', 'assembly'] as const) {
    if (waiting[side] === 0) continue;
    await attachById(tx, ref, side);
    await releaseIds(tx, ref, side);
    let after = '';
    for (;;) {
      const batch = await unmatched(tx, ref, side, after, BATCH);
      if (batch.length === 0) break;
      await matchBatch(tx, ref, side, batch, origin);
      const last = batch[batch.length - 1]!;
      after = `${last.pathKey}\u0001${last.id}`;
    }
  }
}

async function matchBatch(tx: Tx, ref: SyncRef, side: Side, batch: readonly Unmatched[], origin: Origin) {
  const placed = await placeBatch(tx, ref, side, batch);
  const taken = new Map<string, Place>();
  for (const claim of await claims(tx, ref, [...new Set(placed.map((one) => pathKey(one.path)))])) {
    taken.set(claim.key, claim);
  }
  const attach: { id: string; itemId: string }[] = [];
  const fresh: NewItem[] = [];
  for (const one of placed) {
    const key = pathKey(one.path);
    const claim = taken.get(key);
    const vacant = claim && !(side === 'dropbox' ? claim.onDropbox : claim.onAssembly);
    if (claim && vacant && claim.object === one.object) {
      // It has another file on its way to Dropbox, if it is not this very one: whoever sends that looks.
      if (side === 'dropbox' && claim.sent) continue;
      attach.push({ id: one.id, itemId: claim.itemId });
      taken.set(key, occupied(claim, side));
      continue;
    }
    const item: NewItem = { ...one, key: claim ? null : key };
    fresh.push(item);
    if (!claim) taken.set(key, occupied({ ...item, onDropbox: false, onAssembly: false, sent: false }, side));
  }
  await attachToItems(tx, ref, side, attach);
  await insertItems(tx, ref, side, fresh, origin);
  const linked = new Set([...attach, ...fresh].map(({ id }) => id));
  const folders = placed.filter(({ id, object }) => object === 'folder' && linked.has(id));
  await dirtyIn(
    tx,
    ref,
    side,
    folders.map(({ id }) => id),
  );
}

interface Place {
  readonly itemId: string;
  readonly object: ObjectKind;
  readonly onDropbox: boolean;
  readonly onAssembly: boolean;
  readonly sent: boolean;
}

const occupied = (place: Place, side: Side): Place =>
  side === 'dropbox' ? { ...place, onDropbox: true } : { ...place, onAssembly: true };

/** Each object's place in the shared tree: below the goal of its folder's item. Parents come first in a batch. */
async function placeBatch(tx: Tx, ref: SyncRef, side: Side, batch: readonly Unmatched[]) {
  const goals = byFolder<string | null>();
  goals.set('', '', true);
  for (const folder of await folderGoals(tx, ref, side, foldersAbove(batch))) {
    const goal = folder.unsyncable ? null : folder.goal;
    goals.set(folder.path, goal, goal !== null);
  }
  const placed: { itemId: string; id: string; object: Unmatched['object']; path: string }[] = [];
  for (const one of batch) {
    const parent = goalOf(goals, parentOf(one.path));
    // `undefined`: the folder itself was never shown; the object's own path is the best that is known.
    const path = parent === undefined ? one.path : parent === null ? null : `${parent}/${nameOf(one.path)}`;
    // Below a folder that the other side can't hold, only the folder itself is listed.
    const held = path !== null && checkName(otherSide(side), path) === null;
    if (one.object === 'folder') goals.set(one.path, held ? path : null, held);
    if (path !== null) placed.push({ itemId: randomUUID(), id: one.id, object: one.object, path });
  }
  return placed;
}

/** Every folder that one of a batch is in, however far up. */
function foldersAbove(batch: readonly Unmatched[]): string[] {
  const keys = new Set<string>();
  for (const { parentKey } of batch) {
    for (let key = parentKey; key !== '' && !keys.has(key); key = parentOf(key)) keys.add(key);
  }
  return [...keys];
}

/**
 * `null` below any folder that the other side can't hold, though what is between was never shown: unless the folder itself
 * has a place, as the old self of one that lives elsewhere.
 */
function goalOf(goals: ByFolder<string | null>, folder: ItemPath): string | null | undefined {
  const own = goals.get(folder);
  if (own != null) return own;
  for (let above = folder; above !== ''; above = parentOf(above)) if (goals.get(above) === null) return null;
  return own;
}
