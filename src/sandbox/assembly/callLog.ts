import { createRing } from './ring';

const CAPACITY = 100_000;

export type KeyForm = 'none' | 'workspace' | 'app' | 'session' | 'unknown';

export interface LoggedCall {
  readonly seq: number;
  readonly at: string;
  readonly method: string;
  /** The pattern, such as `GET /v1/files/{id}` or `storage PUT`. */
  readonly route: string;
  /** Without the query, which may hold a signature. */
  readonly path: string;
  readonly kind: 'api' | 'storage';
  /** What the client was told; 0 where it was told nothing. */
  readonly status: number;
  /** The workspace that the key names, or that the presigned URL's object is in. */
  readonly workspace: string | null;
  readonly keyForm: KeyForm;
  readonly bytesIn: number;
  readonly bytesOut: number;
  readonly fault?: string;
}

export interface Counts {
  readonly api: { total: number; byRoute: Record<string, number>; status: Record<string, number> };
  readonly storage: { puts: number; gets: number; bytesIn: number; bytesOut: number };
  readonly byWorkspace: Record<string, { api: number; storage: number; byRoute: Record<string, number> }>;
}

export interface CallLog {
  add(call: Omit<LoggedCall, 'seq'>): void;
  /** Calls with a larger `seq`, in the order in which they ended. Holds the last 100,000. */
  since(seq: number): LoggedCall[];
  counts(): Counts;
  reset(): void;
}

export const createCallLog = (): CallLog => {
  const ring = createRing<LoggedCall>(CAPACITY);
  let seq = 0;
  let counts = noCounts();

  return {
    add: (call) => {
      seq += 1;
      ring.push({ seq, ...call });
      count(counts, call);
    },
    since: (after) => ring.values().filter((call) => call.seq > after),
    counts: () => counts,
    reset: () => {
      ring.clear();
      counts = noCounts();
    },
  };
};

const noCounts = (): Counts => ({
  api: { total: 0, byRoute: {}, status: {} },
  storage: { puts: 0, gets: 0, bytesIn: 0, bytesOut: 0 },
  byWorkspace: {},
});

const bump = (table: Record<string, number>, key: string): void => {
  table[key] = (table[key] ?? 0) + 1;
};

const count = (counts: Counts, call: Omit<LoggedCall, 'seq'>): void => {
  if (call.kind === 'api') {
    counts.api.total += 1;
    bump(counts.api.byRoute, call.route);
    bump(counts.api.status, String(call.status));
  } else {
    counts.storage[call.method === 'PUT' ? 'puts' : 'gets'] += 1;
    counts.storage.bytesIn += call.bytesIn;
    counts.storage.bytesOut += call.bytesOut;
  }
  if (call.workspace === null) return;
  const own = counts.byWorkspace[call.workspace] ?? { api: 0, storage: 0, byRoute: {} };
  counts.byWorkspace[call.workspace] = own;
  own[call.kind] += 1;
  bump(own.byRoute, call.route);
};
