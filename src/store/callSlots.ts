import type { Side } from '../domain/types';
import type { Tx } from './client';

/**
 * Takes the portal's next free slot, whichever worker asks, and meters the call, in one statement. Returns how many
 * milliseconds to wait before the call may go out. Slots are `1 / perSecond` apart, so no window of a second ever
 * holds more than `perSecond` of them.
 */
export async function takeCallSlot(
  tx: Tx,
  portalId: string,
  side: Side,
  kind: string,
  perSecond: number,
): Promise<number> {
  const rows = await tx.$queryRaw<{ wait_ms: number }[]>`
    WITH metered AS (
      INSERT INTO api_usage (portal_id, month, side, kind, calls)
      VALUES (${portalId}, to_char(now() AT TIME ZONE 'UTC', 'YYYY-MM'), ${side}, ${kind}, 1)
      ON CONFLICT (portal_id, month, side, kind) DO UPDATE SET calls = api_usage.calls + 1 RETURNING 1)
    INSERT INTO call_slots AS s (portal_id, side, next_at)
    SELECT ${portalId}, ${side}, extract(epoch FROM clock_timestamp()) + 1 / ${perSecond}::float8 FROM metered
    ON CONFLICT (portal_id, side) DO UPDATE SET
      next_at = greatest(s.next_at, extract(epoch FROM clock_timestamp())) + 1 / ${perSecond}::float8
    RETURNING greatest(0, (s.next_at - 1 / ${perSecond}::float8 - extract(epoch FROM clock_timestamp())) * 1000)
      ::float8 AS wait_ms`;
  return rows[0]?.wait_ms ?? 0;
}

/** Adds calls that need no slot to the meter. */
export async function meterCalls(
  tx: Tx,
  portalId: string,
  side: Side,
  calls: readonly { kind: string; calls: number }[],
): Promise<void> {
  if (calls.length === 0) return;
  await tx.$executeRaw`
    INSERT INTO api_usage (portal_id, month, side, kind, calls)
    SELECT ${portalId}, to_char(now() AT TIME ZONE 'UTC', 'YYYY-MM'), ${side}, c.kind, c.calls
    FROM jsonb_to_recordset(${JSON.stringify(calls)}::jsonb) AS c(kind text, calls bigint)
    ON CONFLICT (portal_id, month, side, kind) DO UPDATE SET calls = api_usage.calls + excluded.calls`;
}
