import type { ErrorCode } from '../domain/errors';
import { parentOf } from '../domain/paths';
import type { ItemRef } from '../domain/types';
import type { Tx } from './client';
import type { ItemRecord, Operation } from './records';

/**
 * Stamps an attempt on the tombstone and stores the operation it opens: the row says what is about to happen before
 * anything happens (I4). Returns the operation with its serial; whatever was opened before is void from now on.
 */
export async function stampAttempt(
  tx: Tx,
  item: ItemRecord,
  operation: Omit<Operation, 'serial' | 'attempt'>,
): Promise<Operation> {
  const rows = await tx.$queryRaw<{ operation: Operation }[]>`
    UPDATE file_folder_sync SET
      pending_action = ${operation.action}, pending_action_target = ${operation.target},
      pending_rule = ${operation.rule}, pending_since = coalesce(pending_since, now()),
      pending_action_attempts = pending_action_attempts + 1, pending_action_last_attempt_at = now(),
      operation_serial = operation_serial + 1, dirty = false, failed_run = false, updated_at = now(),
      operation = ${JSON.stringify(operation)}::jsonb || jsonb_build_object(
        'serial', (operation_serial + 1)::text, 'attempt', pending_action_attempts + 1)
    WHERE id = ${item.id}::uuid AND portal_id = ${item.portalId}
    RETURNING operation`;
  return rows[0]!.operation;
}

/** The opened operation, if it is still the one of this serial. */
export async function readOperation(
  tx: Tx,
  ref: ItemRef,
  serial: string,
): Promise<{
  operation: Operation;
  upload: { id: string; source: string | null } | null;
  sentCreate: string | null;
  sentUpload: string | null;
} | null> {
  const rows = await tx.$queryRaw<
    {
      operation: Operation | null;
      upload: string | null;
      source: string | null;
      sent: string | null;
      uploaded: string | null;
    }[]
  >`
    SELECT operation, assembly_upload_id AS upload, assembly_upload_source AS source, assembly_create_path AS sent,
           dbx_create_key AS uploaded
    FROM file_folder_sync
    WHERE id = ${ref.itemId}::uuid AND portal_id = ${ref.portalId} AND deleted_at IS NULL
      AND operation_serial = ${serial}::bigint`;
  const row = rows[0];
  if (!row?.operation) return null;
  return {
    operation: row.operation,
    upload: row.upload === null ? null : { id: row.upload, source: row.source },
    sentCreate: row.sent,
    sentUpload: row.uploaded,
  };
}

/**
 * Whether a write may go out for this operation (I7): the sync flows, in the generation the operation was opened in,
 * and nothing newer was opened for the item. Asked right before each remote write.
 */
export async function mayWrite(tx: Tx, ref: ItemRef, operation: Operation): Promise<boolean> {
  const rows = await tx.$queryRaw<{ ok: boolean }[]>`
    SELECT true AS ok FROM file_folder_sync i
    JOIN channel_sync s ON s.portal_id = i.portal_id AND s.id = i.channel_sync_id
    WHERE i.id = ${ref.itemId}::uuid AND i.portal_id = ${ref.portalId} AND i.deleted_at IS NULL
      AND i.operation_serial = ${operation.serial}::bigint
      AND s.state IN ('initial', 'active') AND s.generation = ${operation.generation}`;
  return rows.length > 0;
}

/** Remembers an object that was just made on Assembly, in a commit of its own, before it gets its bytes. */
export async function stampUpload(
  tx: Tx,
  ref: ItemRef,
  serial: string,
  upload: { id: string; source: string | null },
): Promise<boolean> {
  const count = await tx.$executeRaw`
    UPDATE file_folder_sync SET assembly_upload_id = ${upload.id}, assembly_upload_source = ${upload.source},
           assembly_upload_version = NULL, assembly_create_path = NULL, assembly_create_at = NULL, updated_at = now()
    WHERE id = ${ref.itemId}::uuid AND portal_id = ${ref.portalId} AND operation_serial = ${serial}::bigint`;
  return count > 0;
}

/**
 * Says where a create is about to be sent to Assembly: until its answer is recorded, what is pending there and was not
 * seen before may be ours. `false` when the operation is void, and nothing may be sent.
 */
