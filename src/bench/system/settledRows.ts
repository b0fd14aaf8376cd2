import type { Store } from '../../store/client';

export interface Shape {
  readonly portals: number;
  readonly syncsPerPortal: number;
  readonly itemsPerSync: number;
  /** Of these, how many have an owed operation that is due. */
  readonly duePerSync: number;
}

/**
 * Writes converged syncs straight into the database. What is owed in them turns out, when it is opened, to be done
 * already: it costs a whole look at the item and no call.
 */
export async function writeSettledRows({ prisma }: Store, shape: Shape): Promise<void> {
  await prisma.$executeRaw`
    INSERT INTO channel_sync (portal_id, dbx_account_id, assembly_channel_id, dbx_root_path, dbx_root_key, dbx_root_id,
      dbx_cursor, dbx_observed_at, assembly_observed_at, look_wanted, state, last_synced_at, last_converged_at)
    SELECT 'portal-' || p, 'account', 'channel-' || s, '/root-' || s, '/root-' || s, 'id:root-' || s,
      'cursor', now(), now(), false, 'active', now(), now()
    FROM generate_series(1, ${shape.portals}::int) p, generate_series(1, ${shape.syncsPerPortal}::int) s`;
  await prisma.$executeRaw`
    INSERT INTO file_folder_sync (portal_id, channel_sync_id, object, item_path, path_key, base_at, content_hash, size,
      dbx_file_id, dbx_rev, dbx_path, assembly_file_id, assembly_path, assembly_version,
      pending_action, pending_action_target, pending_action_attempts, pending_action_last_attempt_at)
    SELECT s.portal_id, s.id, 'file', f.path, f.path, now(), f.hash, 1, 'id:' || n, 'rev', f.path,
      gen_random_uuid()::text, f.path, 'version',
      CASE WHEN due THEN 'update' END, CASE WHEN due THEN 'assembly' END,
      due::int, CASE WHEN due THEN now() - interval '1 day' END
    FROM channel_sync s, generate_series(1, ${shape.itemsPerSync}::int) n,
      LATERAL (SELECT '/file-' || n AS path, encode(sha256(n::text::bytea), 'hex') AS hash,
        n <= ${shape.duePerSync}::int AS due) f`;
  await prisma.$executeRaw`
    INSERT INTO dbx_seen (channel_sync_id, portal_id, id, object, path, path_key, parent_key, rev, size, hash, item_id)
    SELECT channel_sync_id, portal_id, dbx_file_id, object, dbx_path, path_key, '', dbx_rev, size, content_hash, id
    FROM file_folder_sync`;
  await prisma.$executeRaw`
    INSERT INTO assembly_seen (channel_sync_id, portal_id, id, object, path, path_key, parent_key, version, size, status,
      hash, item_id)
    SELECT channel_sync_id, portal_id, assembly_file_id, object, assembly_path, path_key, '', assembly_version, size,
      'completed', content_hash, id
    FROM file_folder_sync`;
  // As a database that has lived for a while: with statistics.
  await prisma.$executeRaw`ANALYZE`;
}
