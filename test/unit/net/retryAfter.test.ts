import { parseRetryAfter } from '../../../src/net/retryAfter';

const now = Date.parse('2026-11-23T10:00:00Z');

test.each([
  ['7', 7000],
  ['0.5', 500],
  [' 2 ', 2000],
  ['0', 0],
  ['Mon, 23 Nov 2026 10:00:30 GMT', 30_000],
  ['Mon, 23 Nov 2026 09:00:00 GMT', 0],
  ['999999', 3_600_000],
  ['soon', null],
  ['', null],
  [null, null],
  [undefined, null],
])('%j is a pause of %j ms', (header, expected) => expect(parseRetryAfter(header, now)).toBe(expected));
