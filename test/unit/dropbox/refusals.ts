import { readRefusal } from '../../../src/dropbox/refusal';

const NOW = new Date('2026-11-23T12:00:00Z');

export const refusal = (status: number, body: unknown, headers: Record<string, string> = {}) =>
  readRefusal({
    route: 'files/route',
    status,
    headers: new Headers(headers),
    body: typeof body === 'string' ? body : JSON.stringify(body),
    secrets: ['test-token'],
    now: NOW,
  });

/** `{"error_summary":"a/b/..","error":{".tag":"a","a":{".tag":"b"}}}`, as a union nests. */
export const union = (...tags: string[]) => ({
  error_summary: `${tags.join('/')}/..`,
  error: tags.reduceRight<Record<string, unknown> | undefined>(
    (inner, tag) => (inner ? { '.tag': tag, [tag]: inner } : { '.tag': tag }),
    undefined,
  ),
});

/** `files/upload` flattens the failure and nests the reason. */
export const struct = (...reason: string[]) => ({
  error_summary: `path/${reason.join('/')}/..`,
  error: { '.tag': 'path', reason: union(...reason).error, upload_session_id: 'AAAAAAAAMcP5N6HgV9t2ng' },
});

export const text = (said: string) => `Error in call to API function "files/route": ${said}`;
