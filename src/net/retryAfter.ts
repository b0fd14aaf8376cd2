/** A pause beyond this is not believed: the call is tried again within the hour. */
const LONGEST_MS = 3_600_000;

/**
 * Reads a `Retry-After` header: seconds or an HTTP date. Milliseconds to wait, at most an hour; `null` where the header
 * is absent or makes no sense.
 */
export const parseRetryAfter = (value: string | null | undefined, nowMs: number): number | null => {
  const text = value?.trim() ?? '';
  if (text === '') return null;
  const ms = /^\d+(?:\.\d+)?$/.test(text) ? Number(text) * 1000 : Date.parse(text) - nowMs;
  return Number.isNaN(ms) ? null : Math.min(Math.max(0, Math.ceil(ms)), LONGEST_MS);
};
