import { existsSync } from 'node:fs';
import { setTimeout as delay } from 'node:timers/promises';
import { liveOwner, own } from './postgresOwner';

export type LockOptions = {
  readonly log: (line: string) => void;
  readonly signal?: AbortSignal | undefined;
  /** Longest wait for another holder, in ms. */
  readonly patienceMs: number;
  readonly pollMs?: number;
};

const PROGRESS_MS = 10_000;

/**
 * Waits until this process holds the lock file, so that two runs do not do the same long work twice. The lock of a process
 * that has died is taken over.
 * @returns gives it up again
 * @throws after `patienceMs`, or when aborted
 */
export async function holdLock(file: string, what: string, options: LockOptions): Promise<() => void> {
  const began = Date.now();
  let nextWord = began;
  for (;;) {
    options.signal?.throwIfAborted();
    const owner = existsSync(file) ? liveOwner(file) : undefined;
    if (owner === undefined) {
      try {
        return own(file, what);
      } catch (error) {
        // Without a code of the file system it only means that somebody else was faster.
        if ((error as NodeJS.ErrnoException).code !== undefined) throw error;
      }
    }
    const now = Date.now();
    if (now - began > options.patienceMs) {
      throw new Error(
        `${what} is still held by process ${owner ?? 'unknown'} after ${options.patienceMs / 1000} s`,
      );
    }
    if (now >= nextWord) {
      options.log(`Waiting for process ${owner ?? 'unknown'}: ${what}`);
      nextWord = now + PROGRESS_MS;
    }
    await delay(options.pollMs ?? 500, undefined, { signal: options.signal });
  }
}
