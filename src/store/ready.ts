import type { Action, ObjectKind, Side, SyncRef } from '../domain/types';
import { Prisma } from '../generated/prisma/client';
import type { Tx } from './client';
import { SEEN } from './seenIn';

/** The item that waits, as a statement calls it. */
type Waiting = 'i' | 'm';

/** The folder of a path key; `''` for what lies in the root. */
export const parentOf = (item: Waiting) =>
  Prisma.raw(`left(${item}.path_key, length(${item}.path_key) - position('/' in reverse(${item}.path_key)))`);

/**
 * Another item's object sits where this item is to live on a side. Not a folder for a folder, where that other item is only
 * listed, for its name: it is what a create whose answer was lost has made, or is as good.
 */
const placeTaken = (seen: Prisma.Sql, item: 'i' | 'p') => {
  const mine = Prisma.raw(item);
  return Prisma.sql`EXISTS (
    SELECT FROM ${seen} o WHERE o.channel_sync_id = ${mine}.channel_sync_id AND o.path_key = ${mine}.path_key
      AND o.item_id IS NOT NULL AND o.item_id <> ${mine}.id
      AND NOT (${mine}.object = 'folder' AND o.object = 'folder' AND EXISTS (
        SELECT FROM file_folder_sync g WHERE g.id = o.item_id AND g.pending_action IS NULL
          AND g.pending_action_error_code = 'name_collision')))`;
};

/**
 * A folder `p` that is about to change its letter case: on Assembly that makes another folder, so what is to live in it
 * waits. Not for one that can't change before its place is empty, nor for one whose change has failed.
 */
const respelled = (
  seen: Prisma.Sql,
  item: Waiting,
) => Prisma.sql`(p.pending_action IS NOT DISTINCT FROM 'move'
  AND p.pending_action_target = ${Prisma.raw(item)}.pending_action_target AND p.pending_action_attempts < 2
  AND NOT ${placeTaken(seen, 'p')})`;

/**
 * The folder it is to live in is there, and is where it is to stay. Its item is looked up by id alone: as a join, a
 * planner without statistics reads all items of the sync for each of them.
 */
const parentThere = (seen: Prisma.Sql, item: Waiting) => Prisma.sql`(${parentOf(item)} = '' OR EXISTS (
  SELECT FROM ${seen} f
  WHERE f.channel_sync_id = ${Prisma.raw(item)}.channel_sync_id AND f.path_key = ${parentOf(item)} AND f.object = 'folder'
    AND (SELECT p.path_key FROM file_folder_sync p WHERE p.id = f.item_id AND NOT ${respelled(seen, item)}) = f.path_key))`;

/** Nothing is left in the folder on that side, as far as was seen. Another letter case is another folder on Assembly. */
const emptied = (seen: Prisma.Sql) => Prisma.sql`NOT EXISTS (
  SELECT FROM ${seen} own JOIN ${seen} c ON c.channel_sync_id = own.channel_sync_id AND c.id <> own.id
    AND c.path_key ~>=~ (own.path_key || '/') AND c.path_key ~<~ (own.path_key || '0')
    AND left(c.path, length(own.path) + 1) = own.path || '/'
  WHERE own.item_id = i.id)`;

/** Nothing is being sent to a path in the folder: Dropbox would make the folder anew for it. */
const nothingArrives = Prisma.sql`NOT EXISTS (
  SELECT FROM dbx_seen own JOIN file_folder_sync c ON c.channel_sync_id = own.channel_sync_id
    AND c.dbx_create_key ~>=~ (own.path_key || '/') AND c.dbx_create_key ~<~ (own.path_key || '0')
    AND c.deleted_at IS NULL AND c.operation IS NOT NULL
  WHERE own.item_id = i.id)`;

/**
 * What lies on Dropbox where a create was sent whose answer was lost: only this item looks whether it is its own, so it does,
 * whoever holds its place by now. That one may be about to go just there.
 */
const foundWhereSent = Prisma.sql`(i.object = 'file' AND i.pending_action = 'create' AND i.dbx_create_key IS NOT NULL
  AND EXISTS (
    SELECT FROM dbx_seen d WHERE d.channel_sync_id = i.channel_sync_id AND d.path_key = i.dbx_create_key
      AND d.object = 'file' AND d.item_id IS NULL))`;

/** Tries of a create whose answer was lost that others wait for. */
const TRIES_WAITED_FOR = 5;

