import { setTimeout as delay } from 'node:timers/promises';

/** Something that runs in a process of its own. */
export type Running = {
  readonly pid: number | null;
  /** Resolves when it has ended, also when nobody asked it to. */
  readonly exited: Promise<void>;
  stop(): Promise<void>;
};

export type Supervised = {
  readonly pid: () => number | null;
  /** Resolves, with why, when it kept ending and is given up. Never rejects. */
  readonly givenUp: Promise<Error>;
  /** Ends it for good. */
  stop(): Promise<void>;
};

export type SuperviseOptions = {
  readonly log: (line: string) => void;
  readonly firstDelayMs?: number;
  readonly longestDelayMs?: number;
  /** Ends in a row, each within `settledMs` of its start, before it is given up. */
  readonly mostRestarts?: number;
  /** Up this long counts as healthy again. */
  readonly settledMs?: number;
};

/**
 * Starts something and starts it again when it ends, sooner at first and later when it keeps ending.
 * @param start resolves when it is ready; called again for each restart
 * @throws when the first start fails
 */
export async function supervise<T extends Running>(
  name: string,
  start: () => Promise<T>,
  options: SuperviseOptions,
): Promise<{ first: T; supervised: Supervised }> {
  const { firstDelayMs = 500, longestDelayMs = 15_000, mostRestarts = 8, settledMs = 60_000 } = options;
  const stopping = new AbortController();
  const first = await start();
  let current: T | null = first;

  async function keepUp(): Promise<Error | null> {
    let failures = 0;
    let upSince = Date.now();
    for (;;) {
      if (current !== null) {
        await current.exited;
        if (stopping.signal.aborted) return null;
        // It may hold a lock or a pipe beyond its process.
        await current.stop().catch(() => undefined);
        current = null;
        failures = Date.now() - upSince >= settledMs ? 1 : failures + 1;
      }
      if (failures > mostRestarts) return new Error(`${name} ended ${failures} times in a row`);
      const waitMs = Math.min(firstDelayMs * 2 ** (failures - 1), longestDelayMs);
      options.log(`${name} has ended; starting it again in ${(waitMs / 1000).toFixed(1)} s`);
      await delay(waitMs, undefined, { signal: stopping.signal }).catch(() => undefined);
      if (stopping.signal.aborted) return null;
      upSince = Date.now();
      try {
        current = await start();
        if (stopping.signal.aborted) return null;
        options.log(`${name} is up again`);
      } catch (error) {
        failures++;
        options.log(`${name} did not start: ${error instanceof Error ? error.message : String(error)}`);
      }
    }
  }

  let over: (error: Error) => void = () => undefined;
  const givenUp = new Promise<Error>((resolve) => {
    over = resolve;
  });
  const loop = keepUp().then((failure) => {
    if (failure) over(failure);
  });
  const stop = async () => {
    stopping.abort();
    await current?.stop();
    await loop;
    // A restart that was under way when the stop came.
    await current?.stop();
  };
  return { first, supervised: { pid: () => current?.pid ?? null, givenUp, stop } };
}
