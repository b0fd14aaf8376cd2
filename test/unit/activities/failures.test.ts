import { failureFrom } from '../../../src/activities/temporal';
import {
  CairnError,
  closesSide,
  ERRORS,
  type ErrorCode,
  errorEntry,
  looksDown,
} from '../../../src/domain/errors';
import { RemoteError } from '../../../src/domain/remoteError';
import { Prisma } from '../../../src/generated/prisma/client';
import { isUnreachable } from '../../../src/store/client';

/**
 * What becomes of a remote call that failed, by its code:
 * - `repeat`: inside the activity, with the remote's own pause
 * - `repeat, side if not alone`: the same, and the side is closed off where others fail as well
 * - `side`: the side is closed off at once, and no attempt is spent
 * - `end`: at once, with the code and what a person can do, on the item
 */
const DISPOSITIONS: Partial<Record<ErrorCode, 'repeat' | 'repeat, side if not alone' | 'side' | 'end'>> = {
  timeout: 'repeat, side if not alone',
  connection_failed: 'repeat, side if not alone',
  remote_unavailable: 'repeat, side if not alone',
  throttled: 'repeat, side if not alone',
  write_contention: 'repeat',
  truncated_body: 'repeat',
  content_mismatch: 'repeat',
  url_expired: 'repeat',
  bad_answer: 'repeat',
  store_unavailable: 'repeat',
  retries_exhausted: 'repeat',
  internal: 'repeat',
  auth_revoked: 'side',
  auth_misconfigured: 'side',
  access_denied: 'side',
  scope_missing: 'side',
  account_suspended: 'side',
  quota_exceeded: 'side',
  call_budget_spent: 'side',
  root_changed: 'side',
  not_connected: 'side',
  version_conflict: 'end',
  path_conflict: 'end',
  source_missing: 'end',
  source_changed: 'end',
  parent_missing: 'end',
  folder_not_empty: 'end',
  cursor_reset: 'end',
  session_lost: 'end',
  name_not_allowed: 'end',
  name_too_long: 'end',
  name_collision: 'end',
  file_too_large: 'end',
  not_downloadable: 'end',
  restricted_content: 'end',
  type_not_allowed: 'end',
  write_denied: 'end',
  locked: 'end',
  rejected: 'end',
};

const codes = Object.keys(ERRORS) as ErrorCode[];
const ofRemotes = codes.filter((code) => !['request', 'halt'].includes(errorEntry(code).scope));

test('every code that a remote call can end with has its place in the table', () => {
  expect(ofRemotes.filter((code) => DISPOSITIONS[code] === undefined)).toEqual([]);
});

test.each(Object.entries(DISPOSITIONS))('%s: %s', (name, wanted) => {
  const code = name as ErrorCode;
  const error = new RemoteError('assembly', code, 'words', { retryAfterMs: 7_000 });
  const failure = failureFrom(error, false);
  const found = closesSide(code)
    ? 'side'
    : failure.nonRetryable
      ? 'end'
      : looksDown(code)
        ? 'repeat, side if not alone'
        : 'repeat';
  expect(found).toBe(wanted);
  expect(failure).toMatchObject({
    type: code,
    nonRetryable: !wanted.startsWith('repeat'),
    nextRetryDelay: 7_000,
    details: [{ side: 'assembly', retryAfterMs: 7_000 }],
  });
  // When the time is up nothing is repeated, but for Postgres: without it nothing can be written down.
  expect(failureFrom(error, true).nonRetryable).toBe(code !== 'store_unavailable');
  expect(errorEntry(code).help).toMatch(/^[A-Z].+\.$/);
});

test('a pause longer than a quarter of an hour is not waited for in full', () => {
  const error = new RemoteError('dropbox', 'throttled', 'words', { retryAfterMs: 3_600_000 });
  expect(failureFrom(error, false).nextRetryDelay).toBe(900_000);
});

test('a portal without a connection is a matter of Dropbox, whichever side was to be written', () => {
  expect(failureFrom(new CairnError('not_connected'), false)).toMatchObject({
    type: 'not_connected',
    nonRetryable: true,
    details: [{ side: 'dropbox' }],
  });
});

const known = (code: string) => new Prisma.PrismaClientKnownRequestError('no', { code, clientVersion: '7' });
const unknown = (words: string) => new Prisma.PrismaClientUnknownRequestError(words, { clientVersion: '7' });
test.each([
  ['a server that is away', known('P1001'), true],
  ['a pool without a free connection', known('P2024'), true],
  ['a transaction that was cut off', known('P2028'), true],
  [
    'a server that can not be reached',
    unknown("Raw query failed: Can't reach database server at db:5432"),
    true,
  ],
  ['a connection that broke', unknown('Connection terminated unexpectedly'), true],
  ['a server that shuts down', unknown('terminating connection due to administrator command'), true],
  ['a server that starts', unknown('the database system is starting up'), true],
  ['a rule of the table', known('P2002'), false],
  ['a conflict of transactions', known('P2034'), false],
  ['a mistake of ours', new TypeError('x is not a function'), false],
  ['a statement that is wrong', unknown('syntax error at or near "FORM"'), false],
])('%s: Postgres is away: %#', (_words, error, away) => {
  expect(isUnreachable(error)).toBe(away);
  expect(failureFrom(error, true).type).toBe(away ? 'store_unavailable' : 'internal');
});
