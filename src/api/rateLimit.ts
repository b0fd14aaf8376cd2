import type { RequestHandler } from 'express';
import { CairnError } from '../domain/errors';
import { sourceOf } from './callerSource';

export interface RateLimit {
  /** Requests a second that a source may keep up. */
  readonly perSecond: number;
  /** Requests that it may send at once. */
  readonly burst: number;
  /** Sources remembered; the one that was silent longest is forgotten first. */
  readonly maxSources: number;
}

/** Far above what either remote sends; a flood from one address must not take the process down. */
export const WEBHOOK_LIMIT: RateLimit = { perSecond: 300, burst: 1_200, maxSources: 10_000 };

/** A token bucket per source. Returns whether a request of the source may go on. */
export function createRateLimiter(limit: RateLimit, now: () => number): (source: string) => boolean {
  const buckets = new Map<string, { tokens: number; at: number }>();
  return (source) => {
    const at = now();
    const known = buckets.get(source);
    const elapsed = known === undefined ? 0 : Math.max(0, at - known.at) / 1_000;
    const tokens = Math.min(limit.burst, (known?.tokens ?? limit.burst) + elapsed * limit.perSecond);
    const allowed = tokens >= 1;
    // Put at the end again: a Map keeps the order of insertion, so the first key is the one silent longest.
    buckets.delete(source);
    buckets.set(source, { tokens: allowed ? tokens - 1 : tokens, at });
    if (buckets.size > limit.maxSources) {
      const [oldest] = buckets.keys();
      if (oldest !== undefined) buckets.delete(oldest);
    }
    return allowed;
  };
}

/** Refuses with 429 what a source sends beyond the limit. The source is where the caller is, behind known proxies. */
export function rateLimited(limit: RateLimit, now: () => Date): RequestHandler {
  const allowed = createRateLimiter(limit, () => now().getTime());
  return (req, res, next) => {
    if (allowed(sourceOf(req.ip ?? 'unknown'))) return next();
    res.setHeader('Retry-After', '1');
    next(new CairnError('rate_limited'));
  };
}
