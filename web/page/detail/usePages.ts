import { useCallback, useEffect, useRef, useState } from 'preact/hooks';
import type { List } from '../json';

/** However far a person has gone, more than this is not read again at every change. */
const MOST_REREAD = 500;

/** A list that changes all the time is read again no more often than this. */
const REREAD_MS = 1_000;

export interface PageWanted {
  readonly cursor: string | undefined;
  readonly limit: number;
}

export interface Pages<T> {
  /** Null before the first answer. */
  readonly items: readonly T[] | null;
  readonly more: boolean;
  readonly busy: boolean;
  readonly error: string | null;
  readonly readMore: () => void;
  /** At once, for a person. */
  readonly again: () => void;
  /** Soon, for what may have changed. */
  readonly touch: () => void;
}

export interface PagesOptions<T> {
  /** Another list is asked for: the one being read is dropped. */
  readonly query: string;
  /** The same list may have changed: it is read again once the reading under way has ended. */
  readonly version: string;
  readonly pageSize: number;
  readonly read: (page: PageWanted, signal: AbortSignal) => Promise<List<T>>;
}

/** A list that is read by pages, and read anew as far as it was shown: what it shows moves while a person looks. */
export function usePages<T>({ query, version, pageSize, read }: PagesOptions<T>): Pages<T> {
  const [list, setList] = useState<List<T> | null>(null);
  const [busy, setBusy] = useState(true);
  const [error, setError] = useState<string | null>(null);
  const [stale, setStale] = useState(0);
  const latest = useRef(read);
  latest.current = read;
  const shown = useRef(0);
  shown.current = list?.items.length ?? 0;
  const current = useRef<AbortController | null>(null);

  const load = useCallback(async (page: PageWanted, before: readonly T[]) => {
    current.current?.abort();
    const stop = new AbortController();
    current.current = stop;
    setBusy(true);
    try {
      const next = await latest.current(page, stop.signal);
      if (stop.signal.aborted) return;
      setList({ ...next, items: [...before, ...next.items] });
      setError(null);
    } catch (failure) {
      if (stop.signal.aborted) return;
      setError(failure instanceof Error ? failure.message : String(failure));
    }
    current.current = null;
    setBusy(false);
  }, []);
  const reload = useCallback(
    () => load({ cursor: undefined, limit: Math.min(MOST_REREAD, Math.max(pageSize, shown.current)) }, []),
    [load, pageSize],
  );

  // Dependencies: another query is the reason to begin anew.
  useEffect(() => {
    setList(null);
    shown.current = 0;
    void reload();
  }, [reload, query]);
  const touch = useCallback(() => setStale((one) => one + 1), []);
  // Dependencies: a new version makes what is shown stale; the first one was just read.
  const first = useRef(true);
  useEffect(() => {
    if (first.current) first.current = false;
    else touch();
  }, [version]);
  useEffect(() => {
    if (stale === 0 || busy) return;
    const timer = setTimeout(() => {
      setStale(0);
      void reload();
    }, REREAD_MS);
    return () => clearTimeout(timer);
  }, [stale === 0, busy, reload]);
  useEffect(() => () => current.current?.abort(), []);

  return {
    items: list?.items ?? null,
    more: list?.nextCursor !== undefined,
    busy,
    error,
    readMore: () => void load({ cursor: list?.nextCursor, limit: pageSize }, list?.items ?? []),
    again: () => void reload(),
    touch,
  };
}
