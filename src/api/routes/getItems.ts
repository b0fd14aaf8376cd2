import { z } from 'zod';
import { CairnError } from '../../domain/errors';
import { ITEM_STATES } from '../../domain/types';
import { listItems } from '../../store/itemViews';
import { getSync } from '../../store/syncs';
import { decodeItemCursor, encodeItemCursor } from '../cursors';
import type { RouteDeps } from '../deps';
import { portalRoute, type Route } from '../route';
import { ItemBody, isStorable, limitQuery, listOf, SyncParams } from '../schemas';
import { linkedItemJson, retryRules } from '../views';

const Query = z.object({
  state: z.enum(ITEM_STATES).optional(),
  prefix: z
    .string()
    .max(4_096)
    .refine((prefix) => prefix.startsWith('/'), 'Start the prefix with "/".')
    .refine(isStorable, 'A path has no NUL in it.')
    .optional(),
  /** Only items that are copies made of a conflict, or only others. */
  conflictCopy: z
    .enum(['true', 'false'])
    .transform((text) => text === 'true')
    .optional(),
  cursor: z.string().max(16_384).optional(),
  limit: limitQuery(100, 500),
});

export const getItems = ({ store, config }: RouteDeps): Route =>
  portalRoute({
    method: 'get',
    path: '/api/syncs/:id/items',
    summary: 'Items of a sync by path: where each stands, and why.',
    params: SyncParams,
    query: Query,
    answers: { 200: { description: 'A page of them.', schema: listOf(ItemBody) } },
    async handle({ portalId, params, query }) {
      const ref = { portalId, syncId: params.id };
      const after = query.cursor === undefined ? {} : { after: decodeItemCursor(query.cursor) };
      if ((await getSync(store, ref)) === null) throw new CairnError('not_found');
      const found = await listItems(
        store,
        ref,
        {
          ...(query.state === undefined ? {} : { state: query.state }),
          ...(query.conflictCopy === undefined ? {} : { conflictCopy: query.conflictCopy }),
          ...(query.prefix === undefined ? {} : { prefix: query.prefix }),
          ...after,
          limit: query.limit + 1,
        },
        retryRules(config),
      );
      const items = found.slice(0, query.limit);
      const last = items.at(-1);
      const more = found.length > query.limit && last !== undefined;
      return {
        status: 200,
        body: {
          items: items.map((item) => linkedItemJson(config, portalId, item)),
          ...(more ? { nextCursor: encodeItemCursor(last) } : {}),
        },
      };
    },
  });
