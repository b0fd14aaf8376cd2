import { createRateLimiter } from '../../../src/api/rateLimit';

test('a source may burst, then keeps the pace; another is not held up', () => {
  let now = 0;
  const allowed = createRateLimiter({ perSecond: 2, burst: 3, maxSources: 10 }, () => now);
  expect([1, 2, 3, 4].map(() => allowed('a'))).toEqual([true, true, true, false]);
  expect(allowed('b')).toBe(true);
  now = 500;
  expect([allowed('a'), allowed('a')]).toEqual([true, false]);
  now = 60_000;
  expect([1, 2, 3, 4].map(() => allowed('a'))).toEqual([true, true, true, false]);
});

test('the source that was silent longest is forgotten first', () => {
  const allowed = createRateLimiter({ perSecond: 1, burst: 1, maxSources: 2 }, () => 0);
  allowed('a');
  allowed('b');
  expect(allowed('a')).toBe(false);
  allowed('c');
  expect([allowed('a'), allowed('b')]).toEqual([false, true]);
});

test('a clock that goes back gives nothing away and takes nothing', () => {
  let now = 10_000;
  const allowed = createRateLimiter({ perSecond: 1, burst: 1, maxSources: 2 }, () => now);
  expect(allowed('a')).toBe(true);
  now = 0;
  expect(allowed('a')).toBe(false);
});
