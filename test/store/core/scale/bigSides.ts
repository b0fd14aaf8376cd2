import type { AssemblyClient, AssemblyObject } from '../../../../src/assembly/types';
import { nameOf } from '../../../../src/domain/paths';
import type { DropboxClient, DropboxEntry } from '../../../../src/dropbox/types';
import { ROOT } from '../world/fakeDropbox';
import { useWorld } from '../world/useWorld';

const ROOT_ID = 'id:root';
const PAGE = 2_000;

/**
 * Worlds over a Dropbox and an Assembly that hold what a test says, with the count of the statements that were made.
 * `told` is called after each page of Dropbox was handed out.
 */
export function useBigWorld(told: (page: number) => void = () => {}) {
  const dropbox = bigDropbox(told);
  const assembly = bigAssembly();
  const made = { statements: 0 };
  const onStatement = () => {
    made.statements += 1;
  };
  const world = useWorld({
    database: { onStatement },
    massDelete: { min: 1_000_000, ratio: 1 },
    sides: { dropbox: dropbox.client, assembly: assembly.client, rootId: ROOT_ID },
  });
  return { world, dropbox, assembly, made };
}

/** One entry of a made-up feed, by its place in it. */
export type EntryAt = (index: number) => DropboxEntry;

export const file = (id: string, path: string, rev: string, size = 4): DropboxEntry => ({
  tag: 'file',
  id,
  name: nameOf(path),
  pathLower: `${ROOT}${path}`.toLowerCase(),
  pathDisplay: `${ROOT}${path}`,
  rev,
  size,
  hash: rev.padStart(64, '0'),
  downloadable: true,
});

export const folder = (id: string, path: string): DropboxEntry => ({
  tag: 'folder',
  id,
  name: nameOf(path),
  pathLower: `${ROOT}${path}`.toLowerCase(),
  pathDisplay: `${ROOT}${path}`,
});

export const deleted = (path: string): DropboxEntry => ({
  tag: 'deleted',
  name: nameOf(path),
  pathLower: `${ROOT}${path}`.toLowerCase(),
  pathDisplay: `${ROOT}${path}`,
});

/**
 * A Dropbox whose feed is made page by page when it is asked for, so that only what Cairn keeps is in memory. `told`
 * is called after each page was handed out.
 */
function bigDropbox(told: (page: number) => void) {
  let entryAt: EntryAt = () => deleted('/none');
  let total = 0;
  const page = (from: number) => {
    const end = Math.min(from + PAGE, total);
    const entries = Array.from({ length: end - from }, (_, index) => entryAt(from + index));
    told(from / PAGE);
    return Promise.resolve({ entries, cursor: String(end), hasMore: end < total });
  };
  return {
    /** What the feed tells from now on. */
    tells(count: number, at: EntryAt) {
      total = count;
      entryAt = at;
    },
    client: {
      metadata: async (target: string) =>
        target === ROOT_ID
          ? { tag: 'folder', id: ROOT_ID, name: 'Clients', pathLower: ROOT.toLowerCase(), pathDisplay: ROOT }
          : null,
      listFolder: () => page(0),
      // A cursor at the end of a feed starts the next one.
      listFolderContinue: (cursor: string) => page(cursor === 'next' ? 0 : Number(cursor)),
    } as unknown as DropboxClient,
  };
}

export const assemblyObject = (
  id: string,
  path: string,
  object: 'file' | 'folder' = 'file',
): AssemblyObject => ({
  id,
  object,
  channelId: 'channel-1',
  path: path.slice(1),
  status: object === 'file' ? 'completed' : null,
  version: `v-${id}`,
  size: object === 'file' ? 4 : null,
  downloadUrl: null,
});

function bigAssembly() {
  let total = 0;
  let objectAt: (index: number) => AssemblyObject = (index) => assemblyObject(String(index), '/none');
  return {
    holds(count: number, at: (index: number) => AssemblyObject) {
      total = count;
      objectAt = at;
    },
    client: {
      listFiles: async ({ nextToken }: { nextToken?: string }) => {
        const from = Number(nextToken ?? 0);
        const end = Math.min(from + 500, total);
        return {
          objects: Array.from({ length: end - from }, (_, index) => objectAt(from + index)),
          nextToken: end < total ? String(end) : null,
        };
      },
      retrieveFile: async () => null,
      retrieveChannel: async (id: string) => ({ id }),
    } as unknown as AssemblyClient,
  };
}
