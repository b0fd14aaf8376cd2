import type { ErrorCode } from '../domain/errors';
import {
  type ItemRef,
  type ObjectKind,
  type Origin,
  otherSide,
  type Side,
  type SyncRef,
} from '../domain/types';
import { Prisma } from '../generated/prisma/client';
import type { Tx } from './client';
import { lookForGuests } from './guests';
import { isOldSelf, placeOf, selfOf } from './oldSelves';
import { SEEN } from './seenIn';

/** An object that was seen and belongs to no item yet. */
export interface Unmatched {
  readonly id: string;
  readonly object: ObjectKind;
  readonly path: string;
  readonly pathKey: string;
  readonly parentKey: string;
}

/** The live item that claims a path. */
export interface Claim {
  readonly itemId: string;
  readonly key: string;
  readonly object: ObjectKind;
  readonly onDropbox: boolean;
  readonly onAssembly: boolean;
  /** A create that is still owed was sent to Dropbox, wherever it was to be then, and not answered. */
  readonly sent: boolean;
  /** On its way out: it gives its place to whoever comes. */
  readonly leaving: boolean;
  /** Observed since it was planned: it may be about to go elsewhere. */
  readonly dirty: boolean;
  /** Where its Assembly object was seen, as Assembly spells it. */
  readonly assemblyPath: string | null;
}

/** A folder as one side shows it, and where its item is to live. */
export interface FolderGoal {
  readonly key: string;
  /** As the side spells it. */
  readonly path: string;
  readonly itemId: string | null;
  /** The item that lives in it: that of a folder whose old self it is, else its own. */
  readonly selfId: string | null;
  readonly goal: string | null;
  /** Nothing in it is synced: not said of an old self, since what is in that one lives elsewhere. */
  readonly unsyncable: boolean;
  /** Why that is. */
  readonly errorCode: ErrorCode | null;
  /** Its item is to be deleted on that side. */
  readonly leaving: boolean;
  /** The other side has nothing of its item. */
  readonly alone: boolean;
  /** The other side has a folder there too, which is to stay. */
  readonly met: boolean;
}

const ID_COLUMN = {
  dropbox: Prisma.raw('dbx_file_id'),
  assembly: Prisma.raw('assembly_file_id'),
} satisfies Record<Side, Prisma.Sql>;

/** Objects `s` without an item, each with the item `i` that knows its id and has nothing else on that side. */
const ownUnlinked = (ref: SyncRef, side: Side) => Prisma.sql`
  FROM ${SEEN[side]} s
  JOIN file_folder_sync i ON i.portal_id = s.portal_id AND i.channel_sync_id = s.channel_sync_id
    AND i.${ID_COLUMN[side]} = s.id AND i.deleted_at IS NULL AND i.object = s.object
  WHERE s.portal_id = ${ref.portalId} AND s.channel_sync_id = ${ref.syncId}::uuid AND s.item_id IS NULL
    AND NOT EXISTS (
      SELECT FROM ${SEEN[side]} x WHERE x.channel_sync_id = i.channel_sync_id AND x.item_id = i.id)`;

/**
 * Links objects to the items that already know their id. One statement, however many. The pairs are found once, whatever
 * Postgres believes of the tables: with statistics from when they were empty it would look for them once for each item.
 */
export async function attachById(tx: Tx, ref: SyncRef, side: Side): Promise<void> {
  await tx.$executeRaw`
    WITH pairs AS MATERIALIZED (SELECT DISTINCT ON (i.id) s.id, i.id AS item_id ${ownUnlinked(ref, side)}),
    -- An item that is closed at this moment is not linked any more: its object is matched by its path.
    live AS (
      UPDATE file_folder_sync i SET dirty = true, pending_action_attempts = 0 FROM pairs p
      WHERE i.portal_id = ${ref.portalId} AND i.channel_sync_id = ${ref.syncId}::uuid AND i.id = p.item_id
        AND i.deleted_at IS NULL RETURNING p.*)
    UPDATE ${SEEN[side]} s SET item_id = live.item_id FROM live
    WHERE s.portal_id = ${ref.portalId} AND s.channel_sync_id = ${ref.syncId}::uuid AND s.id = live.id`;
}

/**
 * Whether the object that an item knows was seen again after it had gone, under the id that it had, and `attachById` has not
 * linked the two yet: till then the item looks as if it were gone.
 */
export async function isYetToBeLinked(tx: Tx, ref: ItemRef): Promise<boolean> {
  const rows = await tx.$queryRaw<{ there: boolean }[]>`
    SELECT EXISTS (SELECT ${ownUnlinked(ref, 'dropbox')} AND i.id = ${ref.itemId}::uuid)
      OR EXISTS (
        SELECT ${ownUnlinked(ref, 'assembly')} AND i.id = ${ref.itemId}::uuid AND s.status = 'completed') AS there`;
  return rows[0]!.there;
}

