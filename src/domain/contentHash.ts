import { createHash } from 'node:crypto';

const BLOCK = 4 * 1024 * 1024;

export interface ContentHasher {
  update(chunk: Uint8Array): void;
  /** 64 lower-case hex digits. Ends the hasher: neither method may be called afterwards. */
  digest(): string;
}

/**
 * Dropbox's content hash: SHA-256 of each block of 4 MiB, the raw digests joined, SHA-256 of that.
 * (https://www.dropbox.com/developers/reference/content-hash)
 */
export const createContentHasher = (): ContentHasher => {
  const whole = createHash('sha256');
  let block = createHash('sha256');
  let filled = 0;
  const closeBlock = (): void => {
    whole.update(block.digest());
    block = createHash('sha256');
    filled = 0;
  };
  return {
    update(chunk) {
      for (let rest = chunk; rest.length > 0; ) {
        const part = rest.subarray(0, BLOCK - filled);
        block.update(part);
        filled += part.length;
        rest = rest.subarray(part.length);
        if (filled === BLOCK) closeBlock();
      }
    },
    digest() {
      if (filled > 0) closeBlock();
      return whole.digest('hex');
    },
  };
};

/** The content hash of a whole body, in constant memory. */
export const contentHash = async (body: AsyncIterable<Uint8Array>): Promise<string> => {
  const hasher = createContentHasher();
  for await (const chunk of body) hasher.update(chunk);
  return hasher.digest();
};

export interface HashingPassThrough {
  /** The source's bytes, unchanged. Can be read once. */
  readonly body: AsyncIterable<Uint8Array>;
  /** Whether all of it has passed. */
  ended(): boolean;
  /** Hash and length of what passed. Throws before the source's end: a part's hash says nothing. */
  result(): { hash: string; size: number };
}

/** Hashes a stream while somebody else reads it, so that bytes are read once and never held. */
export const hashingPassThrough = (source: AsyncIterable<Uint8Array>): HashingPassThrough => {
  let passed: { hash: string; size: number } | null = null;
  const pass = async function* (): AsyncGenerator<Uint8Array> {
    const hasher = createContentHasher();
    let size = 0;
    for await (const chunk of source) {
      hasher.update(chunk);
      size += chunk.length;
      yield chunk;
    }
    passed = { hash: hasher.digest(), size };
  };
  return {
    body: pass(),
    ended: () => passed !== null,
    result() {
      if (passed === null) throw new Error('The hash is asked for before the body was read to its end.');
      return passed;
    },
  };
};
