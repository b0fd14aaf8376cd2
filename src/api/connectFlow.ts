import { createHash, randomBytes } from 'node:crypto';
import type { Request } from 'express';
import { codeVerifierContext, refreshTokenContext } from '../domain/cipherContext';
import { CairnError } from '../domain/errors';
import { authorizeUrl, createDropboxClient, exchangeCode } from '../dropbox';
import type { DropboxAccount } from '../dropbox/types';
import { saveConnection } from '../store/connections';
import { consumeOauthState, saveOauthState } from '../store/oauthStates';
import { wantLooks } from '../store/syncState';
import { giveHint } from './actions';
import type { ApiDeps } from './deps';

/** The flow that connects a portal to Dropbox. Nothing secret is in an address but the state, which works once. */

const STATE_MINUTES = 10;
const REVOKE_TIMEOUT_MS = 10_000;
const COOKIE = 'cairn_connect';
const BROWSER_ID = /^[A-Za-z0-9_-]{43}$/;
const CALLBACK_PATH = '/auth/dropbox/callback';

const secret = (): string => randomBytes(32).toString('base64url');
const hash = (text: string): string => createHash('sha256').update(text, 'utf8').digest('hex');

interface AppSettings {
  readonly appKey: string;
  readonly appSecret: string;
  readonly redirectUri: string;
}

function settings({ config }: ApiDeps): AppSettings {
  const { appKey, appSecret } = config.dropbox;
  if (appKey === undefined || appSecret === undefined || config.publicUrl === undefined) {
    throw new CairnError(
      'auth_misconfigured',
      'DROPBOX_APP_KEY, DROPBOX_APP_SECRET and PUBLIC_URL must be set.',
    );
  }
  return { appKey, appSecret, redirectUri: new URL(CALLBACK_PATH, config.publicUrl).toString() };
}

/** The browser's own id, from its cookie: two flows in two tabs share it. `null` where there is none. */
export function browserId(req: Request): string | null {
  for (const pair of (req.get('cookie') ?? '').split(';')) {
    const [name, value = ''] = pair.trim().split('=');
    if (name === COOKIE && BROWSER_ID.test(value)) return value;
  }
  return null;
}

/** Begins a flow: where to send the browser, and the cookie that it must come back with. */
export async function beginConnect(
  deps: ApiDeps,
  portalId: string,
  req: Request,
): Promise<{ location: string; cookie: string }> {
  const { appKey, redirectUri } = settings(deps);
  const state = secret();
  const codeVerifier = secret();
  const browser = browserId(req) ?? secret();
  const now = deps.now();
  await saveOauthState(
    deps.store,
    portalId,
    {
      stateHash: hash(state),
      browserHash: hash(browser),
      codeVerifier: deps.keyring.encrypt(codeVerifier, codeVerifierContext(portalId, hash(state))),
      expiresAt: new Date(now.getTime() + STATE_MINUTES * 60_000),
    },
    now,
  );
  const codeChallenge = createHash('sha256').update(codeVerifier).digest('base64url');
  return {
    location: authorizeUrl({ webUrl: deps.config.dropbox.webUrl, appKey, redirectUri, state, codeChallenge }),
    cookie: cookieHeader(browser, deps.config.publicUrl),
  };
}

/** Lax, since Dropbox sends the browser back by a top-level navigation, and by nothing else. */
function cookieHeader(browser: string, publicUrl: string | undefined): string {
  const secure = publicUrl?.startsWith('http:') ? '' : '; Secure';
  return `${COOKIE}=${browser}; Path=/auth/dropbox; Max-Age=${STATE_MINUTES * 60}; HttpOnly; SameSite=Lax${secure}`;
}

/** Takes the state that Dropbox handed back. `null` for one that is unknown, used, too old, or another browser's. */
export async function takeState(
  deps: ApiDeps,
  req: Request,
  state: string,
): Promise<{ portalId: string; codeVerifier: string } | null> {
  const browser = browserId(req);
  if (browser === null) return null;
  const taken = await consumeOauthState(deps.store, {
    stateHash: hash(state),
    browserHash: hash(browser),
    now: deps.now(),
  });
  if (taken === null) return null;
  const { portalId } = taken;
  const context = codeVerifierContext(portalId, hash(state));
  return { portalId, codeVerifier: deps.keyring.decrypt(taken.codeVerifier, context) };
}

/** Trades the code, stores the connection, and wakes what waited for it. Rejects with `account_mismatch` and others. */
export async function finishConnect(
  deps: ApiDeps,
  flow: { portalId: string; codeVerifier: string },
  code: string,
  requestId: string,
): Promise<DropboxAccount> {
  const { appKey, appSecret, redirectUri } = settings(deps);
  const { apiUrl, contentUrl } = deps.config.dropbox;
  const { portalId, codeVerifier } = flow;
  const own = deps.fetch === undefined ? {} : { fetch: deps.fetch };
  const tokens = await exchangeCode({
    tokenUrl: `${apiUrl}/oauth2/token`,
    appKey,
    appSecret,
    code,
    redirectUri,
    codeVerifier,
    ...own,
  });
  const accessToken = async () => tokens.accessToken;
  const dropbox = createDropboxClient({ apiUrl, contentUrl, accessToken, ...own });
  let account: DropboxAccount;
  try {
    account = await dropbox.account();
    await saveConnection(deps.store, portalId, {
      accountId: account.accountId,
      email: account.email,
      refreshToken: deps.keyring.encrypt(tokens.refreshToken, refreshTokenContext(portalId)),
      rootNamespaceId: account.rootNamespaceId,
      homeNamespaceId: account.homeNamespaceId,
      connectedAt: deps.now(),
    });
  } catch (error) {
    // Nobody will use what was just granted, so it is not left alive at Dropbox.
    await dropbox.revoke(AbortSignal.timeout(REVOKE_TIMEOUT_MS)).catch((cause: unknown) => {
      deps.logger.warn(
        { requestId, portalId, err: cause },
        'a grant that was not stored could not be revoked',
      );
    });
    throw error;
  }
  deps.remotes.forget(portalId);
  await wakeSyncs(deps, portalId, requestId);
  return account;
}

/** The rows say that a look is owed, so a hint that gets lost costs time only. */
async function wakeSyncs(deps: ApiDeps, portalId: string, requestId: string): Promise<void> {
  for (const syncId of await wantLooks(deps.store, portalId)) {
    try {
      await giveHint(deps.temporal, { portalId, syncId }, { kind: 'look', origin: 'operator' }, requestId);
    } catch (error) {
      deps.logger.warn(
        { requestId, portalId, syncId, err: error },
        'a sync waits for the next sweep after a reconnect',
      );
    }
  }
}
