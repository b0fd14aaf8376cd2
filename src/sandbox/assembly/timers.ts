export interface Timers {
  /** Runs the task after the delay, in real time, unless the sandbox is closed before. */
  after(delayMs: number, task: () => void): void;
  close(): void;
}

export const createTimers = (): Timers => {
  const running = new Set<NodeJS.Timeout>();
  let closed = false;
  return {
    after: (delayMs, task) => {
      if (closed) return;
      const timer = setTimeout(() => {
        running.delete(timer);
        task();
      }, delayMs);
      running.add(timer);
    },
    close: () => {
      closed = true;
      for (const timer of running) clearTimeout(timer);
      running.clear();
    },
  };
};
