import { z } from 'zod';
import { CairnError } from '../../domain/errors';
import { forEachBounded, within } from '../bounded';
import type { RouteDeps } from '../deps';
import { InvalidRequest } from '../problem';
import { publicRoute, type Route } from '../route';
import { hexSignature } from '../webhookSignature';

const MAX_ACCOUNTS = 10_000;
const ACCOUNTS_AT_ONCE = 16;
/** Dropbox gives up after ten seconds. */
const ANSWER_MS = 9_000;

/** `delta` and `teams` say the same again. */
const Notification = z.object({
  list_folder: z.object({ accounts: z.array(z.string().min(1).max(255)).max(MAX_ACCOUNTS) }),
});

export const postDropboxWebhook = (deps: RouteDeps): Route =>
  publicRoute({
    access: 'webhook',
    method: 'post',
    path: '/webhooks/dropbox',
    summary: 'Told by Dropbox that something changed in some accounts. Answered once every hint is durable.',
    own: [
      {
        name: 'X-Dropbox-Signature',
        in: 'header',
        required: true,
        description: 'HMAC-SHA256 of the body under the app secret, hexadecimal.',
      },
    ],
    answers: { 200: { description: 'Taken, or nothing that concerns us.' } },
    errors: ['missing_signature', 'bad_signature', 'invalid_request', 'rate_limited', 'unavailable'],
    async handle({ req, requestId }) {
      const raw: unknown = req.body;
      const accounts = readAccounts(
        deps,
        Buffer.isBuffer(raw) ? raw : Buffer.alloc(0),
        req.get('x-dropbox-signature'),
      );
      try {
        const hinted = await within(ANSWER_MS, hintAccounts(deps, accounts, requestId));
        deps.metrics.webhook('dropbox', hinted > 0 ? 'hinted' : 'ignored');
      } catch (cause) {
        deps.metrics.webhook('dropbox', 'failed');
        throw new CairnError('unavailable', undefined, { cause });
      }
      return { status: 200 };
    },
  });

function readAccounts(deps: RouteDeps, raw: Buffer, signature: string | undefined): string[] {
  try {
    if (signature === undefined) throw new CairnError('missing_signature');
    if (!hexSignature(deps.config.dropbox.webhookSecrets, raw, signature))
      throw new CairnError('bad_signature');
    // An id with a NUL in it is nobody's, and the database could not be asked for it.
    return [...new Set(parse(raw).list_folder.accounts)].filter((id) => !id.includes('\0'));
  } catch (error) {
    deps.metrics.webhook('dropbox', 'refused');
    throw error;
  }
}

function parse(raw: Buffer): z.infer<typeof Notification> {
  try {
    return Notification.parse(JSON.parse(raw.toString('utf8')));
  } catch {
    throw new InvalidRequest([
      { pointer: '/list_folder/accounts', detail: 'A JSON list of account ids is expected.' },
    ]);
  }
}

/**
 * Every hint is tried, also after one failed: Dropbox sends the whole body again, and a hint twice does no harm. After
 * `ANSWER_MS` the rest is left to that: the sender does not wait longer.
 */
async function hintAccounts(
  { hints }: RouteDeps,
  accounts: readonly string[],
  requestId: string,
): Promise<number> {
  let hinted = 0;
  const begun = performance.now();
  await forEachBounded(accounts, ACCOUNTS_AT_ONCE, async (account) => {
    if (performance.now() - begun > ANSWER_MS) throw new CairnError('unavailable');
    const told = await hints.account(account, requestId);
    hinted += told;
  });
  return hinted;
}
