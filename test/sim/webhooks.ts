import { createHmac } from 'node:crypto';
import type { ApiDeps, RouteDeps } from '../../src/api/deps';
import type { ApiMetrics } from '../../src/api/metrics';
import type { Context } from '../../src/api/route';
import { postAssemblyWebhook } from '../../src/api/routes/postAssemblyWebhook';
import { postDropboxWebhook } from '../../src/api/routes/postDropboxWebhook';
import { createWebhookHints } from '../../src/api/webhookHints';
import { mintAppToken } from '../../src/sandbox/assembly';
import { API_KEY, APP, WEBHOOK_SECRET } from './sides';

/** What a side tells, caught on its way. */
export type SideEvent =
  | { readonly side: 'assembly'; readonly body: string; readonly label: string }
  | { readonly side: 'dropbox'; readonly accountId: string; readonly label: string };

const metrics = { request: () => {}, webhook: () => {}, waiting: () => {} } as unknown as ApiMetrics;

/** Hands an event to the real routes, signed as its side signs; rejects where the route would not answer 200. */
export function createReceiver(deps: ApiDeps, portalId: string) {
  // Each event has hints of its own: one task here can't wait for what another one has begun.
  const routeDeps = (): RouteDeps => ({ ...deps, metrics, hints: createWebhookHints({ ...deps, metrics }) });
  const sign = (secret: string, body: string) => createHmac('sha256', secret).update(body).digest('hex');
  return async (event: SideEvent): Promise<void> => {
    const body =
      event.side === 'assembly'
        ? event.body
        : JSON.stringify({ list_folder: { accounts: [event.accountId] }, delta: { users: [] } });
    const headers: Record<string, string> = {
      'x-copilot-signature': sign(WEBHOOK_SECRET, body),
      'x-dropbox-signature': sign(APP.secret, body),
    };
    const req = {
      body: Buffer.from(body),
      query: { token: mintAppToken(API_KEY, { workspaceId: portalId }) },
      get: (name: string) => headers[name],
    };
    const context = { req } as unknown as Context<unknown, unknown, unknown>;
    const route = event.side === 'assembly' ? postAssemblyWebhook : postDropboxWebhook;
    await route(routeDeps()).handle(context, null);
  };
}
