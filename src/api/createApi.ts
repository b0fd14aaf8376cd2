import express, { type Express, type RequestHandler, type Response } from 'express';
import { CairnError } from '../domain/errors';
import { authenticate } from './auth';
import type { ApiDeps } from './deps';
import { createApiMetrics } from './metrics';
import { parseRequest } from './parseRequest';
import { problemOf } from './problem';
import { rateLimited, WEBHOOK_LIMIT } from './rateLimit';
import { requestIdOf, requestScope } from './requestScope';
import type { Reply, Route } from './route';
import { createRoutes } from './routes';
import { securityHeaders } from './securityHeaders';
import { createWebhookHints } from './webhookHints';

const WEBHOOK_BODY_BYTES = 1_048_576;
const JSON_BODY_BYTES = 100 * 1_024;

/** The HTTP API. It keeps no state of its own beyond paces and caches, so any number of processes may serve it. */
export function createApi(deps: ApiDeps): Express {
  const metrics = deps.metrics ?? createApiMetrics();
  const app = express();
  app.disable('x-powered-by');
  app.disable('etag');
  app.set('query parser', 'simple');
  app.set('trust proxy', deps.config.trustProxyHops);
  app.use(requestScope(deps.logger, metrics), securityHeaders(deps.config.publicUrl));
  const paced = rateLimited(WEBHOOK_LIMIT, deps.now);
  const hints = createWebhookHints({ ...deps, metrics });
  for (const [path, routes] of byPath(createRoutes({ ...deps, metrics, hints }))) {
    const entry = app.route(path);
    entry.all(note(path));
    for (const route of routes) {
      if (route.access === 'webhook' && route.method === 'post') entry.post(paced);
      entry[route.method](...bodyParser(route), serve(deps, route));
    }
    entry.all(refuseMethod(routes));
  }
  app.use(() => {
    throw new CairnError('not_found');
  });
  app.use(answerErrors(deps));
  return app;
}

function byPath(routes: readonly Route[]): Map<string, Route[]> {
  const paths = new Map<string, Route[]>();
  for (const route of routes) paths.set(route.path, [...(paths.get(route.path) ?? []), route]);
  return paths;
}

const note =
  (path: string): RequestHandler =>
  (_req, res, next) => {
    res.locals.route = path;
    next();
  };

function bodyParser(route: Route): RequestHandler[] {
  // Not inflated: what is signed is what came over the wire.
  if (route.access === 'webhook') {
    return [express.raw({ type: () => true, limit: WEBHOOK_BODY_BYTES, inflate: false })];
  }
  if (route.body === undefined) return [];
  return [express.json({ limit: JSON_BODY_BYTES, strict: false })];
}

const serve =
  (deps: ApiDeps, route: Route): RequestHandler =>
  async (req, res) => {
    // Who calls comes before what is asked: nothing is told to a stranger, not even what is wrong with the question.
    const caller = route.access === 'portal' ? authenticate(deps, req) : null;
    const parts = parseRequest(route, req);
    const reply = await route.handle({ ...parts, req, res, requestId: requestIdOf(res.locals) }, caller);
    if (reply !== null) send(route, res, reply);
  };

function send(route: Route, res: Response, reply: Reply): void {
  const answer = route.answers[reply.status];
  if (answer === undefined) throw new Error(`${route.method} ${route.path} does not declare ${reply.status}`);
  const body = answer.schema === undefined ? reply.body : answer.schema.parse(reply.body);
  res.status(reply.status).set(reply.headers ?? {});
  if (answer.schema !== undefined) res.json(body);
  else if (typeof body === 'string') res.type(answer.contentType ?? 'text/plain').send(body);
  else res.end();
}

const refuseMethod = (routes: readonly Route[]): RequestHandler => {
  const methods = routes.flatMap(({ method }) =>
    method === 'get' ? ['GET', 'HEAD'] : [method.toUpperCase()],
  );
  const allow = [...new Set(methods)].sort().join(', ');
  return (_req, res) => {
    res.setHeader('Allow', allow);
    throw new CairnError('method_not_allowed');
  };
};

/** Express knows an error handler by its four parameters. */
const answerErrors =
  ({ logger }: ApiDeps): express.ErrorRequestHandler =>
  (error: unknown, _req, res, _next) => {
    const problem = problemOf(error, requestIdOf(res.locals));
    if (problem.status >= 500) logger.error({ requestId: problem.requestId, err: error }, 'a request failed');
    if (res.headersSent) {
      res.destroy();
      return;
    }
    if (problem.status === 401) res.setHeader('WWW-Authenticate', 'Bearer');
    res.status(problem.status).type('application/problem+json').send(JSON.stringify(problem));
  };
