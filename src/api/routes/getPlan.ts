import { CairnError } from '../../domain/errors';
import { getSync } from '../../store/syncs';
import type { RouteDeps } from '../deps';
import { portalRoute, type Route } from '../route';
import { PlanBody, SyncParams } from '../schemas';

export const getPlan = ({ store, preview }: RouteDeps): Route =>
  portalRoute({
    method: 'get',
    path: '/api/syncs/:id/plan',
    summary: 'What a pass would do now, without doing it.',
    params: SyncParams,
    answers: { 200: { description: 'The decisions that are not "nothing".', schema: PlanBody } },
    async handle({ portalId, params }) {
      const ref = { portalId, syncId: params.id };
      if ((await getSync(store, ref)) === null) throw new CairnError('not_found');
      return { status: 200, body: await preview(ref) };
    },
  });
