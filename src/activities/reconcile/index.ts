import { randomUUID } from 'node:crypto';
import type { Origin, Side, SyncRef } from '../../domain/types';
import { inTransaction, type Store, type Tx } from '../../store/client';
import { deleteLoad, haltSync, owedDeletePaths, spendApproval } from '../../store/guards';
import { dirtyForGuests } from '../../store/guests';
import { expectRows, unplanned } from '../../store/manyRows';
import type { SyncRecord } from '../../store/records';
import { flows, readSync } from '../../store/syncRecords';
import { matchObjects } from './match';
import { planDirtyItems } from './planItems';

export interface ReconcileSettings {
  readonly massDelete: { readonly min: number; readonly ratio: number };
}

export type ReconcileResult =
  | { readonly kind: 'planned'; readonly items: number }
  | { readonly kind: 'halted' }
  | { readonly kind: 'idle' };

const HALT_LIST = 100;
const MAX_ROUNDS = 10;
const TIMEOUT_MS = 240_000;

/**
 * Matches what was seen with the items and plans all that changed, in one transaction: either every tombstone that
 * the observations call for is there afterwards, or none. One at a time for a sync. Plans nothing until both sides
 * have been looked at in full once, nor in the middle of a Dropbox feed, where half a move looks like a delete.
 */
export async function reconcile(
  store: Store,
  ref: SyncRef,
  options: ReconcileSettings & { origin: Origin; now: () => Date },
): Promise<ReconcileResult> {
  try {
    return await inTransaction(store, (tx) => reconcileIn(tx, ref, options), { timeoutMs: TIMEOUT_MS });
  } catch (error) {
    if (!(error instanceof MassDelete)) throw error;
    await haltSync(store.prisma, ref, { id: randomUUID(), reason: 'mass_delete', items: error.items });
    return { kind: 'halted' };
  }
}

/** The same inside a transaction of the caller, who may roll it back: what a pass would do, without doing it. */
export async function reconcileIn(
  tx: Tx,
  ref: SyncRef,
  options: ReconcileSettings & { origin: Origin; now: () => Date },
): Promise<ReconcileResult> {
  await lockSync(tx, ref);
  const sync = await readSync(tx, ref);
  if (!sync || !flows(sync.state)) return { kind: 'idle' };
  if (!sync.dropboxObserved || !sync.assemblyObserved || sync.dropboxOpen) return { kind: 'idle' };
  let items = 0;
  // What a plan has healed, such as a folder whose name can be held now, makes room for what lies below it.
  for (let round = 0, before = 0; round < MAX_ROUNDS; round++) {
    await dirtyForGuests(tx, ref);
    const waiting = await unplanned(tx, ref);
    if (waiting.rows === 0) break;
    await expectRows(tx, waiting.rows, before);
    before = waiting.rows;
    await matchObjects(tx, ref, options.origin, waiting);
    const planned = await planDirtyItems(tx, ref, options.origin, options.now());
    items += planned;
    if (planned === 0) break;
  }
  await guardDeletes(tx, ref, sync, options.massDelete);
  return { kind: 'planned', items };
}

/** Held until the transaction ends: the plan of a sync has one author at a time. */
async function lockSync(tx: Tx, ref: SyncRef) {
  await tx.$executeRaw`SELECT pg_advisory_xact_lock(hashtextextended(${`plan/${ref.portalId}/${ref.syncId}`}, 0))`;
}

/** Rolls the whole plan back: the observations stay, no delete is owed, and a person is asked. */
class MassDelete extends Error {
  constructor(readonly items: { count: number; target: Side; first: unknown[] }) {
    super('mass delete');
  }
}

async function guardDeletes(
  tx: Tx,
  ref: SyncRef,
  sync: SyncRecord,
  { min, ratio }: ReconcileSettings['massDelete'],
) {
  if (sync.approvedHaltId !== null) {
    await spendApproval(tx, ref);
    return;
  }
  for (const { target, deletes, items } of await deleteLoad(tx, ref)) {
    if (deletes <= min || deletes <= items * ratio) continue;
    throw new MassDelete({
      count: deletes,
      target,
      first: await owedDeletePaths(tx, ref, target, HALT_LIST),
    });
  }
}
