import { RemoteError } from '../domain/remoteError';

/**
 * What a broken connection to a storage host becomes. The original is not kept as a cause: Node's errors can carry the
 * address or the request line. A `RemoteError` and the reason of an abort pass unchanged.
 */
export const networkError = (error: unknown, signal: AbortSignal | undefined): unknown => {
  if (error instanceof RemoteError) return error;
  if (signal?.aborted === true) return signal.reason;
  return new RemoteError('assembly', 'connection_failed', 'The connection to the storage host broke.', {
    detail: codeOf(error),
  });
};

const codeOf = (error: unknown): string | undefined =>
  error instanceof Error && 'code' in error && typeof error.code === 'string' ? error.code : undefined;

/** Nothing moved on a transfer for `ms`. */
export const idleError = (ms: number): RemoteError =>
  new RemoteError('assembly', 'timeout', `The transfer stood still for ${Math.round(ms / 1000)} s.`);
