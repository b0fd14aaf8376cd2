import type { Response } from 'express';
import { CairnError } from '../../domain/errors';
import { portalRoute, type Route } from '../route';
import { SyncBody, SyncParams } from '../schemas';
import { readSyncJson } from '../views';
import { createWatch } from '../watch';
import type { RouteDeps } from './index';

const INTERVAL_MS = 1_000;
const COMMENT_MS = 15_000;
const MAX_WATCHERS = 500;

/** What a reader may lag behind before it is taken for gone. */
const MAX_UNREAD_BYTES = 1_048_576;

export const getEvents = (deps: RouteDeps): Route => {
  const read = async (ref: { portalId: string; syncId: string }) => {
    const sync = await readSyncJson(deps.store, ref, deps.config.maxAttempts);
    return sync === null ? null : SyncBody.parse(sync);
  };
  const watch = createWatch({
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
      const stream = openStream(res);
      const stop = watch(ref, {
        changed: (json) => stream.write(`event: sync\ndata: ${json}\n\n`),
        ended: () => res.end(),
      });
      if (stop === null) throw new CairnError('unavailable', 'Too many streams are open; try again later.');
      stream.begin(stop);
      return null;
    },
  });
};

/** Holds back what is written before the head is sent, so that a refusal can still be a problem. */
function openStream(res: Response) {
  const early: string[] = [];
  const write = (text: string): void => {
    if (!res.headersSent) early.push(text);
    else if (res.writableLength > MAX_UNREAD_BYTES) res.destroy();
    else res.write(text);
  };
  const begin = (stop: () => void): void => {
    res.status(200).setHeader('Content-Type', 'text/event-stream');
    // Proxies in front hold back what they don't know to be a stream.
    res.setHeader('X-Accel-Buffering', 'no');
    res.flushHeaders();
    for (const text of early) res.write(text);
    const comment = setInterval(() => write(': still here\n\n'), COMMENT_MS);
    res.once('close', () => {
      clearInterval(comment);
      stop();
    });
  };
  return { write, begin };
}
