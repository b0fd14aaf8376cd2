import type { ErrorCode } from '../domain/errors';
import type { Side } from '../domain/types';
import type { Tx } from './client';

/** A portal's side that can't be used now. */
export interface Breaker {
  readonly side: Side;
  readonly code: ErrorCode;
  readonly message: string;
  /** Milliseconds until one operation is let through to see whether it works again. */
  readonly probeInMs: number;
}

const FIRST_PROBE_SECONDS = 15;
/** A fault that has cleared is noticed within a minute and a half. */
const LAST_PROBE_SECONDS = 75;

/** Says once that a side can't be used; every further failed probe waits twice as long, to a bound. */
export async function openBreaker(
  tx: Tx,
  portalId: string,
  side: Side,
  fault: { code: ErrorCode; message: string },
): Promise<void> {
  await tx.$executeRaw`
    INSERT INTO side_breakers (portal_id, side, code, message, probe_at)
    VALUES (${portalId}, ${side}, ${fault.code}, ${fault.message.slice(0, 1_000)},
            now() + make_interval(secs => ${FIRST_PROBE_SECONDS}::float8))
    ON CONFLICT (portal_id, side) DO UPDATE SET code = excluded.code, message = excluded.message,
      probes = side_breakers.probes + 1,
      probe_at = now() + make_interval(secs => least(${LAST_PROBE_SECONDS}::float8,
        ${FIRST_PROBE_SECONDS}::float8 * power(2, least(side_breakers.probes + 1, 10))))`;
}

/** The side works again. */
export async function closeBreaker(tx: Tx, portalId: string, side: Side): Promise<void> {
  await tx.$executeRaw`DELETE FROM side_breakers WHERE portal_id = ${portalId} AND side = ${side}`;
}

export async function openBreakers(tx: Tx, portalId: string): Promise<Breaker[]> {
  return await tx.$queryRaw<Breaker[]>`
    SELECT side, code, message,
           greatest(0, extract(epoch FROM probe_at - now()) * 1000)::float8 AS "probeInMs"
    FROM side_breakers WHERE portal_id = ${portalId} ORDER BY side`;
}
