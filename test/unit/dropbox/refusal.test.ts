import { isStaleToken, refusedError } from '../../../src/dropbox/refusal';
import { refusal, text, union } from './refusals';

describe('429 and Retry-After', () => {
  const rate = {
    error_summary: 'too_many_requests/..',
    error: { reason: { '.tag': 'too_many_requests' }, retry_after: 300 },
  };
  const lock = {
    error_summary: 'too_many_write_operations/..',
    error: { reason: { '.tag': 'too_many_write_operations' }, retry_after: 1 },
  };
  test.each([
    ['JSON: the header goes first', rate, { 'retry-after': '15' }, 'throttled', 15_000],
    ['JSON: else what the body says', rate, {}, 'throttled', 300_000],
    ['JSON of the write lock', lock, {}, 'write_contention', 1_000],
    [
      'JSON without retry_after',
      { error: { reason: { '.tag': 'too_many_requests' } } },
      {},
      'throttled',
      undefined,
    ],
    ['text', 'too_many_requests', { 'retry-after': '1' }, 'throttled', 1_000],
    ['text of the write lock', 'too_many_write_operations', {}, 'write_contention', undefined],
    ['nothing at all', '', {}, 'throttled', undefined],
    ['a date', '', { 'retry-after': 'Mon, 23 Nov 2026 12:00:30 GMT' }, 'throttled', 30_000],
    ['a date that is past', '', { 'retry-after': 'Mon, 23 Nov 2026 11:00:00 GMT' }, 'throttled', 0],
    ['nonsense', '', { 'retry-after': 'soon' }, 'throttled', undefined],
    ['a wait without end is bounded', '', { 'retry-after': '999999999' }, 'throttled', 3_600_000],
  ] as const)('%s', (_name, body, headers, code, retryAfterMs) => {
    const error = refusedError(refusal(429, body, headers));
    expect([error.code, error.options.retryAfterMs]).toEqual([code, retryAfterMs]);
  });

  test('a server error keeps its Retry-After and the request id', () => {
    const error = refusedError(refusal(503, '', { 'retry-after': '7', 'x-dropbox-request-id': 'abc' }));
    expect(error.options).toMatchObject({ retryAfterMs: 7_000, requestId: 'abc', detail: '503' });
  });
});

describe('refusals', () => {
  test('are read from the summary where the error itself says nothing', () => {
    expect(refusal(409, { error_summary: 'path/not_found/...' }).tags).toEqual(['path', 'not_found']);
  });

  test('carry the offset that Dropbox names', () => {
    const append = { error: { '.tag': 'incorrect_offset', correct_offset: 4_194_304 } };
    const finish = { error: { '.tag': 'lookup_failed', lookup_failed: append.error } };
    expect(refusal(409, append).correctOffset).toBe(4_194_304);
    expect(refusal(409, finish).correctOffset).toBe(4_194_304);
  });

  test('name the missing scope to the person', () => {
    const body = { error: { '.tag': 'missing_scope', required_scope: 'files.content.write' } };
    expect(refusedError(refusal(401, body)).message).toContain('files.content.write');
  });

  test('never repeat a token, a page of a proxy or control characters', () => {
    expect(refusedError(refusal(400, 'bad header "Bearer test-token"\u0000')).message).not.toMatch(
      /test-token|\0/,
    );
    expect(refusedError(refusal(502, '<html>proxy</html>')).message).not.toContain('proxy');
    expect(refusedError(refusal(400, 'x'.repeat(5_000))).message.length).toBeLessThan(400);
  });

  test.each([
    [401, union('expired_access_token'), true],
    [401, union('invalid_access_token'), true],
    [401, 'Unauthorized', true],
    [400, text('Invalid authorization value in HTTP header/URL parameter'), true],
    [401, union('missing_scope'), false],
    [401, union('user_suspended'), false],
    [403, union('no_permission'), false],
    [400, text('could not decode'), false],
  ])('%i %j asks for a fresh token: %s', (status, body, stale) => {
    expect(isStaleToken(refusal(status, body))).toBe(stale);
  });

  test('survive a body that nests without end', () => {
    let error: Record<string, unknown> = { '.tag': 'a' };
    for (let depth = 0; depth < 500; depth += 1) error = { '.tag': 'a', a: error };
    expect(refusal(409, { error }).tags).toHaveLength(8);
  });
});
