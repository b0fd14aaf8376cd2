import { asidePath, isParkingName } from '../../domain/names';
import { joinPath, nameOf, parentOf, pathKey } from '../../domain/paths';
import type { ItemPath, Side } from '../../domain/types';
import { inTransaction, type Tx } from '../../store/client';
import { exchangeFolders } from '../../store/exchangeFolders';
import { lockItem } from '../../store/items';
import { assemblyFolderAt } from '../../store/observing';
import { clearStaleRun, giveBackOpen, stampAttempt } from '../../store/operations';
import { isReady, waitsForLeavingFolder } from '../../store/ready';
import type { ItemRecord, SyncRecord } from '../../store/records';
import { flows, readSync } from '../../store/syncRecords';
import type { SyncItemInput } from '../../workflows/messages';
import type { ActivityDeps } from '../deps';
import { type Replan, replanItem } from '../reconcile/replanItem';

export type Opened =
  | { readonly kind: 'operation'; readonly serial: string; readonly target: Side }
  /** Nothing is owed. */
  | { readonly kind: 'settled' }
  /** The whole sync has to be planned before this item can go on. */
  | { readonly kind: 'replan' }
  /** Not now: the sync is stopped, is being observed, or something else has to happen first. */
  | { readonly kind: 'wait' };

/**
 * Locks the row, plans it anew, and stamps the attempt: from here on the row says what is about to be done. Between
 * this commit and the remote call the process may die; the next opening voids the serial and starts over.
 */
export async function openOperation(deps: ActivityDeps, input: SyncItemInput): Promise<Opened> {
  return await inTransaction(deps.store, async (tx) => {
    const opened = await openIn(tx, input);
    if (opened.kind === 'wait' || opened.kind === 'replan') await giveBackOpen(tx, input);
    return opened;
  });
}

async function openIn(tx: Tx, input: SyncItemInput): Promise<Opened> {
  const sync = await readSync(tx, input);
  if (!sync || !flows(sync.state) || sync.dropboxOpen) return { kind: 'wait' };
  const item = await lockItem(tx, input.portalId, input.itemId);
  const isHere = item?.syncId === input.syncId && (item.dirty || item.action !== null);
  const replan = item && isHere ? await replanItem(tx, input, item) : null;
  if (!item || replan === null || replan.kind === 'settled') {
    await clearStaleRun(tx, input);
    return { kind: 'settled' };
  }
  if (replan.kind === 'wider') return { kind: 'replan' };
  if (replan.kind === 'cleanUp') return await stampCleanUp(tx, sync, item, replan.rule, input);
  const folderOnAssembly = item.object === 'folder' && replan.decision.do === 'operate';
  if (input.park && folderOnAssembly && replan.decision.target === 'assembly') {
    return { kind: (await exchangeFolders(tx, input, item)) ? 'replan' : 'wait' };
  }
  return await stamp(tx, sync, item, replan, input);
}

/** On Assembly letter case tells folders apart, so a path is spelled as its folder is there. */
async function spelledOn(tx: Tx, item: ItemRecord, target: Side, path: ItemPath): Promise<ItemPath> {
  if (target === 'dropbox' || parentOf(path) === '') return path;
  const folder = await assemblyFolderAt(tx, item, pathKey(parentOf(path)));
  return folder === null ? path : joinPath(folder, nameOf(path));
}

/** Of a create that may have been sent nothing is known but where it was meant to be. */
async function stampCleanUp(
  tx: Tx,
  sync: SyncRecord,
  item: ItemRecord,
  rule: number,
  input: SyncItemInput,
): Promise<Opened> {
  const operation = await stampAttempt(tx, item, {
    action: 'delete',
    target: 'assembly',
    object: item.object,
    rule,
    compare: false,
    cleanUp: true,
    path: item.sentCreate ?? item.path,
    parked: false,
    generation: sync.generation,
    base: item.base,
    dropbox: item.dropbox,
    assembly: item.assembly,
    origin: input.origin,
  });
  return { kind: 'operation', serial: operation.serial, target: 'assembly' };
}

/** The rule by which only content follows: each side keeps its own spelling of the path. */
const EDIT = 4;

/**
 * Where it steps aside to: beside where it is; but beside its place where a folder holds that which goes once all has left it,
 * since it may be in just that folder, or in one that waits for it.
 */
async function asideOf(
  tx: Tx,
  item: ItemRecord,
  target: Side,
  from: ItemPath,
  goal: ItemPath,
): Promise<ItemPath> {
  const leaves = await waitsForLeavingFolder(tx, item.portalId, item.id, target);
  return asidePath(leaves ? await spelledOn(tx, item, target, goal) : from, item.id);
}

async function stamp(
  tx: Tx,
  sync: SyncRecord,
  item: ItemRecord,
  { decision }: Extract<Replan, { kind: 'owed' }>,
  input: SyncItemInput,
): Promise<Opened> {
  const operates = decision.do === 'operate';
  const target = operates ? decision.target : 'dropbox';
  const seen = item[target];
  // Once: an item that has stepped aside waits there like any other.
  const steps = input.park === true && seen !== null && !isParkingName(seen.path, item.id);
  const parked = operates && decision.action !== 'delete' && steps;
  const stays = operates && (decision.action === 'delete' || decision.rule === EDIT) ? seen?.path : undefined;
  if (operates && !parked && !(await isReady(tx, item.portalId, item.id))) return { kind: 'wait' };
  const operation = await stampAttempt(tx, item, {
    action: operates ? decision.action : item.dropbox ? 'update' : 'create',
    target,
    object: item.object,
    rule: decision.rule,
    compare: !operates,
    path: parked
      ? await asideOf(tx, item, target, seen.path, decision.path)
      : (stays ?? (await spelledOn(tx, item, target, decision.path))),
    parked,
    generation: sync.generation,
    base: item.base,
    dropbox: item.dropbox,
    assembly: item.assembly,
    origin: input.origin,
  });
  return { kind: 'operation', serial: operation.serial, target };
}
