import { z } from 'zod';
import { publicRoute, type Route } from '../route';

/** Dropbox asks once, when the address is entered, whether it is wanted there. */
export const getDropboxWebhook = (): Route =>
  publicRoute({
    method: 'get',
    path: '/webhooks/dropbox',
    summary: "Answers Dropbox's verification of this address.",
    query: z.object({ challenge: z.string().min(1).max(1_024) }),
    answers: { 200: { description: 'The challenge.', contentType: 'text/plain' } },
    handle: ({ query }) => ({ status: 200, body: query.challenge }),
  });
