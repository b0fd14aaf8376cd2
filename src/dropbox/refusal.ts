import { CairnError, type ErrorCode } from '../domain/errors';
import { RemoteError } from '../domain/remoteError';
import { COMMON_ROWS, type ErrorRow, TOKEN_REFUSED_TEXT } from './errorTable';

/** A complete answer that isn't a success, taken apart. */
export interface Refusal {
  readonly route: string;
  readonly status: number;
  /** `['path', 'conflict', 'file']`; empty where the body isn't one of Dropbox's JSON errors. */
  readonly tags: readonly string[];
  /** The body where it isn't JSON. Secrets are already taken out. */
  readonly text: string;
  /** From an `incorrect_offset` error. */
  readonly correctOffset: number | null;
  readonly requiredScope: string | null;
  readonly retryAfterMs?: number;
  readonly requestId?: string;
}

const MAX_TAGS = 8;
const MAX_RETRY_AFTER_MS = 3_600_000;

type Json = Readonly<Record<string, unknown>>;
const isObject = (value: unknown): value is Json =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

/** By content, not by status or type alone: proxies answer HTML, and Dropbox answers text, under any status. */
const parseJson = (body: string): Json | null => {
  try {
    const value: unknown = JSON.parse(body);
    return isObject(value) ? value : null;
  } catch {
    return null;
  }
};

/**
 * Every object on the way down the tags. A union nests under its own tag; the struct of `files/upload` and the body
 * of a 429 nest under `reason`.
 */
const levels = (error: unknown): Json[] => {
  const found: Json[] = [];
  for (let at = error; isObject(at) && found.length < MAX_TAGS; ) {
    found.push(at);
    const tag = at['.tag'];
    const nested = typeof tag === 'string' ? at[tag] : undefined;
    at = isObject(nested) ? nested : at.reason;
  }
  return found;
};

const tagsOf = (body: Json, nested: readonly Json[]): string[] => {
  const tags = nested.map((level) => level['.tag']).filter((tag) => typeof tag === 'string');
  if (tags.length > 0 || typeof body.error_summary !== 'string') return tags;
  // The summary is the tag path and a slash with up to three dots after it.
  return body.error_summary
    .split('/')
    .filter((part) => !/^\.*$/.test(part))
    .slice(0, MAX_TAGS);
};

const numberAt = (nested: readonly Json[], key: string): number | null => {
  const found = nested.map((level) => level[key]).find((value) => typeof value === 'number');
  return typeof found === 'number' && Number.isFinite(found) ? found : null;
};

/** Whole seconds or an HTTP date, in milliseconds, bounded to one hour. */
const retryAfter = (header: string | null, seconds: number | null, now: Date): number | undefined => {
  const fromHeader = header === null ? Number.NaN : Number(header.trim() || Number.NaN) * 1000;
  const fromDate = header === null ? Number.NaN : Date.parse(header) - now.getTime();
  const ms = [fromHeader, fromDate, seconds === null ? Number.NaN : seconds * 1000].find(Number.isFinite);
  return ms === undefined ? undefined : Math.min(Math.max(ms, 0), MAX_RETRY_AFTER_MS);
};

/** Takes an answer apart. `secrets` are blotted out of whatever text is kept. */
export const readRefusal = (input: {
  route: string;
  status: number;
  headers: Headers;
  body: string;
  secrets?: readonly string[];
  now?: Date;
}): Refusal => {
  const json = parseJson(input.body);
  const nested = json ? levels(json.error) : [];
  const clean = (input.secrets ?? []).reduce(
    (text, secret) => (secret === '' ? text : text.replaceAll(secret, '[secret]')),
    input.body,
  );
  const scope = nested.map((level) => level.required_scope).find((value) => typeof value === 'string');
  const now = input.now ?? new Date();
  return {
    route: input.route,
    status: input.status,
    tags: json ? tagsOf(json, nested) : [],
    text: json
      ? ''
      : clean
          .replace(/[\p{Cc}\s]+/gu, ' ')
          .trim()
          .slice(0, 300),
    correctOffset: numberAt(nested, 'correct_offset'),
    requiredScope: scope && /^[\w.]{1,80}$/.test(scope) ? scope : null,
    retryAfterMs: retryAfter(
      input.headers.get('retry-after'),
      json && isObject(json.error) ? numberAt([json.error], 'retry_after') : null,
      now,
    ),
    requestId: input.headers.get('x-dropbox-request-id') ?? undefined,
  };
};

