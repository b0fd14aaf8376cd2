import type { Request, Response } from 'express';
import { CairnError } from '../../domain/errors';
import { authenticatePage } from '../auth';
import type { RouteDeps } from '../deps';
import { messagePage } from '../html';
import { publicRoute, type Route } from '../route';
import { APP_POLICY } from '../securityHeaders';

export const getPage = (deps: RouteDeps): Route =>
  publicRoute({
    method: 'get',
    path: '/',
    summary: 'The page of a portal, which sends the token that it was opened with as a header.',
    own: [{ name: 'token', in: 'query', required: true, description: 'The Assembly app token.' }],
    answers: {
      200: { description: 'The page.', contentType: 'text/html' },
      401: { description: 'A page: the token is not valid.', contentType: 'text/html' },
    },
    handle({ req, res }) {
      if (!isStaff(deps, req)) return { status: 401, body: notSignedIn(res) };
      res.setHeader('Content-Security-Policy', APP_POLICY);
      return { status: 200, body: deps.page.html };
    },
  });

function isStaff(deps: RouteDeps, req: Request): boolean {
  try {
    authenticatePage(deps, req);
    return true;
  } catch (error) {
    if (error instanceof CairnError && error.code === 'unauthorized') return false;
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
