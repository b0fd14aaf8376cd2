import { closesSide, type ErrorCode, looksDown } from '../domain/errors';
import { RemoteError } from '../domain/remoteError';
import type { Side, SyncRef } from '../domain/types';
import {
  claimProbe,
  closeBreaker,
  noteStrike,
  openBreaker,
  openBreakers,
  type SideFault,
} from '../store/breakers';
import { inTransaction } from '../store/client';
import { readSync } from '../store/syncRecords';
import type { ActivityDeps } from './deps';

/** A failure as a workflow hands it back: `side` where it happened, if anybody knows. */
export interface ToldFailure extends SideFault {
  readonly code: ErrorCode;
  readonly side?: Side | undefined;
}

/** Nobody was called: the side is known to be closed and its probe is not due, or another holds it. */
export class SideClosed extends RemoteError {}

/**
 * Lets an observation call its side. Where the side is closed off, only as its probe: one for all syncs of the portal.
 * A full account can be read. What the side answered is told by `sideIsDown` or `sideWorks`.
 */
export async function mayObserve(deps: ActivityDeps, portalId: string, side: Side): Promise<void> {
  const { prisma } = deps.store;
  const closed = (await openBreakers(prisma, portalId)).find((breaker) => breaker.side === side);
  if (!closed || closed.code === 'quota_exceeded' || (await claimProbe(prisma, portalId, side))) return;
  throw new SideClosed(side, closed.code, closed.message);
}

export async function sideWorks(deps: ActivityDeps, portalId: string, side: Side): Promise<void> {
  await closeBreaker(deps.store.prisma, portalId, side, false);
}

const CHECK_TIMEOUT_MS = 20_000;

/**
 * Whether a call that has just failed did so because its side is down: others of the portal fail there too, and nothing
 * has worked since. It is then given up at once, since one probe asks for all. `striker` names who called.
 */
export async function sideIsDown(
  deps: ActivityDeps,
  portalId: string,
  striker: string,
  error: RemoteError,
): Promise<boolean> {
  const { side, code, message, options } = error;
  if (error instanceof SideClosed) return true;
  if (!looksDown(code) && !closesSide(code)) return false;
  const fault = { code, message, retryAfterMs: options.retryAfterMs };
  try {
    if (looksDown(code)) {
      return await inTransaction(deps.store, (tx) => noteStrike(tx, portalId, side, striker, fault));
    }
    await closeOff(deps, portalId, side, fault);
    return true;
  } catch {
    // Postgres is away as well; the call is simply repeated.
    return false;
  }
}

/**
 * Whether a failure for good is the side's and no item's. What looks as if the side were down, and has come from one
 * item alone, is decided by asking the side something simple: where it answers, it was the item.
 */
export async function blameSide(
  deps: ActivityDeps,
  ref: SyncRef,
  side: Side,
  failure: ToldFailure,
): Promise<boolean> {
  if (closesSide(failure.code)) return true;
  if (!looksDown(failure.code)) return false;
  const breakers = await openBreakers(deps.store.prisma, ref.portalId);
  return breakers.some((breaker) => breaker.side === side) || !(await answers(deps, ref, side));
}

async function answers(deps: ActivityDeps, ref: SyncRef, side: Side): Promise<boolean> {
  const sync = await readSync(deps.store.prisma, ref);
  if (!sync) return true;
  const signal = AbortSignal.timeout(CHECK_TIMEOUT_MS);
  try {
    if (side === 'dropbox') await (await deps.remotes.dropbox(ref.portalId)).metadata(sync.rootId, signal);
    else await deps.remotes.assembly(ref.portalId).retrieveChannel(sync.channelId, signal);
    return true;
  } catch (error) {
    if (signal.aborted) return false;
    return !(error instanceof RemoteError && (looksDown(error.code) || closesSide(error.code)));
  }
}

/** Closes the side off until a probe succeeds. */
export async function closeOff(
  deps: ActivityDeps,
  portalId: string,
  side: Side,
  failure: ToldFailure,
): Promise<void> {
  deps.logger.warn({ portalId, side, code: failure.code }, 'a side cannot be used');
  await openBreaker(deps.store.prisma, portalId, side, failure);
}
