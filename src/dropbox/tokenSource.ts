import { abortable } from './deadline';
import { tokenSchema } from './schemas';
import { postToken, type TokenEndpoint } from './tokenEndpoint';

export interface TokenSourceDeps extends TokenEndpoint {
  refreshToken: string;
  now?: () => Date;
  /** Told of each new access token's end of life; never of the token. */
  onRefresh?: (token: { expiresAt: Date }) => void;
}

export type TokenSource = (options?: { refresh?: boolean; signal?: AbortSignal }) => Promise<string>;

/** A transfer must not outlive its token, and clocks differ. */
const SPARE_MS = 300_000;

/**
 * Access tokens of one connection. Any number of callers share one refresh; a caller's signal ends its own wait and
 * not the refresh. Rejects with `auth_revoked` (connect again), `auth_misconfigured` or a transient code, and
 * remembers no failure.
 */
export const createTokenSource = (deps: TokenSourceDeps): TokenSource => {
  const now = deps.now ?? (() => new Date());
  let current: { token: string; expiresAt: Date } | null = null;
  let refreshing: Promise<string> | null = null;

  const refresh = async (): Promise<string> => {
    const form = { grant_type: 'refresh_token', refresh_token: deps.refreshToken };
    // The life of a token counts from before it was asked for.
    const asked = now().getTime();
    const answer = await postToken(deps, form, tokenSchema);
    const expiresAt = new Date(asked + answer.expires_in * 1000);
    current = { token: answer.access_token, expiresAt };
    deps.onRefresh?.({ expiresAt });
    return answer.access_token;
  };

  const shared = (): Promise<string> => {
    refreshing ??= refresh().finally(() => {
      refreshing = null;
    });
    return refreshing;
  };

  return async (options = {}) => {
    const fresh = current !== null && current.expiresAt.getTime() - now().getTime() > SPARE_MS;
    if (current && fresh && !options.refresh && !refreshing) return current.token;
    return abortable(shared(), options.signal);
  };
};
