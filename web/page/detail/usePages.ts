import { useCallback, useEffect, useRef, useState } from 'preact/hooks';
import type { List } from '../json';

/** However far a person has gone, more than this is not read again at every change. */
const MOST_REREAD = 500;

export interface Pages<T> {
  /** Null before the first answer. */
  readonly items: readonly T[] | null;
  readonly more: boolean;
  readonly busy: boolean;
  readonly error: string | null;
  readonly readMore: () => void;
  readonly again: () => void;
}

/**
 * A list that is read by pages, and read anew, as far as it was shown, whenever `version` changes: what it shows moves
 * while a person looks at it.
 */
export function usePages<T>(
  version: string,
  read: (page: { cursor: string | undefined; limit: number }, signal: AbortSignal) => Promise<List<T>>,
  pageSize: number,
): Pages<T> {
  const [list, setList] = useState<List<T> | null>(null);
  const [busy, setBusy] = useState(true);
  const [error, setError] = useState<string | null>(null);
  const [round, setRound] = useState(0);
  const latest = useRef(read);
  latest.current = read;
  const shown = useRef(0);
  shown.current = list?.items.length ?? 0;
  const current = useRef<AbortController | null>(null);

  const load = useCallback((page: { cursor: string | undefined; limit: number }, before: readonly T[]) => {
    current.current?.abort();
    const stop = new AbortController();
    current.current = stop;
    setBusy(true);
    latest.current(page, stop.signal).then(
      (next) => {
        if (stop.signal.aborted) return;
        setList({ ...next, items: [...before, ...next.items] });
        setError(null);
        setBusy(false);
      },
      (failure: unknown) => {
        if (stop.signal.aborted) return;
        setError(failure instanceof Error ? failure.message : String(failure));
        setBusy(false);
      },
    );
  }, []);

  // Dependencies: a new version or round is the reason to read again
  useEffect(() => {
    load({ cursor: undefined, limit: Math.min(MOST_REREAD, Math.max(pageSize, shown.current)) }, []);
  }, [load, version, round, pageSize]);
  useEffect(() => () => current.current?.abort(), []);

  return {
    items: list?.items ?? null,
    more: list?.nextCursor !== undefined,
    busy,
    error,
    readMore: () => load({ cursor: list?.nextCursor, limit: pageSize }, list?.items ?? []),
    again: () => setRound(round + 1),
  };
}
