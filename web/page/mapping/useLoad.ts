import { useEffect, useState } from 'preact/hooks';

export interface Load<T> {
  /** What was loaded last; null before the first answer. */
  readonly value: T | null;
  readonly loading: boolean;
  readonly error: string | null;
  readonly again: () => void;
}

/** Loads something whenever `key` changes, forgetting what came before; an answer that is no longer wanted is dropped. */
export function useLoad<T>(key: string, load: (signal: AbortSignal) => Promise<T>): Load<T> {
  const [state, setState] = useState<{ key: string; value: T | null; error: string | null } | null>(null);
  const [round, setRound] = useState(0);
  // Dependencies: the key stands for everything that the loader uses
  useEffect(() => {
    const stop = new AbortController();
    setState(null);
    load(stop.signal).then(
      (value) => stop.signal.aborted || setState({ key, value, error: null }),
      (error: unknown) => {
        if (stop.signal.aborted) return;
        setState({ key, value: null, error: error instanceof Error ? error.message : String(error) });
      },
    );
    return () => stop.abort();
  }, [key, round]);
  const current = state?.key === key ? state : null;
  return {
    value: current?.value ?? null,
    loading: current === null,
    error: current?.error ?? null,
    again: () => setRound(round + 1),
  };
}
