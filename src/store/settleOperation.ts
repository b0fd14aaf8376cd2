import { asidePath } from '../domain/names';
import { parentOf, pathKey } from '../domain/paths';
import {
  type AssemblySeen,
  type DropboxSeen,
  type ItemPath,
  type ItemRef,
  otherSide,
  type Side,
} from '../domain/types';
import { Prisma } from '../generated/prisma/client';
import { disproved, type Success } from './breakers';
import type { Tx } from './client';
import { lockItem } from './items';
import { carryDropboxSubtree, leaveOldFolder } from './movedFolders';
import type { ItemRecord, Operation } from './records';
import { SEEN } from './seenIn';
import { writeHistory } from './writeHistory';

/** What an operation led to, as far as the remote side told; ids, hashes and sizes only. */
export interface Effect {
  readonly dropbox?: { readonly id: string; readonly rev: string | null; readonly size: number | null };
  readonly assembly?: { readonly id: string; readonly version: string | null; readonly size: number | null };
  /** Dropbox content hash of the bytes that passed; `null` for folders and where none passed. */
  readonly hash: string | null;
  /** What an earlier try made could not come to the operation's place: the sides agree on where it was seen. */
  readonly whereFound?: true;
}

export interface SettledItem {
  readonly item: ItemRecord;
  /** What came to the item's place on the target meanwhile is no item's now: it has to be matched anew. */
  readonly displaced: boolean;
}

/**
 * Records an operation's outcome: observation, base and history in one transaction, only while the operation is the
 * one that this serial opened. An observation that came in meanwhile is newer than ours and is left alone: the plan
 * that follows compares it with the base written here. The caller re-plans the item, which is dirty, in the same transaction.
 */
export async function settleOperation(
  tx: Tx,
  ref: ItemRef,
  serial: string,
  effect: Effect,
): Promise<SettledItem | null> {
  const item = await lockItem(tx, ref.portalId, ref.itemId);
  if (!item || item.serial !== serial || !item.operation) return null;
  const operation = item.operation;
  if (!operation.cleanUp) await record(tx, item, operation, effect);
  await tx.$executeRaw`
    WITH working AS (DELETE FROM side_breakers WHERE ${disproved(ref.portalId, successes(operation))})
    UPDATE file_folder_sync SET operation = NULL, pending_action = NULL, pending_action_target = NULL,
      pending_action_attempts = 0, pending_action_last_attempt_at = NULL, pending_action_last_error = NULL,
      pending_action_error_code = NULL, pending_since = NULL, refused_source = NULL, dirty = true, updated_at = now()
    WHERE id = ${item.id}::uuid`;
  if (!operation.compare && !operation.cleanUp) {
    await writeHistory(tx, item, operation, {
      outcome: 'done',
      dropboxId: effect.dropbox?.id ?? operation.dropbox?.id ?? null,
      assemblyId: effect.assembly?.id ?? operation.assembly?.id ?? null,
      hashAfter: operation.action === 'delete' ? null : (effect.hash ?? operation.base?.hash ?? null),
    });
  }
  const settled = await lockItem(tx, ref.portalId, ref.itemId);
  return settled && { item: settled, displaced: displaces(item, operation, effect) };
}

function displaces(item: ItemRecord, { target, ...operation }: Operation, effect: Effect): boolean {
  const [held, made] = [item[target], effect[target]];
  return held !== null && made !== undefined && held.id !== made.id && held.id !== operation[target]?.id;
}

/** The sides that have just been shown to work: the one written to, and the one that bytes came from. */
function successes({ target, object, action, compare }: Operation): Success[] {
  if (compare) return [{ side: 'assembly', room: false }];
  const stored = object === 'file' && (action === 'create' || action === 'update');
  const transferred = stored || (object === 'file' && action === 'move' && target === 'assembly');
  const written: Success = { side: target, room: stored };
  return transferred ? [written, { side: otherSide(target), room: false }] : [written];
}

