import { CairnError } from '../../domain/errors';
import type { RouteDeps } from '../deps';
import { portalRoute, type Route } from '../route';
import { SyncBody, SyncParams } from '../schemas';
import { readSyncJson } from '../views';

export const getSync = ({ store, config }: RouteDeps): Route =>
  portalRoute({
    method: 'get',
    path: '/api/syncs/:id',
    summary: 'One sync.',
    params: SyncParams,
    answers: { 200: { description: 'The sync.', schema: SyncBody } },
    async handle({ portalId, params }) {
      const sync = await readSyncJson(store, { portalId, syncId: params.id }, config.maxAttempts);
      if (sync === null) throw new CairnError('not_found');
      return { status: 200, body: sync };
    },
  });
