import type { SyncRef } from '../domain/types';
import { Prisma } from '../generated/prisma/client';
import type { Tx } from './client';
import { type ClosedSide, type DueSettings, due, needsAny, placeIsToBeLeft } from './ready';

/** What is left to do in a sync when nothing is ready. */
export interface Outlook {
  readonly pending: number;
  readonly dirty: number;
  readonly stuck: number;
  /**
   * Milliseconds until the next failed operation is due; `null` when none waits for its time. One that is due and not ready
   * waits for something else, which no time brings about.
   */
  readonly nextDueMs: number | null;
  /** Due operations that wait for a closed side. */
  readonly waiting: number;
  /**
   * A move whose place another item on its way holds: one of the two has to step aside. Where it waits aside already, the
   * other has to, since its own place may be within this one's, and also where this is a folder that can't be made before
   * it; one that is to be deleted never does: what waits for that one to be left may have to leave it itself. It is tried as
   * often, and with the same pauses, as any other. `null` without such a cycle.
   */
  readonly blockedMove: string | null;
}

/** Whether an item's object on the side of its operation has a name from `parkingName`. */
const isAside = (item: 'm' | 'other') =>
  Prisma.raw(`EXISTS (
    SELECT FROM dbx_seen p WHERE p.item_id = ${item}.id AND ${item}.pending_action_target = 'dropbox'
      AND p.path ~ ' \\(moving [0-9a-f]{8}\\)[^/]*$'
    UNION ALL SELECT FROM assembly_seen p WHERE p.item_id = ${item}.id AND ${item}.pending_action_target = 'assembly'
      AND p.path ~ ' \\(moving [0-9a-f]{8}\\)[^/]*$')`);

/**
 * What holds the place of a folder has to go into that very folder. On Assembly one of two folders takes the other's
 * object over instead.
 */
const goesWithin = Prisma.sql`(m.object = 'folder' AND other.pending_action IN ('move', 'update')
  AND (m.pending_action_target = 'dropbox' OR other.object = 'file')
  AND other.path_key ~>=~ (m.path_key || '/') AND other.path_key ~<~ (m.path_key || '0'))`;

export async function outlook(
  tx: Tx,
  ref: SyncRef,
  options: DueSettings,
  closed: readonly ClosedSide[] = [],
): Promise<Outlook> {
  const rows = await tx.$queryRaw<
    {
      pending: number;
      dirty: number;
      stuck: number;
      next_due_ms: number | null;
      waiting: number;
      blocked: string | null;
    }[]
  >`
    WITH mine AS (
      SELECT * FROM file_folder_sync i WHERE i.portal_id = ${ref.portalId}
        AND i.channel_sync_id = ${ref.syncId}::uuid AND i.pending_action IS NOT NULL)
    SELECT count(*)::int AS pending,
      (SELECT count(*)::int FROM file_folder_sync x WHERE x.portal_id = ${ref.portalId} AND x.channel_sync_id = ${ref.syncId}::uuid AND x.dirty
         AND x.deleted_at IS NULL) AS dirty,
      count(*) FILTER (WHERE i.pending_action_attempts >= ${options.maxAttempts})::int AS stuck,
      (extract(epoch FROM min(i.pending_action_last_attempt_at
         + make_interval(secs => i.pending_action_attempts * ${options.backoffSeconds}::float8))
         FILTER (WHERE i.pending_action_attempts < ${options.maxAttempts} AND NOT ${due(options.backoffSeconds)})
         - now()) * 1000)::float8 AS next_due_ms,
      count(*) FILTER (WHERE i.pending_action_attempts < ${options.maxAttempts} AND ${needsAny(closed)})::int AS waiting,
      (SELECT next.id::text FROM mine m
       CROSS JOIN LATERAL (
         SELECT d.item_id FROM dbx_seen d
         WHERE m.pending_action_target = 'dropbox' AND d.channel_sync_id = m.channel_sync_id AND d.path_key = m.path_key
         UNION ALL
         SELECT a.item_id FROM assembly_seen a
         WHERE m.pending_action_target = 'assembly' AND a.channel_sync_id = m.channel_sync_id
           AND a.path_key = m.path_key
         OFFSET 0) AS holder
       CROSS JOIN LATERAL (
         SELECT other.id, other.object, other.path_key, other.pending_action, other.pending_action_target
         FROM file_folder_sync other
         WHERE other.id = holder.item_id AND other.id <> m.id
           AND other.pending_action_target = m.pending_action_target
           AND (other.pending_action IN ('move', 'update')
             OR (other.pending_action = 'delete' AND other.object = 'folder' AND m.object = 'folder'
               AND m.pending_action_target = 'assembly')
             OR (${placeIsToBeLeft('m', 'other')} AND NOT ${isAside('m')}))
           AND (${goesWithin} OR m.pending_action IN ('move', 'update') OR (m.pending_action_target = 'assembly'
             AND m.object = 'folder' AND other.object = 'folder'
             AND other.pending_action IN ('move', 'delete') AND other.base_at IS NOT NULL))
           AND NOT (${isAside('m')} AND ${isAside('other')})
           -- A folder of Assembly trades places with a folder alone; a file that is in its way is what steps aside.
           AND (${goesWithin} OR m.pending_action_target = 'dropbox' OR m.object = 'file' OR other.object = 'folder')
         OFFSET 0) AS other
       JOIN mine next ON next.id = CASE WHEN ${goesWithin} OR ${isAside('m')} AND other.pending_action <> 'delete'
         THEN other.id ELSE m.id END
       WHERE next.pending_action_attempts < ${options.maxAttempts} AND ${due(options.backoffSeconds, 'next')}
         AND (m.pending_action IN ('move', 'update') OR (m.pending_action = 'create' AND m.object = 'folder'))
         AND m.pending_action_last_error IS NULL
         AND NOT m.pending_action_target = ANY(${closed.map(({ side }) => side)}::text[])
       ORDER BY ${isAside('m')}, m.id LIMIT 1) AS blocked
    FROM mine i`;
  const row = rows[0]!;
  return {
    pending: row.pending,
    dirty: row.dirty,
    stuck: row.stuck,
    nextDueMs: row.next_due_ms === null ? null : Math.max(0, Math.ceil(row.next_due_ms)),
    waiting: row.waiting,
    blockedMove: row.blocked,
  };
}
