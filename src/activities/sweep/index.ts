import type { SyncRef } from '../../domain/types';
import { inTransaction } from '../../store/client';
import { portalsAfter, rearmAll, syncsToWake, wantLook } from '../../store/sweeping';
import type { ActivityDeps } from '../deps';

const PORTAL_PAGE = 200;
const SYNC_PAGE = 500;
/** A little under half a day: between two sweeps every feed is drained once though no hint came. */
const STALE_HOURS = 11;

export async function listPortals(deps: ActivityDeps, after: string): Promise<string[]> {
  return await portalsAfter(deps.store.prisma, after, PORTAL_PAGE);
}

/** Wakes one page of a portal's syncs that need it; `null` when there are no more. */
export async function wakeSyncs(
  deps: ActivityDeps,
  portalId: string,
  after: string | null,
): Promise<{ woken: number; next: string | null }> {
  const page = await syncsToWake(deps.store.prisma, portalId, after, {
    ...deps.settings,
    staleHours: STALE_HOURS,
    limit: SYNC_PAGE,
  });
  for (const { syncId, stale } of page) {
    await deps.hinter.hint({ portalId, syncId }, { kind: stale ? 'dropbox' : 'work', origin: 'sweep' });
  }
  return { woken: page.length, next: page.length < SYNC_PAGE ? null : page[page.length - 1]!.syncId };
}

/** Asks for a full look and makes every stuck item due again. */
export async function armResync(
  deps: ActivityDeps,
  ref: SyncRef,
): Promise<{ armed: boolean; rearmed: number }> {
  return await inTransaction(deps.store, async (tx) => {
    const armed = await wantLook(tx, ref);
    return { armed, rearmed: armed ? await rearmAll(tx, ref) : 0 };
  });
}