/** A create of the item that is still owed was sent to Dropbox and not answered. */
const wasSent = Prisma.sql`(i.dbx_create_key IS NOT NULL
  AND i.pending_action = 'create' AND i.pending_action_target = 'dropbox')`;

/**
 * Where an object took the place of the one that an item was agreed on with, the item goes on with that: the other one, which is
 * seen again, is of another item. To be called after `attachById`, before new items take those ids. What was agreed on stays,
 * but no version: those of two files tell nothing of each other.
 */
export async function releaseIds(tx: Tx, ref: SyncRef, side: Side): Promise<void> {
  const version = { dropbox: Prisma.raw('dbx_rev'), assembly: Prisma.raw('assembly_version') }[side];
  await tx.$executeRaw`
    WITH back AS MATERIALIZED (
      SELECT i.id, s.id AS was, x.id AS successor FROM ${SEEN[side]} s
      JOIN file_folder_sync i ON i.portal_id = s.portal_id AND i.channel_sync_id = s.channel_sync_id
        AND i.${ID_COLUMN[side]} = s.id AND i.deleted_at IS NULL
      JOIN ${SEEN[side]} x ON x.item_id = i.id
      WHERE s.portal_id = ${ref.portalId} AND s.channel_sync_id = ${ref.syncId}::uuid AND s.item_id IS NULL)
    UPDATE file_folder_sync i SET ${ID_COLUMN[side]} = back.successor, updated_at = now(),
      -- Not null, which would be that of our own write.
      ${version} = CASE WHEN i.object = 'file' THEN '' END
    FROM back
    WHERE i.portal_id = ${ref.portalId} AND i.channel_sync_id = ${ref.syncId}::uuid AND i.id = back.id
      AND i.${ID_COLUMN[side]} = back.was`;
}

/**
 * Objects without an item, parents before what is below them. Pending uploads, links, the unfinished objects of our own,
 * and files where a create that is still owed was sent and not answered, are not among them: whoever sent it looks.
 */
export async function unmatched(
  tx: Tx,
  ref: SyncRef,
  side: Side,
  after: string,
  limit: number,
): Promise<Unmatched[]> {
  const ready =
    side === 'dropbox'
      ? Prisma.sql`AND NOT EXISTS (
          SELECT FROM file_folder_sync i WHERE i.portal_id = s.portal_id AND i.channel_sync_id = s.channel_sync_id
            AND s.object = 'file' AND i.dbx_create_key = s.path_key AND i.deleted_at IS NULL AND ${wasSent})`
      : Prisma.sql`AND s.status = 'completed' AND s.object <> 'link' AND NOT EXISTS (
          SELECT FROM file_folder_sync i WHERE i.portal_id = s.portal_id
            AND i.channel_sync_id = s.channel_sync_id AND i.assembly_upload_id = s.id AND i.deleted_at IS NULL)`;
  return await tx.$queryRaw<Unmatched[]>`
    SELECT s.id, s.object, s.path, s.path_key AS "pathKey", s.parent_key AS "parentKey" FROM ${SEEN[side]} s
    WHERE s.portal_id = ${ref.portalId} AND s.channel_sync_id = ${ref.syncId}::uuid AND s.item_id IS NULL
      AND (s.path_key || chr(1) || s.id) COLLATE "C" > ${after} ${ready}
    ORDER BY (s.path_key || chr(1) || s.id) COLLATE "C" LIMIT ${limit}`;
}

/** Where the folders at these keys, as one side shows them, are to live. */
export async function folderGoals(
  tx: Tx,
  ref: SyncRef,
  side: Side,
  keys: readonly string[],
): Promise<FolderGoal[]> {
  if (keys.length === 0) return [];
  return await tx.$queryRaw<FolderGoal[]>`
    SELECT s.path_key AS key, s.path, i.id::text AS "itemId", ${selfOf('i')} AS "selfId", ${placeOf('i')} AS goal,
           i.id IS NULL OR (i.pending_action IS NULL AND i.pending_action_error_code IS NOT NULL AND NOT ${isOldSelf('i')}) AS unsyncable,
           CASE WHEN i.pending_action IS NULL AND NOT ${isOldSelf('i')} THEN i.pending_action_error_code END AS "errorCode",
           coalesce(i.pending_action = 'delete' AND i.pending_action_target = ${side}, false) AS leaving,
           NOT EXISTS (SELECT FROM ${SEEN[otherSide(side)]} x WHERE x.item_id = i.id) AS alone,
           EXISTS (
             SELECT FROM ${SEEN[otherSide(side)]} o JOIN file_folder_sync p ON p.id = o.item_id
             WHERE o.channel_sync_id = s.channel_sync_id AND o.path_key = s.path_key AND o.object = 'folder'
               AND p.path_key = o.path_key) AS met
    FROM ${SEEN[side]} s LEFT JOIN file_folder_sync i
      ON i.portal_id = s.portal_id AND i.channel_sync_id = s.channel_sync_id AND i.id = s.item_id
    WHERE s.portal_id = ${ref.portalId} AND s.channel_sync_id = ${ref.syncId}::uuid AND s.object = 'folder'
      AND s.path_key IN (SELECT jsonb_array_elements_text(${JSON.stringify(keys)}::jsonb))`;
}

