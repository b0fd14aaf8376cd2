import { setTimeout as delay } from 'node:timers/promises';

export interface UntilOptions {
  readonly timeoutMs: number;
  readonly everyMs?: number;
  readonly signal: AbortSignal;
}

/**
 * Looks until there is something.
 * @param look a string is what it still waits for
 * @throws with that string when `timeoutMs` are over
 */
export async function until<T>(
  look: () => Promise<T | string>,
  { timeoutMs, everyMs = 200, signal }: UntilOptions,
): Promise<Exclude<T, string>> {
  const deadline = performance.now() + timeoutMs;
  for (;;) {
    signal.throwIfAborted();
    const found = await look();
    if (typeof found !== 'string') return found as Exclude<T, string>;
    if (performance.now() > deadline) {
      throw new Error(`gave up after ${Math.round(timeoutMs / 1_000)} s: ${found}`);
    }
    await delay(everyMs, undefined, { signal });
  }
}
