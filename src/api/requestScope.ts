import { randomUUID } from 'node:crypto';
import type { RequestHandler } from 'express';
import type { Logger } from '../log';
import type { ApiMetrics } from './metrics';

const GIVEN_ID = /^[\w.-]{1,64}$/;

/** Gives each request an id (the caller's own, where it is a plain word), and counts and logs its answer. */
export function requestScope(logger: Logger, metrics: ApiMetrics): RequestHandler {
  return (req, res, next) => {
    const given = req.get('x-request-id');
    const requestId = given !== undefined && GIVEN_ID.test(given) ? given : randomUUID();
    res.locals.requestId = requestId;
    res.setHeader('x-request-id', requestId);
    const start = performance.now();
    res.once('close', () => {
      const ms = performance.now() - start;
      const route = routeOf(res.locals);
      metrics.request({ method: req.method, route, status: res.statusCode }, ms / 1_000);
      // The pattern, never the address: that may carry a token.
      logger.debug(
        { requestId, method: req.method, route, status: res.statusCode, ms: Math.round(ms) },
        'request',
      );
    });
    next();
  };
}

const routeOf = (locals: Record<string, unknown>): string =>
  typeof locals.route === 'string' ? locals.route : 'none';

export const requestIdOf = (locals: Record<string, unknown>): string => String(locals.requestId);
