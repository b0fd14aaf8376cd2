import { RemoteError } from '../domain/remoteError';

/** A stream of known length, taken in parts, with no more than one chunk held. */
export interface ByteSource {
  /** Bytes given out so far. */
  readonly taken: number;
  readonly closed: boolean;
  /**
   * Exactly the next `count` bytes. The chunk that completes the whole length is given out only after the source
   * has ended: a request that got all its bytes would be committed, whatever came after them.
   */
  take(count: number): AsyncGenerator<Uint8Array>;
  /** Rejects with `truncated_body` unless the source has nothing more. */
  expectEnd(): Promise<void>;
  /** Lets the source go, wherever it is. Never rejects and does not wait for a source that hangs. */
  close(): void;
}

const wrongLength = (length: number, word: 'fewer' | 'more'): RemoteError =>
  new RemoteError(
    'dropbox',
    'truncated_body',
    `The file was announced with ${length} bytes and has ${word}; nothing was stored.`,
  );

/** `length` is what the source must yield, to the byte. */
export const createByteSource = (source: AsyncIterable<Uint8Array>, length: number): ByteSource => {
  const iterator = source[Symbol.asyncIterator]();
  let leftover: Uint8Array | null = null;
  let taken = 0;
  let closed = false;

  const next = async (): Promise<Uint8Array | null> => {
    if (leftover) {
      const chunk = leftover;
      leftover = null;
      return chunk;
    }
    for (;;) {
      const step = await iterator.next();
      if (step.done) return null;
      if (step.value.length > 0) return step.value;
    }
  };

  const expectEnd = async (): Promise<void> => {
    if ((await next()) !== null) throw wrongLength(length, 'more');
  };

  return {
    get taken() {
      return taken;
    },
    get closed() {
      return closed;
    },
    expectEnd,
    async *take(count) {
      for (let missing = count; missing > 0; ) {
        const chunk = await next();
        if (chunk === null) throw wrongLength(length, 'fewer');
        const part = chunk.subarray(0, missing);
        leftover = chunk.length > part.length ? chunk.subarray(part.length) : null;
        missing -= part.length;
        taken += part.length;
        if (taken === length) await expectEnd();
        yield part;
      }
    },
    close() {
      closed = true;
      // An iterator that is being read settles its `return` only after the read; nobody waits for that.
      Promise.resolve(iterator.return?.()).catch(() => {});
    },
  };
};
