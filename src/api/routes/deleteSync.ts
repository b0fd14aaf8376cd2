import { remove } from '../actions';
import type { RouteDeps } from '../deps';
import { portalRoute, type Route } from '../route';
import { SyncParams } from '../schemas';

export const deleteSync = (deps: RouteDeps): Route =>
  portalRoute({
    method: 'delete',
    path: '/api/syncs/:id',
    summary: 'Removes a mapping; the files on both sides stay.',
    params: SyncParams,
    answers: { 204: { description: 'Removed.' } },
    async handle({ portalId, params }) {
      await remove(deps, { portalId, syncId: params.id });
      return { status: 204 };
    },
  });
