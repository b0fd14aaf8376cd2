import type { Action, ItemState, ObjectKind, Side, SyncRef } from '../domain/types';
import { Prisma } from '../generated/prisma/client';
import type { Store } from './client';
import { itemStateCondition } from './syncProgress';

/** An item as a person sees it: where it is, what is owed, and why it is not done. */
export interface ItemView {
  readonly id: string;
  readonly path: string;
  readonly object: ObjectKind;
  readonly state: ItemState;
  readonly operation: Action | null;
  readonly target: Side | null;
  readonly error: { readonly code: string; readonly message: string } | null;
  readonly attempts: number;
  readonly lastAttemptAt: Date | null;
  /** Only for an item that waits for its next try. */
  readonly nextAttemptAt: Date | null;
  readonly dropboxId: string | null;
  readonly assemblyId: string | null;
  readonly conflictCopy: boolean;
  /** An operation of it has been opened at some time, so there is, or was, a workflow of it. */
  readonly workedOn: boolean;
}

/** The two settings that decide when a pending item is due and when it is stuck. */
export interface RetryRules {
  readonly maxAttempts: number;
  readonly backoffSeconds: number;
}

export interface ItemFilter {
  readonly state?: ItemState;
  /** Matched against the start of `path`, exactly. */
  readonly prefix?: string;
  readonly conflictCopy?: boolean;
  readonly after?: { readonly path: string; readonly id: string };
  readonly limit: number;
}

interface Row {
  id: string;
  path: string;
  object: ObjectKind;
  state: ItemState;
  operation: Action | null;
  target: Side | null;
  error_code: string | null;
  error_message: string | null;
  attempts: number;
  last_attempt_at: Date | null;
  dropbox_id: string | null;
  assembly_id: string | null;
  conflict_copy: boolean;
  worked_on: boolean;
}

const rowColumns = (rules: RetryRules): Prisma.Sql => Prisma.sql`
  i.id::text AS id, i.item_path AS path, i.object, i.pending_action AS operation, i.pending_action_target AS target,
  CASE WHEN ${itemStateCondition('unsyncable', rules.maxAttempts)} THEN 'unsyncable'
       WHEN ${itemStateCondition('settled', rules.maxAttempts)} THEN 'settled'
       WHEN ${itemStateCondition('stuck', rules.maxAttempts)} THEN 'stuck'
       WHEN ${itemStateCondition('retrying', rules.maxAttempts)} THEN 'retrying'
       ELSE 'pending' END AS state,
  i.pending_action_error_code AS error_code, i.pending_action_last_error AS error_message,
  i.pending_action_attempts AS attempts, i.pending_action_last_attempt_at AS last_attempt_at,
  i.dbx_file_id AS dropbox_id, i.assembly_file_id AS assembly_id, i.conflict_copy,
  i.pending_action_last_attempt_at IS NOT NULL OR EXISTS (
    SELECT FROM sync_history h WHERE h.portal_id = i.portal_id AND h.item_id = i.id) AS worked_on`;

const view = (row: Row, rules: RetryRules): ItemView => ({
  id: row.id,
  path: row.path,
  object: row.object,
  state: row.state,
  operation: row.operation,
  target: row.target,
  error:
    row.error_code === null && row.error_message === null
      ? null
      : { code: row.error_code ?? 'internal', message: row.error_message ?? '' },
  attempts: row.attempts,
  lastAttemptAt: row.last_attempt_at,
  nextAttemptAt:
    row.state === 'retrying' && row.last_attempt_at !== null
      ? new Date(row.last_attempt_at.getTime() + row.attempts * rules.backoffSeconds * 1_000)
      : null,
  dropboxId: row.dropbox_id,
  assemblyId: row.assembly_id,
  conflictCopy: row.conflict_copy,
  workedOn: row.worked_on,
});

/** One page of a sync's live items by path; go on after the last one's path and id. */
export async function listItems(
  store: Store,
  ref: SyncRef,
  filter: ItemFilter,
  rules: RetryRules,
): Promise<ItemView[]> {
  const conditions = [
    Prisma.sql`i.portal_id = ${ref.portalId} AND i.channel_sync_id = ${ref.syncId}::uuid AND i.deleted_at IS NULL`,
  ];
  if (filter.state !== undefined) conditions.push(itemStateCondition(filter.state, rules.maxAttempts));
  if (filter.conflictCopy !== undefined)
    conditions.push(Prisma.sql`i.conflict_copy = ${filter.conflictCopy}`);
  if (filter.prefix !== undefined) conditions.push(Prisma.sql`starts_with(i.item_path, ${filter.prefix})`);
  if (filter.after !== undefined) {
    conditions.push(Prisma.sql`(i.item_path, i.id) > (${filter.after.path}, ${filter.after.id}::uuid)`);
  }
  const rows = await store.prisma.$queryRaw<Row[]>`
    SELECT ${rowColumns(rules)} FROM file_folder_sync i
    WHERE ${Prisma.join(conditions, ' AND ')}
    ORDER BY i.item_path, i.id LIMIT ${filter.limit}`;
  return rows.map((row) => view(row, rules));
}

/** One live item; `null` where it is not part of that sync. */
export async function getItem(
  store: Store,
  ref: SyncRef,
  itemId: string,
  rules: RetryRules,
): Promise<ItemView | null> {
  const rows = await store.prisma.$queryRaw<Row[]>`
    SELECT ${rowColumns(rules)} FROM file_folder_sync i
    WHERE i.portal_id = ${ref.portalId} AND i.channel_sync_id = ${ref.syncId}::uuid
      AND i.id = ${itemId}::uuid AND i.deleted_at IS NULL`;
  const [row] = rows;
  return row === undefined ? null : view(row, rules);
}

/**
 * Forgets failed tries and refusals, so that the item is due now; one with nothing owed is planned anew. The time of
 * the last try stays: what it may have left on the other side is looked for first.
 */
const REARM = Prisma.sql`
  pending_action_attempts = 0, pending_action_last_error = NULL,
  pending_action_error_code = NULL, refused_source = NULL,
  dirty = dirty OR (pending_action IS NULL AND pending_action_error_code IS NOT NULL), updated_at = now()`;

/** Re-arms one item. False where the sync has no such live item. */
export async function rearmItem(store: Store, ref: SyncRef, itemId: string): Promise<boolean> {
  const count = await store.prisma.$executeRaw`
    UPDATE file_folder_sync SET ${REARM}
    WHERE portal_id = ${ref.portalId} AND channel_sync_id = ${ref.syncId}::uuid AND id = ${itemId}::uuid
      AND deleted_at IS NULL`;
  return count > 0;
}

/** Re-arms every stuck item of a sync; how many there were. */
export async function rearmStuck(store: Store, ref: SyncRef, maxAttempts: number): Promise<number> {
  return store.prisma.$executeRaw`
    UPDATE file_folder_sync SET ${REARM}
    WHERE portal_id = ${ref.portalId} AND channel_sync_id = ${ref.syncId}::uuid
      AND pending_action IS NOT NULL AND pending_action_attempts >= ${maxAttempts}`;
}
