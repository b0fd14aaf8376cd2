import { Readable } from 'node:stream';
import { RemoteError } from '../domain/remoteError';
import type { Deadline } from './deadline';
import { brokenError } from './refusal';

/**
 * The body of an answer as a stream that ends only after exactly `length` bytes. Destroying it, an abort and the idle
 * timer all close the socket. The timer runs only while bytes are waited for, not while the reader takes its time.
 */
export const bodyStream = (input: {
  response: Response;
  length: number;
  deadline: Deadline;
  route: string;
  counted: (bytesIn: number) => void;
}): Readable => {
  const { response, length, deadline, route } = input;
  const reader = response.body?.getReader();
  let received = 0;

  const pull = async (): Promise<Uint8Array | null> => {
    const step = await reader?.read().catch((error: unknown) => {
      throw brokenBody(error, route, deadline);
    });
    if (!step || step.done) {
      if (received < length) throw short(received, length);
      return null;
    }
    const chunk: Uint8Array = step.value;
    received += chunk.length;
    if (received > length) throw long(length);
    return chunk;
  };

  const stream = new Readable({
    read() {
      deadline.touch();
      pull().then(
        (chunk) => {
          deadline.hold();
          this.push(chunk);
        },
        (error) => this.destroy(error),
      );
    },
    destroy(error, callback) {
      deadline.signal.removeEventListener('abort', onAbort);
      if (error || received < length) deadline.fail(error ?? new Error('The reader went away.'));
      deadline.end();
      input.counted(received);
      callback(error);
    },
  });
  const onAbort = (): void => {
    stream.destroy(asError(deadline.signal.reason));
  };
  deadline.signal.addEventListener('abort', onAbort, { once: true });
  if (deadline.signal.aborted) onAbort();
  // An abort between the answer and its first reader must not end the process; that reader still gets the error.
  stream.on('error', () => {});
  deadline.hold();
  return stream;
};

const asError = (reason: unknown): Error =>
  reason instanceof Error ? reason : new Error('The download was aborted.', { cause: reason });

const short = (received: number, length: number): RemoteError =>
  new RemoteError('dropbox', 'truncated_body', `The download ended after ${received} of ${length} bytes.`);

const long = (length: number): RemoteError =>
  new RemoteError('dropbox', 'content_mismatch', `The download has more than the ${length} bytes announced.`);

/** A connection that breaks within the body has truncated it, whatever the socket's word for that is. */
const brokenBody = (error: unknown, route: string, deadline: Deadline): unknown => {
  const broken = brokenError(error, route, deadline.signal);
  if (!(broken instanceof RemoteError) || broken.code !== 'connection_failed') return broken;
  return new RemoteError('dropbox', 'truncated_body', broken.message, { detail: broken.options.detail });
};
