import { resync } from '../actions';
import type { RouteDeps } from '../deps';
import { InvalidRequest } from '../problem';
import { portalRoute, type Route } from '../route';
import { SyncParams } from '../schemas';

export const postResync = (deps: RouteDeps): Route =>
  portalRoute({
    method: 'post',
    path: '/api/syncs/:id/resync',
    summary:
      'Looks at both sides in full and re-arms stuck items. The same `Idempotency-Key` starts no second one.',
    params: SyncParams,
    own: [
      {
        name: 'Idempotency-Key',
        in: 'header',
        required: false,
        description: '1 to 255 printable ASCII characters, of the caller’s choice.',
      },
    ],
    answers: { 202: { description: 'It runs; `Location` is the sync, whose `resyncing` says how long.' } },
    errors: ['invalid_request', 'resync_running', 'not_active', 'unavailable'],
    async handle({ portalId, params, req, requestId }) {
      await resync(
        { ...deps, requestId },
        { portalId, syncId: params.id },
        idempotencyKey(req.get('idempotency-key')),
      );
      return { status: 202, headers: { Location: `/api/syncs/${params.id}` } };
    },
  });

function idempotencyKey(header: string | undefined): string | null {
  if (header === undefined) return null;
  if (/^[\x21-\x7e]{1,255}$/.test(header)) return header;
  throw new InvalidRequest([
    { pointer: '/headers/idempotency-key', detail: 'Use 1 to 255 printable ASCII characters.' },
  ]);
}
