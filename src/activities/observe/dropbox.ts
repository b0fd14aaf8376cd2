import { randomUUID } from 'node:crypto';
import { type FeedEntry, foldFeedPage } from '../../domain/foldFeed';
import { nameOf, parentOf, pathKey, relativeTo } from '../../domain/paths';
import { RemoteError } from '../../domain/remoteError';
import type { SyncRef } from '../../domain/types';
import type { DropboxClient, DropboxEntry, DropboxPage } from '../../dropbox/types';
import { inTransaction, type Tx } from '../../store/client';
import {
  abandonDropboxLook,
  beginDropboxLook,
  dropboxFolderSpelling,
  finishDropboxLook,
  foldDropboxPage,
  isInDoubt,
} from '../../store/foldDropboxPage';
import { haltSync } from '../../store/guards';
import { saveRootPath } from '../../store/observing';
import type { SyncRecord } from '../../store/records';
import { flows, readSync } from '../../store/syncRecords';
import type { ActivityDeps } from '../deps';

export interface ObserveRun {
  readonly signal: AbortSignal;
  heartbeat(): void;
}

export type Observed = 'observed' | 'idle' | 'halted';

/**
 * Brings the picture of the Dropbox folder up to date: drains the cursor page by page, or lists in full where none
 * is there, it has died, or `full` asks for it. Each page's observations and cursor are one transaction (I5), so a
 * crash goes on at the next page. Never more than one page in memory.
 */
export async function observeDropbox(
  deps: ActivityDeps,
  ref: SyncRef,
  full: boolean,
  run: ObserveRun,
): Promise<Observed> {
  const before = await readSync(deps.store.prisma, ref);
  if (!before || !flows(before.state)) return 'idle';
  const client = await deps.remotes.dropbox(ref.portalId);
  const sync = await followRoot(deps, ref, before, client, run);
  if (sync === null) return 'halted';
  const listing = full || sync.cursor === null || sync.dropboxLook % 2 === 1;
  try {
    if (listing || (await drain(deps, ref, sync, client, run)) === 'in doubt')
      await listInFull(deps, ref, sync, client, run);
    return 'observed';
  } catch (error) {
    if (!(error instanceof RemoteError) || error.code !== 'cursor_reset') throw error;
  }
  // Dropbox forgot the cursor: everything is listed anew and compared by id and path; nothing in between is lost.
  await abandonDropboxLook(deps.store.prisma, ref);
  await listInFull(deps, ref, sync, client, run);
  return 'observed';
}

/** The root is an id: where it was moved it is followed, where it is gone the sync halts and nothing is deleted. */
async function followRoot(
  deps: ActivityDeps,
  ref: SyncRef,
  sync: SyncRecord,
  client: DropboxClient,
  run: ObserveRun,
): Promise<SyncRecord | null> {
  const root = await client.metadata(sync.rootId, run.signal);
  const path = root?.tag === 'folder' ? (root.pathDisplay ?? root.pathLower) : null;
  if (path === null) {
    await haltSync(deps.store.prisma, ref, { id: randomUUID(), reason: 'root_missing', items: null });
    return null;
  }
  if (path === sync.rootPath) return sync;
  await saveRootPath(deps.store.prisma, ref, path, pathKey(path));
  return { ...sync, rootPath: path };
}

/** Stores what has changed, up to a page that only a full listing can tell the meaning of. */
async function drain(
  deps: ActivityDeps,
  ref: SyncRef,
  sync: SyncRecord,
  client: DropboxClient,
  run: ObserveRun,
): Promise<Folded> {
  let cursor = sync.cursor!;
  for (;;) {
    const page = await client.listFolderContinue(cursor, run.signal);
    const folded = await fold(deps, ref, sync, page, { look: sync.dropboxLook, from: cursor });
    run.heartbeat();
    if (folded === 'in doubt' || !page.hasMore) return folded;
    cursor = page.cursor;
  }
}

async function listInFull(
  deps: ActivityDeps,
  ref: SyncRef,
  sync: SyncRecord,
  client: DropboxClient,
  run: ObserveRun,
) {
  const begun = await beginDropboxLook(deps.store.prisma, ref);
  const { look } = begun;
  let from = begun.cursor;
  let page =
    from === null
      ? await client.listFolder({ path: sync.rootId, recursive: true, limit: 2_000 }, run.signal)
      : await client.listFolderContinue(from, run.signal);
  for (;;) {
    await fold(deps, ref, sync, page, { look, from });
    run.heartbeat();
    if (!page.hasMore) break;
    from = page.cursor;
    page = await client.listFolderContinue(page.cursor, run.signal);
  }
  await inTransaction(deps.store, (tx) => finishDropboxLook(tx, ref, look));
}

/** `in doubt` where nothing of the page is stored. */
type Folded = 'folded' | 'in doubt';

async function fold(
  deps: ActivityDeps,
  ref: SyncRef,
  sync: SyncRecord,
  page: DropboxPage,
  at: { look: number; from: string | null },
): Promise<Folded> {
  await deps.reach('beforeFold', 'dropbox');
  const folded = await inTransaction(
    deps.store,
    async (tx): Promise<Folded> => {
      const told = foldFeedPage(await feedEntries(tx, ref, sync.rootPath, page.entries));
      // Of what a full listing does not show its end tells, whatever was carried where.
      if (at.look % 2 === 0 && (await isInDoubt(tx, ref, told))) return 'in doubt';
      await foldDropboxPage(tx, ref, { ...told, cursor: page.cursor, hasMore: page.hasMore, ...at });
      return 'folded';
    },
    { timeoutMs: 120_000 },
  );
  await deps.reach('afterFold', 'dropbox');
  return folded;
}

/**
 * Entries with root-relative paths. Only the last component of Dropbox's display path has its true case, so each path
 * is built from the spelling of its parents as their own entries gave it.
 */
async function feedEntries(
  tx: Tx,
  ref: SyncRef,
  rootPath: string,
  entries: readonly DropboxEntry[],
): Promise<FeedEntry[]> {
  const located = entries.flatMap((entry) => {
    const absolute = entry.pathDisplay ?? entry.pathLower;
    const path = absolute === null ? null : relativeTo(rootPath, absolute);
    return path === null || path === '' ? [] : [{ entry, path }];
  });
  const spelling = await dropboxFolderSpelling(tx, ref, [
    ...new Set(located.map(({ path }) => pathKey(parentOf(path)))),
  ]);
  return located.map(({ entry, path }): FeedEntry => {
    const key = pathKey(path);
    if (entry.tag === 'deleted') return { kind: 'deleted', pathKey: key };
    const parent = parentOf(path);
    const spelled = `${spelling.get(pathKey(parent)) ?? parent}/${entry.name || nameOf(path)}`;
    if (entry.tag === 'folder') spelling.set(key, spelled);
    const file = entry.tag === 'file';
    return {
      kind: 'present',
      pathKey: key,
      seen: {
        id: entry.id,
        path: spelled,
        object: entry.tag,
        rev: file ? entry.rev : null,
        size: file ? entry.size : null,
        hash: file ? entry.hash : null,
        downloadable: file ? entry.downloadable : true,
      },
    };
  });
}