/**
 * A new file of Dropbox may be what a create of another item made whose answer was lost, moved by somebody since. Where the
 * size fits, that one looks first.
 */
const maybeAnothers = Prisma.sql`EXISTS (
  SELECT FROM dbx_seen own
  JOIN file_folder_sync c ON c.channel_sync_id = own.channel_sync_id AND c.dbx_create_key IS NOT NULL
    AND c.deleted_at IS NULL AND c.id <> i.id AND c.pending_action = 'create' AND c.pending_action_target = 'dropbox'
    AND c.pending_action_attempts < ${TRIES_WAITED_FOR}
  JOIN assembly_seen a ON a.item_id = c.id AND a.size = own.size
  WHERE own.item_id = i.id)`;

const readyOn = (seen: Prisma.Sql) => Prisma.sql`CASE
  WHEN i.pending_action = 'delete' THEN i.object = 'file' OR ${emptied(seen)}
  ELSE (i.pending_action = 'update'
      AND EXISTS (SELECT FROM ${seen} own WHERE own.item_id = i.id AND own.path_key = i.path_key))
    OR (${parentThere(seen, 'i')} AND NOT ${placeTaken(seen, 'i')}) END`;

/** A file that is only read, to compare it with the one that holds its place. */
const COMPARES_TWIN = Prisma.sql`(i.pending_action = 'create' AND i.pending_rule = 3 AND i.path_key IS NULL)`;

/**
 * Whether an owed operation can be carried out now: its folder is there, its place is free, a folder to delete is
 * empty. This is what orders moves before creates before deletes, and parents before children.
 */
export const READY = Prisma.sql`CASE i.pending_action_target
  WHEN 'dropbox' THEN ${COMPARES_TWIN} OR ${foundWhereSent} OR ${readyOn(Prisma.raw('dbx_seen'))}
    AND (i.object = 'file' OR i.pending_action <> 'move' OR ${nothingArrives})
  ELSE ${readyOn(Prisma.raw('assembly_seen'))}
    AND (i.object = 'folder' OR i.pending_action <> 'create' OR NOT ${maybeAnothers}) END`;

/** `attempts x backoff` after the last try; at once for what was never tried. */
export const due = (backoffSeconds: number, item: 'i' | 'next' = 'i') => {
  const of = Prisma.raw(item);
  return Prisma.sql`(${of}.pending_action_attempts = 0 OR ${of}.pending_action_last_attempt_at IS NULL
    OR ${of}.pending_action_last_attempt_at
       + make_interval(secs => ${of}.pending_action_attempts * ${backoffSeconds}::float8) <= now())`;
};

/** The operation needs the other side too: it moves bytes, or asks there before it deletes. */
const NEEDS_BOTH = Prisma.sql`((i.object = 'file' AND i.pending_action IN ('create', 'update'))
  OR (i.pending_action_target = 'assembly' AND (i.pending_action = 'delete'
    OR (i.object = 'file' AND i.pending_action = 'move'))))`;
const STORES = Prisma.sql`(i.object = 'file' AND i.pending_action IN ('create', 'update'))`;

/** Whether the operation can't do without a side; a full side is missed only by what has to be stored there. */
const needs = (closed: ClosedSide): Prisma.Sql =>
  closed.code === 'quota_exceeded'
    ? Prisma.sql`(i.pending_action_target = ${closed.side} AND ${STORES})`
    : Prisma.sql`(i.pending_action_target = ${closed.side} OR ${NEEDS_BOTH})`;

export const needsAny = (closed: readonly ClosedSide[]): Prisma.Sql =>
  closed.length === 0 ? Prisma.sql`false` : Prisma.sql`(${Prisma.join(closed.map(needs), ' OR ')})`;

export interface ClosedSide {
  readonly side: Side;
  readonly code: string;
}

export interface ReadyItem {
  readonly itemId: string;
  readonly action: Action;
  readonly target: Side;
  readonly object: ObjectKind;
  readonly path: string;
}

export interface DueSettings {
  readonly maxAttempts: number;
  readonly backoffSeconds: number;
}

/**
 * Due operations that can be carried out now: moves first, then creates top-down, then deletes. Those that need a
 * closed side are left out; with `probing`, only one that needs that side is given, the one that has waited longest
 * since its last try, so that no single item decides.
 */
