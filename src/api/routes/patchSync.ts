import { CairnError } from '../../domain/errors';
import { pause, resume } from '../actions';
import type { RouteDeps } from '../deps';
import { portalRoute, type Route } from '../route';
import { PatchSyncBody, SyncBody, SyncParams } from '../schemas';
import { readSyncJson } from '../views';

export const patchSync = (deps: RouteDeps): Route =>
  portalRoute({
    method: 'patch',
    path: '/api/syncs/:id',
    summary: 'Pauses a sync, or lets a paused or halted one go on after a full look.',
    params: SyncParams,
    body: PatchSyncBody,
    answers: { 200: { description: 'The sync as it is now.', schema: SyncBody } },
    errors: ['not_connected', 'unavailable'],
    async handle({ portalId, params, body, requestId }) {
      const ref = { portalId, syncId: params.id };
      if (body.state === 'paused') await pause(deps, ref);
      else await resume({ ...deps, requestId }, ref);
      const sync = await readSyncJson(deps.store, ref, deps.config.maxAttempts);
      if (sync === null) throw new CairnError('not_found');
      return { status: 200, body: sync };
    },
  });
