import type { AssemblyClient } from '../../assembly/types';
import { contentHash } from '../../domain/contentHash';
import { isInside, nameOf, parentOf } from '../../domain/paths';
import type { ReportBuilder } from './report';
import type { Entry } from './spool';

type From<T extends Entry['from']> = Extract<Entry, { from: T }>;

interface Place {
  readonly dropbox: From<'dropbox'>[];
  readonly assembly: From<'assembly'>[];
  readonly rows: From<'row'>[];
}

export interface CompareContext {
  readonly report: ReportBuilder;
  /** Keys. */
  readonly unsyncableFolders: ReadonlySet<string>;
  /** Where Assembly's bytes are to be read and hashed; `null` where not. */
  readonly assembly: AssemblyClient | null;
  readonly signal?: AbortSignal;
}

/** Compares everything that lies at the same paths: the three accounts of one part. */
export async function comparePartition(entries: readonly Entry[], context: CompareContext): Promise<void> {
  for (const [key, place] of placesOf(entries)) {
    if (belowUnsyncable(key, context.unsyncableFolders)) continue;
    if (place.rows.some((row) => row.unsyncable !== null)) continue;
    await comparePlace(place, context);
  }
}

function placesOf(entries: readonly Entry[]): Map<string, Place> {
  const places = new Map<string, Place>();
  for (const entry of entries) {
    const place = places.get(entry.key) ?? { dropbox: [], assembly: [], rows: [] };
    places.set(entry.key, place);
    if (entry.from === 'dropbox') place.dropbox.push(entry);
    else if (entry.from === 'assembly') place.assembly.push(entry);
    else place.rows.push(entry);
  }
  return places;
}

function belowUnsyncable(key: string, folders: ReadonlySet<string>): boolean {
  if (folders.size === 0) return false;
  for (let folder = parentOf(key); folder !== ''; folder = parentOf(folder)) {
    if (folders.has(folder) && isInside(key, folder)) return true;
  }
  return false;
}

async function comparePlace({ dropbox, assembly, rows }: Place, context: CompareContext): Promise<void> {
  const { report } = context;
  const path = dropbox[0]?.path ?? assembly[0]?.path ?? rows[0]?.path ?? '';
  for (const [who, found] of Object.entries({ dropbox, assembly, rows })) {
    if (found.length > 1) report.differs('duplicate', path, `${found.length} at one path (${who})`);
  }
  const [d] = dropbox;
  const [a] = assembly;
  const [row] = rows;
  if (row?.pending != null) report.differs('pending', path, `${row.pending} is owed`);
  else if (row?.dirty) report.differs('unplanned', path, 'observed, not planned yet');
  if (d === undefined && a === undefined) return report.differs('only_in_rows', path, 'on neither side');
  if (row === undefined) report.differs('no_row', path, 'no row knows it');
  else compareRow(row, d, a, path, report);
  if (d === undefined) return report.differs('only_on_assembly', path, 'missing on Dropbox');
  if (a === undefined) return report.differs('only_on_dropbox', path, 'missing on Assembly');
  await compareSides(d, a, path, context);
}

function compareRow(
  row: From<'row'>,
  d: From<'dropbox'> | undefined,
  a: From<'assembly'> | undefined,
  path: string,
  report: ReportBuilder,
): void {
  if (d !== undefined && d.id !== row.dropboxId) report.differs('id', path, 'the row has another Dropbox id');
  if (a !== undefined && a.id !== row.assemblyId)
    report.differs('id', path, 'the row has another Assembly id');
  if (d?.object === 'file') {
    if (d.hash !== null && d.hash !== row.hash)
      report.differs('content', path, "the row has another hash than Dropbox's");
    if (d.rev !== row.rev) report.differs('rev', path, 'the row has another Dropbox revision');
  }
}

async function compareSides(
  d: From<'dropbox'>,
  a: From<'assembly'>,
  path: string,
  context: CompareContext,
): Promise<void> {
  const { report } = context;
  if (d.object !== a.object) {
    return report.differs('object', path, `${d.object} on Dropbox, ${a.object} on Assembly`);
  }
  // Parents are compared at their own places, and Dropbox is only sure of the last component's letters.
  if (nameOf(d.path).normalize('NFC') !== nameOf(a.path).normalize('NFC')) {
    report.differs('spelling', path, `"${nameOf(d.path)}" on Dropbox, "${nameOf(a.path)}" on Assembly`);
  }
  if (d.object === 'folder') return;
  if (a.size !== null && d.size !== null && a.size !== d.size) {
    return report.differs('size', path, `${d.size} bytes on Dropbox, ${a.size} on Assembly`);
  }
  if (context.assembly !== null && d.hash !== null) {
    await compareBytes(context.assembly, d.hash, a.id, path, context);
  }
}

async function compareBytes(
  assembly: AssemblyClient,
  expected: string,
  id: string,
  path: string,
  { report, signal }: CompareContext,
): Promise<void> {
  // Read anew: the address in a listing lives for 15 minutes, and this may come hours later.
  const object = await assembly.retrieveFile(id, signal);
  if (object?.downloadUrl == null)
    return report.differs('changed_meanwhile', path, 'Assembly gives no bytes for it');
  const download = await assembly.download({
    url: object.downloadUrl,
    size: object.size,
    ...(signal === undefined ? {} : { signal }),
  });
  const hash = await contentHash(download.stream);
  report.hashed(download.size);
  if (hash !== expected) report.differs('content', path, "Assembly's bytes are not Dropbox's");
}
