import type { ErrorCode } from '../domain/errors';
import type { Action, ObjectKind, Origin, Side } from '../domain/types';
import { Prisma } from '../generated/prisma/client';
import type { Tx } from './client';
import { isOldSelf, placeOf } from './oldSelves';
import type { ItemRecord, Operation } from './records';

/** Columns of an item joined with its observations; `i`, `d` and `a` are the aliases that every query here uses. */
export const ITEM_COLUMNS = Prisma.sql`
  i.id::text AS id, i.portal_id, i.channel_sync_id::text AS sync_id, i.object, ${placeOf('i')} AS item_path, i.path_key,
  ${isOldSelf('i')} AS old_self, i.pinned, i.conflict_copy, i.base_at IS NOT NULL AS based, i.content_hash, i.size::text AS size,
  i.dbx_file_id, i.dbx_rev, i.dbx_path, i.assembly_file_id, i.assembly_path, i.assembly_version,
  i.pending_action, i.pending_action_target, i.pending_action_attempts AS attempts,
  i.pending_action_error_code AS error_code, i.pending_action_last_error AS error_message,
  i.refused_source, i.assembly_upload_id, i.assembly_create_path, i.operation_serial::text AS serial, i.operation, i.origin, i.dirty,
  d.id AS d_id, d.path AS d_path, d.object AS d_object, d.rev AS d_rev, d.size::text AS d_size, d.hash AS d_hash,
  d.downloadable AS d_downloadable,
  a.id AS a_id, a.path AS a_path, a.object AS a_object, a.version AS a_version, a.size::text AS a_size,
  a.hash AS a_hash`;

export const ITEM_TABLES = Prisma.sql`
  file_folder_sync i
  LEFT JOIN dbx_seen d ON d.channel_sync_id = i.channel_sync_id AND d.item_id = i.id
  LEFT JOIN assembly_seen a ON a.channel_sync_id = i.channel_sync_id AND a.item_id = i.id`;

export interface ItemRow {
  id: string;
  portal_id: string;
  sync_id: string;
  object: ObjectKind;
  item_path: string;
  path_key: string | null;
  old_self: boolean;
  pinned: boolean;
  conflict_copy: boolean;
  based: boolean;
  content_hash: string | null;
  size: string | null;
  dbx_file_id: string | null;
  dbx_rev: string | null;
  dbx_path: string | null;
  assembly_file_id: string | null;
  assembly_path: string | null;
  assembly_version: string | null;
  pending_action: Action | null;
  pending_action_target: Side | null;
  attempts: number;
  error_code: string | null;
  error_message: string | null;
  refused_source: string | null;
  assembly_upload_id: string | null;
  assembly_create_path: string | null;
  serial: string;
  operation: Operation | null;
  origin: Origin;
  dirty: boolean;
  d_id: string | null;
  d_path: string | null;
  d_object: ObjectKind | null;
  d_rev: string | null;
  d_size: string | null;
  d_hash: string | null;
  d_downloadable: boolean | null;
  a_id: string | null;
  a_path: string | null;
  a_object: ObjectKind | null;
  a_version: string | null;
  a_size: string | null;
  a_hash: string | null;
}

const number = (text: string | null): number | null => (text === null ? null : Number(text));

export function itemRecord(row: ItemRow): ItemRecord {
  return {
    id: row.id,
    portalId: row.portal_id,
    syncId: row.sync_id,
    object: row.object,
    path: row.item_path,
    pathKey: row.path_key,
    oldSelf: row.old_self,
    pinned: row.pinned,
    conflictCopy: row.conflict_copy,
    base: row.based
      ? {
          hash: row.content_hash,
          size: number(row.size),
          dropbox:
            row.dbx_file_id === null
              ? null
              : { id: row.dbx_file_id, path: row.dbx_path ?? row.item_path, rev: row.dbx_rev },
          assembly:
            row.assembly_file_id === null
              ? null
              : {
                  id: row.assembly_file_id,
                  path: row.assembly_path ?? row.item_path,
                  version: row.assembly_version,
                },
        }
      : null,
    dropbox:
      row.d_id === null
        ? null
        : {
            id: row.d_id,
            path: row.d_path!,
            object: row.d_object!,
            rev: row.d_rev,
            size: number(row.d_size),
            hash: row.d_hash,
            downloadable: row.d_downloadable ?? true,
          },
    assembly:
      row.a_id === null
        ? null
        : {
            id: row.a_id,
            path: row.a_path!,
            object: row.a_object!,
            version: row.a_version,
            size: number(row.a_size),
            hash: row.a_hash,
          },
    action: row.pending_action,
    target: row.pending_action_target,
    attempts: row.attempts,
    errorCode: row.error_code as ErrorCode | null,
    errorMessage: row.error_message,
    refusedSource: row.refused_source,
    uploadId: row.assembly_upload_id,
    sentCreate: row.assembly_create_path,
    serial: row.serial,
    operation: row.operation,
    origin: row.origin,
    dirty: row.dirty,
  };
}

/** One live item, locked until the transaction ends; `null` when it is gone or of another portal. */
export async function lockItem(tx: Tx, portalId: string, itemId: string): Promise<ItemRecord | null> {
  const rows = await tx.$queryRaw<ItemRow[]>`
    SELECT ${ITEM_COLUMNS} FROM ${ITEM_TABLES}
    WHERE i.id = ${itemId}::uuid AND i.portal_id = ${portalId} AND i.deleted_at IS NULL
    FOR UPDATE OF i`;
  return rows[0] ? itemRecord(rows[0]) : null;
}

/** The same without a lock, for reading. */
export async function readItem(tx: Tx, portalId: string, itemId: string): Promise<ItemRecord | null> {
  const rows = await tx.$queryRaw<ItemRow[]>`
    SELECT ${ITEM_COLUMNS} FROM ${ITEM_TABLES}
    WHERE i.id = ${itemId}::uuid AND i.portal_id = ${portalId} AND i.deleted_at IS NULL`;
  return rows[0] ? itemRecord(rows[0]) : null;
}
