import type { SyncRef } from '../domain/types';
import type { Tx } from './client';
import type { DueSettings } from './ready';

/** Portals with anything that may flow, in pages by id. */
export async function portalsAfter(tx: Tx, after: string, limit: number): Promise<string[]> {
  const rows = await tx.$queryRaw<{ portal_id: string }[]>`
    SELECT DISTINCT portal_id FROM channel_sync
    WHERE deleted_at IS NULL AND state IN ('initial', 'active') AND portal_id > ${after}
    ORDER BY portal_id LIMIT ${limit}`;
  return rows.map((row) => row.portal_id);
}

export interface SyncToWake {
  readonly syncId: string;
  /** Dropbox can be asked: its feed is drained, since a hint may have got lost. */
  readonly look: boolean;
  /** The channel is listed too: the month's budget allows it, or a listing broke off. */
  readonly audit: boolean;
}

export interface WakeOptions extends DueSettings {
  readonly limit: number;
  /** Calls a month and portal that listings may use, and what one list call shows at most. */
  readonly budget: { readonly calls: number; readonly pageSize: number };
}

/** However young the month is, so much of its budget may be spent. */
const LEAST_SHARE = 0.25;

/**
 * The portal's syncs that something should happen in. Where Dropbox is connected that is all of them, for what a lost
 * hint would have told: draining a feed costs next to nothing; a channel is listed, the one that has waited longest
 * first, as far as the budget goes, which is spread over the month. Else those with owed operations that are due, or
 * with a plan that was never made.
 */
export async function syncsToWake(
  tx: Tx,
  portalId: string,
  after: string | null,
  options: WakeOptions,
): Promise<SyncToWake[]> {
  const { budget } = options;
  return await tx.$queryRaw<SyncToWake[]>`
    WITH flowing AS (
      SELECT s.*, (SELECT 1 + count(*) / ${budget.pageSize}::int FROM assembly_seen a WHERE a.channel_sync_id = s.id)
        AS pages
      FROM channel_sync s
      WHERE s.portal_id = ${portalId} AND s.deleted_at IS NULL AND s.state IN ('initial', 'active')),
    ranked AS (
      SELECT f.*, sum(f.pages) OVER (ORDER BY f.assembly_observed_at NULLS FIRST, f.id) AS calls FROM flowing f),
    spent AS (
      SELECT coalesce(sum(u.calls), 0) AS calls FROM api_usage u
      WHERE u.portal_id = ${portalId} AND u.side = 'assembly' AND u.kind = 'list'
        AND u.month = to_char(now() AT TIME ZONE 'UTC', 'YYYY-MM')),
    allowed AS (
      SELECT ${budget.calls}::float8 * greatest(${LEAST_SHARE}::float8, extract(day FROM now() AT TIME ZONE 'UTC')::float8
        / extract(day FROM date_trunc('month', now() AT TIME ZONE 'UTC') + interval '1 month - 1 day')::float8) AS calls),
    connected AS (
      SELECT EXISTS (SELECT FROM dropbox_connections c WHERE c.portal_id = ${portalId} AND c.status = 'connected') AS yes)
    SELECT s.id::text AS "syncId", connected.yes AS look,
      connected.yes AND (s.assembly_look_open OR spent.calls + s.calls <= allowed.calls) AS audit
    FROM ranked s, spent, allowed, connected
    WHERE s.id > coalesce(${after}::uuid, '00000000-0000-0000-0000-000000000000'::uuid)
      AND (connected.yes
        OR EXISTS (SELECT FROM file_folder_sync i WHERE i.channel_sync_id = s.id AND i.dirty AND i.deleted_at IS NULL)
        OR EXISTS (
          SELECT FROM file_folder_sync i
          WHERE i.portal_id = s.portal_id AND i.channel_sync_id = s.id AND i.pending_action IS NOT NULL
            AND i.pending_action_attempts < ${options.maxAttempts}
            AND (i.pending_action_last_attempt_at IS NULL OR i.pending_action_last_attempt_at
              + make_interval(secs => i.pending_action_attempts * ${options.backoffSeconds}::float8) <= now())))
    ORDER BY s.id LIMIT ${options.limit}`;
}

/** Every stuck or failed item of a sync is due again at once. Returns how many. */
export async function rearmAll(tx: Tx, ref: SyncRef): Promise<number> {
  return await tx.$executeRaw`
    UPDATE file_folder_sync SET pending_action_attempts = 0, refused_source = NULL, dirty = true, updated_at = now()
    WHERE portal_id = ${ref.portalId} AND channel_sync_id = ${ref.syncId}::uuid AND deleted_at IS NULL
      AND (pending_action_attempts > 0 OR pending_action_error_code IS NOT NULL)`;
}

/**
 * Marks that a full look is wanted. `false` when the sync is not in a state for it. A halt that a look may find to be
 * over is looked at again, also where the resync was started with Temporal's own tools.
 */
export async function wantLook(tx: Tx, ref: SyncRef): Promise<boolean> {
  const count = await tx.$executeRaw`
    UPDATE channel_sync
    SET look_wanted = true, resyncing = true,
        generation = CASE WHEN state = 'halted' THEN generation + 1 ELSE generation END,
        state = CASE WHEN state <> 'halted' THEN state
                     WHEN dbx_observed_at IS NULL OR assembly_observed_at IS NULL THEN 'initial' ELSE 'active' END,
        halt_reason = NULL, halt_id = NULL, halt_items = NULL, updated_at = now()
    WHERE portal_id = ${ref.portalId} AND id = ${ref.syncId}::uuid
      AND (state IN ('initial', 'active')
           OR state = 'halted' AND halt_reason IN ('mass_delete', 'channel_missing', 'channel_emptied'))`;
  return count > 0;
}