async function record(tx: Tx, item: ItemRecord, operation: Operation, effect: Effect) {
  if (operation.compare) await learnHash(tx, item, operation, effect.hash);
  else if (operation.action === 'delete') await settleDelete(tx, item, operation);
  else if (operation.target === 'dropbox') await settleDropbox(tx, item, operation, effect);
  else await settleAssembly(tx, item, operation, effect);
}

/** Exactly this version's bytes were read; a newer version stays unknown. */
async function learnHash(tx: Tx, item: ItemRecord, operation: Operation, hash: string | null) {
  const seen = operation.assembly;
  if (!seen || hash === null) return;
  await tx.$executeRaw`
    UPDATE assembly_seen SET hash = ${hash}
    WHERE channel_sync_id = ${item.syncId}::uuid AND id = ${seen.id} AND version IS NOT DISTINCT FROM ${seen.version}`;
}

/** Nothing is agreed on any more: whatever is on a side now, or comes back, is new. */
async function settleDelete(tx: Tx, item: ItemRecord, operation: Operation) {
  if (operation.target === 'dropbox' && operation.dropbox) {
    await tx.$executeRaw`
      DELETE FROM dbx_seen WHERE channel_sync_id = ${item.syncId}::uuid AND id = ${operation.dropbox.id}
        AND rev IS NOT DISTINCT FROM ${operation.dropbox.rev}`;
  }
  if (operation.target === 'assembly' && operation.assembly) {
    await tx.$executeRaw`
      DELETE FROM assembly_seen WHERE channel_sync_id = ${item.syncId}::uuid AND id = ${operation.assembly.id}`;
  }
  await agreeOnNothing(tx, item);
}

async function agreeOnNothing(tx: Tx, item: ItemRecord) {
  await tx.$executeRaw`
    UPDATE file_folder_sync i SET base_at = NULL, content_hash = NULL, size = NULL, dbx_rev = NULL, dbx_path = NULL,
      assembly_path = NULL, assembly_version = NULL,
      dbx_file_id = (SELECT d.id FROM dbx_seen d WHERE d.item_id = i.id),
      assembly_file_id = (SELECT a.id FROM assembly_seen a WHERE a.item_id = i.id)
    WHERE i.id = ${item.id}::uuid`;
}

/**
 * What an item is agreed on with from an operation on: the object that it was opened with. Where that has become another item's
 * meanwhile, a file goes on with what took its place, at no version, as in `releaseIds`; else nothing can be agreed on.
 */
async function agreedOn<Seen extends DropboxSeen | AssemblySeen>(
  tx: Tx,
  item: ItemRecord,
  side: Side,
  source: Seen | null,
): Promise<Seen | null | 'anothers'> {
  if (source === null || !(await isAnothers(tx, item, side, source.id))) return source;
  const [successor] = await tx.$queryRaw<{ id: string }[]>`
    SELECT s.id FROM ${SEEN[side]} s WHERE s.portal_id = ${item.portalId} AND s.item_id = ${item.id}::uuid`;
  if (!successor || source.object === 'folder') return 'anothers';
  return { ...source, id: successor.id, rev: '', version: '' };
}

/** An object is another item's, which has it now or was agreed on with it. */
async function isAnothers(tx: Tx, item: ItemRecord, side: Side, id: string): Promise<boolean> {
  const column = Prisma.raw(side === 'dropbox' ? 'dbx_file_id' : 'assembly_file_id');
  const rows = await tx.$queryRaw<{ id: string }[]>`
    SELECT i.id::text FROM file_folder_sync i
    WHERE i.portal_id = ${item.portalId} AND i.channel_sync_id = ${item.syncId}::uuid AND i.deleted_at IS NULL
      AND i.id <> ${item.id}::uuid AND i.${column} = ${id}
    UNION ALL
    SELECT s.item_id::text FROM ${SEEN[side]} s
    WHERE s.portal_id = ${item.portalId} AND s.channel_sync_id = ${item.syncId}::uuid AND s.id = ${id}
      AND s.item_id <> ${item.id}::uuid`;
  return rows.length > 0;
}

