import { setTimeout as sleep } from 'node:timers/promises';
import type { DropboxSwitches } from '../switches';

const MAX_WAITING = 1_000;

/** Thrown when another commit holds the namespace. */
export class Contention extends Error {
  override readonly name = 'Contention';
}

/** One writer at a time per key. */
export interface Locks {
  /** Holds `key` while `work` runs and for `commitMs` before it. Throws `Contention` where the switch says so. */
  hold<T>(key: string, work: () => T | Promise<T>): Promise<T>;
  /** The same, but always waits its turn: a person's change can't be refused. */
  queue<T>(key: string, work: () => T | Promise<T>): Promise<T>;
}

export function createLocks(switches: () => Pick<DropboxSwitches, 'writeLock' | 'commitMs'>): Locks {
  const queues = new Map<string, { tail: Promise<unknown>; waiting: number }>();

  const run = async <T>(work: () => T | Promise<T>): Promise<T> => {
    const { commitMs } = switches();
    if (commitMs > 0) await sleep(commitMs);
    return work();
  };

  const enter = async <T>(key: string, limit: number, work: () => T | Promise<T>): Promise<T> => {
    const queue = queues.get(key) ?? { tail: Promise.resolve(), waiting: 0 };
    if (queue.waiting >= limit) throw new Contention();
    queues.set(key, queue);
    queue.waiting++;
    const mine = queue.tail.then(() => run(work));
    queue.tail = mine.catch(() => undefined);
    try {
      return await mine;
    } finally {
      queue.waiting--;
      if (queue.waiting === 0) queues.delete(key);
    }
  };

  return {
    hold: (key, work) => enter(key, switches().writeLock === 'contend' ? 1 : MAX_WAITING, work),
    queue: (key, work) => enter(key, MAX_WAITING, work),
  };
}
