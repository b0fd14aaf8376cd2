import type { IncomingMessage } from 'node:http';
import { Readable } from 'node:stream';
import { RemoteError } from '../domain/remoteError';
import { createIdleTimer } from './idleTimer';
import { idleError, networkError } from './networkError';

/**
 * The body of an answer as a stream that ends only after exactly `size` bytes. It errors with `truncated_body` when
 * fewer arrive or the connection breaks, with `content_mismatch` when more do, with `timeout` when none arrive for
 * `idleMs` while the reader waits (a slow reader stops the clock), and with the reason of the abort.
 */
export const checkedBody = (
  response: IncomingMessage,
  size: number,
  options: { readonly idleMs: number; readonly signal?: AbortSignal },
): Readable => {
  const { idleMs, signal } = options;
  const idle = createIdleTimer(idleMs, () => stream.destroy(idleError(idleMs)));
  let received = 0;
  const truncated = (): RemoteError =>
    new RemoteError('assembly', 'truncated_body', `The download ended at ${received} of ${size} bytes.`);
  const onAbort = (): void => void stream.destroy(abortReason(signal));

  const stream = new Readable({
    read: () => {
      idle.feed();
      response.resume();
    },
    destroy: (error, done) => {
      idle.stop();
      signal?.removeEventListener('abort', onAbort);
      response.destroy();
      done(error);
    },
  });

  response.pause();
  response.on('data', (chunk: Buffer) => {
    received += chunk.byteLength;
    if (received > size) {
      stream.destroy(
        new RemoteError('assembly', 'content_mismatch', `The download is longer than ${size} bytes.`),
      );
      return;
    }
    idle.feed();
    if (stream.push(chunk)) return;
    response.pause();
    idle.stop();
  });
  response.on('end', () => {
    idle.stop();
    if (received === size) stream.push(null);
    else stream.destroy(truncated());
  });
  response.on('error', () => stream.destroy(truncated()));
  response.on('close', () => {
    if (!response.complete) stream.destroy(truncated());
  });
  response.pause();
  // A connection that breaks before the first reader is there must not end the process; that reader gets the error.
  stream.on('error', () => undefined);
  if (signal?.aborted === true) onAbort();
  else signal?.addEventListener('abort', onAbort, { once: true });
  return stream;
};

const abortReason = (signal: AbortSignal | undefined): Error => {
  const reason = networkError(undefined, signal);
  return reason instanceof Error ? reason : new Error('aborted', { cause: reason });
};
