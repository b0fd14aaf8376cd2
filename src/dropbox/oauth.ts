import { exchangeSchema } from './schemas';
import { postToken, type TokenEndpoint } from './tokenEndpoint';

/** What Cairn needs, and no more. (https://www.dropbox.com/developers/documentation/http/documentation) */
export const DROPBOX_SCOPES = [
  'account_info.read',
  'files.metadata.read',
  'files.content.read',
  'files.content.write',
] as const;

/**
 * Where a person is sent to connect Dropbox. `offline` is what makes Dropbox give a refresh token.
 * (https://developers.dropbox.com/oauth-guide)
 */
export const authorizeUrl = (input: {
  /** `https://www.dropbox.com` */
  webUrl: string;
  appKey: string;
  redirectUri: string;
  state: string;
  /** S256: base64url of the verifier's SHA-256. */
  codeChallenge: string;
}): string => {
  const query = new URLSearchParams({
    client_id: input.appKey,
    response_type: 'code',
    redirect_uri: input.redirectUri,
    state: input.state,
    token_access_type: 'offline',
    scope: DROPBOX_SCOPES.join(' '),
    code_challenge: input.codeChallenge,
    code_challenge_method: 'S256',
  });
  return `${input.webUrl}/oauth2/authorize?${query}`;
};

export interface ExchangedCode {
  readonly refreshToken: string;
  /** What a connection is bound to; an e-mail address can change hands. */
  readonly accountId: string;
  readonly accessToken: string;
  /** Seconds. */
  readonly expiresIn: number;
  /** The scopes that were granted. */
  readonly scope: readonly string[];
}

/** Trades the code of the redirect for tokens. A used, old or foreign code rejects with `auth_revoked`. */
export const exchangeCode = async (
  input: TokenEndpoint & { code: string; redirectUri: string; codeVerifier: string; signal?: AbortSignal },
): Promise<ExchangedCode> => {
  const form = {
    grant_type: 'authorization_code',
    code: input.code,
    redirect_uri: input.redirectUri,
    code_verifier: input.codeVerifier,
  };
  const answer = await postToken(input, form, exchangeSchema, input.signal);
  return {
    refreshToken: answer.refresh_token,
    accountId: answer.account_id,
    accessToken: answer.access_token,
    expiresIn: answer.expires_in,
    scope: (answer.scope ?? '').split(' ').filter((scope) => scope !== ''),
  };
};