export async function stampCreate(tx: Tx, ref: ItemRef, serial: string, path: string): Promise<boolean> {
  const count = await tx.$executeRaw`
    UPDATE file_folder_sync SET assembly_create_path = ${path}, assembly_create_at = now(), updated_at = now()
    WHERE id = ${ref.itemId}::uuid AND portal_id = ${ref.portalId} AND deleted_at IS NULL
      AND operation_serial = ${serial}::bigint`;
  return count > 0;
}

/**
 * Says where a create is about to be sent to Dropbox: until its answer is recorded, a file that appears there is this
 * item's. `false` when nothing may be sent: the operation is void, or a plan made since has no use for it, such as one that
 * has found something else there, or the folder is not there, or is on its way elsewhere. Dropbox would make the folder anew.
 */
export async function stampDropboxCreate(
  tx: Tx,
  ref: ItemRef,
  serial: string,
  key: string,
): Promise<boolean> {
  const folder = parentOf(key);
  const count = await tx.$executeRaw`
    UPDATE file_folder_sync i SET dbx_create_key = ${key}, updated_at = now()
    WHERE id = ${ref.itemId}::uuid AND portal_id = ${ref.portalId} AND deleted_at IS NULL
      AND operation_serial = ${serial}::bigint
      AND pending_action = 'create' AND pending_action_target = 'dropbox'
      AND (${folder} = '' OR EXISTS (
        SELECT FROM dbx_seen f WHERE f.channel_sync_id = i.channel_sync_id AND f.path_key = ${folder}
          AND f.object = 'folder'))
      AND NOT EXISTS (
        SELECT FROM dbx_seen f JOIN file_folder_sync m ON m.id = f.item_id
        WHERE f.channel_sync_id = i.channel_sync_id AND f.object = 'folder' AND m.operation ->> 'target' = 'dropbox'
          AND m.operation ->> 'action' = 'move'
          AND f.path_key IN (SELECT jsonb_array_elements_text(${JSON.stringify(above(key))}::jsonb)))`;
  return count > 0;
}

/** Keys of the folders that a path is in. */
function above(key: string): string[] {
  const folders: string[] = [];
  for (let folder = parentOf(key); folder !== ''; folder = parentOf(folder)) folders.push(folder);
  return folders;
}

/** Nothing of what was sent to Dropbox is left where it was sent. */
export async function clearDropboxCreate(tx: Tx, ref: ItemRef, serial: string): Promise<void> {
  await tx.$executeRaw`
    UPDATE file_folder_sync SET dbx_create_key = NULL, updated_at = now()
    WHERE id = ${ref.itemId}::uuid AND portal_id = ${ref.portalId} AND operation_serial = ${serial}::bigint`;
}

/** The create was not carried out, or nothing is left of what it made. */
export async function clearCreate(tx: Tx, ref: ItemRef, serial: string): Promise<void> {
  await tx.$executeRaw`
    UPDATE file_folder_sync SET assembly_create_path = NULL, assembly_create_at = NULL, updated_at = now()
    WHERE id = ${ref.itemId}::uuid AND portal_id = ${ref.portalId} AND operation_serial = ${serial}::bigint`;
}

/** The object is gone: nothing of ours is left half done on Assembly. */
export async function clearUpload(tx: Tx, ref: ItemRef, uploadId: string): Promise<void> {
  await tx.$executeRaw`
    UPDATE file_folder_sync SET assembly_upload_id = NULL, assembly_upload_source = NULL,
           assembly_upload_version = NULL, updated_at = now()
    WHERE id = ${ref.itemId}::uuid AND portal_id = ${ref.portalId} AND assembly_upload_id = ${uploadId}`;
}

/** The item's workflow runs again and has nothing to do: nothing is open, and the red one before it tells nothing any more. */
export async function clearStaleRun(tx: Tx, ref: ItemRef): Promise<void> {
  await tx.$executeRaw`
    UPDATE file_folder_sync SET failed_run = false, operation = NULL
    WHERE id = ${ref.itemId}::uuid AND portal_id = ${ref.portalId} AND (failed_run OR operation IS NOT NULL)`;
}

