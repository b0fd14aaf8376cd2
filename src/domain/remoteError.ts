import type { ErrorCode } from './errors';
import type { Side } from './types';

/**
 * What a remote side refused, or how a call to it failed. `code` decides everything that follows (retry, breaker,
 * unsyncable); `message` is for a person and never holds a token, a URL or a path of another portal.
 */
export class RemoteError extends Error {
  override readonly name = 'RemoteError';
  constructor(
    readonly side: Side,
    readonly code: ErrorCode,
    message: string,
    readonly options: {
      /** The remote's own Retry-After, in milliseconds. */
      readonly retryAfterMs?: number;
      /** The remote's request id, for its support. */
      readonly requestId?: string;
      /** A tag or status of the remote that the code does not carry, such as `file_ancestor` or `502`. */
      readonly detail?: string;
      readonly cause?: unknown;
    } = {},
  ) {
    super(message, options.cause === undefined ? undefined : { cause: options.cause });
  }
}
