export interface Clock {
  /** Milliseconds since 1970, with the offset that tests set. */
  ms(): number;
  /**
   * A time stamp as the Go backend writes it: RFC 3339 with up to 9 fractional digits, trailing zeros cut. No two
   * are alike, so that each change of an object shows in `updatedAt`.
   */
  stamp(): string;
  /** The time as a whole number of milliseconds, for logs. */
  iso(): string;
  setOffset(ms: number): void;
  offset(): number;
}

const NANOS_PER_MS = 1_000_000n;

/** URL and session expiry, quotas and time stamps follow this clock; delays of deliveries and completion do not. */
export const createClock = (now: () => Date): Clock => {
  let offsetMs = 0;
  let lastNanos = 0n;
  const ms = (): number => now().getTime() + offsetMs;

  return {
    ms,
    stamp: () => {
      const nanos = BigInt(ms()) * NANOS_PER_MS + (process.hrtime.bigint() % NANOS_PER_MS);
      lastNanos = nanos > lastNanos ? nanos : lastNanos + 1n;
      return format(lastNanos);
    },
    iso: () => new Date(ms()).toISOString(),
    setOffset: (value) => {
      offsetMs = value;
      lastNanos = 0n;
    },
    offset: () => offsetMs,
  };
};

const format = (nanos: bigint): string => {
  const seconds = new Date(Number(nanos / NANOS_PER_MS)).toISOString().slice(0, 19);
  const fraction = (nanos % 1_000_000_000n).toString().padStart(9, '0').replace(/0+$/, '');
  return fraction === '' ? `${seconds}Z` : `${seconds}.${fraction}Z`;
};
