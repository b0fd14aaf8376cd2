import { RemoteError } from '../domain/remoteError';

/** What ends a call early: the caller's signal, a timer, or a failure found on our side of the wire. */
export interface Deadline {
  readonly signal: AbortSignal;
  /** Starts the timer anew: a byte has moved. */
  touch(): void;
  /** Stops the timer until the next `touch`: it is our reader that is slow now, not Dropbox. */
  hold(): void;
  /** Ends the call; `reason` is what the call rejects with. */
  fail(reason: unknown): void;
  /** Lets go of timer and listener. Must be called once the call is over. */
  end(): void;
}

/**
 * `AbortSignal.any` and `AbortSignal.timeout` are not used: a signal that lives as long as an activity would gather
 * one dependent signal for each call made under it.
 */
export const createDeadline = (input: { ms: number; route: string; signal?: AbortSignal }): Deadline => {
  const controller = new AbortController();
  const expire = (): void =>
    controller.abort(
      new RemoteError('dropbox', 'timeout', `Dropbox did not answer ${input.route} within ${input.ms} ms.`),
    );
  let timer: NodeJS.Timeout | undefined = setTimeout(expire, input.ms);
  let ended = false;
  const hold = (): void => {
    clearTimeout(timer);
    timer = undefined;
  };
  const onAbort = (): void => controller.abort(input.signal?.reason);
  if (input.signal?.aborted) onAbort();
  else input.signal?.addEventListener('abort', onAbort, { once: true });
  return {
    signal: controller.signal,
    touch() {
      // A body that nobody reads any more may still be asked for its next chunk.
      if (ended) return;
      if (timer) timer.refresh();
      else timer = setTimeout(expire, input.ms);
    },
    hold,
    fail: (reason) => controller.abort(reason),
    end() {
      ended = true;
      hold();
      input.signal?.removeEventListener('abort', onAbort);
    },
  };
};

/** Waits for the promise or for the signal, whichever is first. The work behind the promise goes on. */
export const abortable = async <T>(promise: Promise<T>, signal?: AbortSignal): Promise<T> => {
  if (!signal) return promise;
  let onAbort = (): void => {};
  const aborted = new Promise<never>((_, reject) => {
    onAbort = () => reject(signal.reason);
    if (signal.aborted) onAbort();
    else signal.addEventListener('abort', onAbort, { once: true });
  });
  try {
    return await Promise.race([promise, aborted]);
  } finally {
    signal.removeEventListener('abort', onAbort);
  }
};
