import type { z } from 'zod';
import type { AssemblyClient } from '../assembly/types';
import type { DropboxClient } from '../dropbox/types';
import type { CountBody } from './schemas';

type Counted = z.infer<typeof CountBody>;

/** The largest that Dropbox gives. */
const DROPBOX_PAGE = 2_000;
const DROPBOX_PAGES = 10;
/** Each page is a call that counts in the month; this many tell whether a channel is large. */
const ASSEMBLY_PAGES = 3;
const ASSEMBLY_PAGE = 1_000;

interface Tally {
  files: number;
  folders: number;
  bytes: number;
}

const count = (tally: Tally, object: { kind: 'file' | 'folder'; size: number | null }): void => {
  if (object.kind === 'folder') tally.folders += 1;
  else {
    tally.files += 1;
    tally.bytes += object.size ?? 0;
  }
};

/** What lies in a folder, at most 20,000 objects of it. */
export async function countDropbox(
  dropbox: DropboxClient,
  folderId: string,
  signal: AbortSignal,
): Promise<Counted> {
  const tally = { files: 0, folders: 0, bytes: 0 };
  let page = await dropbox.listFolder({ path: folderId, recursive: true, limit: DROPBOX_PAGE }, signal);
  for (let pages = 1; ; pages += 1) {
    for (const entry of page.entries) {
      if (entry.tag === 'file') count(tally, { kind: 'file', size: entry.size });
      else if (entry.tag === 'folder' && entry.id !== folderId) count(tally, { kind: 'folder', size: null });
    }
    if (!page.hasMore || pages === DROPBOX_PAGES) return { ...tally, complete: !page.hasMore };
    page = await dropbox.listFolderContinue(page.cursor, signal);
  }
}

/** What lies in a channel, at most three pages of it. Links are not counted: they are not synced. */
export async function countAssembly(
  assembly: AssemblyClient,
  channelId: string,
  signal: AbortSignal,
): Promise<Counted> {
  const tally = { files: 0, folders: 0, bytes: 0 };
  let nextToken: string | null = null;
  for (let pages = 0; pages < ASSEMBLY_PAGES; pages += 1) {
    const from: { nextToken?: string } = nextToken === null ? {} : { nextToken };
    const page = await assembly.listFiles({ channelId, limit: ASSEMBLY_PAGE, ...from }, signal);
    for (const { object, size } of page.objects) if (object !== 'link') count(tally, { kind: object, size });
    nextToken = page.nextToken;
    if (nextToken === null) break;
  }
  return { ...tally, complete: nextToken === null };
}

const LARGE_ITEMS = 2_000;
const LARGE_BYTES = 10 * 1024 ** 3;

/**
 * Whether the first sync of such a pair is long, and how long it takes at least: each object that only Dropbox has
 * costs one call to Assembly. How many are on both sides is not known, so the larger side is taken.
 */
export function judgePair(dropbox: Counted, assembly: Counted, rps: number) {
  const most = Math.max(dropbox.files + dropbox.folders, assembly.files + assembly.folders);
  const complete = dropbox.complete && assembly.complete;
  return {
    large: !complete || most > LARGE_ITEMS || Math.max(dropbox.bytes, assembly.bytes) > LARGE_BYTES,
    estimatedSeconds: Math.ceil(most / rps),
  };
}
