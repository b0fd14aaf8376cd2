import { createHmac } from 'node:crypto';
import { setMaxListeners } from 'node:events';
import { setTimeout as delay } from 'node:timers/promises';
import { createRandom } from '../random';
import { createRing } from '../ring';
import { createSlots } from '../slots';
import type { DeliveryConfig } from './deliveryConfig';

const MAX_PENDING = 200_000;
const MAX_IN_FLIGHT = 32;
const HISTORY = 20_000;

export interface OutgoingEvent {
  readonly workspaceId: string;
  readonly eventType: string;
  /** Events of one object arrive in order, unless the mode says otherwise. */
  readonly objectId: string;
  /** The raw bytes that are signed. */
  readonly body: string;
}

export interface Attempt {
  readonly seq: number;
  readonly eventType: string;
  readonly objectId: string;
  readonly workspaceId: string;
  readonly attempt: number;
  /** 0: no answer. */
  readonly status: number;
}

export interface Delivery {
  /** Resolves when the first attempt is over, or at once where nothing is sent. Never rejects. */
  send(event: OutgoingEvent): Promise<void>;
  /** Sends every event that was ever handed over (the last 20,000) once more. */
  redeliver(): number;
  configure(patch: Partial<DeliveryConfig>): void;
  config(): DeliveryConfig;
  /** What was tried, and how many events are still under way. */
  status(): { pending: number; dropped: number; attempts: Attempt[] };
  close(): void;
}

/** Posts events to the app's webhook URL. What is pending dies with the process, as a lost event. */
export const createDelivery = (
  initial: DeliveryConfig,
  mintToken: (workspaceId: string) => string,
): Delivery => {
  const history = createRing<OutgoingEvent>(HISTORY);
  const attempts = createRing<Attempt>(HISTORY);
  const slots = createSlots(MAX_IN_FLIGHT);
  const stop = new AbortController();
  // Each event under way listens: their number has a bound of its own, and ten are no leak.
  setMaxListeners(0, stop.signal);
  const chains = new Map<string, Promise<void>>();
  let config = initial;
  let random = createRandom(initial.mode.seed);
  let pending = 0;
  let dropped = 0;
  let seq = 0;
  let held: (() => void)[] = [];

  const post = async (event: OutgoingEvent, attempt: number): Promise<boolean> => {
    const status = await slots.run(() => postOnce(config, event, mintToken(event.workspaceId), stop.signal));
    seq += 1;
    const { eventType, objectId, workspaceId } = event;
    attempts.push({ seq, eventType, objectId, workspaceId, attempt, status });
    return status === 200;
  };

  const withRetries = async (event: OutgoingEvent, onFirst: () => void): Promise<void> => {
    const done = await post(event, 1);
    onFirst();
    if (done) return;
    for (const [index, waitMs] of config.retryDelaysMs.entries()) {
      await delay(waitMs, undefined, { signal: stop.signal });
      if (await post(event, index + 2)) return;
    }
  };

  /** Holds what comes within the window and lets it go last first. */
  const reordered = (): Promise<void> =>
    new Promise((resolve) => {
      held.push(resolve);
      if (held.length > 1) return;
      void delay(config.mode.delayMs || 50, undefined, { signal: stop.signal }).then(
        () => {
          const release = held.reverse();
          held = [];
          for (const go of release) go();
        },
        () => {},
      );
    });

  const start = (event: OutgoingEvent): Promise<void> => {
    pending += 1;
    const { mode } = config;
    const waited = mode.reorder
      ? reordered()
      : mode.delayMs > 0
        ? delay(mode.delayMs, undefined, { signal: stop.signal })
        : Promise.resolve();
    return new Promise((onFirst) => {
      const ordered = mode.concurrent || mode.reorder ? undefined : chains.get(event.objectId);
      const run = Promise.all([waited, ordered])
        .then(() => withRetries(event, onFirst))
        .catch(() => {})
        .finally(() => {
          pending -= 1;
          if (chains.get(event.objectId) === run) chains.delete(event.objectId);
          onFirst();
        });
      if (!mode.concurrent && !mode.reorder) chains.set(event.objectId, run);
    });
  };

  const send = async (event: OutgoingEvent): Promise<void> => {
    history.push(event);
    if (config.url === null || stop.signal.aborted) return;
    if (random() < config.mode.drop || pending >= MAX_PENDING) {
      dropped += 1;
      return;
    }
    const first = start(event);
    if (random() < config.mode.duplicate) void start(event);
    await first;
  };

  return {
    send,
    redeliver: () => {
      if (config.url === null) return 0;
      const events = history.values();
      for (const event of events) void start(event);
      return events.length;
    },
    configure: (patch) => {
      config = { ...config, ...patch };
      random = createRandom(config.mode.seed);
    },
    config: () => config,
    status: () => ({ pending, dropped, attempts: attempts.values() }),
    close: () => stop.abort(),
  };
};

/** The HTTP status, or 0 where there was none in time. */
const postOnce = async (
  config: DeliveryConfig,
  event: OutgoingEvent,
  token: string,
  stopped: AbortSignal,
): Promise<number> => {
  if (config.url === null) return 0;
  const url = new URL(config.url);
  if (config.token !== 'absent')
    url.searchParams.set('token', config.token === 'valid' ? token : 'ab'.repeat(48));
  try {
    const response = await fetch(url, {
      method: 'POST',
      headers: { 'content-type': 'application/json', ...signatureHeader(config, event.body) },
      body: event.body,
      redirect: 'manual',
      signal: AbortSignal.any([stopped, AbortSignal.timeout(config.timeoutMs)]),
    });
    await response.body?.cancel();
    return response.status;
  } catch {
    return 0;
  }
};

const signatureHeader = (config: DeliveryConfig, body: string): Record<string, string> => {
  if (config.secret === null || config.signature === 'absent') return {};
  const secret = config.signature === 'valid' ? config.secret : `not ${config.secret}`;
  return { 'x-copilot-signature': signBody(secret, body) };
};

/** Lower-case hex HMAC-SHA256 over the raw body. */
export const signBody = (secret: string, rawBody: string): string =>
  createHmac('sha256', secret).update(rawBody).digest('hex');
