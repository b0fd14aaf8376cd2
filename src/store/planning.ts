import type { ErrorCode } from '../domain/errors';
import { pathKey } from '../domain/paths';
import type { Action, Origin, Side, SyncRef } from '../domain/types';
import { Prisma } from '../generated/prisma/client';
import type { Tx } from './client';
import { isOldSelf } from './oldSelves';
import { dirtyBelowOnAssembly, dirtyHomeless, dirtyOldSelves } from './planConsequences';
import type { ItemRecord } from './records';

/** What a plan writes on an item. The base columns are there only when the base advances. */
export interface PlannedRow {
  readonly id: string;
  readonly item_path: string;
  readonly path_key: string | null;
  readonly pinned: boolean;
  readonly conflict_copy: boolean;
  readonly action: Action | null;
  readonly target: Side | null;
  readonly rule: number;
  readonly error_code: ErrorCode | null;
  readonly error_message: string | null;
  readonly closed: boolean;
  readonly advance: boolean;
  /** The item has been given another path and must be planned once more. */
  readonly again?: boolean;
  readonly content_hash?: string | null;
  readonly size?: number | null;
  readonly dbx_file_id?: string | null;
  readonly dbx_rev?: string | null;
  readonly dbx_path?: string | null;
  readonly assembly_file_id?: string | null;
  readonly assembly_path?: string | null;
  readonly assembly_version?: string | null;
}

const SHAPE =
  Prisma.raw(`(id uuid, item_path text, path_key text, pinned boolean, conflict_copy boolean, action text,
  target text, rule int, error_code text, error_message text, closed boolean, advance boolean, again boolean,
  content_hash text, size bigint, dbx_file_id text, dbx_rev text, dbx_path text, assembly_file_id text,
  assembly_path text, assembly_version text)`);

/**
 * Writes plans: a statement or two for a whole batch. A tombstone that stays the same keeps its attempts and its error;
 * a new one starts fresh.
 */
export async function writePlans(
  tx: Tx,
  ref: SyncRef,
  rows: readonly PlannedRow[],
  origin: Origin,
): Promise<void> {
  if (rows.length === 0) return;
  await letGoOfIds(tx, ref, rows);
  await tx.$executeRaw`
    UPDATE file_folder_sync i SET
      item_path = p.item_path, path_key = p.path_key, pinned = p.pinned, conflict_copy = p.conflict_copy,
      dirty = coalesce(p.again, false), pending_action = p.action, pending_action_target = p.target, pending_rule = p.rule,
      pending_since = CASE WHEN p.action IS NULL THEN NULL
        WHEN (i.pending_action, i.pending_action_target) IS NOT DISTINCT FROM (p.action, p.target)
        THEN coalesce(i.pending_since, now()) ELSE now() END,
      pending_action_attempts = CASE WHEN p.action IS NOT NULL
        AND (i.pending_action, i.pending_action_target) IS NOT DISTINCT FROM (p.action, p.target)
        THEN i.pending_action_attempts ELSE 0 END,
      pending_action_last_attempt_at = CASE WHEN p.action IS NOT NULL
        AND (i.pending_action, i.pending_action_target) IS NOT DISTINCT FROM (p.action, p.target)
        THEN i.pending_action_last_attempt_at END,
      pending_action_last_error = CASE WHEN p.action IS NOT NULL
        AND (i.pending_action, i.pending_action_target) IS NOT DISTINCT FROM (p.action, p.target)
        THEN i.pending_action_last_error ELSE p.error_message END,
      pending_action_error_code = CASE WHEN p.action IS NOT NULL
        AND (i.pending_action, i.pending_action_target) IS NOT DISTINCT FROM (p.action, p.target)
        THEN i.pending_action_error_code ELSE p.error_code END,
      origin = CASE WHEN p.action IS NOT NULL
        AND (i.pending_action, i.pending_action_target) IS DISTINCT FROM (p.action, p.target)
        THEN ${origin} ELSE i.origin END,
      deleted_at = CASE WHEN p.closed THEN now() END,
      old_self_of = CASE WHEN (p.action = 'delete' OR p.error_code IS NOT NULL) AND ${isOldSelf('i')} THEN i.old_self_of END,
      base_at = CASE WHEN p.advance THEN coalesce(i.base_at, now()) ELSE i.base_at END,
      content_hash = CASE WHEN p.advance THEN p.content_hash ELSE i.content_hash END,
      size = CASE WHEN p.advance THEN p.size ELSE i.size END,
      dbx_file_id = CASE WHEN p.advance THEN p.dbx_file_id ELSE i.dbx_file_id END,
      dbx_rev = CASE WHEN p.advance THEN p.dbx_rev ELSE i.dbx_rev END,
      dbx_path = CASE WHEN p.advance THEN p.dbx_path ELSE i.dbx_path END,
      assembly_file_id = CASE WHEN p.advance THEN p.assembly_file_id ELSE i.assembly_file_id END,
      assembly_path = CASE WHEN p.advance THEN p.assembly_path ELSE i.assembly_path END,
      assembly_version = CASE WHEN p.advance THEN p.assembly_version
        ELSE i.assembly_version END,
      updated_at = now()
    FROM jsonb_to_recordset(${JSON.stringify(rows)}::jsonb) AS p ${SHAPE}
    WHERE i.portal_id = ${ref.portalId} AND i.channel_sync_id = ${ref.syncId}::uuid AND i.id = p.id`;
  const closed = rows.filter((row) => row.closed);
  await dirtyOldSelves(
    tx,
    ref,
    closed.map((row) => row.id),
  );
  await dirtyHomeless(
    tx,
    ref,
    closed.map((row) => ({ id: row.id, key: pathKey(row.item_path) })),
  );
}

