import { readAppToken } from '../../assembly/appToken';
import { type AssemblyEvent, parseAssemblyEvent, verifyAssemblySignature } from '../../assembly/webhook';
import { CairnError } from '../../domain/errors';
import { weighForSyncs } from '../../store/eventEcho';
import { within } from '../bounded';
import type { RouteDeps } from '../deps';
import type { WebhookOutcome } from '../metrics';
import { InvalidRequest } from '../problem';
import { publicRoute, type Route } from '../route';

/** As long as Dropbox waits; how long Assembly does is not written anywhere. */
const ANSWER_MS = 9_000;

export const postAssemblyWebhook = (deps: RouteDeps): Route =>
  publicRoute({
    access: 'webhook',
    method: 'post',
    path: '/webhooks/assembly',
    summary: 'Told by Assembly that an object of a portal changed. Answered once the hint is durable.',
    own: [
      {
        name: 'token',
        in: 'query',
        required: true,
        description: 'An app token, which says of which portal the event is.',
      },
      {
        name: 'X-Copilot-Signature',
        in: 'header',
        required: false,
        description:
          'HMAC-SHA256 of the body under the webhook secret, hexadecimal; needed where one is set.',
      },
    ],
    answers: { 200: { description: 'Taken, or nothing that concerns us.' } },
    errors: [
      'unauthorized',
      'missing_signature',
      'bad_signature',
      'invalid_request',
      'rate_limited',
      'unavailable',
    ],
    async handle({ req, requestId }) {
      const body: unknown = req.body;
      const raw = Buffer.isBuffer(body) ? body : Buffer.alloc(0);
      const { portalId, event } = accept(deps, req.query.token, req.get('x-copilot-signature'), raw);
      try {
        const outcome =
          event === null ? 'ignored' : await within(ANSWER_MS, pass(deps, portalId, event, requestId));
        deps.metrics.webhook('assembly', outcome);
      } catch (cause) {
        deps.metrics.webhook('assembly', 'failed');
        throw new CairnError('unavailable', undefined, { cause });
      }
      return { status: 200 };
    },
  });

/** The token says which portal; the signature, where a secret is set, that Assembly sent these bytes. */
function accept(
  deps: RouteDeps,
  token: unknown,
  signature: string | undefined,
  raw: Buffer,
): { portalId: string; event: AssemblyEvent | null } {
  try {
    const { apiKey, webhookSecrets } = deps.config.assembly;
    const read =
      typeof token === 'string' && apiKey !== undefined
        ? readAppToken(token, apiKey, deps.now().getTime())
        : null;
    if (read === null) throw new CairnError('unauthorized');
    if (webhookSecrets.length > 0) {
      if (signature === undefined) throw new CairnError('missing_signature');
      if (!verifyAssemblySignature(webhookSecrets, raw, signature)) throw new CairnError('bad_signature');
    }
    return { portalId: read.workspaceId, event: parseAssemblyEvent(parseJson(raw)) };
  } catch (error) {
    deps.metrics.webhook('assembly', 'refused');
    throw error;
  }
}

function parseJson(raw: Buffer): unknown {
  try {
    return JSON.parse(raw.toString('utf8'));
  } catch {
    throw new InvalidRequest([{ pointer: '', detail: 'The body is not valid JSON.' }]);
  }
}

const NOUNS = ['file', 'folder'];

async function pass(
  deps: RouteDeps,
  portalId: string,
  event: AssemblyEvent,
  requestId: string,
): Promise<WebhookOutcome> {
  const [noun = ''] = event.eventType.split('.');
  if (!NOUNS.includes(noun) || event.id === '') return 'ignored';
  let outcome: WebhookOutcome = 'ignored';
  for (const { syncId, verdict } of await weighForSyncs(deps.store, portalId, event)) {
    if (verdict === 'echo') {
      if (outcome === 'ignored') outcome = 'echo';
      continue;
    }
    const ids = verdict === 'list' ? [] : [event.id];
    await deps.hints.objects({ portalId, syncId }, ids, requestId);
    outcome = 'hinted';
  }
  return outcome;
}