/** Whether a fresh access token may help. A missing scope or a suspended account is no matter of the token. */
export const isStaleToken = ({ status, tags, text }: Refusal): boolean =>
  (status === 401 && /^$|^(expired|invalid)_access_token$/.test(tags[0] ?? '')) ||
  (status === 400 && TOKEN_REFUSED_TEXT.test(text));

/** Refused for its age alone: the grant behind it may be as good as ever. */
export const hasExpired = ({ status, tags }: Refusal): boolean =>
  status === 401 && tags[0] === 'expired_access_token';

const fits = (row: ErrorRow, refusal: Refusal): boolean => {
  const [first, last] = typeof row.status === 'number' ? [row.status, row.status] : row.status;
  if (refusal.status < first || refusal.status > last) return false;
  if (row.tags && !row.tags.test(refusal.tags.join('/'))) return false;
  return row.text === undefined || row.text.test(refusal.text);
};

/** The catalogue code of a refusal: `rejected` where no row of the call or of the common table fits. */
export const codeOf = (refusal: Refusal, rows: readonly ErrorRow[] = []): ErrorCode =>
  [...rows, ...COMMON_ROWS].find((row) => fits(row, refusal))?.code ?? 'rejected';

export const refusedError = (refusal: Refusal, rows: readonly ErrorRow[] = []): RemoteError => {
  const said = refusal.tags.join('/') || (isPage(refusal.text) ? '' : refusal.text);
  const scope = refusal.requiredScope ? ` (needs ${refusal.requiredScope})` : '';
  const message = `Dropbox answered ${refusal.route} with ${refusal.status}${said ? `: ${said}` : ''}${scope}`;
  return new RemoteError('dropbox', codeOf(refusal, rows), message, {
    retryAfterMs: refusal.retryAfterMs,
    requestId: refusal.requestId,
    detail: refusal.tags.at(-1) ?? String(refusal.status),
  });
};

/** An HTML page of a proxy tells a person nothing. */
const isPage = (text: string): boolean => text.startsWith('<');

const TIMEOUTS = new Set([
  'UND_ERR_HEADERS_TIMEOUT',
  'UND_ERR_BODY_TIMEOUT',
  'UND_ERR_CONNECT_TIMEOUT',
  'ETIMEDOUT',
]);

const codeIn = (error: unknown): string | null => {
  for (let at = error, depth = 0; isObject(at) && depth < 4; at = at.cause, depth += 1) {
    if (typeof at.code === 'string') return at.code;
  }
  return null;
};

/** `fetch` tells a redirect that it may not follow by these words alone. */
const isRedirect = (error: unknown): boolean =>
  isObject(error) && isObject(error.cause) && error.cause.message === 'unexpected redirect';

/**
 * What a call rejects with when there was no complete answer. The original error is not kept as the cause: the text
 * of a refused header would carry the token.
 */
export const brokenError = (error: unknown, route: string, aborted?: AbortSignal): unknown => {
  if (aborted?.aborted) return aborted.reason;
  if (error instanceof RemoteError || error instanceof CairnError) return error;
  if (isRedirect(error)) {
    return new RemoteError('dropbox', 'bad_answer', `Dropbox answered ${route} with a redirect`);
  }
  const code = codeIn(error);
  const timedOut = code !== null && TIMEOUTS.has(code);
  return new RemoteError(
    'dropbox',
    timedOut ? 'timeout' : 'connection_failed',
    `The connection to Dropbox ${timedOut ? 'timed out' : 'broke'} during ${route}${code ? ` (${code})` : ''}`,
    code ? { detail: code } : {},
  );
};
