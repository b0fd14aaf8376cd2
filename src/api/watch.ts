import type { SyncRef } from '../domain/types';

/** What a watcher of a sync is told: its JSON whenever that differs from before, or that there is no more to come. */
export interface Watcher {
  changed(json: string): void;
  ended(): void;
}

export interface WatchOptions<T> {
  /** `null` once the sync is gone. */
  readonly read: (ref: SyncRef) => Promise<T | null>;
  readonly intervalMs: number;
  /** Watchers at once, all syncs together. */
  readonly maxWatchers: number;
  /** True once the process is about to end. */
  readonly draining: () => boolean;
  readonly onError: (error: unknown) => void;
}

/** Watchers of one sync share one look at the database per interval, however many they are. */
export function createWatch<T>(options: WatchOptions<T>) {
  const watched = new Map<string, Watched>();
  let count = 0;

  const poll = async (key: string, entry: Watched): Promise<void> => {
    try {
      const value = options.draining() ? null : await options.read(entry.ref);
      if (value === null) return endAll(key, entry);
      tell(entry, JSON.stringify(value));
    } catch (error) {
      options.onError(error);
    }
    if (entry.watchers.size > 0)
      entry.timer = setTimeout(() => void poll(key, entry), options.intervalMs).unref();
  };

  const endAll = (key: string, entry: Watched): void => {
    watched.delete(key);
    for (const watcher of [...entry.watchers]) watcher.ended();
  };

  /** Tells `watcher` until the returned function is called; `null` where there are too many already. */
  return (ref: SyncRef, watcher: Watcher): (() => void) | null => {
    if (count >= options.maxWatchers) return null;
    count += 1;
    const key = `${ref.portalId}/${ref.syncId}`;
    const entry = watched.get(key) ?? { ref, watchers: new Set<Watcher>(), last: null, timer: null };
    entry.watchers.add(watcher);
    if (entry.last !== null) watcher.changed(entry.last);
    if (!watched.has(key)) {
      watched.set(key, entry);
      void poll(key, entry);
    }
    return () => {
      if (!entry.watchers.delete(watcher)) return;
      count -= 1;
      if (entry.watchers.size > 0) return;
      if (entry.timer !== null) clearTimeout(entry.timer);
      if (watched.get(key) === entry) watched.delete(key);
    };
  };
}

interface Watched {
  readonly ref: SyncRef;
  readonly watchers: Set<Watcher>;
  last: string | null;
  timer: NodeJS.Timeout | null;
}

function tell(entry: Watched, json: string): void {
  if (json === entry.last) return;
  entry.last = json;
  for (const watcher of entry.watchers) watcher.changed(json);
}
