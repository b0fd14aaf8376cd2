import { CairnError, type ErrorCode, errorEntry } from '../domain/errors';
import { RemoteError } from '../domain/remoteError';

/** What a script learns from the exit status. */
export const EXIT = {
  done: 0,
  differs: 1,
  usage: 2,
  notFound: 3,
  notAllowed: 4,
  tryLater: 5,
  personNeeded: 7,
} as const;
export type ExitCode = (typeof EXIT)[keyof typeof EXIT];

/** A mistake in how a verb was called, with what to do instead. */
export class UsageError extends Error {
  override readonly name = 'UsageError';
}

const BY_CODE: Partial<Record<ErrorCode, ExitCode>> = {
  not_found: EXIT.notFound,
  invalid_request: EXIT.usage,
  unauthorized: EXIT.notAllowed,
  resync_running: EXIT.tryLater,
  call_budget_spent: EXIT.tryLater,
  not_connected: EXIT.personNeeded,
  halt_changed: EXIT.personNeeded,
  auth_revoked: EXIT.personNeeded,
  account_mismatch: EXIT.personNeeded,
  quota_exceeded: EXIT.personNeeded,
};

export function exitCodeOf(error: unknown): ExitCode {
  if (error instanceof UsageError) return EXIT.usage;
  if (error instanceof Error && error.name === 'ConfigError') return EXIT.usage;
  if (!(error instanceof CairnError) && !(error instanceof RemoteError)) return EXIT.differs;
  const named = BY_CODE[error.code];
  if (named !== undefined) return named;
  const { scope, status, retryable } = errorEntry(error.code);
  if (scope === 'halt') return EXIT.personNeeded;
  if (status === 401 || status === 403) return EXIT.notAllowed;
  return retryable ? EXIT.tryLater : EXIT.differs;
}
