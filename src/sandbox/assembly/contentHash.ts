import { createHash } from 'node:crypto';

const BLOCK_BYTES = 4 * 1024 * 1024;

export interface ContentHasher {
  update(chunk: Buffer): void;
  /** Lower-case hex; ends the hasher. */
  digest(): string;
}

/**
 * Dropbox's content hash, fed piece by piece: SHA-256 over the SHA-256 digests of the 4 MiB blocks. The simulator
 * has its own, because it is what tests compare the product's with.
 */
export const createContentHasher = (): ContentHasher => {
  const outer = createHash('sha256');
  let inner = createHash('sha256');
  let filled = 0;

  const closeBlock = (): void => {
    outer.update(inner.digest());
    inner = createHash('sha256');
    filled = 0;
  };

  return {
    update: (chunk) => {
      for (let at = 0; at < chunk.length; ) {
        const taken = Math.min(chunk.length - at, BLOCK_BYTES - filled);
        inner.update(chunk.subarray(at, at + taken));
        at += taken;
        filled += taken;
        if (filled === BLOCK_BYTES) closeBlock();
      }
    },
    digest: () => {
      if (filled > 0) closeBlock();
      return outer.digest('hex');
    },
  };
};
