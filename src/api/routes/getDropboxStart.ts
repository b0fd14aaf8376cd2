import { CairnError } from '../../domain/errors';
import { authenticatePage } from '../auth';
import { beginConnect } from '../connectFlow';
import type { RouteDeps } from '../deps';
import { messagePage } from '../html';
import { publicRoute, type Route } from '../route';

export const getDropboxStart = (deps: RouteDeps): Route =>
  publicRoute({
    method: 'get',
    path: '/auth/dropbox/start',
    summary: 'Begins to connect the portal to Dropbox.',
    own: [{ name: 'token', in: 'query', required: true, description: 'The Assembly app token.' }],
    answers: {
      302: { description: 'To Dropbox.' },
      401: { description: 'A page: the token is not valid.', contentType: 'text/html' },
    },
    errors: ['auth_misconfigured'],
    async handle({ req, res }) {
      let portalId: string;
      try {
        ({ portalId } = authenticatePage(deps, req));
      } catch (error) {
        if (!(error instanceof CairnError) || error.code !== 'unauthorized') throw error;
        return { status: 401, body: notSignedIn(res) };
      }
      const { location, cookie } = await beginConnect(deps, portalId, req);
      return { status: 302, headers: { Location: location, 'Set-Cookie': cookie } };
    },
  });

const notSignedIn = (res: Parameters<typeof messagePage>[0]): string =>
  messagePage(
    res,
    'Please open this from Assembly',
    'The link is not valid, or no longer.',
    'To try again, open the app in your Assembly dashboard and choose "Connect Dropbox" there.',
  );
