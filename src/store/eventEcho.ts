import { pathKey } from '../domain/paths';
import { Prisma } from '../generated/prisma/client';
import type { Store } from './client';

/** What a webhook of Assembly says of one object; everything but the first three may be missing. */
export interface AssemblyEventFacts {
  readonly eventType: string;
  readonly id: string;
  readonly object: string;
  /** With or without a leading slash. */
  readonly path?: string | null | undefined;
  readonly status?: string | null | undefined;
  /** `updatedAt`, verbatim. */
  readonly version?: string | null | undefined;
  readonly size?: number | null | undefined;
}

/**
 * `echo`: the event tells nothing new, and costs no call. `object`: read that object. `list`: list the channel once,
 * since events for what lies below may never come.
 */
export type EventVerdict = 'echo' | 'object' | 'list';

/** What Postgres holds about the event's object, by one indexed query. */
export interface KnownObject {
  readonly seen: {
    readonly path: string;
    readonly version: string | null;
    readonly size: number | null;
    readonly pending: boolean;
  } | null;
  /** An operation under way is about to remove this object, reads it before, and records that it is gone. */
  readonly leaving: boolean;
  /** An item has made this object and not settled it yet. */
  readonly uploading: boolean;
  /** The version of that object once Assembly has said that it is complete. */
  readonly uploadVersion: string | null;
  /** A live item is about to make, or has just made, a folder at the event's path. */
  readonly owedFolder: boolean;
}

/** Assembly may tell of a name in another Unicode form than it was given. */
const slashed = (path: string): string => `/${path.replace(/^\/+/, '')}`.normalize('NFC');

/** The decision alone. Whatever is not surely known is looked at: a hint too many costs one call, one too few a change. */
export function judgeEvent(event: AssemblyEventFacts, known: KnownObject): EventVerdict {
  const [noun, verb] = event.eventType.split('.');
  if (noun === 'link' || event.object === 'link') return 'echo';
  const { seen } = known;
  if (verb === 'deleted') return seen === null || known.leaving ? 'echo' : 'object';
  if (known.uploading) return writtenSince(event, known.uploadVersion) ? 'object' : 'echo';
  if (seen === null) {
    if (noun === 'file' && event.status?.toLowerCase() === 'pending') return 'echo';
    if (noun === 'folder' && verb === 'created' && known.owedFolder) return 'echo';
    // A folder that is changed before it was ever seen came from another channel, with all that is in it.
    return noun === 'folder' && verb === 'updated' ? 'list' : 'object';
  }
  const samePath = event.path != null && slashed(event.path) === slashed(seen.path);
  if (samePath && sameContent(event, seen)) return 'echo';
  const movedFolder = noun === 'folder' && verb === 'updated' && event.path != null && !samePath;
  return movedFolder ? 'list' : 'object';
}

/** Somebody has written into what we have just made, before it was recorded. */
const writtenSince = (event: AssemblyEventFacts, ours: string | null): boolean =>
  ours !== null &&
  event.status?.toLowerCase() === 'completed' &&
  event.version != null &&
  event.version !== ours;

/** A version that isn't known yet is that of our own write. */
function sameContent(event: AssemblyEventFacts, seen: NonNullable<KnownObject['seen']>): boolean {
  if (seen.version !== null) return seen.version === event.version;
  return event.size == null || seen.size === null || event.size === seen.size;
}

/** What an event is worth to one sync. */
export interface WeighedEvent {
  readonly syncId: string;
  readonly verdict: EventVerdict;
}

/**
 * Webhook look-up: whether an event can tell anything new to the flowing syncs that it concerns. Those are the one of
 * the channel it names, and one that knows the object: the event may name no channel, or the one that the object has
 * moved to. Where it is the echo of our own write whose version was not known yet, that version is stored, so that the
 * next event can be told from it.
 */
export async function weighForSyncs(
  store: Store,
  portalId: string,
  event: AssemblyEventFacts & { readonly channelId?: string | undefined },
): Promise<WeighedEvent[]> {
  const concerned = Prisma.sql`c.deleted_at IS NULL AND c.state IN ('initial', 'active') AND (
    c.assembly_channel_id = ${event.channelId ?? null}
    OR c.id IN (SELECT o.channel_sync_id FROM assembly_seen o WHERE o.portal_id = ${portalId} AND o.id = ${event.id}))`;
  const weighed: WeighedEvent[] = [];
  for (const { syncId, known } of await knownObjects(store, portalId, event, concerned)) {
    weighed.push({ syncId, verdict: await weigh(store, portalId, syncId, event, known) });
  }
  return weighed;
}

/** The same for one sync, whatever its state. */
export async function weighEvent(
  store: Store,
  portalId: string,
  syncId: string,
  event: AssemblyEventFacts,
): Promise<EventVerdict> {
  const [found] = await knownObjects(store, portalId, event, Prisma.sql`c.id = ${syncId}::uuid`);
  return await weigh(store, portalId, syncId, event, found?.known ?? NOTHING_KNOWN);
}

/** `weighEvent` as a yes or no. */
export const eventIsEcho = async (
  store: Store,
  portalId: string,
  syncId: string,
  event: AssemblyEventFacts,
): Promise<boolean> => (await weighEvent(store, portalId, syncId, event)) === 'echo';

