import type { AssemblyClient } from '../../assembly/types';
import { CairnError } from '../../domain/errors';
import { pathKey, relativeTo } from '../../domain/paths';
import type { SyncRef } from '../../domain/types';
import type { DropboxClient, DropboxEntry } from '../../dropbox/types';
import type { Store } from '../../store/client';
import { verifyRows } from '../../store/verifyRows';
import type { ReportBuilder } from './report';
import type { Spool } from './spool';

/** A listing that never ends is a fault of the remote side. */
const MAX_PAGES = 20_000;
const ROWS_A_PAGE = 2_000;

/** Spools the live rows. Returns the keys of unsyncable folders: what lies below them is nobody's difference. */
export async function spoolRows(
  store: Store,
  ref: SyncRef,
  spool: Spool,
  report: ReportBuilder,
): Promise<Set<string>> {
  const unsyncableFolders = new Set<string>();
  let after: string | undefined;
  for (;;) {
    const rows = await verifyRows(store, ref, {
      limit: ROWS_A_PAGE,
      ...(after === undefined ? {} : { after }),
    });
    for (const { id: _id, ...row } of rows) {
      const key = pathKey(row.path);
      report.count('rows');
      if (row.unsyncable !== null) report.unsyncable(row.path, row.unsyncable);
      if (row.unsyncable !== null && row.object === 'folder') unsyncableFolders.add(key);
      await spool.add({ from: 'row', key, ...row });
    }
    const last = rows.at(-1);
    if (last === undefined) return unsyncableFolders;
    after = last.id;
  }
}

/** Spools everything below the Dropbox root, which is followed by id wherever it is now. */
export async function spoolDropbox(
  dropbox: DropboxClient,
  rootId: string,
  spool: Spool,
  report: ReportBuilder,
  signal?: AbortSignal,
): Promise<void> {
  const root = await dropbox.metadata(rootId, signal);
  if (root?.tag !== 'folder' || root.pathDisplay === null) throw new CairnError('root_missing');
  let page = await dropbox.listFolder({ path: rootId, recursive: true }, signal);
  for (let pages = 1; pages <= MAX_PAGES; pages += 1) {
    for (const entry of page.entries) await spoolEntry(entry, root.pathDisplay, spool, report);
    if (!page.hasMore) return;
    page = await dropbox.listFolderContinue(page.cursor, signal);
  }
  throw new CairnError('bad_answer', 'The listing of Dropbox does not end.');
}

async function spoolEntry(
  entry: DropboxEntry,
  rootPath: string,
  spool: Spool,
  report: ReportBuilder,
): Promise<void> {
  const absolute = entry.pathDisplay ?? entry.pathLower;
  const path = absolute === null ? null : relativeTo(rootPath, absolute);
  if (path === null || path === '') return;
  if (entry.tag === 'deleted') {
    report.differs('changed_meanwhile', path, 'deleted on Dropbox while it was listed; verify again');
    return;
  }
  report.count('dropbox');
  const file = entry.tag === 'file' ? entry : null;
  await spool.add({
    from: 'dropbox',
    key: pathKey(path),
    path,
    object: entry.tag,
    id: entry.id,
    rev: file?.rev ?? null,
    size: file?.size ?? null,
    hash: file?.hash ?? null,
  });
}

/** Spools everything in the channel. Links are none of Cairn's business; unfinished uploads are counted apart. */
export async function spoolAssembly(
  assembly: AssemblyClient,
  channelId: string,
  spool: Spool,
  report: ReportBuilder,
  signal?: AbortSignal,
): Promise<void> {
  let page = await assembly.listFiles({ channelId }, signal);
  for (let pages = 1; pages <= MAX_PAGES; pages += 1) {
    for (const object of page.objects) {
      if (object.object === 'link') continue;
      if (object.object === 'file' && object.status !== 'completed') {
        report.incomplete();
        continue;
      }
      report.count('assembly');
      const path = `/${object.path.replace(/^\/+/, '')}`;
      await spool.add({
        from: 'assembly',
        key: pathKey(path),
        path,
        object: object.object,
        id: object.id,
        size: object.size,
      });
    }
    if (page.nextToken === null) return;
    page = await assembly.listFiles({ channelId, nextToken: page.nextToken }, signal);
  }
  throw new CairnError('bad_answer', 'The listing of Assembly does not end.');
}
