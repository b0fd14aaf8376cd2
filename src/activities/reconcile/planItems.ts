import { randomUUID } from 'node:crypto';
import { parentOf, pathKey } from '../../domain/paths';
import { plan } from '../../domain/plan';
import type { Origin, SyncRef } from '../../domain/types';
import type { Tx } from '../../store/client';
import { partFromOldSelves } from '../../store/guests';
import {
  dirtyAloneBelow,
  dirtyBelow,
  dirtyBelowOnAssembly,
  dirtyBesideCollided,
  dirtyLeavingFolders,
  dirtyStranded,
  type FolderMove,
  forgetBelow,
  rebaseBelow,
  unsyncedFoldersOf,
} from '../../store/planConsequences';
import { dirtyGoneFolders, dirtyItems } from '../../store/plannable';
import { type PlannedRow, splitConflictCopy, writePlans } from '../../store/planning';
import type { ItemRecord } from '../../store/records';
import { uniteTwins } from '../../store/twins';
import { freeConflictPath } from './freeName';
import { plannedAgain } from './meetingFolders';
import { loadCompany, loadPlacement, planInput, withPlace } from './placement';
import { isLeftAside, plannedRow, reasonOf } from './plannedRow';
import { type Planned, settlePlaces } from './settlePlaces';

const BATCH = 5_000;
/** Far more rounds than any tree needs; reaching it means that planning runs in a circle. */
const MAX_ROUNDS = 2_000;

/**
 * Plans every dirty item and writes its tombstone, parents before children; folders that one side lacks come last,
 * deepest first, since they go only when nothing below them stays. Returns how many items were planned.
 */
export async function planDirtyItems(tx: Tx, ref: SyncRef, origin: Origin, now: Date): Promise<number> {
  let planned = 0;
  for (let round = 0; round < MAX_ROUNDS; round++) {
    const items = await dirtyItems(tx, ref, BATCH);
    const batch = items.length > 0 ? items : await dirtyGoneFolders(tx, ref, BATCH);
    if (batch.length === 0) return planned;
    // What was planned just now may have been all that kept one from standing for itself.
    if (batch.some((item) => item.oldSelf) && (await partFromOldSelves(tx, ref)) > 0) continue;
    await planBatch(tx, ref, batch, origin, now);
    planned += batch.length;
  }
  throw new Error('planning did not come to an end');
}

async function planBatch(tx: Tx, ref: SyncRef, batch: readonly ItemRecord[], origin: Origin, now: Date) {
  const placement = await loadPlacement(tx, ref, batch);
  // Folders whose company counts are of one depth: none of them waits here for the place of another.
  const there = batch.map((item) => withPlace(item, placement));
  const companyOf = await loadCompany(tx, ref, there);
  const planned: Planned[] = [];
  const traded = new Set<string>();
  const copies: string[] = [];
  for (const item of batch) {
    const company = companyOf(item);
    const placed = withPlace(item, placement);
    const input = planInput(placed, placement, company);
    const decision = plan(input);
    if (decision.do === 'keepBoth') {
      copies.push(await keepBoth(tx, ref, item, decision.path, origin, now));
      continue;
    }
    if (decision.do === 'unite') {
      await uniteTwins(tx, ref, item, company.twin!);
      traded.add(company.twin!.holderId);
      continue;
    }
    const row = plannedRow(placed, decision);
    placement.decided(item, row);
    const barred = (input.barred?.dropbox ?? input.barred?.assembly ?? null) !== null;
    const inVain = decision.do === 'unsyncable' && isLeftAside(item, decision, input) ? decision.path : null;
    const stranded = input.stranded?.assembly === true;
    planned.push({ item, row, placed: input.placed, stranded, barred, inVain });
  }
  const fresh = withoutStale(planned, traded);
  const rows = await settlePlaces(tx, ref, fresh, now);
  await writePlans(tx, ref, rows, origin);
  // What is in an old self lives elsewhere.
  const oldSelves = new Set(batch.filter((item) => item.oldSelf).map((item) => item.id));
  const unsynced = rows
    .filter((row) => reasonOf(row) !== null && !oldSelves.has(row.id))
    .map((row) => row.id);
  await forgetBelow(tx, ref, [...unsynced, ...(await unsyncedFoldersOf(tx, ref, barredAlone(fresh)))]);
  const collided = rows.filter((row) => row.error_code === 'name_collision').map((row) => row.id);
  await dirtyBesideCollided(tx, ref, collided);
  await followFolders(
    tx,
    ref,
    fresh.map(({ item }) => item),
    rows,
    copies,
  );
}