/**
 * Frees the ids of what comes to be agreed on with other objects. Postgres looks for doubles row by row, also within a
 * statement: items that trade their ids, or pass them on, would trip over each other in any order.
 */
async function letGoOfIds(tx: Tx, ref: SyncRef, rows: readonly PlannedRow[]): Promise<void> {
  const agreeing = rows
    .filter((row) => row.advance)
    .map(({ id, dbx_file_id, assembly_file_id }) => ({ id, dbx_file_id, assembly_file_id }));
  if (agreeing.length === 0) return;
  await tx.$executeRaw`
    UPDATE file_folder_sync i SET
      dbx_file_id = CASE WHEN i.dbx_file_id = p.dbx_file_id THEN i.dbx_file_id END,
      assembly_file_id = CASE WHEN i.assembly_file_id = p.assembly_file_id THEN i.assembly_file_id END
    FROM jsonb_to_recordset(${JSON.stringify(agreeing)}::jsonb) AS p (id uuid, dbx_file_id text, assembly_file_id text)
    WHERE i.portal_id = ${ref.portalId} AND i.channel_sync_id = ${ref.syncId}::uuid AND i.id = p.id
      AND (i.dbx_file_id <> coalesce(p.dbx_file_id, '') OR i.assembly_file_id <> coalesce(p.assembly_file_id, ''))`;
}

/** Takes the place from an item that is on its way out, or sends it to be planned anew without one. */
export async function releaseClaims(tx: Tx, ref: SyncRef, itemIds: readonly string[]): Promise<void> {
  if (itemIds.length === 0) return;
  await tx.$executeRaw`
    UPDATE file_folder_sync SET path_key = NULL, dirty = true
    WHERE portal_id = ${ref.portalId} AND channel_sync_id = ${ref.syncId}::uuid AND id IN (SELECT value::uuid FROM jsonb_array_elements_text(${JSON.stringify(itemIds)}::jsonb))`;
}

/** Sends an item to live at a conflict path, whatever the sides say, and to be planned anew. */
export async function pinToPath(
  tx: Tx,
  ref: SyncRef,
  itemId: string,
  to: { path: string; key: string },
): Promise<void> {
  await tx.$executeRaw`
    UPDATE file_folder_sync SET item_path = ${to.path}, path_key = ${to.key}, pinned = true, conflict_copy = true,
           dirty = true, updated_at = now()
    WHERE id = ${itemId}::uuid AND portal_id = ${ref.portalId} AND channel_sync_id = ${ref.syncId}::uuid`;
  await dirtyBelowOnAssembly(tx, ref, [itemId]);
}

/** Splits Assembly's version of an item off as an item of its own, at a path of its own, never agreed on yet. */
export async function splitConflictCopy(
  tx: Tx,
  ref: SyncRef,
  item: ItemRecord,
  copy: { id: string; path: string; key: string },
  origin: Origin,
): Promise<void> {
  await tx.$executeRaw`
    UPDATE file_folder_sync SET assembly_file_id = NULL, base_at = NULL, content_hash = NULL, size = NULL,
           dbx_rev = NULL, dbx_path = NULL, assembly_path = NULL, assembly_version = NULL,
           dbx_file_id = ${item.dropbox?.id ?? null}, dirty = true, pending_action_attempts = 0
    WHERE id = ${item.id}::uuid AND portal_id = ${ref.portalId}`;
  await tx.$executeRaw`
    INSERT INTO file_folder_sync (id, portal_id, channel_sync_id, object, item_path, path_key, pinned, conflict_copy,
                                  assembly_file_id, origin, dirty)
    VALUES (${copy.id}::uuid, ${ref.portalId}, ${ref.syncId}::uuid, ${item.object}, ${copy.path}, ${copy.key}, true,
            true, ${item.assembly!.id}, ${origin}, true)`;
  await tx.$executeRaw`
    UPDATE assembly_seen SET item_id = ${copy.id}::uuid
    WHERE portal_id = ${ref.portalId} AND channel_sync_id = ${ref.syncId}::uuid AND id = ${item.assembly!.id}`;
}
