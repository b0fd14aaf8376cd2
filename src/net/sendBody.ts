import type { ClientRequest } from 'node:http';
import { Readable } from 'node:stream';
import { RemoteError } from '../domain/remoteError';

export interface BodyToSend {
  readonly bytes: AsyncIterable<Uint8Array>;
  /** Exact number of bytes; what `Content-Length` says. */
  readonly size: number;
}

/** Small enough that a slow line drains one within the idle time. */
const SLICE = 256 * 1024;

const endsAt = (size: number, sent: number): RemoteError =>
  new RemoteError('assembly', 'truncated_body', `The source was to have ${size} bytes and ended at ${sent}.`);

const passes = (size: number): RemoteError =>
  new RemoteError('assembly', 'truncated_body', `The source was to have ${size} bytes and has more.`);

/**
 * Writes the body and ends the request. One slice is under way at a time: what the host doesn't take is not read from
 * the source either. Rejects with `truncated_body` when the source is shorter or longer than promised, and with the
 * source's own error unchanged; the request is then destroyed, so the host never sees a complete body.
 *
 * Returns as soon as `stop` settles, the source abandoned, whatever it is waiting for.
 */
export const sendBody = async (
  request: ClientRequest,
  body: BodyToSend,
  progress: () => void,
  stop: Promise<unknown>,
): Promise<'sent' | 'stopped'> => {
  const source = body.bytes[Symbol.asyncIterator]();
  const orStop = stoppable(stop);
  // The head goes out at once, so that a link which is refused costs no read of the source.
  request.flushHeaders();
  // One chunk is held back: the host must not have its last byte before the source is known to end there.
  let held: Uint8Array = new Uint8Array();
  let read = 0;
  let drained = false;
  try {
    while (true) {
      const next = await orStop(source.next());
      if (next === STOPPED) return 'stopped';
      progress();
      if (next.done === true) break;
      read += next.value.byteLength;
      if (read > body.size) throw passes(body.size);
      if ((await writeSlices(request, held, progress, orStop)) === STOPPED) return 'stopped';
      held = next.value;
    }
    drained = true;
    if (read < body.size) throw endsAt(body.size, read);
    if ((await writeSlices(request, held, progress, orStop)) === STOPPED) return 'stopped';
    request.end();
    return 'sent';
  } catch (error) {
    request.destroy();
    throw error;
  } finally {
    if (!drained) abandonSource(body.bytes, source);
  }
};

const STOPPED = Symbol('stopped');
type OrStop = <T>(promise: Promise<T>) => Promise<T | typeof STOPPED>;

/** Not `Promise.race`: on a promise that lives as long as the transfer it would keep every chunk in memory. */
const stoppable = (stop: Promise<unknown>): OrStop => {
  let stopped = false;
  let wake: (() => void) | undefined;
  const onStop = (): void => {
    stopped = true;
    wake?.();
  };
  stop.then(onStop, onStop);
  return (promise) =>
    new Promise((resolve, reject) => {
      wake = () => resolve(STOPPED);
      if (stopped) wake();
      promise.then(resolve, reject);
    });
};

const writeSlices = async (
  request: ClientRequest,
  chunk: Uint8Array,
  progress: () => void,
  orStop: OrStop,
): Promise<typeof STOPPED | undefined> => {
  for (let at = 0; at < chunk.byteLength; at += SLICE) {
    if (request.write(chunk.subarray(at, at + SLICE))) continue;
    if ((await orStop(drain(request))) === STOPPED) return STOPPED;
    progress();
  }
  return undefined;
};

const drain = (request: ClientRequest): Promise<void> =>
  new Promise((resolve) => {
    request.once('drain', () => resolve());
  });

/**
 * Gives up on a source that won't be read to its end, so that whatever feeds it is closed. A generator that waits
 * inside can't be returned from at once, so a stream is destroyed instead.
 */
export const abandonSource = (bytes: AsyncIterable<Uint8Array>, source?: AsyncIterator<Uint8Array>): void => {
  if (bytes instanceof Readable) bytes.destroy();
  else (source ?? bytes[Symbol.asyncIterator]()).return?.().catch(() => undefined);
};
