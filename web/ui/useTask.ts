import { useEffect, useRef, useState } from 'preact/hooks';

export interface Task {
  readonly busy: boolean;
  /** What went wrong the last time, for a person; null while nothing did. */
  readonly error: string | null;
  /** Runs work, one at a time: a second press does nothing while the first is under way. */
  run(work: () => Promise<void>): Promise<void>;
}

export function useTask(): Task {
  const [busy, setBusy] = useState(false);
  const [error, setError] = useState<string | null>(null);
  const running = useRef(false);
  const gone = useRef(false);
  useEffect(() => {
    gone.current = false;
    return () => {
      gone.current = true;
    };
  }, []);
  const run = async (work: () => Promise<void>): Promise<void> => {
    if (running.current) return;
    running.current = true;
    setBusy(true);
    setError(null);
    try {
      await work();
    } catch (failure) {
      if (!gone.current) setError(failure instanceof Error ? failure.message : String(failure));
    } finally {
      running.current = false;
      if (!gone.current) setBusy(false);
    }
  };
  return { busy, error, run };
}
