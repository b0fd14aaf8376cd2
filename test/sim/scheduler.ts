import type { StepContext } from '../../src/activities/temporal';

/** A task's process: a crash takes all tasks of one with it. */
export type ProcessName = 'worker' | 'api';

/** One activity's try, one webhook, one request: runs alone from gate to gate. */
export interface Task {
  readonly id: number;
  readonly name: string;
  readonly process: ProcessName;
  /** The gate it stands at. */
  at: string;
  /** The last remote call that has come back. */
  lastCall: string;
  /** Whether it has run at all. */
  started: boolean;
  context: StepContext | null;
}

export type Ending<T> =
  | { readonly kind: 'done'; readonly value: T }
  | { readonly kind: 'failed'; readonly error: unknown }
  /** Its process died. */
  | { readonly kind: 'gone'; readonly started: boolean };

interface Entry extends Task {
  state: 'parked' | 'running' | 'done' | 'dead';
  resume: () => void;
  turned: () => void;
  gone: () => void;
}

export interface Scheduler {
  /** Adds a task that waits for its first turn. */
  spawn<T>(task: { name: string; process: ProcessName }, run: () => Promise<T>): Promise<Ending<T>>;
  /** Called inside a task: gives the turn back. Nothing outside of one. */
  gate(label: string): Promise<void>;
  /** The task this code runs in. */
  current(): Task | undefined;
  /** Tasks that could run, oldest first. */
  runnable(): readonly Task[];
  /** Lets one task run to its next gate or its end, then whatever waited for that. */
  step(task: Task): Promise<void>;
  /** Nothing of these tasks ever runs again; the one that runs now stops at its next gate. */
  kill(process: ProcessName): void;
  /** A promise for code whose process is dead. */
  never(): Promise<never>;
  /** Lets everything that is ready come to rest. */
  drain(): Promise<void>;
}

/** Longer than any step: a task that waits for another one's lock would stand here for ever. */
const STUCK_MS = 20_000;

/** Runs any number of tasks one at a time, so that their order is whoever calls `step`'s and nobody else's. */
export function createScheduler(): Scheduler {
  // One at a time: whatever runs now is of this task, and a dead one never runs again.
  let running: Entry | undefined;
  const tasks: Entry[] = [];
  let ids = 0;
  const never = () => new Promise<never>(() => {});
  const drain = () => new Promise<void>((resolve) => setImmediate(resolve));

  return {
    spawn<T>(task: { name: string; process: ProcessName }, run: () => Promise<T>): Promise<Ending<T>> {
      ids += 1;
      return new Promise<Ending<T>>((resolve) => {
        const entry: Entry = {
          ...task,
          id: ids,
          at: 'start',
          lastCall: '',
          started: false,
          context: null,
          state: 'parked',
          turned: () => {},
          gone: () => resolve({ kind: 'gone', started: entry.started }),
          resume: () => void body(),
        };
        const end = (ending: Ending<T>) => {
          if (entry.state === 'dead') return;
          entry.state = 'done';
          tasks.splice(tasks.indexOf(entry), 1);
          resolve(ending);
          entry.turned();
        };
        const body = () => {
          entry.started = true;
          return run().then(
            (value) => end({ kind: 'done', value }),
            (error: unknown) => end({ kind: 'failed', error }),
          );
        };
        tasks.push(entry);
      });
    },
    async gate(label) {
      const entry = running;
      if (!entry) return;
      entry.at = label;
      await new Promise<void>((resolve) => {
        entry.resume = resolve;
        entry.state = 'parked';
        entry.turned();
      });
    },
    current: () => running,
    runnable: () => tasks.filter((task) => task.state === 'parked'),
    async step(task) {
      const entry = task as Entry;
      const turned = new Promise<void>((resolve) => {
        entry.turned = resolve;
      });
      entry.state = 'running';
      running = entry;
      const watch = setTimeout(() => {
        stuck = `the task ${entry.name} never came to its next gate after "${entry.at}"`;
        entry.turned();
      }, STUCK_MS);
      let stuck: string | null = null;
      entry.resume();
      await turned;
      clearTimeout(watch);
      running = undefined;
      if (stuck !== null) throw new Error(stuck);
      await drain();
    },
    kill(process) {
      for (const entry of tasks.filter((one) => one.process === process)) {
        entry.state = 'dead';
        tasks.splice(tasks.indexOf(entry), 1);
        entry.gone();
        entry.turned();
      }
    },
    never,
    drain,
  };
}
