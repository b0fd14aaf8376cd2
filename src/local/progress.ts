import { setTimeout as delay } from 'node:timers/promises';
import { z } from 'zod';
import { headersOf, type LocalApi } from './connect';
import { ask } from './localHttp';

const Counts = z.object({
  total: z.number(),
  settled: z.number(),
  pending: z.number(),
  retrying: z.number(),
  stuck: z.number(),
  unsyncable: z.number(),
  conflicts: z.number(),
});

const Sync = z.object({
  id: z.string(),
  state: z.string(),
  haltReason: z.string().optional(),
  error: z.unknown().optional(),
  progress: Counts,
  lastConvergedAt: z.string().nullable(),
});
export type SyncNow = z.infer<typeof Sync>;

export type Progress = {
  readonly sync: SyncNow;
  readonly filesPerSecond: number;
  readonly seconds: number;
};

export type Outcome =
  | { readonly kind: 'converged'; readonly sync: SyncNow; readonly seconds: number }
  | { readonly kind: 'halted'; readonly sync: SyncNow }
  | { readonly kind: 'stalled'; readonly sync: SyncNow | undefined; readonly why: string };

export type WatchOptions = {
  readonly api: LocalApi;
  readonly syncId: string;
  readonly show: (progress: Progress) => void;
  readonly signal: AbortSignal;
  readonly now?: () => number;
  readonly pollMs?: number;
  /** Without any change for so long it is called stalled. */
  readonly stalledMs?: number;
};

const RATE_WINDOW_MS = 10_000;

/** Looks at a sync until nothing is owed in it, it halts, or nothing has changed for a long time. */
export async function untilConverged(options: WatchOptions): Promise<Outcome> {
  const { now = Date.now, pollMs = 500, stalledMs = 10 * 60_000 } = options;
  const began = now();
  const samples: { at: number; settled: number }[] = [];
  let changedAt = began;
  let before = '';
  let last: SyncNow | undefined;
  let trouble = 'nothing changes any more';
  for (;;) {
    options.signal.throwIfAborted();
    try {
      const sync = await look(options);
      trouble = 'nothing changes any more';
      const seconds = (now() - began) / 1000;
      samples.push({ at: now(), settled: sync.progress.settled });
      while ((samples[0]?.at ?? 0) < now() - RATE_WINDOW_MS) samples.shift();
      options.show({ sync, filesPerSecond: rateOf(samples), seconds });
      if (isConverged(sync)) return { kind: 'converged', sync, seconds };
      if (sync.state === 'halted') return { kind: 'halted', sync };
      const state = JSON.stringify(sync);
      if (state !== before) changedAt = now();
      before = state;
      last = sync;
    } catch (error) {
      options.signal.throwIfAborted();
      // The API may be starting again.
      trouble = error instanceof Error ? error.message : String(error);
    }
    if (now() - changedAt > stalledMs) return { kind: 'stalled', sync: last, why: trouble };
    await delay(pollMs, undefined, { signal: options.signal });
  }
}

export const isConverged = ({ state, lastConvergedAt, progress }: SyncNow): boolean =>
  state === 'active' && lastConvergedAt !== null && progress.pending === 0 && progress.retrying === 0;

const look = ({ api, syncId, signal }: WatchOptions): Promise<SyncNow> =>
  ask(`${api.url}/api/syncs/${encodeURIComponent(syncId)}`, Sync, {
    headers: headersOf(api),
    timeoutMs: 10_000,
    signal,
  });

function rateOf(samples: readonly { at: number; settled: number }[]): number {
  const [first, last] = [samples[0], samples.at(-1)];
  if (!first || !last || last.at === first.at) return 0;
  return Math.max(0, ((last.settled - first.settled) * 1000) / (last.at - first.at));
}
