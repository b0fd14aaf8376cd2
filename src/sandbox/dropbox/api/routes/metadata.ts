import { z } from 'zod';
import { newFileId } from '../../model/ids';
import { find } from '../../model/locate';
import { foldName } from '../../model/names';
import { displayPath, keyPath } from '../../model/tree';
import type { Revision } from '../../model/types';
import { decideUpload } from '../../model/writes';
import { flag, readPath, rev, writePath, writePathOrId } from '../args';
import { type Call, defineRoute, exclusively, nodeById, type Route, writerOf } from '../call';
import { badRequest, RouteError, routeError, under } from '../failure';
import {
  deletedMetadata,
  type Json,
  metadataOf,
  revisionMetadata,
  taggedMetadata,
  within,
} from '../metadata';

const METADATA = 'files.metadata.read';

const metadataArgs = z.strictObject({
  path: z.union([z.literal(''), readPath]),
  include_media_info: flag,
  include_deleted: flag,
  include_has_explicit_shared_members: flag,
  include_property_groups: z.null().optional(),
});

/** Path key from the account's topmost folder, for a path of the view. */
export const absoluteKey = (call: Call, path: string): string =>
  keyPath(call.view.base) + path.split('/').map(foldName).join('/');

/** The path at which an old version shows: where the object stands now, or where it was written. */
export function revisionPath(call: Call, revision: Revision): string {
  const node = call.view.account.nodes.get(revision.id);
  return within(call.view, node ? displayPath(node) : revision.path);
}

function getMetadata(call: Call, args: z.infer<typeof metadataArgs>): Json {
  const { view, service } = call;
  if (args.path === '' || args.path === '/') {
    throw badRequest(call.route, 'request body: path: The root folder is unsupported.');
  }
  if (args.path.startsWith('rev:')) return revisionByRev(call, args.path.slice(4));
  try {
    return taggedMetadata(view, find(view, args.path, writerOf(call)), service.switches());
  } catch (error) {
    if (!(error instanceof RouteError) || error.tagged.tags[0] !== 'not_found') throw error;
    const deleted = view.account.deleted.get(absoluteKey(call, args.path));
    if (args.include_deleted && deleted) return deletedMetadata(within(view, deleted.display));
    throw error;
  }
}

function revisionByRev(call: Call, wanted: string): Json {
  const { view, service } = call;
  const revision = view.account.revisions.get(wanted);
  if (!revision) throw routeError(['not_found']);
  const node = view.account.nodes.get(revision.id);
  if (node?.file?.rev === wanted) return taggedMetadata(view, node, service.switches());
  const path = revisionPath(call, revision);
  return { '.tag': 'file', ...revisionMetadata(view, revision, path, service.switches()) };
}

const revisionsArgs = z.strictObject({
  path: writePathOrId,
  mode: z.union([z.enum(['path', 'id']), z.strictObject({ '.tag': z.enum(['path', 'id']) })]).nullish(),
  limit: z.number().int().min(1).max(100).nullish(),
  before_rev: rev.nullish(),
});

function listRevisions(call: Call, args: z.infer<typeof revisionsArgs>): Json {
  const { view, service } = call;
  const mode = typeof args.mode === 'object' ? args.mode?.['.tag'] : args.mode;
  const key = args.path.startsWith('id:') ? null : absoluteKey(call, args.path);
  const byId = (id: string): Revision[] => view.account.byId.get(id) ?? [];
  const byPath = key === null ? [] : (view.account.byPath.get(key) ?? []);
  const node = key === null ? view.account.nodes.get(args.path) : null;
  const current = key === null ? node : findOrNull(call, args.path);
  if (current?.kind === 'folder') throw routeError(['path', 'not_file']);
  const id = key === null ? args.path : current?.id;
  const history = mode === 'id' || key === null ? (id === undefined ? [] : byId(id)) : byPath;
  if (history.length === 0) throw routeError(['path', 'not_found']);
  const newestFirst = [...history].reverse().filter((one) => !args.before_rev || one.rev < args.before_rev);
  const limit = args.limit ?? 10;
  const gone = key === null ? undefined : view.account.deleted.get(key);
  return {
    is_deleted: !current,
    ...(!current && gone ? { server_deleted: gone.at } : {}),
    entries: newestFirst
      .slice(0, limit)
      .map((one) => revisionMetadata(view, one, revisionPath(call, one), service.switches())),
    has_more: newestFirst.length > limit,
  };
}

function findOrNull(call: Call, path: string) {
  try {
    return find(call.view, path, writerOf(call));
  } catch (error) {
    if (error instanceof RouteError) return null;
    throw error;
  }
}

/** Puts the bytes of an old version at a path, over whatever file stands there. */
function restore(call: Call, path: string, wanted: string): Json {
  const { view, service } = call;
  const revision = view.account.revisions.get(wanted);
  if (!revision) throw routeError(['invalid_revision']);
  const commit = { path, mode: 'overwrite' as const, autorename: false, strictConflict: false };
  const decision = under('path_write', () => decideUpload(view, commit, revision, writerOf(call)));
  const alive = view.account.nodes.has(revision.id);
  const keepId = service.switches().restoreId === 'same' && !alive && !findOrNull(call, path);
  const id = keepId ? revision.id : findOrNull(call, path) ? decision.id : newFileId();
  service.commit(decision.changes.map((change) => (change.t === 'put' ? { ...change, id } : change)));
  return metadataOf(view, nodeById(call, id), service.switches());
}

export const metadataRoutes: Record<string, Route> = {
  'files/get_metadata': defineRoute({
    scope: METADATA,
    args: metadataArgs,
    run: (call, args) => under('path', () => getMetadata(call, args)),
  }),
  'files/list_revisions': defineRoute({ scope: METADATA, args: revisionsArgs, run: listRevisions }),
  'files/restore': defineRoute({
    scope: 'files.content.write',
    args: z.strictObject({ path: writePath, rev }),
    run: (call, args) => exclusively(call, [args.path], () => restore(call, args.path, args.rev)),
  }),
};
