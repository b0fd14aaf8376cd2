import { z } from 'zod';
import { CairnError } from '../../domain/errors';
import { listHistory } from '../../store/history';
import { getSync } from '../../store/syncs';
import type { RouteDeps } from '../deps';
import { portalRoute, type Route } from '../route';
import { HistoryBody, limitQuery, listOf, SyncParams } from '../schemas';
import { historyJson } from '../views';

const Query = z.object({
  cursor: z
    .string()
    .regex(/^\d{1,18}$/, 'Give the nextCursor of the page before.')
    .optional(),
  limit: limitQuery(50, 200),
});

export const getHistory = ({ store, config }: RouteDeps): Route =>
  portalRoute({
    method: 'get',
    path: '/api/syncs/:id/history',
    summary: 'Settled operations of a sync, newest first.',
    params: SyncParams,
    query: Query,
    answers: { 200: { description: 'A page of them.', schema: listOf(HistoryBody) } },
    async handle({ portalId, params, query }) {
      const ref = { portalId, syncId: params.id };
      if ((await getSync(store, ref)) === null) throw new CairnError('not_found');
      const page = {
        limit: query.limit + 1,
        ...(query.cursor === undefined ? {} : { before: query.cursor }),
      };
      const found = await listHistory(store, ref, page);
      const items = found.slice(0, query.limit);
      const last = items.at(-1);
      const more = found.length > query.limit && last !== undefined;
      return {
        status: 200,
        body: {
          items: items.map((entry) => historyJson(config, entry)),
          ...(more ? { nextCursor: last.id } : {}),
        },
      };
    },
  });
