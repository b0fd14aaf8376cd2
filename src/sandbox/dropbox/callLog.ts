/** One call as it was answered. `status` 0: the connection broke without an answer. */
export interface LoggedCall {
  readonly seq: number;
  readonly at: string;
  readonly route: string;
  readonly status: number;
  readonly account: string | null;
  readonly bytesIn: number;
  readonly bytesOut: number;
  readonly fault?: string;
}

export interface Counts {
  readonly byRoute: Record<string, number>;
  readonly status: Record<string, number>;
  readonly bytesIn: number;
  readonly bytesOut: number;
}

const KEEP = 200_000;

/** The last 200,000 calls, and counts of all since the last reset. */
export interface CallLog {
  add(call: Omit<LoggedCall, 'seq'>): void;
  since(seq: number, limit: number): LoggedCall[];
  counts(): Counts;
  reset(): void;
}

export function createCallLog(): CallLog {
  let calls: LoggedCall[] = [];
  let oldest = 0;
  let seq = 0;
  let byRoute: Record<string, number> = {};
  let status: Record<string, number> = {};
  let bytesIn = 0;
  let bytesOut = 0;
  return {
    add(call) {
      calls.push({ seq: ++seq, ...call });
      byRoute[call.route] = (byRoute[call.route] ?? 0) + 1;
      status[call.status] = (status[call.status] ?? 0) + 1;
      bytesIn += call.bytesIn;
      bytesOut += call.bytesOut;
      if (calls.length < KEEP * 1.5) return;
      oldest += calls.length - KEEP;
      calls = calls.slice(-KEEP);
    },
    since: (from, limit) => calls.slice(Math.max(0, from - oldest), Math.max(0, from - oldest) + limit),
    counts: () => ({ byRoute: { ...byRoute }, status: { ...status }, bytesIn, bytesOut }),
    reset() {
      calls = [];
      oldest = seq;
      byRoute = {};
      status = {};
      bytesIn = 0;
      bytesOut = 0;
    },
  };
}
