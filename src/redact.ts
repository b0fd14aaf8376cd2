/** Field names whose value is never shown, compared without case, `-` and `_`. */
const SECRET_FIELDS = new Set(
  [
    'authorization',
    'proxyAuthorization',
    'cookie',
    'setCookie',
    'apiKey',
    'xApiKey',
    'xAssemblyToken',
    'xDropboxSignature',
    'xCopilotSignature',
    'token',
    'accessToken',
    'refreshToken',
    'idToken',
    'operatorToken',
    'appSecret',
    'clientSecret',
    'secret',
    'webhookSecrets',
    'tokenKeys',
    'password',
    'code',
    'codeVerifier',
    'databaseUrl',
    'uploadUrl',
    'downloadUrl',
  ].map(normal),
);

const REDACTED = '[redacted]';
const MAX_DEPTH = 8;
const MAX_ITEMS = 200;
const MAX_TEXT = 20_000;

/**
 * A copy of `value` fit for a log. Errors keep to their own serializer. Bounded: what is deeper than 8 levels, beyond 200
 * entries or 20,000 characters is left out.
 */
export function redacted(value: unknown, depth = 0): unknown {
  if (typeof value === 'string') return redactedText(value);
  if (typeof value === 'bigint') return value.toString();
  if (typeof value !== 'object' || value === null) return value;
  if (value instanceof Error || value instanceof Date || ArrayBuffer.isView(value)) {
    return ArrayBuffer.isView(value) ? `[${value.byteLength} bytes]` : value;
  }
  if (depth >= MAX_DEPTH) return '[deeper]';
  if (Array.isArray(value)) return value.slice(0, MAX_ITEMS).map((item) => redacted(item, depth + 1));
  return Object.fromEntries(
    Object.entries(value)
      .slice(0, MAX_ITEMS)
      .map(([name, field]) => [name, isSecret(name, field) ? REDACTED : redacted(field, depth + 1)]),
  );
}

/** `text` without URL queries, bearer tokens and passwords in URLs. */
export function redactedText(text: string): string {
  return text
    .slice(0, MAX_TEXT)
    .replace(/\b([a-z][a-z0-9+.-]*:\/\/)[^\s/?#@"'<>]*@/gi, `$1${REDACTED}@`)
    .replace(/((?:https?:\/\/|\/)[^\s?#"'<>]*)\?[^\s"'<>]+/gi, `$1?${REDACTED}`)
    .replace(/\b(Bearer|Basic)\s+[\w.~+/=-]{8,}/gi, `$1 ${REDACTED}`)
    .replace(/\bsl\.[\w.-]{16,}/g, REDACTED);
}

// `code` is also what errors are told apart by: those are short words, never an OAuth code.
function isSecret(name: string, value: unknown): boolean {
  if (value === undefined || value === null || !SECRET_FIELDS.has(normal(name))) return false;
  return (
    normal(name) !== 'code' || (typeof value === 'string' && !/^[A-Za-z]?[A-Z_a-z0-9]{1,31}$/.test(value))
  );
}

function normal(name: string): string {
  return name.toLowerCase().replace(/[-_]/g, '');
}