async function settleDropbox(tx: Tx, item: ItemRecord, operation: Operation, effect: Effect) {
  const made = effect.dropbox;
  if (!made) throw new Error('an operation on Dropbox settles with its object');
  const moves = operation.action === 'move';
  const found = effect.whereFound ? await dropboxPathOf(tx, item, made.id) : null;
  const path = operation.action === 'update' ? operation.dropbox!.path : (found ?? operation.path);
  const hash = moves ? (operation.dropbox?.hash ?? null) : effect.hash;
  const size = moves ? (operation.dropbox?.size ?? null) : made.size;
  await seeDropbox(tx, item, operation, { id: made.id, rev: made.rev, size, hash, path });
  if (!moves && hash !== null) await learnHash(tx, item, operation, hash);
  if (moves && operation.object === 'folder')
    await carryDropboxSubtree(tx, item, {
      from: operation.dropbox!.path,
      aside: asidePath(operation.path, item.id),
      to: operation.path,
    });
  const source = operation.assembly;
  if (moves) {
    await tx.$executeRaw`
      UPDATE file_folder_sync SET dbx_path = ${path}, dbx_rev = ${made.rev},
        assembly_path = CASE WHEN ${operation.parked} OR ${source === null} THEN assembly_path ELSE ${source?.path ?? null} END
      WHERE id = ${item.id}::uuid`;
    return;
  }
  const fresh = operation.action === 'create';
  const agreed = await agreedOn(tx, item, 'assembly', source);
  if (agreed === 'anothers') {
    await tx.$executeRaw`UPDATE file_folder_sync SET dbx_create_key = NULL WHERE id = ${item.id}::uuid`;
    return await agreeOnNothing(tx, item);
  }
  await tx.$executeRaw`
    UPDATE file_folder_sync SET base_at = coalesce(base_at, now()), content_hash = ${hash}, size = ${size},
      dbx_create_key = NULL, dbx_file_id = ${made.id}, dbx_rev = ${made.rev},
      dbx_path = CASE WHEN ${fresh} THEN ${path} ELSE coalesce(dbx_path, ${path}) END,
      assembly_file_id = ${agreed?.id ?? null}, assembly_version = ${agreed?.version ?? null},
      assembly_path = CASE WHEN ${fresh} THEN ${found ?? source?.path ?? null}
        ELSE coalesce(assembly_path, ${source?.path ?? null}) END
    WHERE id = ${item.id}::uuid`;
  if (!fresh || !item.pinned) return;
  // Whoever has moved what we made has named its place.
  await tx.$executeRaw`
    UPDATE file_folder_sync i SET pinned = false, conflict_copy = false FROM dbx_seen s
    WHERE i.id = ${item.id}::uuid AND s.item_id = i.id AND s.path <> ${path}`;
}

async function dropboxPathOf(tx: Tx, item: ItemRecord, id: string): Promise<ItemPath | null> {
  const rows = await tx.$queryRaw<{ path: ItemPath }[]>`
    SELECT path FROM dbx_seen WHERE portal_id = ${item.portalId} AND channel_sync_id = ${item.syncId}::uuid AND id = ${id}`;
  return rows[0]?.path ?? null;
}

