import { z } from 'zod';
import { jsonReply } from '../http/reply';
import { find } from '../model/locate';
import { chain, walkAfter } from '../model/tree';
import { actor, type ControlHandler, viewOf, withQuery, writerOf } from './route';

const MAX_CALLS = 200_000;

/** The whole subtree, sorted by path; paths are relative to the view and in true case. `unreadable`: never handed out as bytes. */
const tree = withQuery(z.strictObject({ ...actor, path: z.string().default('') }), (parts, query) => {
  const view = viewOf(parts, query);
  const top = query.path === '' || query.path === '/' ? view.base : find(view, query.path, writerOf(parts));
  const entries = [];
  for (const node of top.file ? [top] : walkAfter(top, true, [])) {
    const path = `/${(chain(view.base, node) ?? []).map((one) => one.name).join('/')}`;
    const { rev = null, size = null, hash = null } = node.file ?? {};
    const { restricted, exportAs, symlink } = node.flags;
    const unreadable = Boolean(restricted ?? exportAs ?? symlink);
    entries.push({
      path,
      object: node.kind,
      id: node.id,
      rev,
      size,
      hash,
      ...(unreadable ? { unreadable } : {}),
    });
  }
  entries.sort((a, b) => (a.path < b.path ? -1 : a.path > b.path ? 1 : 0));
  return jsonReply({ entries });
});

const log = withQuery(
  z.strictObject({
    since: z.coerce.number().int().min(0).default(0),
    limit: z.coerce.number().int().min(1).max(MAX_CALLS).default(10_000),
  }),
  (parts, query) => jsonReply({ calls: parts.log.since(query.since, query.limit) }),
);

export const lookRoutes: Readonly<Record<string, ControlHandler>> = {
  'GET /tree': tree,
  'GET /log': log,
  'GET /counts': async (parts) => jsonReply(parts.log.counts()),
  'POST /reset-log': async (parts) => {
    parts.log.reset();
    return jsonReply({ ok: true });
  },
};