async function weigh(
  store: Store,
  portalId: string,
  syncId: string,
  event: AssemblyEventFacts,
  known: KnownObject,
): Promise<EventVerdict> {
  const verdict = judgeEvent(event, known);
  const moved = event.eventType.endsWith('.updated') || event.status?.toLowerCase() === 'completed';
  if (verdict !== 'echo' && known.seen?.pending && moved) await lookAnew(store, portalId, syncId, event.id);
  const complete = event.object === 'folder' || event.status?.toLowerCase() === 'completed';
  if (verdict !== 'echo' || !complete || !event.version || event.eventType.endsWith('.deleted'))
    return verdict;
  const told = { ...event, version: event.version };
  // It may have been recorded since it was looked up.
  const recorded = !known.uploading || !(await learnUploadVersion(store, portalId, syncId, told));
  const unversioned = known.uploading || (known.seen !== null && known.seen.version === null);
  if (recorded && unversioned) await learnVersion(store, portalId, syncId, event.id, event.version);
  return verdict;
}

const NOTHING_KNOWN: KnownObject = {
  seen: null,
  leaving: false,
  uploading: false,
  uploadVersion: null,
  owedFolder: false,
};

interface Row {
  sync_id: string;
  seen_path: string | null;
  seen_version: string | null;
  seen_size: string | null;
  seen_status: string | null;
  leaving: boolean;
  uploading: boolean;
  upload_version: string | null;
  owed_folder: boolean;
}

/** What each of the portal's syncs `c` that `concerned` tells of knows about the event's object. */
async function knownObjects(
  store: Store,
  portalId: string,
  event: AssemblyEventFacts,
  concerned: Prisma.Sql,
): Promise<{ syncId: string; known: KnownObject }[]> {
  const key = event.path == null ? null : pathKey(slashed(event.path));
  const item = Prisma.sql`SELECT 1 FROM file_folder_sync
    WHERE portal_id = ${portalId} AND channel_sync_id = c.id`;
  const rows = await store.prisma.$queryRaw<Row[]>`
    SELECT c.id::text AS sync_id, s.path AS seen_path, s.version AS seen_version, s.size::text AS seen_size,
           s.status AS seen_status,
           EXISTS (SELECT FROM file_folder_sync i WHERE i.id = s.item_id AND i.operation ->> 'target' = 'assembly'
                   AND i.operation ->> 'action' <> 'create' AND i.operation -> 'assembly' ->> 'id' = s.id) AS leaving,
           EXISTS (${item} AND assembly_upload_id = ${event.id}) AS uploading,
           (SELECT assembly_upload_version FROM file_folder_sync WHERE portal_id = ${portalId}
              AND channel_sync_id = c.id AND assembly_upload_id = ${event.id} LIMIT 1) AS upload_version,
           EXISTS (${item} AND deleted_at IS NULL AND path_key = ${key} AND object = 'folder'
                   AND pending_action IN ('create', 'move') AND pending_action_target = 'assembly'
                   AND pending_action_attempts > 0) AS owed_folder
    FROM channel_sync c
    LEFT JOIN assembly_seen s ON s.portal_id = c.portal_id AND s.channel_sync_id = c.id AND s.id = ${event.id}
    WHERE c.portal_id = ${portalId} AND ${concerned}`;
  return rows.map((row) => ({
    syncId: row.sync_id,
    known: {
      seen:
        row.seen_path === null
          ? null
          : {
              path: row.seen_path,
              version: row.seen_version,
              size: row.seen_size === null ? null : Number(row.seen_size),
              pending: row.seen_status === 'pending',
            },
      leaving: row.leaving,
      uploading: row.uploading,
      uploadVersion: row.upload_version,
      owedFolder: row.owed_folder,
    },
  }));
}

/** An unfinished upload that something is told of again is looked at again, however often that was done before. */
async function lookAnew(store: Store, portalId: string, syncId: string, id: string): Promise<void> {
  await store.prisma.$executeRaw`
    UPDATE assembly_seen SET looks = 0
    WHERE portal_id = ${portalId} AND channel_sync_id = ${syncId}::uuid AND id = ${id} AND status = 'pending'`;
}

/**
 * Assembly tells that our upload is complete before we have recorded that it is: the first version that fits what was
 * sent. `false` where no such upload is on record. Without it the next change in Dropbox would have to read all bytes to know that nobody touched the object.
 */
async function learnUploadVersion(
  store: Store,
  portalId: string,
  syncId: string,
  event: { readonly id: string; readonly version: string; readonly size?: number | null | undefined },
): Promise<boolean> {
  const size = event.size ?? null;
  const count = await store.prisma.$executeRaw`
    UPDATE file_folder_sync SET assembly_upload_version = CASE
      WHEN ${size}::bigint IS NULL OR operation -> 'dropbox' ->> 'size' IS NULL
        OR (operation -> 'dropbox' ->> 'size')::bigint = ${size}::bigint
      THEN coalesce(assembly_upload_version, ${event.version}) ELSE assembly_upload_version END
    WHERE portal_id = ${portalId} AND channel_sync_id = ${syncId}::uuid AND assembly_upload_id = ${event.id}`;
  return count > 0;
}

/** The item's row first, then its observation: the order in which every writer locks them. */
async function learnVersion(
  store: Store,
  portalId: string,
  syncId: string,
  id: string,
  version: string,
): Promise<void> {
  await store.prisma.$executeRaw`
    WITH item AS (
      UPDATE file_folder_sync i SET assembly_version = ${version}
      FROM assembly_seen s
      WHERE s.portal_id = ${portalId} AND s.channel_sync_id = ${syncId}::uuid AND s.id = ${id}
        AND s.version IS NULL AND i.id = s.item_id AND i.portal_id = s.portal_id
        AND i.assembly_file_id = s.id AND i.assembly_version IS NULL
      RETURNING s.channel_sync_id, s.id)
    UPDATE assembly_seen s SET version = ${version}
    FROM item WHERE s.channel_sync_id = item.channel_sync_id AND s.id = item.id AND s.version IS NULL`;
}
