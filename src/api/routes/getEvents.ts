import { CairnError } from '../../domain/errors';
import type { SyncRef } from '../../domain/types';
import type { RouteDeps } from '../deps';
import { streamEvents } from '../eventStream';
import { portalRoute, type Route } from '../route';
import { SyncBody, SyncParams } from '../schemas';
import { readSyncJson } from '../views';
import { createWatch } from '../watch';

const INTERVAL_MS = 1_000;
const MAX_WATCHERS = 500;

export const getEvents = (deps: RouteDeps): Route => {
  const read = async (ref: SyncRef) => {
    const sync = await readSyncJson(deps.store, ref, deps.config.maxAttempts);
    return sync === null ? null : SyncBody.parse(sync);
  };
  const watch = createWatch({
    keyOf: ({ portalId, syncId }: SyncRef) => `${portalId}/${syncId}`,
    read,
    intervalMs: deps.eventIntervalMs ?? INTERVAL_MS,
    maxWatchers: MAX_WATCHERS,
    draining: () => deps.readiness?.draining === true,
    onError: (error) => deps.logger.warn({ err: error }, 'a watched sync could not be read'),
  });
  return portalRoute({
    method: 'get',
    path: '/api/syncs/:id/events',
    summary: 'Server-sent events: `event: sync` with the sync as data, at once and on every change.',
    params: SyncParams,
    answers: { 200: { description: 'An endless stream.', contentType: 'text/event-stream' } },
    errors: ['unavailable'],
    async handle({ portalId, params, req, res }) {
      const ref = { portalId, syncId: params.id };
      if ((await read(ref)) === null) throw new CairnError('not_found');
      if (req.method === 'HEAD' || res.destroyed) return { status: 200 };
      streamEvents(res, 'sync', (watcher) => watch(ref, watcher));
      return null;
    },
  });
};
