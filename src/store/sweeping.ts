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
  /** Nothing has drained its feed for a while, or its first look never ended: look, not only work. */
  readonly stale: boolean;
}

/**
 * The portal's syncs that something should happen in: owed operations that are due, a plan that was never made, an
 * initial sync that died, a feed that nobody has looked at for `staleHours`.
 */
export async function syncsToWake(
  tx: Tx,
  portalId: string,
  after: string | null,
  options: DueSettings & { staleHours: number; limit: number },
): Promise<SyncToWake[]> {
  return await tx.$queryRaw<SyncToWake[]>`
    SELECT s.id::text AS "syncId",
      s.state = 'initial' OR s.look_wanted OR s.last_synced_at IS NULL
        OR s.last_synced_at < now() - make_interval(hours => ${options.staleHours}::int) AS stale
    FROM channel_sync s
    WHERE s.portal_id = ${portalId} AND s.deleted_at IS NULL AND s.state IN ('initial', 'active')
      AND s.id > coalesce(${after}::uuid, '00000000-0000-0000-0000-000000000000'::uuid)
      AND (s.state = 'initial' OR s.look_wanted OR s.dbx_look_open OR s.last_synced_at IS NULL
        OR s.last_synced_at < now() - make_interval(hours => ${options.staleHours}::int)
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

/** Marks that a full look is wanted. `false` when the sync is not in a state for it. */
export async function wantLook(tx: Tx, ref: SyncRef): Promise<boolean> {
  const count = await tx.$executeRaw`
    UPDATE channel_sync SET look_wanted = true, resyncing = true, updated_at = now()
    WHERE portal_id = ${ref.portalId} AND id = ${ref.syncId}::uuid AND state IN ('initial', 'active')`;
  return count > 0;
}
