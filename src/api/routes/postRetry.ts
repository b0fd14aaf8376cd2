import { CairnError } from '../../domain/errors';
import { getItem } from '../../store/itemViews';
import { retryItem } from '../actions';
import type { RouteDeps } from '../deps';
import { portalRoute, type Route } from '../route';
import { ItemBody, ItemParams } from '../schemas';
import { linkedItemJson, retryRules } from '../views';

export const postRetry = (deps: RouteDeps): Route =>
  portalRoute({
    method: 'post',
    path: '/api/syncs/:id/items/:itemId/retry',
    summary: 'Re-arms one item: its failed tries are forgotten and it is due now.',
    params: ItemParams,
    answers: { 202: { description: 'The item as it is now.', schema: ItemBody } },
    errors: ['unavailable'],
    async handle({ portalId, params, requestId }) {
      const ref = { portalId, syncId: params.id };
      await retryItem({ ...deps, requestId }, ref, params.itemId);
      const item = await getItem(deps.store, ref, params.itemId, retryRules(deps.config));
      if (item === null) throw new CairnError('not_found');
      return { status: 202, body: linkedItemJson(deps.config, portalId, item) };
    },
  });
