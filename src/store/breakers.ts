import type { ErrorCode } from '../domain/errors';
import type { Side, SyncRef, SyncState } from '../domain/types';
import { Prisma } from '../generated/prisma/client';
import type { Tx } from './client';

/** A portal's side that can't be used now. */
export interface Breaker {
  readonly side: Side;
  readonly code: ErrorCode;
  readonly message: string;
  /** Milliseconds until one operation is let through to see whether it works again. */
  readonly probeInMs: number;
}

export interface SideFault {
  readonly code: ErrorCode;
  readonly message: string;
  /** The remote's own Retry-After. */
  readonly retryAfterMs?: number | undefined;
}

const FIRST_PROBE_SECONDS = 15;
/** With the lease of a probe that another sync holds, a fault that has cleared is noticed within a minute and a half. */
const LAST_PROBE_SECONDS = 60;
/** A remote that asks for more than this is asked again all the same. */
const LONGEST_PAUSE_SECONDS = 900;
/** Failures in a row, each of another item, after which it is the side and not an item. */
const STRIKES = 3;
/** A pause as long as this is asked of everybody at once. */
const LONG_PAUSE_MS = 5_000;
/** A probe that has not told by then is lost with its process, or transfers something large: another may go. */
const PROBE_LEASE_SECONDS = 20;

const pause = (probes: Prisma.Sql, fault: SideFault) => {
  const asked = Math.min((fault.retryAfterMs ?? 0) / 1_000, LONGEST_PAUSE_SECONDS);
  return Prisma.sql`now() + make_interval(secs => greatest(${asked}::float8, least(${LAST_PROBE_SECONDS}::float8,
    ${FIRST_PROBE_SECONDS}::float8 * power(2, least(${probes}, 10)))))`;
};

/**
 * Says once that a side can't be used. Each further failed probe waits twice as long, to a bound; failures of what was
 * under way before the side was closed off change nothing.
 */
export async function openBreaker(tx: Tx, portalId: string, side: Side, fault: SideFault): Promise<void> {
  await tx.$executeRaw`
    INSERT INTO side_breakers AS b (portal_id, side, code, message, probe_at)
    VALUES (${portalId}, ${side}, ${fault.code}, ${fault.message.slice(0, 1_000)},
            ${pause(Prisma.sql`0`, fault)})
    ON CONFLICT (portal_id, side) DO UPDATE SET
      code = excluded.code, message = excluded.message, open = true, probing = false,
      since = CASE WHEN b.open THEN b.since ELSE now() END,
      probes = CASE WHEN b.open AND b.probing THEN b.probes + 1 WHEN b.open THEN b.probes ELSE 0 END,
      probe_at = CASE WHEN b.open AND b.probing THEN ${pause(Prisma.sql`b.probes + 1`, fault)}
        WHEN b.open THEN b.probe_at ELSE excluded.probe_at END`;
}

/**
 * Notes that a call failed as it would on a side that is down. One item alone never closes a side off, however often
 * it fails: it may be its own fault. Returns whether the side is closed off now.
 */
export async function noteStrike(
  tx: Tx,
  portalId: string,
  side: Side,
  striker: string,
  fault: SideFault,
): Promise<boolean> {
  const rows = await tx.$queryRaw<{ open: boolean; strikes: number }[]>`
    INSERT INTO side_breakers AS b (portal_id, side, code, message, probe_at, open, strikes, striker)
    VALUES (${portalId}, ${side}, ${fault.code}, ${fault.message.slice(0, 1_000)}, now(), false, 1, ${striker})
    ON CONFLICT (portal_id, side) DO UPDATE SET
      strikes = CASE WHEN b.striker = excluded.striker THEN b.strikes ELSE b.strikes + 1 END,
      striker = excluded.striker
    RETURNING open, strikes`;
  const [row] = rows;
  const longPause = (fault.retryAfterMs ?? 0) >= LONG_PAUSE_MS;
  if (!row || (!row.open && row.strikes < STRIKES && !longPause)) return false;
  await openBreaker(tx, portalId, side, fault);
  return true;
}

/** What shows that a side can be used: `room`, that a file could be stored there too. */
export interface Success {
  readonly side: Side;
  readonly room: boolean;
}

/** A condition on `side_breakers`: what this success disproves. A full account can still be read. */
export const disproved = (portalId: string, successes: readonly Success[]): Prisma.Sql =>
  Prisma.sql`portal_id = ${portalId} AND (${Prisma.join(
    successes.map(({ side, room }) => Prisma.sql`(side = ${side} AND (${room} OR code <> 'quota_exceeded'))`),
    ' OR ',
  )})`;

/** The side works again. */
export async function closeBreaker(tx: Tx, portalId: string, side: Side, room = true): Promise<void> {
  await tx.$executeRaw`DELETE FROM side_breakers WHERE ${disproved(portalId, [{ side, room }])}`;
}

const PROBE_IN_MS = Prisma.raw('greatest(0, extract(epoch FROM probe_at - now()) * 1000)::float8');

export async function openBreakers(tx: Tx, portalId: string): Promise<Breaker[]> {
  return await tx.$queryRaw<Breaker[]>`
    SELECT side, code, message,
           ${PROBE_IN_MS} AS "probeInMs"
    FROM side_breakers WHERE portal_id = ${portalId} AND open ORDER BY side`;
}

/** Whether a sync may be worked on, and which sides of its portal can't be used now; `null` where there is none. */
export async function workGround(
  tx: Tx,
  ref: SyncRef,
): Promise<{ state: SyncState; closed: Breaker[] } | null> {
  const rows = await tx.$queryRaw<{ state: SyncState; closed: Breaker[] }[]>`
    SELECT s.state, coalesce((
      SELECT jsonb_agg(jsonb_build_object('side', b.side, 'code', b.code, 'message', b.message,
        'probeInMs', ${PROBE_IN_MS}) ORDER BY b.side)
      FROM side_breakers b WHERE b.portal_id = s.portal_id AND b.open), '[]') AS closed
    FROM channel_sync s WHERE s.portal_id = ${ref.portalId} AND s.id = ${ref.syncId}::uuid`;
  return rows[0] ?? null;
}

/** Takes the one probe of a side that is due, whichever sync of the portal asks first. */
export async function claimProbe(tx: Tx, portalId: string, side: Side): Promise<boolean> {
  const count = await tx.$executeRaw`
    UPDATE side_breakers SET probing = true, probe_at = now() + make_interval(secs => ${PROBE_LEASE_SECONDS}::float8)
    WHERE portal_id = ${portalId} AND side = ${side} AND open AND probe_at <= now()`;
  return count > 0;
}
