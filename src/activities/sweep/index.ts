import { LIST_LIMIT } from '../../assembly';
import type { SyncRef } from '../../domain/types';
import { inTransaction } from '../../store/client';
import { portalsAfter, rearmAll, type SyncToWake, syncsToWake, wantLook } from '../../store/sweeping';
import type { ActivityDeps } from '../deps';

const PORTAL_PAGE = 200;
const SYNC_PAGE = 500;
/** Hints that are under way to Temporal at once. */
const HINTS = 10;

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
    budget: { calls: deps.settings.monthlyBudget, pageSize: LIST_LIMIT },
    limit: SYNC_PAGE,
  });
  for (let first = 0; first < page.length; first += HINTS) {
    await Promise.all(page.slice(first, first + HINTS).map((sync) => wake(deps, portalId, sync)));
  }
  return { woken: page.length, next: page.length < SYNC_PAGE ? null : page[page.length - 1]!.syncId };
}

async function wake(
  deps: ActivityDeps,
  portalId: string,
  { syncId, look, audit }: SyncToWake,
): Promise<void> {
  const ref = { portalId, syncId };
  await deps.hinter.hint(ref, { kind: look ? 'dropbox' : 'work', origin: 'sweep' });
  if (audit) await deps.hinter.hint(ref, { kind: 'assembly', ids: [], origin: 'sweep' });
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
