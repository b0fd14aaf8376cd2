/** How many keys a chunk has after a split; it may grow to twice as many. */
const CHUNK = 512;

export interface SortedKeys {
  readonly size: () => number;
  add(key: string): void;
  delete(key: string): void;
  /** Ascending, from the first key that is not below `key`. Must be consumed before the next change. */
  up(key: string): Iterable<string>;
  /** Descending, from the last key below `key`. Must be consumed before the next change. */
  down(key: string): Iterable<string>;
}

/**
 * Distinct strings in UTF-16 order. A list of sorted chunks: finding is two binary searches, and a change moves no
 * more than one chunk, so neither listing nor changing depends on how many keys there are.
 */
export const createSortedKeys = (): SortedKeys => {
  const chunks: string[][] = [[]];
  let size = 0;

  const chunkFor = (key: string): number => {
    const first = (index: number): string => chunks[index]?.[0] ?? '';
    return Math.max(0, firstIndex(chunks.length, (index) => first(index) > key) - 1);
  };
  const place = (key: string): { chunk: string[]; at: number; index: number } => {
    const index = chunkFor(key);
    const chunk = chunks[index] ?? [];
    return { chunk, index, at: firstIndex(chunk.length, (i) => (chunk[i] ?? '') >= key) };
  };

  return {
    size: () => size,
    add: (key) => {
      const { chunk, index, at } = place(key);
      if (chunk[at] === key) return;
      chunk.splice(at, 0, key);
      size += 1;
      if (chunk.length > 2 * CHUNK) chunks.splice(index + 1, 0, chunk.splice(CHUNK));
    },
    delete: (key) => {
      const { chunk, index, at } = place(key);
      if (chunk[at] !== key) return;
      chunk.splice(at, 1);
      size -= 1;
      if (chunk.length === 0 && chunks.length > 1) chunks.splice(index, 1);
    },
    *up(key) {
      const { index, at } = place(key);
      for (let c = index; c < chunks.length; c += 1) yield* (chunks[c] ?? []).slice(c === index ? at : 0);
    },
    *down(key) {
      const { index, at } = place(key);
      for (let c = index; c >= 0; c -= 1) {
        const chunk = chunks[c] ?? [];
        for (let i = (c === index ? at : chunk.length) - 1; i >= 0; i -= 1) yield chunk[i] ?? '';
      }
    },
  };
};

/** The first index in `[0, length)` for which the monotone condition holds, or `length`. */
const firstIndex = (length: number, holds: (index: number) => boolean): number => {
  let low = 0;
  let high = length;
  while (low < high) {
    const middle = (low + high) >>> 1;
    if (holds(middle)) high = middle;
    else low = middle + 1;
  }
  return low;
};