export async function readyItems(
  tx: Tx,
  ref: SyncRef,
  options: DueSettings & {
    limit: number;
    except: readonly string[];
    closed?: readonly ClosedSide[];
    probing?: ClosedSide;
  },
): Promise<ReadyItem[]> {
  const { closed = [], probing } = options;
  return await tx.$queryRaw<ReadyItem[]>`
    SELECT i.id::text AS "itemId", i.pending_action AS action, i.pending_action_target AS target, i.object,
           i.item_path AS path
    FROM file_folder_sync i
    WHERE i.portal_id = ${ref.portalId} AND i.channel_sync_id = ${ref.syncId}::uuid AND i.pending_action IS NOT NULL
      AND NOT i.dirty AND i.pending_action_attempts < ${options.maxAttempts} AND ${due(options.backoffSeconds)}
      AND i.id::text NOT IN (SELECT jsonb_array_elements_text(${JSON.stringify(options.except)}::jsonb))
      AND ${probing ? needs(probing) : Prisma.sql`NOT ${needsAny(closed)}`} AND ${READY}
    ORDER BY ${probing ? Prisma.sql`coalesce(i.pending_action_last_attempt_at, '-infinity'),` : Prisma.empty}
      CASE i.pending_action WHEN 'move' THEN 0 WHEN 'delete' THEN 2 ELSE 1 END,
             array_length(string_to_array(i.item_path, '/'), 1), i.pending_since, i.id
    LIMIT ${options.limit}`;
}

/**
 * Items that owe nothing any more though their last workflow died with an operation open, or ended in red and nothing is wrong
 * with them, gone ones too.
 */
export async function staleRuns(
  tx: Tx,
  ref: SyncRef,
  options: { limit: number; except: readonly string[] },
): Promise<{ itemId: string; path: string }[]> {
  return await tx.$queryRaw<{ itemId: string; path: string }[]>`
    SELECT i.id::text AS "itemId", i.item_path AS path FROM file_folder_sync i
    WHERE i.portal_id = ${ref.portalId} AND i.channel_sync_id = ${ref.syncId}::uuid AND NOT i.dirty
      AND i.pending_action IS NULL AND (i.operation IS NOT NULL AND i.deleted_at IS NULL
        OR i.failed_run AND (i.pending_action_error_code IS NULL OR i.deleted_at IS NOT NULL))
      AND i.id::text NOT IN (SELECT jsonb_array_elements_text(${JSON.stringify(options.except)}::jsonb))
    ORDER BY i.id LIMIT ${options.limit}`;
}

export async function isReady(tx: Tx, portalId: string, itemId: string): Promise<boolean> {
  const rows = await tx.$queryRaw<{ ready: boolean }[]>`
    SELECT ${READY} AS ready FROM file_folder_sync i
    WHERE i.id = ${itemId}::uuid AND i.portal_id = ${portalId} AND i.pending_action IS NOT NULL`;
  return rows[0]?.ready ?? false;
}

/**
 * The place of an item that is to go there is held by a folder `h` that is to be deleted once all has left it, and that place is
 * in a folder that stays.
 */
export const placeIsToBeLeft = (item: Waiting, h: 'h' | 'other') => Prisma.sql`(
  ${Prisma.raw(h)}.object = 'folder' AND ${Prisma.raw(h)}.pending_action = 'delete'
  AND ${Prisma.raw(h)}.pending_action_target = ${Prisma.raw(item)}.pending_action_target
  AND ${Prisma.raw(item)}.pending_action IN ('move', 'update')
  AND CASE ${Prisma.raw(item)}.pending_action_target WHEN 'dropbox' THEN ${parentThere(Prisma.raw('dbx_seen'), item)}
    ELSE ${parentThere(Prisma.raw('assembly_seen'), item)} END)`;

/** Whether an item's place on a side is held by a folder that is to be deleted there once all has left it. */
export async function waitsForLeavingFolder(
  tx: Tx,
  portalId: string,
  itemId: string,
  side: Side,
): Promise<boolean> {
  const rows = await tx.$queryRaw<{ waits: boolean }[]>`
    SELECT EXISTS (
      SELECT FROM ${SEEN[side]} o JOIN file_folder_sync h ON h.id = o.item_id
      WHERE o.channel_sync_id = i.channel_sync_id AND o.path_key = i.path_key AND o.item_id <> i.id
        AND ${placeIsToBeLeft('i', 'h')}) AS waits
    FROM file_folder_sync i
    WHERE i.id = ${itemId}::uuid AND i.portal_id = ${portalId} AND i.pending_action_target = ${side}`;
  return rows[0]?.waits ?? false;
}
