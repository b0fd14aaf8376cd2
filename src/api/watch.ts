/** What a watcher of something is told: its JSON whenever that differs from before, or that there is no more to come. */
export interface Watcher {
  changed(json: string): void;
  ended(): void;
}

export interface WatchOptions<R, T> {
  /** What is watched, as a text of its own. */
  readonly keyOf: (ref: R) => string;
  /** `null` once it is gone. */
  readonly read: (ref: R) => Promise<T | null>;
  readonly intervalMs: number;
  /** Watchers at once, all together. */
  readonly maxWatchers: number;
  /** True once the process is about to end. */
  readonly draining: () => boolean;
  readonly onError: (error: unknown) => void;
}

/** A look that takes long is followed by a longer pause: watching takes a tenth of the time of one connection at most. */
const PAUSE_FACTOR = 9;

/** Watchers of one thing share one look at the database per interval, however many they are. */
export function createWatch<R, T>(options: WatchOptions<R, T>) {
  const watched = new Map<string, Watched<R>>();
  let count = 0;

  const poll = async (key: string, entry: Watched<R>): Promise<void> => {
    const began = performance.now();
    try {
      const value = options.draining() ? null : await options.read(entry.ref);
      if (value === null) return endAll(key, entry);
      tell(entry, JSON.stringify(value));
    } catch (error) {
      options.onError(error);
    }
    if (entry.watchers.size === 0) return;
    const pauseMs = Math.max(options.intervalMs, (performance.now() - began) * PAUSE_FACTOR);
    entry.timer = setTimeout(() => void poll(key, entry), pauseMs).unref();
  };

  const endAll = (key: string, entry: Watched<R>): void => {
    watched.delete(key);
    for (const watcher of [...entry.watchers]) watcher.ended();
  };

  /** Tells `watcher` until the returned function is called; `null` where there are too many already. */
  return (ref: R, watcher: Watcher): (() => void) | null => {
    if (count >= options.maxWatchers) return null;
    count += 1;
    const key = options.keyOf(ref);
    const entry: Watched<R> = watched.get(key) ?? {
      ref,
      watchers: new Set<Watcher>(),
      last: null,
      timer: null,
    };
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

interface Watched<R> {
  readonly ref: R;
  readonly watchers: Set<Watcher>;
  last: string | null;
  timer: NodeJS.Timeout | null;
}

function tell<R>(entry: Watched<R>, json: string): void {
  if (json === entry.last) return;
  entry.last = json;
  for (const watcher of entry.watchers) watcher.changed(json);
}
