import { z } from 'zod';
import { CairnError } from '../../domain/errors';
import { RemoteError } from '../../domain/remoteError';
import type { DropboxClient, DropboxFolder, DropboxPage } from '../../dropbox/types';
import { mappedPlaces } from '../../store/syncs';
import type { RouteDeps } from '../deps';
import { InvalidRequest } from '../problem';
import { portalRoute, type Route } from '../route';
import { FolderBody, listOf } from '../schemas';

const Query = z.object({
  path: z
    .string()
    .max(4_096)
    .refine((path) => path.startsWith('/'), 'Start the path with "/", or leave it out for the root.')
    .optional(),
  query: z.string().max(255).optional(),
  cursor: z.string().max(65_536).optional(),
});

const PAGE_ENTRIES = 1_000;
/** A folder full of files yields few folders a page: so many pages are read before what was found is answered. */
const MAX_PAGES = 3;
const ENOUGH_FOLDERS = 100;

export const getFolders = (deps: RouteDeps): Route =>
  portalRoute({
    method: 'get',
    path: '/api/dropbox/folders',
    summary:
      'Dropbox folders to map: those directly in `path`, or with `query` those below it with that in the name.',
    query: Query,
    answers: {
      200: {
        description: 'A page; go on with `nextCursor`, also after an empty one.',
        schema: listOf(FolderBody),
      },
    },
    errors: ['not_connected', 'not_found', 'not_a_folder'],
    async handle({ portalId, query }) {
      const dropbox = await deps.remotes.dropbox(portalId);
      const { folders, nextCursor } = await findFolders(dropbox, query).catch(translate);
      const syncOf = new Map(
        (await mappedPlaces(deps.store, portalId)).map(({ rootId, syncId }) => [rootId, syncId]),
      );
      const items = folders.map(({ id, name, pathDisplay }) => ({
        id,
        name,
        path: pathDisplay ?? '',
        syncId: syncOf.get(id) ?? null,
      }));
      return { status: 200, body: { items, ...(nextCursor === null ? {} : { nextCursor }) } };
    },
  });

async function findFolders(
  dropbox: DropboxClient,
  { path = '', query, cursor }: z.infer<typeof Query>,
): Promise<{ folders: DropboxFolder[]; nextCursor: string | null }> {
  const needle = query?.toLowerCase();
  const listed = path.replace(/\/+$/, '').toLowerCase();
  const wanted = (entry: DropboxPage['entries'][number]): entry is DropboxFolder =>
    entry.tag === 'folder' &&
    // A recursive listing also holds the folder that was asked for.
    entry.pathLower !== null &&
    (cursor !== undefined || entry.pathLower !== listed) &&
    (needle === undefined || entry.name.toLowerCase().includes(needle));
  const folders: DropboxFolder[] = [];
  let page: DropboxPage | null = null;
  for (let pages = 0; pages < MAX_PAGES; pages += 1) {
    page = await nextPage(dropbox, page?.cursor ?? cursor, path, needle !== undefined);
    folders.push(...page.entries.filter(wanted));
    if (!page.hasMore || folders.length >= ENOUGH_FOLDERS) break;
  }
  return { folders, nextCursor: page?.hasMore ? page.cursor : null };
}

const nextPage = (
  dropbox: DropboxClient,
  cursor: string | undefined,
  path: string,
  recursive: boolean,
): Promise<DropboxPage> =>
  cursor === undefined
    ? dropbox.listFolder({ path: path.replace(/\/+$/, ''), recursive, limit: PAGE_ENTRIES })
    : dropbox.listFolderContinue(cursor);

function translate(error: unknown): never {
  if (!(error instanceof RemoteError)) throw error;
  if (error.options.detail === 'not_folder')
    throw new CairnError('not_a_folder', undefined, { cause: error });
  switch (error.code) {
    case 'source_missing':
    case 'root_missing':
    case 'name_not_allowed':
      throw new CairnError('not_found', 'There is no such Dropbox folder.', { cause: error });
    case 'cursor_reset':
      throw new InvalidRequest([{ pointer: '/cursor', detail: 'The cursor is spent; begin without one.' }]);
    default:
      throw error;
  }
}