/** The object as our write left it, unless the feed has told of it, or of something newer, already. */
async function seeDropbox(
  tx: Tx,
  item: ItemRecord,
  operation: Operation,
  now: { id: string; rev: string | null; size: number | null; hash: string | null; path: string },
) {
  const key = pathKey(now.path);
  const before = operation.dropbox;
  // Another object that took the item's place meanwhile is one of its own: what we wrote is this item's.
  await tx.$executeRaw`
    WITH loose AS (UPDATE dbx_seen SET item_id = NULL WHERE item_id = ${item.id}::uuid AND id <> ${now.id})
    UPDATE file_folder_sync SET dbx_file_id = NULL, dirty = true
    WHERE portal_id = ${item.portalId} AND channel_sync_id = ${item.syncId}::uuid AND deleted_at IS NULL
      AND dbx_file_id = ${now.id} AND id <> ${item.id}::uuid`;
  await tx.$executeRaw`
    INSERT INTO dbx_seen (channel_sync_id, portal_id, id, object, path, path_key, parent_key, rev, size, hash, item_id,
                          look)
    SELECT ${item.syncId}::uuid, ${item.portalId}, ${now.id}, ${operation.object}, ${now.path}, ${key},
      ${parentOf(key)}, ${now.rev}, ${now.size}::bigint, ${now.hash}, ${item.id}::uuid, s.dbx_look
    FROM channel_sync s WHERE s.id = ${item.syncId}::uuid
    ON CONFLICT (channel_sync_id, id) DO UPDATE SET
      item_id = excluded.item_id,
      path = CASE WHEN dbx_seen.path = ${before?.path ?? null} THEN excluded.path ELSE dbx_seen.path END,
      path_key = CASE WHEN dbx_seen.path = ${before?.path ?? null} THEN excluded.path_key ELSE dbx_seen.path_key END,
      parent_key = CASE WHEN dbx_seen.path = ${before?.path ?? null} THEN excluded.parent_key
        ELSE dbx_seen.parent_key END,
      size = CASE WHEN dbx_seen.rev = ${before?.rev ?? null} THEN excluded.size ELSE dbx_seen.size END,
      hash = CASE WHEN dbx_seen.rev = ${before?.rev ?? null} THEN excluded.hash ELSE dbx_seen.hash END,
      rev = CASE WHEN dbx_seen.rev = ${before?.rev ?? null} THEN excluded.rev ELSE dbx_seen.rev END,
      look = greatest(dbx_seen.look, excluded.look)`;
}

/** Nothing of ours is half done on Assembly any more. */
const NOTHING_SENT = Prisma.raw(`assembly_upload_id = NULL, assembly_upload_source = NULL,
  assembly_upload_version = NULL, assembly_create_path = NULL, assembly_create_at = NULL`);

async function settleAssembly(tx: Tx, item: ItemRecord, operation: Operation, effect: Effect) {
  const made = effect.assembly;
  if (!made) throw new Error('an operation on Assembly settles with its object');
  const source = operation.dropbox;
  const hash =
    operation.object === 'folder' ? null : (effect.hash ?? source?.hash ?? operation.base?.hash ?? null);
  const size = operation.object === 'folder' ? null : (made.size ?? source?.size ?? null);
  const old = operation.assembly && operation.assembly.id !== made.id ? operation.assembly : null;
  if (old && operation.object === 'folder') {
    if (!(await isAnothers(tx, item, 'assembly', old.id)))
      await leaveOldFolder(tx, item, operation.path, old);
  } else if (old) {
    await tx.$executeRaw`
      DELETE FROM assembly_seen WHERE channel_sync_id = ${item.syncId}::uuid AND id = ${old.id}`;
  }
  const agreed = operation.parked ? null : await agreedOn(tx, item, 'dropbox', source);
  // What it was made of has become another item's, which makes its own: it is taken back like what was never finished. Not where
  // it has replaced a file, which is gone by now: that other item's is not there yet.
  if (agreed === 'anothers' && operation.action === 'create' && item.uploadId === made.id)
    return await agreeOnNothing(tx, item);
  const version = await seeAssembly(tx, item, operation, { ...made, size, hash });
  if (operation.parked) {
    await tx.$executeRaw`
      UPDATE file_folder_sync SET ${NOTHING_SENT}, assembly_file_id = ${made.id}, assembly_path = ${operation.path},
        assembly_version = ${version}
      WHERE id = ${item.id}::uuid`;
    return;
  }
  if (agreed === 'anothers') {
    await tx.$executeRaw`UPDATE file_folder_sync SET ${NOTHING_SENT} WHERE id = ${item.id}::uuid`;
    return await agreeOnNothing(tx, item);
  }
  await tx.$executeRaw`
    UPDATE file_folder_sync SET ${NOTHING_SENT}, base_at = coalesce(base_at, now()), content_hash = ${hash}, size = ${size}::bigint,
      dbx_file_id = coalesce(${agreed?.id ?? null}, dbx_file_id),
      dbx_rev = coalesce(${agreed?.rev ?? null}, dbx_rev), dbx_path = coalesce(${source?.path ?? null}, dbx_path),
      assembly_file_id = ${made.id}, assembly_path = ${operation.path}, assembly_version = ${version}
    WHERE id = ${item.id}::uuid`;
}

