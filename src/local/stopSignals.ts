const SIGNALS = ['SIGINT', 'SIGTERM', 'SIGHUP'] as const;

export type StopSignals = { readonly signal: AbortSignal; release(): void };

/**
 * Aborts when a person or the system asks this process to end, or its parent has died. Asking again changes nothing: one
 * Ctrl-C reaches it from the terminal, from npm and from the script between, and every step of the way down is bounded.
 */
export function untilAskedToStop(source: NodeJS.Process = process): StopSignals {
  const controller = new AbortController();
  const stop = () => controller.abort(new Error('stopped'));
  for (const signal of SIGNALS) source.on(signal, stop);
  source.on('disconnect', stop);
  return {
    signal: controller.signal,
    release() {
      source.off('disconnect', stop);
      // The handlers for signals stay: a late copy of the Ctrl-C must not turn a clean end into a kill.
    },
  };
}