/**
 * The live items that claim these keys, locked until the transaction ends: whoever settles one of them at this moment
 * may close it, and what is then linked to it would never be looked at again.
 */
export async function claims(tx: Tx, ref: SyncRef, keys: readonly string[]): Promise<Claim[]> {
  if (keys.length === 0) return [];
  const claiming = Prisma.sql`i.portal_id = ${ref.portalId} AND i.channel_sync_id = ${ref.syncId}::uuid
    AND i.deleted_at IS NULL AND i.path_key IN (SELECT jsonb_array_elements_text(${JSON.stringify(keys)}::jsonb))`;
  // First, and by itself: what a statement has waited for it reads as it is now, but nothing else beside it.
  await tx.$executeRaw`SELECT 1 FROM file_folder_sync i WHERE ${claiming} ORDER BY i.id FOR UPDATE`;
  return await tx.$queryRaw<Claim[]>`
    SELECT i.id::text AS "itemId", i.path_key AS key, i.object,
           EXISTS (SELECT FROM dbx_seen d WHERE d.item_id = i.id) AS "onDropbox",
           EXISTS (SELECT FROM assembly_seen a WHERE a.item_id = i.id) AS "onAssembly",
           coalesce(${wasSent}, false) AS sent,
           i.pending_action IS NOT DISTINCT FROM 'delete' AS leaving, i.dirty,
           (SELECT a.path FROM assembly_seen a WHERE a.item_id = i.id) AS "assemblyPath"
    FROM file_folder_sync i WHERE ${claiming}`;
}

/** Links objects to items that were found by path; an item that never had an id on that side takes this one. */
export async function attachToItems(
  tx: Tx,
  ref: SyncRef,
  side: Side,
  pairs: readonly { id: string; itemId: string }[],
): Promise<void> {
  if (pairs.length === 0) return;
  await tx.$executeRaw`
    WITH pairs AS (SELECT * FROM jsonb_to_recordset(${JSON.stringify(pairs)}::jsonb) AS p(id text, "itemId" uuid)),
    linked AS (
      UPDATE ${SEEN[side]} s SET item_id = p."itemId" FROM pairs p
      WHERE s.portal_id = ${ref.portalId} AND s.channel_sync_id = ${ref.syncId}::uuid AND s.id = p.id RETURNING p.*)
    UPDATE file_folder_sync i SET dirty = true, pending_action_attempts = 0, updated_at = now(),
      ${ID_COLUMN[side]} = CASE WHEN i.base_at IS NULL THEN linked.id ELSE i.${ID_COLUMN[side]} END
    FROM linked
    WHERE i.portal_id = ${ref.portalId} AND i.channel_sync_id = ${ref.syncId}::uuid AND i.id = linked."itemId"`;
}

/**
 * What lies in folders that have just got an item is planned anew: it may have taken each for the folder that was there before,
 * which was to carry it elsewhere.
 */
export async function dirtyIn(tx: Tx, ref: SyncRef, side: Side, folderIds: readonly string[]): Promise<void> {
  if (folderIds.length === 0) return;
  // One lookup for each folder and each item, whatever the planner believes of the tables.
  await tx.$executeRaw`
    WITH inside AS MATERIALIZED (
      SELECT s.item_id FROM jsonb_array_elements_text(${JSON.stringify(folderIds)}::jsonb) AS t(id)
      CROSS JOIN LATERAL (
        SELECT f.path_key FROM ${SEEN[side]} f
        WHERE f.portal_id = ${ref.portalId} AND f.channel_sync_id = ${ref.syncId}::uuid AND f.id = t.id OFFSET 0) AS f
      CROSS JOIN LATERAL (
        SELECT s.item_id FROM ${SEEN[side]} s
        WHERE s.channel_sync_id = ${ref.syncId}::uuid AND s.parent_key = f.path_key OFFSET 0) AS s)
    UPDATE file_folder_sync i SET dirty = true, updated_at = now()
    WHERE i.portal_id = ${ref.portalId} AND i.id = ANY (ARRAY(SELECT item_id FROM inside))
      AND i.deleted_at IS NULL AND NOT i.dirty`;
}

