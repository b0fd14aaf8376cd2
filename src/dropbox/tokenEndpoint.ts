import type { z } from 'zod';
import type { ErrorCode } from '../domain/errors';
import { RemoteError } from '../domain/remoteError';
import { boundedText } from './boundedText';
import { createDeadline } from './deadline';
import { brokenError, codeOf, readRefusal } from './refusal';
import { parseJsonAnswer } from './schemas';

/** The app's side of a call to `/oauth2/token`. */
export interface TokenEndpoint {
  /** `${apiUrl}/oauth2/token` */
  tokenUrl: string;
  appKey: string;
  appSecret: string;
  fetch?: typeof fetch;
  /** For one call; 30 s. */
  timeoutMs?: number;
}

const ROUTE = 'oauth2/token';
const MAX_ANSWER_BYTES = 64 * 1024;

/**
 * Posts a form to the token endpoint. Secrets travel in the body alone. Only `invalid_grant` says that the person
 * has to connect again; every other refusal of the form is the app's settings, and the rest passes by itself.
 */
export const postToken = async <T>(
  endpoint: TokenEndpoint,
  form: Readonly<Record<string, string>>,
  schema: z.ZodType<T>,
  signal?: AbortSignal,
): Promise<T> => {
  const deadline = createDeadline({ ms: endpoint.timeoutMs ?? 30_000, route: ROUTE, signal });
  try {
    const response = await (endpoint.fetch ?? fetch)(endpoint.tokenUrl, {
      method: 'POST',
      headers: { 'Content-Type': 'application/x-www-form-urlencoded' },
      body: new URLSearchParams({
        ...form,
        client_id: endpoint.appKey,
        client_secret: endpoint.appSecret,
      }).toString(),
      redirect: 'manual',
      signal: deadline.signal,
    });
    const { text } = await boundedText(response, MAX_ANSWER_BYTES, ROUTE);
    if (!response.ok) throw refused(response, text);
    return parseJsonAnswer(schema, text, ROUTE);
  } catch (error) {
    throw brokenError(error, ROUTE, deadline.signal);
  } finally {
    deadline.end();
  }
};

const oauthErrorIn = (text: string): string | null => {
  const found = /"error"\s*:\s*"([a-z_]{1,60})"/.exec(text);
  return found?.[1] ?? null;
};

/** The description is left out: it is free text about a request that held secrets. */
const refused = (response: Response, text: string): RemoteError => {
  const { status, headers } = response;
  const refusal = readRefusal({ route: ROUTE, status, headers, body: '' });
  const error = oauthErrorIn(text);
  return new RemoteError(
    'dropbox',
    tokenCode(status, error, codeOf(refusal)),
    `Dropbox answered ${ROUTE} with ${status}${error ? `: ${error}` : ''}`,
    {
      retryAfterMs: refusal.retryAfterMs,
      requestId: refusal.requestId,
      detail: error ?? String(status),
    },
  );
};

const tokenCode = (status: number, error: string | null, otherwise: ErrorCode): ErrorCode => {
  if (status !== 400 && status !== 401) return otherwise;
  if (error === 'invalid_grant') return 'auth_revoked';
  // Without an OAuth error it isn't Dropbox's token endpoint that speaks.
  return error === null ? 'bad_answer' : 'auth_misconfigured';
};
