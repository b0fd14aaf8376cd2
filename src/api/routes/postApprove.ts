import { CairnError } from '../../domain/errors';
import { approve } from '../actions';
import type { RouteDeps } from '../deps';
import { portalRoute, type Route } from '../route';
import { ApproveBody, SyncBody, SyncParams } from '../schemas';
import { readSyncJson } from '../views';

export const postApprove = (deps: RouteDeps): Route =>
  portalRoute({
    method: 'post',
    path: '/api/syncs/:id/approve',
    summary: 'Lets a halted mass delete go ahead.',
    params: SyncParams,
    body: ApproveBody,
    answers: { 200: { description: 'The sync as it is now.', schema: SyncBody } },
    errors: ['halt_changed', 'unavailable'],
    async handle({ portalId, params, body, requestId }) {
      const ref = { portalId, syncId: params.id };
      await approve({ ...deps, requestId }, ref, body.haltId);
      const sync = await readSyncJson(deps.store, ref, deps.config.maxAttempts);
      if (sync === null) throw new CairnError('not_found');
      return { status: 200, body: sync };
    },
  });
