export interface Ring<T> {
  push(value: T): void;
  values(): T[];
  clear(): void;
}

/** Keeps the last `capacity` values. Drops older ones in blocks, so that a push costs the same always. */
export const createRing = <T>(capacity: number): Ring<T> => {
  let kept: T[] = [];
  return {
    push: (value) => {
      kept.push(value);
      if (kept.length >= 2 * capacity) kept = kept.slice(-capacity);
    },
    values: () => kept.slice(-capacity),
    clear: () => {
      kept = [];
    },
  };
};