/**
 * Returns the version that is known of the object: what Assembly said of it while it was ours alone, else `null` until
 * somebody looks at it after our write.
 */
async function seeAssembly(
  tx: Tx,
  item: ItemRecord,
  operation: Operation,
  now: { id: string; version: string | null; size: number | null; hash: string | null },
): Promise<string | null> {
  const key = pathKey(operation.path);
  // Another object that took the item's place meanwhile is one of its own: what we wrote is this item's.
  await tx.$executeRaw`
    WITH loose AS (UPDATE assembly_seen SET item_id = NULL WHERE item_id = ${item.id}::uuid AND id <> ${now.id})
    UPDATE file_folder_sync SET assembly_file_id = NULL, dirty = true
    WHERE portal_id = ${item.portalId} AND channel_sync_id = ${item.syncId}::uuid AND deleted_at IS NULL
      AND assembly_file_id = ${now.id} AND id <> ${item.id}::uuid`;
  const wasAnothers = Prisma.sql`assembly_seen.item_id <> excluded.item_id`;
  const rows = await tx.$queryRaw<{ version: string | null }[]>`
    INSERT INTO assembly_seen (channel_sync_id, portal_id, id, object, path, path_key, parent_key, version, size,
                               status, hash, item_id, look)
    SELECT ${item.syncId}::uuid, ${item.portalId}, ${now.id}, ${operation.object}, ${operation.path}, ${key},
      ${parentOf(key)}, coalesce(${now.version}, i.assembly_upload_version), ${now.size}::bigint, 'completed', ${now.hash}, ${item.id}::uuid,
      s.assembly_look
    FROM channel_sync s LEFT JOIN file_folder_sync i ON i.id = ${item.id}::uuid AND i.assembly_upload_id = ${now.id}
    WHERE s.id = ${item.syncId}::uuid
    ON CONFLICT (channel_sync_id, id) DO UPDATE SET
      item_id = excluded.item_id,
      -- What another item had elsewhere was found where this one is to live.
      path = CASE WHEN ${wasAnothers} THEN excluded.path ELSE assembly_seen.path END,
      path_key = CASE WHEN ${wasAnothers} THEN excluded.path_key ELSE assembly_seen.path_key END,
      parent_key = CASE WHEN ${wasAnothers} THEN excluded.parent_key ELSE assembly_seen.parent_key END,
      version = CASE WHEN assembly_seen.status = 'pending' THEN excluded.version ELSE assembly_seen.version END,
      size = CASE WHEN assembly_seen.status = 'pending' THEN excluded.size
        ELSE coalesce(assembly_seen.size, excluded.size) END,
      hash = CASE WHEN assembly_seen.status = 'completed' AND assembly_seen.version <> excluded.version
          THEN assembly_seen.hash
        WHEN assembly_seen.status = 'pending' OR assembly_seen.size IS NOT DISTINCT FROM excluded.size
          OR assembly_seen.size IS NULL THEN excluded.hash ELSE assembly_seen.hash END,
      status = 'completed', look = greatest(assembly_seen.look, excluded.look)
    RETURNING coalesce(${now.version}, (SELECT assembly_upload_version FROM file_folder_sync
      WHERE id = ${item.id}::uuid AND assembly_upload_id = ${now.id}), version) AS version`;
  return rows[0]?.version ?? null;
}
