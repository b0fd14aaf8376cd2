/** Fires once when it ran for `ms` without being fed. Stopped, it waits for the next `feed`. */
export interface IdleTimer {
  /** Starts the span anew. */
  feed(): void;
  stop(): void;
}

export const createIdleTimer = (ms: number, onIdle: () => void): IdleTimer => {
  let timer: NodeJS.Timeout | undefined;
  const stop = (): void => {
    clearTimeout(timer);
    timer = undefined;
  };
  return {
    feed: () => {
      if (timer !== undefined) timer.refresh();
      else timer = setTimeout(onIdle, ms);
    },
    stop,
  };
};