export interface NewItem {
  readonly itemId: string;
  readonly id: string;
  readonly object: ObjectKind;
  readonly path: string;
  /** Null where the place is claimed: the plan decides who gets it. */
  readonly key: string | null;
}

/** Inserts an item for each object and links it. Their tombstones follow in the same transaction. */
export async function insertItems(
  tx: Tx,
  ref: SyncRef,
  side: Side,
  items: readonly NewItem[],
  origin: Origin,
): Promise<void> {
  if (items.length === 0) return;
  const json = JSON.stringify(items);
  const shape = Prisma.raw('("itemId" uuid, id text, object text, path text, key text)');
  await tx.$executeRaw`
    INSERT INTO file_folder_sync (id, portal_id, channel_sync_id, object, item_path, path_key, ${ID_COLUMN[side]},
                                  origin, dirty)
    SELECT n."itemId", ${ref.portalId}, ${ref.syncId}::uuid, n.object, n.path, n.key, n.id, ${origin}, true
    FROM jsonb_to_recordset(${json}::jsonb) AS n ${shape}`;
  await tx.$executeRaw`
    UPDATE ${SEEN[side]} s SET item_id = n."itemId" FROM jsonb_to_recordset(${json}::jsonb) AS n ${shape}
    WHERE s.portal_id = ${ref.portalId} AND s.channel_sync_id = ${ref.syncId}::uuid AND s.id = n.id`;
}

/**
 * Items that collided with a name which nobody claims any more are planned again. Those that Assembly refused beside an
 * object that is no item wait until it is gone, and those below a folder that collided wait for that.
 */
export async function retryCollisions(tx: Tx, ref: SyncRef): Promise<void> {
  if (!(await hasCollisions(tx, ref))) return;
  const { blocked } = await lookForGuests(tx, ref);
  // On Assembly another folder may have a name that differs in letter case alone.
  const below = (seen: Prisma.Sql, path: Prisma.Sql) => Prisma.sql`EXISTS (
    SELECT FROM ${seen} s JOIN ${seen} f ON f.channel_sync_id = s.channel_sync_id AND f.object = 'folder'
      AND starts_with(s.${path}, f.${path} || '/')
    JOIN collided c ON c.id = f.item_id WHERE s.item_id = i.id)`;
  await tx.$executeRaw`
    WITH collided AS MATERIALIZED (
      SELECT c.id FROM file_folder_sync c
      WHERE c.portal_id = ${ref.portalId} AND c.channel_sync_id = ${ref.syncId}::uuid AND c.deleted_at IS NULL
        AND c.object = 'folder' AND c.pending_action IS NULL AND c.pending_action_error_code = 'name_collision')
    UPDATE file_folder_sync i SET dirty = true, refused_source = NULL, updated_at = now()
    WHERE i.portal_id = ${ref.portalId} AND i.channel_sync_id = ${ref.syncId}::uuid AND i.deleted_at IS NULL
      AND i.pending_action IS NULL AND i.pending_action_error_code = 'name_collision'
      AND NOT ${below(SEEN.dropbox, Prisma.raw('path_key'))}
      AND NOT ${below(SEEN.assembly, Prisma.raw('path'))}
      AND NOT (i.refused_source IS NOT NULL AND EXISTS (
        SELECT FROM assembly_seen g
        WHERE g.channel_sync_id = i.channel_sync_id AND g.item_id IS NULL AND g.path_key = i.path_key))
      AND NOT i.id IN (SELECT value::uuid FROM jsonb_array_elements_text(${JSON.stringify([...blocked])}::jsonb))
      -- What was agreed on before did not collide by its name, but could not go for what was in it.
      AND (i.base_at IS NOT NULL OR NOT EXISTS (
        SELECT FROM assembly_seen s
        JOIN file_folder_sync o ON o.channel_sync_id = s.channel_sync_id AND o.path_key = s.path_key
        JOIN assembly_seen t ON t.item_id = o.id AND t.path_key = s.path_key
        WHERE s.item_id = i.id AND o.deleted_at IS NULL AND o.id <> i.id))`;
}

async function hasCollisions(tx: Tx, ref: SyncRef): Promise<boolean> {
  const rows = await tx.$queryRaw<{ there: boolean }[]>`
    SELECT true AS there FROM file_folder_sync
    WHERE portal_id = ${ref.portalId} AND channel_sync_id = ${ref.syncId}::uuid AND deleted_at IS NULL
      AND pending_action IS NULL AND pending_action_error_code = 'name_collision'
    LIMIT 1`;
  return rows.length > 0;
}
