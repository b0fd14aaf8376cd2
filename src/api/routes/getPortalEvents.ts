import { listSyncs } from '../../store/syncs';
import { connectionJson } from '../connectionJson';
import type { RouteDeps } from '../deps';
import { streamEvents } from '../eventStream';
import { portalRoute, type Route } from '../route';
import { PortalBody } from '../schemas';
import { withProgress } from '../views';
import { createWatch } from '../watch';

const INTERVAL_MS = 1_000;
const MAX_WATCHERS = 500;
const MAX_SYNCS = 100;

/** What the page shows first, in one stream: browsers allow six connections to a server, all tabs together. */
export const getPortalEvents = (deps: RouteDeps): Route => {
  const read = async (portalId: string) => {
    const [connection, found] = await Promise.all([
      connectionJson(deps.store, portalId),
      listSyncs(deps.store, portalId, { limit: MAX_SYNCS + 1 }),
    ]);
    const shown = found.slice(0, MAX_SYNCS);
    const syncs = await withProgress(deps.store, portalId, shown, deps.config.maxAttempts);
    return PortalBody.parse({ connection, syncs, more: found.length > MAX_SYNCS });
  };
  const watch = createWatch({
    keyOf: (portalId: string) => portalId,
    read,
    intervalMs: deps.eventIntervalMs ?? INTERVAL_MS,
    maxWatchers: MAX_WATCHERS,
    draining: () => deps.readiness?.draining === true,
    onError: (error) => deps.logger.warn({ err: error }, 'a watched portal could not be read'),
  });
  return portalRoute({
    method: 'get',
    path: '/api/events',
    summary:
      'Server-sent events: `event: portal` with the connection and the oldest 100 syncs, at once and on every change.',
    answers: { 200: { description: 'An endless stream.', contentType: 'text/event-stream' } },
    errors: ['unavailable'],
    handle({ portalId, req, res }) {
      if (req.method === 'HEAD' || res.destroyed) return { status: 200 };
      streamEvents(res, 'portal', (watcher) => watch(portalId, watcher));
      return null;
    },
  });
};
