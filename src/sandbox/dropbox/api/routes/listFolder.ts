import { z } from 'zod';
import { find } from '../../model/locate';
import { keyPath } from '../../model/tree';
import type { TreeNode } from '../../model/types';
import { flag, pathROrId } from '../args';
import { type Call, defineRoute, type Route, writerOf } from '../call';
import { type Cursor, openCursor, sealCursor } from '../cursor';
import { badRequest, routeError, tooMany, under } from '../failure';
import { readPage } from '../feedPages';

const DEFAULT_LIMIT = 1_000;
const MAX_LIMIT = 2_000;
const SCOPE = 'files.metadata.read';

const listArgs = z.strictObject({
  path: pathROrId,
  recursive: flag,
  include_media_info: flag,
  include_deleted: flag,
  include_has_explicit_shared_members: flag,
  include_mounted_folders: flag,
  include_non_downloadable_files: flag,
  include_restorable_info: flag,
  limit: z.number().int().min(1).max(MAX_LIMIT).nullish(),
  shared_link: z.null().optional(),
  include_property_groups: z.null().optional(),
});

const cursorArgs = z.strictObject({ cursor: z.string().min(1) });

function folderOf(call: Call, path: string): TreeNode {
  if (path === '/') {
    throw badRequest(
      call.route,
      'request body: path: Specify the root folder as an empty string rather than as "/".',
    );
  }
  const node = under('path', () => find(call.view, path, writerOf(call)));
  if (node.kind === 'file') throw routeError(['path', 'not_folder']);
  return node;
}

function firstCursor(call: Call, args: z.infer<typeof listArgs>): Cursor {
  const root = folderOf(call, args.path);
  return {
    account: call.view.account.record.id,
    base: call.view.base.id,
    root: root.id,
    rootPath: keyPath(root),
    byId: args.path.startsWith('id:') || args.path === '',
    recursive: args.recursive ?? false,
    includeDeleted: args.include_deleted ?? false,
    downloadableOnly: args.include_non_downloadable_files === false,
    limit: args.limit ?? DEFAULT_LIMIT,
    seq: call.view.account.feed.last(),
    after: [],
    deletedAfter: null,
  };
}

/** Fails as the switch says for a cursor that is garbled or belongs to another view. */
function mustOpen(call: Call, text: string): Cursor {
  const cursor = openCursor(call.service.world.secret, text);
  const mine = cursor?.account === call.view.account.record.id && cursor.base === call.view.base.id;
  if (cursor && mine) return cursor;
  if (call.service.switches().badCursor === 'reset') throw routeError(['reset']);
  throw badRequest(
    call.route,
    'request body: cursor: Invalid "cursor" parameter: the cursor is not valid here',
  );
}

function page(call: Call, cursor: Cursor): unknown {
  const { entries, next, hasMore } = readPage(call.view, cursor, call.service.switches());
  return { entries, cursor: sealCursor(call.service.world.secret, next), has_more: hasMore };
}

/** Refuses the second of two identical listings in flight, where the switch says so. */
async function alone(call: Call, args: unknown, work: () => unknown): Promise<unknown> {
  const { service, token } = call;
  if (service.switches().duplicateLists === 'allow') return work();
  const key = JSON.stringify([token.app, token.account, call.route, args]);
  if (service.listings.has(key)) throw tooMany('too_many_requests', 1);
  service.listings.add(key);
  try {
    await new Promise((resolve) => setTimeout(resolve, Math.max(5, service.switches().commitMs)));
    return work();
  } finally {
    service.listings.delete(key);
  }
}

export const listFolderRoutes: Record<string, Route> = {
  'files/list_folder': defineRoute({
    scope: SCOPE,
    args: listArgs,
    run: (call, args) => alone(call, args, () => page(call, firstCursor(call, args))),
  }),
  'files/list_folder/continue': defineRoute({
    scope: SCOPE,
    args: cursorArgs,
    run: (call, args) => alone(call, args, () => page(call, mustOpen(call, args.cursor))),
  }),
  'files/list_folder/get_latest_cursor': defineRoute({
    scope: SCOPE,
    args: listArgs,
    run: (call, args) => {
      const cursor = { ...firstCursor(call, args), after: null };
      return { cursor: sealCursor(call.service.world.secret, cursor) };
    },
  }),
};