/** What was decided of items that have other objects since they were read keeps their place, and is decided anew. */
const withoutStale = (planned: readonly Planned[], traded: ReadonlySet<string>): Planned[] =>
  planned.map((one) => (traded.has(one.item.id) ? { ...one, row: plannedAgain(one.row) } : one));

/** What one side lacks and can't get, for the folder that it is in. */
const barredAlone = (planned: readonly Planned[]): string[] =>
  planned
    .filter(({ item, row, barred }) => barred && reasonOf(row) !== null && !(item.dropbox && item.assembly))
    .map(({ item }) => item.id);

/** Both halves stay dirty, so they are planned in a later round of the same transaction. Returns the copy's id. */
async function keepBoth(
  tx: Tx,
  ref: SyncRef,
  item: ItemRecord,
  path: string,
  origin: Origin,
  now: Date,
): Promise<string> {
  const free = await freeConflictPath(tx, ref, path, now);
  const id = randomUUID();
  await splitConflictCopy(tx, ref, item, { id, ...free }, origin);
  return id;
}

/**
 * Moves what is meant to live below a folder whose goal moved, and keeps folders that something came to live in. `copies` have
 * just been made where the goals are now.
 */
async function followFolders(
  tx: Tx,
  ref: SyncRef,
  items: readonly ItemRecord[],
  rows: readonly PlannedRow[],
  copies: readonly string[],
) {
  const before = new Map(items.map((item) => [item.id, item]));
  const moves: FolderMove[] = [];
  const moved: string[] = [];
  const inhabited = new Set<string>();
  const staying: string[] = [];
  for (const row of rows) {
    const item = before.get(row.id);
    // What is in a folder that could not go where it was to be is still there on the other side.
    const goes = row.again || row.action !== null || row.error_code === null;
    if (item?.object === 'folder' && goes && item.path !== row.item_path) {
      const fromKey = item.pathKey ?? pathKey(item.path);
      const onlyIn = item.pathKey === null ? item.id : null;
      const toKey = row.path_key ?? pathKey(row.item_path);
      moves.push({ fromKey, onlyIn, toPath: row.item_path, toKey });
      moved.push(item.id);
    }
    if (row.action !== 'delete' && !row.closed && row.path_key !== null) {
      staying.push(row.id);
      for (let key = parentOf(row.path_key); key !== ''; key = parentOf(key)) inhabited.add(key);
    }
  }
  const placed = rows.filter((row) => before.get(row.id)?.path !== row.item_path).map((row) => row.id);
  await rebaseBelow(tx, ref, moves, [...placed, ...copies]);
  await dirtyAloneBelow(tx, ref, moved);
  await dirtyLeavingFolders(tx, ref, [...inhabited], staying);
  await dirtyStranded(
    tx,
    ref,
    rows.filter((row) => row.action === 'delete' && row.target === 'dropbox').map((row) => row.id),
  );
  await dirtyBelowOnAssembly(
    tx,
    ref,
    rows.filter((row) => row.again).map((row) => row.id),
  );
  await dirtyBelow(
    tx,
    ref,
    rows.filter((row) => hasTurned(before.get(row.id), row)).map((row) => row.id),
  );
}

/** A folder that was not synced is to be, or the other way round, or for another reason: so is what lies below it. */
const hasTurned = (item: ItemRecord | undefined, row: PlannedRow): boolean =>
  item?.object === 'folder' && (item.action === null ? item.errorCode : null) !== reasonOf(row);
