import type { Response } from 'express';
import { z } from 'zod';
import { CairnError, errorEntry } from '../../domain/errors';
import { RemoteError } from '../../domain/remoteError';
import { finishConnect, takeState } from '../connectFlow';
import type { RouteDeps } from '../deps';
import { messagePage, renderPage } from '../html';
import { publicRoute, type Reply, type Route } from '../route';

const TRY_AGAIN = 'To try again, go back to the app in your Assembly dashboard and choose "Connect Dropbox".';

const page = (description: string) => ({ description, contentType: 'text/html' });

/** Read leniently: whatever is wrong with it is told on a page. */
const word = z.string().max(4_096).optional().catch(undefined);
const Query = z.object({ state: word, code: word, error: word });

export const getDropboxCallback = (deps: RouteDeps): Route =>
  publicRoute({
    method: 'get',
    path: '/auth/dropbox/callback',
    summary: 'Where Dropbox sends the browser back to.',
    query: Query,
    answers: {
      200: page('Connected, or refused by the person.'),
      400: page('The state is unknown, used, too old, or another browser began.'),
      409: page('Another Dropbox account is connected and in use.'),
      502: page('Dropbox did not complete the connection.'),
    },
    async handle({ req, res, query, requestId }) {
      const flow = query.state === undefined ? null : await takeState(deps, req, query.state);
      if (flow === null) return { status: 400, body: badState(res) };
      if (query.error !== undefined) return { status: 200, body: refused(res) };
      if (query.code === undefined) return { status: 400, body: badState(res) };
      try {
        await finishConnect(deps, flow, query.code, requestId);
        return { status: 200, body: connected(res) };
      } catch (error) {
        return failed(deps, error, res, requestId);
      }
    },
  });

const badState = (res: Response): string =>
  messagePage(
    res,
    'This did not work',
    'The link was used before, is too old, or was opened in another browser.',
    TRY_AGAIN,
  );

const refused = (res: Response): string =>
  messagePage(
    res,
    'Dropbox was not connected',
    'You did not allow the connection at Dropbox. Nothing was changed.',
    TRY_AGAIN,
  );

const connected = (res: Response): string =>
  renderPage(res, {
    title: 'Dropbox is connected',
    body: '<p>This window closes by itself; if it stays, close it and go on in Assembly.</p>',
    script: 'window.close();',
  });

function failed(deps: RouteDeps, error: unknown, res: Response, requestId: string): Reply {
  if (error instanceof CairnError && error.code === 'account_mismatch') {
    const body = messagePage(
      res,
      'This is another Dropbox account',
      'The portal has syncs with another Dropbox account. Connect that account, or remove its syncs first.',
      TRY_AGAIN,
    );
    return { status: 409, body };
  }
  if (!(error instanceof RemoteError)) throw error;
  deps.logger.warn({ requestId, err: error }, 'a connect flow was not completed by Dropbox');
  const why =
    error.code === 'auth_revoked' ? 'Dropbox no longer accepts this attempt.' : errorEntry(error.code).help;
  return { status: 502, body: messagePage(res, 'Dropbox did not answer as it should', why, TRY_AGAIN) };
}
