import { exitCodeOf, UsageError } from '../../../src/cli/exitCodes';
import { CairnError, type ErrorCode } from '../../../src/domain/errors';
import { RemoteError } from '../../../src/domain/remoteError';

test.each<[ErrorCode, number]>([
  ['not_found', 3],
  ['invalid_request', 2],
  ['unauthorized', 4],
  ['access_denied', 4],
  ['auth_misconfigured', 4],
  ['unavailable', 5],
  ['throttled', 5],
  ['resync_running', 5],
  ['mass_delete', 7],
  ['root_missing', 7],
  ['not_connected', 7],
  ['auth_revoked', 7],
  ['not_active', 1],
])('%s exits %i', (code, exit) => {
  expect(exitCodeOf(new CairnError(code))).toBe(exit);
  expect(exitCodeOf(new RemoteError('dropbox', code, 'words'))).toBe(exit);
});

test('a wrong call is 2, anything unforeseen 1', () => {
  expect([exitCodeOf(new UsageError('x')), exitCodeOf(new Error('x')), exitCodeOf('x')]).toEqual([2, 1, 1]);
});