/** How often in a row an operation may turn out not to fit before it waits like a failed one. */
const FREE_REPLANS = 3;

/** Ends an operation that turned out not to fit the world; its tombstone is planned anew, the first times at once. */
export async function voidOperation(tx: Tx, ref: ItemRef, serial: string): Promise<boolean> {
  const count = await tx.$executeRaw`
    UPDATE file_folder_sync SET operation = NULL, dirty = true, updated_at = now(),
      pending_action_last_attempt_at = CASE WHEN pending_action_attempts <= ${FREE_REPLANS} THEN NULL
        ELSE pending_action_last_attempt_at END
    WHERE id = ${ref.itemId}::uuid AND portal_id = ${ref.portalId} AND operation_serial = ${serial}::bigint
      AND operation IS NOT NULL`;
  return count > 0;
}

/**
 * The side was at fault: the attempt is given back and nothing is written on the item, which stays owed. That it was
 * tried still shows in its attempt time, so that the next try looks for what this one may have made.
 */
export async function giveBack(tx: Tx, ref: ItemRef, serial: string): Promise<void> {
  await tx.$executeRaw`
    UPDATE file_folder_sync SET operation = NULL, pending_action_last_attempt_at = now(),
      pending_action_attempts = greatest(0, pending_action_attempts - 1), updated_at = now()
    WHERE id = ${ref.itemId}::uuid AND portal_id = ${ref.portalId} AND operation IS NOT NULL
      AND operation_serial = ${serial}::bigint`;
}

/**
 * What a worker left open when it died has failed at nothing: where the item can't go on now, its try is given back, so that
 * it goes on as soon as it can and not at a failed one's time.
 */
export async function giveBackOpen(tx: Tx, ref: ItemRef): Promise<void> {
  await tx.$executeRaw`
    UPDATE file_folder_sync SET operation = NULL,
      pending_action_attempts = greatest(0, pending_action_attempts - 1), updated_at = now()
    WHERE id = ${ref.itemId}::uuid AND portal_id = ${ref.portalId} AND operation IS NOT NULL`;
}

const MAX_ERROR = 1_000;

/**
 * Writes a failure on the tombstone, once: text, code and time. `unsyncable` ends the tombstone: the target said that
 * it will never take this source as it is. It is planned anew: an old copy has its place where that is, and what people
 * have changed meanwhile is not what was refused.
 */
export async function writeFailure(
  tx: Tx,
  ref: ItemRef,
  serial: string,
  failure: { code: ErrorCode; message: string; refusedSource: string | null },
): Promise<{ attempts: number } | null> {
  const message = failure.message.slice(0, MAX_ERROR);
  const rows =
    failure.refusedSource === null
      ? await tx.$queryRaw<{ attempts: number }[]>`
          UPDATE file_folder_sync SET operation = NULL, failed_run = true,
            pending_action_last_error = CASE WHEN pending_action IS NOT NULL THEN ${message}::text END,
            pending_action_error_code = CASE WHEN pending_action IS NOT NULL THEN ${failure.code}::text END,
            pending_action_last_attempt_at = CASE WHEN pending_action IS NOT NULL THEN now() END, updated_at = now()
          WHERE id = ${ref.itemId}::uuid AND portal_id = ${ref.portalId} AND operation IS NOT NULL
            AND operation_serial = ${serial}::bigint
          RETURNING pending_action_attempts AS attempts`
      : await tx.$queryRaw<{ attempts: number }[]>`
          UPDATE file_folder_sync SET operation = NULL, failed_run = true, pending_action = NULL,
            pending_action_target = NULL, pending_action_attempts = 0, pending_since = NULL, pending_action_last_error = ${message},
            pending_action_error_code = ${failure.code}, refused_source = ${failure.refusedSource},
            dirty = true, updated_at = now()
          WHERE id = ${ref.itemId}::uuid AND portal_id = ${ref.portalId} AND operation IS NOT NULL
            AND operation_serial = ${serial}::bigint
          RETURNING pending_action_attempts AS attempts`;
  return rows[0] ?? null;
}
