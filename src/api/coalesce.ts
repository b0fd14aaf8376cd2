import { CairnError } from '../domain/errors';

export interface CoalesceOptions<Load, Result> {
  /** Does for all callers at once what each of them asked for; bounds its own time. */
  readonly run: (key: string, load: Load) => Run<Result>;
  /** What the next run is to do, with one more caller; called in the order of arrival. */
  readonly merge: (waiting: Load, more: Load) => Load;
  /** Callers at once, all keys together; above it `unavailable`. */
  readonly maxCallers: number;
}

export interface Run<Result> {
  /** What its callers are told. */
  readonly outcome: Promise<Result>;
  /** The key's next run begins when this has ended, in whatever way. */
  readonly free: Promise<unknown>;
}

/** Callers that are served by one run. */
interface Batch<Load, Result> {
  load: Load;
  readonly outcome: Promise<Result>;
  readonly settle: (outcome: Promise<Result>) => void;
}

/**
 * Lets callers of one key share runs: who calls before the one that is under way sets the key free waits for the next,
 * together with all others that do. A run serves only those who called before it began, since
 * what it looks at or passes on may be older than what comes later. Each caller ends as the run that served it: nobody is
 * told of a success that was another's, and a run that fails takes along its own callers alone.
 */
export function createCoalescer<Load, Result>({
  run,
  merge,
  maxCallers,
}: CoalesceOptions<Load, Result>): (key: string, load: Load) => Promise<Result> {
  /** Of each key that is not free: who comes after it, if anybody does. */
  const following = new Map<string, Batch<Load, Result> | null>();
  let callers = 0;

  const serve = async (key: string, first: Batch<Load, Result>): Promise<void> => {
    for (let batch: Batch<Load, Result> | null | undefined = first; batch; batch = following.get(key)) {
      following.set(key, null);
      const { outcome, free } = run(key, batch.load);
      batch.settle(outcome);
      // Its callers are told how it ends; the next ones have a run of their own.
      await free.catch(() => undefined);
    }
    following.delete(key);
  };

  const join = (key: string, load: Load): Promise<Result> => {
    const next = following.get(key);
    if (next) {
      next.load = merge(next.load, load);
      return next.outcome;
    }
    const batch = batchOf<Load, Result>(load);
    if (next === null) following.set(key, batch);
    else void serve(key, batch);
    return batch.outcome;
  };

  return async (key, load) => {
    if (callers >= maxCallers) throw new CairnError('unavailable');
    callers += 1;
    try {
      return await join(key, load);
    } finally {
      callers -= 1;
    }
  };
}

function batchOf<Load, Result>(load: Load): Batch<Load, Result> {
  let settle: Batch<Load, Result>['settle'] | undefined;
  const outcome = new Promise<Result>((resolve) => {
    settle = resolve;
  });
  if (settle === undefined) throw new Error('a promise gives its resolver at once');
  return { load, outcome, settle };
}
