import { useEffect, useState } from 'preact/hooks';
import { type Entry, newIds, SIDES, type Side, type Trees } from './model';
import { type Pair, readTrees } from './sandboxApi';

const LOOK_MS = 700;
/** How long a new or changed entry stands out. */
const FRESH_MS = 4_000;

export interface Looked {
  readonly trees: Trees | null;
  /** Ids that are new or have changed just now. */
  readonly fresh: ReadonlySet<string>;
  readonly error: string | null;
  /** Looks at once. */
  readonly look: () => void;
}

/** Both trees, looked at again and again while the page is. */
export function useTrees(pair: Pair | null): Looked {
  const [trees, setTrees] = useState<Trees | null>(null);
  const [fresh, setFresh] = useState<ReadonlyMap<string, number>>(new Map());
  const [error, setError] = useState<string | null>(null);
  const [round, setRound] = useState(0);
  const key = pair === null ? null : `${pair.folder} ${pair.channel}`;
  // Dependencies: the key stands for the pair, which is made anew at each rendering.
  useEffect(() => {
    if (pair === null) return;
    const stop = new AbortController();
    let timer: ReturnType<typeof setTimeout>;
    let seen = '';
    let before: Trees | null = null;
    const again = () => {
      if (!stop.signal.aborted) timer = setTimeout(() => void look(), LOOK_MS);
    };
    const look = async () => {
      if (document.hidden) return again();
      try {
        const next = await readTrees(pair, seen, stop.signal);
        if (stop.signal.aborted) return;
        setError(null);
        if (next !== null) {
          const ids = SIDES.flatMap((side: Side) => [...newIds(before?.[side] ?? null, next[side])]);
          setFresh((known) => withFresh(known, ids));
          seen = next.version;
          before = next;
          setTrees(next);
        } else setFresh((known) => withFresh(known, []));
      } catch (failure) {
        if (stop.signal.aborted) return;
        setError(failure instanceof Error ? failure.message : String(failure));
      }
      again();
    };
    void look();
    return () => {
      clearTimeout(timer);
      stop.abort();
    };
  }, [key, round]);
  return { trees, fresh: new Set(fresh.keys()), error, look: () => setRound((one) => one + 1) };
}

function withFresh(
  known: ReadonlyMap<string, number>,
  ids: readonly Entry['id'][],
): ReadonlyMap<string, number> {
  const now = Date.now();
  const kept = [...known].filter(([, until]) => until > now);
  if (ids.length === 0 && kept.length === known.size) return known;
  return new Map([...kept, ...ids.map((id): [string, number] => [id, now + FRESH_MS])]);
}
