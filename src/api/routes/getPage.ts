import type { Request, Response } from 'express';
import { CairnError } from '../../domain/errors';
import { getConnection } from '../../store/connections';
import { listSyncs } from '../../store/syncs';
import { authenticatePage } from '../auth';
import { messagePage } from '../html';
import { publicRoute, type Route } from '../route';
import { statusPage } from '../statusPage';
import { withProgress } from '../views';
import type { RouteDeps } from './index';

const MAX_SYNCS = 100;

export const getPage = (deps: RouteDeps): Route =>
  publicRoute({
    method: 'get',
    path: '/',
    summary: "The page: the portal's connection and its syncs; `token` is the Assembly app token.",
    answers: {
      200: { description: 'The page.', contentType: 'text/html' },
      401: { description: 'A page: the token is not valid.', contentType: 'text/html' },
    },
    async handle({ req, res }) {
      const portalId = portalOf(deps, req);
      if (portalId === null) return { status: 401, body: notSignedIn(res) };
      const [connection, syncs] = await Promise.all([
        getConnection(deps.store, portalId),
        listSyncs(deps.store, portalId, { limit: MAX_SYNCS }),
      ]);
      const told = await withProgress(deps.store, portalId, syncs, deps.config.maxAttempts);
      const token = typeof req.query.token === 'string' ? req.query.token : '';
      return { status: 200, body: statusPage(res, { connection, syncs: told, token }) };
    },
  });

function portalOf(deps: RouteDeps, req: Request): string | null {
  try {
    return authenticatePage(deps, req).portalId;
  } catch (error) {
    if (error instanceof CairnError && error.code === 'unauthorized') return null;
    throw error;
  }
}

const notSignedIn = (res: Response): string =>
  messagePage(
    res,
    'Please open this from Assembly',
    'The link is not valid, or no longer.',
    'Open the app in your Assembly dashboard.',
  );
