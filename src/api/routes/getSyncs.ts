import { z } from 'zod';
import { listSyncs } from '../../store/syncs';
import type { RouteDeps } from '../deps';
import { portalRoute, type Route } from '../route';
import { limitQuery, listOf, SyncBody } from '../schemas';
import { withProgress } from '../views';

const Query = z.object({
  cursor: z.guid('Give the nextCursor of the page before.').optional(),
  limit: limitQuery(50, 100),
});

export const getSyncs = ({ store, config }: RouteDeps): Route =>
  portalRoute({
    method: 'get',
    path: '/api/syncs',
    summary: "The portal's syncs, oldest first.",
    query: Query,
    answers: { 200: { description: 'A page of them.', schema: listOf(SyncBody) } },
    async handle({ portalId, query }) {
      const page = { limit: query.limit + 1, ...(query.cursor === undefined ? {} : { after: query.cursor }) };
      const found = await listSyncs(store, portalId, page);
      const items = await withProgress(store, portalId, found.slice(0, query.limit), config.maxAttempts);
      const last = items.at(-1);
      const more = found.length > query.limit && last !== undefined;
      return { status: 200, body: { items, ...(more ? { nextCursor: last.id } : {}) } };
    },
  });
