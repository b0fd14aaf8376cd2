import { createHash, type Hash } from 'node:crypto';

const BLOCK = 4 * 1024 * 1024;

/**
 * Dropbox's content hash, computed while the bytes pass: SHA-256 over the SHA-256 digests of 4 MiB blocks.
 * Written on its own, not shared with the client, so that a mistake in one shows against the other.
 */
export interface ContentHasher {
  update(bytes: Uint8Array): void;
  /** An independent hasher that goes on from here. */
  copy(): ContentHasher;
  /** Lower-case hex. May be asked at any time; the hasher can be fed further. */
  hex(): string;
}

export const createContentHasher = (): ContentHasher => hasherFrom(createHash('sha256'), null, 0);

function hasherFrom(outerStart: Hash, innerStart: Hash | null, filledStart: number): ContentHasher {
  const outer = outerStart;
  let inner = innerStart;
  let filled = filledStart;
  return {
    update(bytes) {
      let rest = bytes;
      while (rest.length > 0) {
        inner ??= createHash('sha256');
        const part = rest.subarray(0, BLOCK - filled);
        inner.update(part);
        filled += part.length;
        rest = rest.subarray(part.length);
        if (filled < BLOCK) return;
        outer.update(inner.digest());
        inner = null;
        filled = 0;
      }
    },
    copy: () => hasherFrom(outer.copy(), inner?.copy() ?? null, filled),
    hex() {
      const total = outer.copy();
      if (inner) total.update(inner.copy().digest());
      return total.digest('hex');
    },
  };
}
