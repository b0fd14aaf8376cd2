import { createEventReader, type ServerEvent } from './sse';

/** `lost`: it is tried again. `refused`: the answer said that trying again is of no use. */
export type LinkState = 'connecting' | 'live' | 'lost' | 'refused';

export interface LiveStreamOptions {
  readonly connect: (signal: AbortSignal) => Promise<Response>;
  readonly onEvent: (event: ServerEvent) => void;
  readonly onState: (state: LinkState, status?: number) => void;
  /** Resolves after so long, or early when there is reason to hope. */
  readonly pause: (ms: number, signal: AbortSignal) => Promise<void>;
  /** From 0 to 1. */
  readonly random?: () => number;
  /** The server says something every 15 s; a stream silent for longer than this is dead, whatever TCP thinks. */
  readonly silentMs?: number;
}

const FIRST_PAUSE_MS = 500;
const LONGEST_PAUSE_MS = 15_000;
const SILENT_MS = 40_000;

/** How long to wait before the nth try in a row: doubling, with up to half of it at random, so that not all come at once. */
export function pauseBefore(tries: number, random: number): number {
  const whole = Math.min(LONGEST_PAUSE_MS, FIRST_PAUSE_MS * 2 ** Math.min(tries - 1, 10));
  return Math.round(whole * (1 - random / 2));
}

/** Keeps an event stream open until the signal says to stop, or the server refuses it for good (401, 404). */
export async function keepStreaming(options: LiveStreamOptions, signal: AbortSignal): Promise<void> {
  let failures = 0;
  options.onState('connecting');
  while (!signal.aborted) {
    try {
      const status = await streamOnce(options, signal, () => {
        failures = 0;
      });
      if (status !== null) return options.onState('refused', status);
    } catch {
      // Whatever broke it, the next try shows whether it is over.
    }
    if (signal.aborted) return;
    failures += 1;
    options.onState('lost');
    await options.pause(pauseBefore(failures, (options.random ?? Math.random)()), signal);
  }
}

/** Resolves with null when the stream has ended, with a status when asking again is of no use; rejects when it breaks. */
async function streamOnce(
  options: LiveStreamOptions,
  signal: AbortSignal,
  onLive: () => void,
): Promise<number | null> {
  const dead = new AbortController();
  const abort = () => dead.abort();
  signal.addEventListener('abort', abort);
  let timer: ReturnType<typeof setTimeout> | undefined;
  const alive = () => {
    clearTimeout(timer);
    timer = setTimeout(abort, options.silentMs ?? SILENT_MS);
  };
  alive();
  try {
    const response = await options.connect(dead.signal);
    if (response.status === 401 || response.status === 404) return response.status;
    if (!response.ok || response.body === null) throw new Error(`the stream answered ${response.status}`);
    const read = createEventReader(options.onEvent);
    const decoder = new TextDecoder();
    const reader = response.body.getReader();
    dead.signal.addEventListener('abort', () => void reader.cancel().catch(() => undefined));
    let live = false;
    for (;;) {
      const { done, value } = await reader.read();
      if (done) return null;
      alive();
      if (!live) {
        live = true;
        onLive();
        options.onState('live');
      }
      read(decoder.decode(value, { stream: true }));
    }
  } finally {
    clearTimeout(timer);
    signal.removeEventListener('abort', abort);
  }
}
