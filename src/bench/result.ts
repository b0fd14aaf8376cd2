/** One figure of a row. */
export interface Measure {
  readonly name: string;
  readonly value: number;
  /** Such as `files/s` or `ms`; empty for a plain count. */
  readonly unit: string;
}

/** What a row of the table came to. `error` stands where it could not be measured. */
export interface RowResult {
  readonly row: string;
  readonly measures: readonly Measure[];
  readonly error?: string;
}

export const measure = (name: string, value: number, unit = ''): Measure => ({ name, value, unit });

/** The smallest sample that at least `share` (0 to 1) of all samples do not exceed. Throws without samples. */
export function percentile(samples: readonly number[], share: number): number {
  const sorted = [...samples].sort((a, b) => a - b);
  const found = sorted[Math.max(0, Math.ceil(sorted.length * share) - 1)];
  if (found === undefined) throw new RangeError('a percentile of no samples');
  return found;
}
