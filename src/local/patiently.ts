import { setTimeout as delay } from 'node:timers/promises';

/**
 * Does something that may be repeated until it works, for calls to a process that may be starting again.
 * @throws what the last try threw, after `tries` of them, or when aborted
 */
export async function patiently<T>(
  action: () => Promise<T>,
  signal: AbortSignal,
  { tries = 20, pauseMs = 1_000 } = {},
): Promise<T> {
  for (let attempt = 1; ; attempt++) {
    try {
      return await action();
    } catch (error) {
      if (attempt >= tries || signal.aborted) throw error;
      await delay(pauseMs, undefined, { signal });
    }
  }
}
