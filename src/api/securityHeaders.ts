import type { RequestHandler } from 'express';

/** Assembly shows the page in a frame of its dashboard; customers may serve it under a domain of their own. */
const FRAME_ANCESTORS = "frame-ancestors 'self' https:";

/** Answers that are no pages load nothing and are framed nowhere. */
const API_POLICY = "default-src 'none'; frame-ancestors 'none'";

/** For a page whose one script and style carry `nonce`. */
export const pagePolicy = (nonce: string, framed: boolean): string =>
  [
    "default-src 'none'",
    `script-src 'nonce-${nonce}'`,
    `style-src 'nonce-${nonce}'`,
    "connect-src 'self'",
    "img-src 'self' data:",
    "base-uri 'none'",
    "form-action 'none'",
    framed ? FRAME_ANCESTORS : "frame-ancestors 'none'",
  ].join('; ');

/** For the page that Vite builds: everything it runs and shows comes from files of ours, nothing from inside it. */
export const APP_POLICY = [
  "default-src 'none'",
  "script-src 'self'",
  "style-src 'self'",
  "connect-src 'self'",
  "img-src 'self' data:",
  "base-uri 'none'",
  "form-action 'none'",
  FRAME_ANCESTORS,
].join('; ');

/**
 * Headers of every answer. No CORS header is ever sent: other origins have no business here. Nothing is cached, since
 * answers belong to one caller and addresses may carry a token; for the same reason no referrer leaves.
 */
export function securityHeaders(publicUrl: string | undefined): RequestHandler {
  const overTls = publicUrl?.startsWith('https:') ?? false;
  return (_req, res, next) => {
    res.setHeader('Content-Security-Policy', API_POLICY);
    res.setHeader('X-Content-Type-Options', 'nosniff');
    res.setHeader('Referrer-Policy', 'no-referrer');
    res.setHeader('Cache-Control', 'no-store');
    res.setHeader('Cross-Origin-Resource-Policy', 'same-origin');
    if (overTls) res.setHeader('Strict-Transport-Security', 'max-age=31536000');
    next();
  };
}
