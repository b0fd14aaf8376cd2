import { createHmac, randomBytes } from 'node:crypto';
import { z } from 'zod';
import type { Account } from './model/account';
import type { Service } from './service';

export const webhookSettingsSchema = z.strictObject({
  url: z.url().nullable(),
  /** `off` keeps the target but sends nothing. */
  mode: z.enum(['on', 'off']),
  /** Changes of an account within this time are one notification, milliseconds. */
  coalesceMs: z.number().int().min(0).max(60_000),
  /** Share of notifications that never leave. */
  dropRatio: z.number().min(0).max(1),
  /** How often each notification is sent. */
  copies: z.number().int().min(1).max(100),
  delayMs: z.number().int().min(0).max(600_000),
  /** Holds every other notification back until the next one has left. */
  reorder: z.boolean(),
  /** Several accounts in one call, or one call each. */
  batch: z.boolean(),
  signature: z.enum(['right', 'wrong', 'missing']),
  /** Accounts that nobody knows, added to every notification. */
  strangers: z.number().int().min(0).max(10_000),
  timeoutMs: z.number().int().min(1).max(60_000),
  /** First wait after a failed delivery; doubles each time. */
  firstRetryMs: z.number().int().min(1).max(60_000),
  /** A notification is given up after this long. */
  giveUpMs: z.number().int().min(1).max(3_600_000),
  /** The webhook is switched off after so many notifications in a row were given up. */
  disableAfter: z.number().int().min(1).max(1_000),
});

export type WebhookSettings = z.infer<typeof webhookSettingsSchema>;

const DEFAULTS: WebhookSettings = {
  url: null,
  mode: 'on',
  coalesceMs: 30,
  dropRatio: 0,
  copies: 1,
  delayMs: 0,
  reorder: false,
  batch: true,
  signature: 'right',
  strangers: 0,
  timeoutMs: 10_000,
  firstRetryMs: 1_000,
  giveUpMs: 600_000,
  disableAfter: 10,
};

const MAX_IN_FLIGHT = 100;
/** A notification held back leaves by itself when no other one comes. */
const HELD_BACK_MS = 1_000;

export interface WebhookStats {
  readonly sent: number;
  readonly accepted: number;
  readonly failed: number;
  readonly givenUp: number;
  readonly dropped: number;
  readonly disabled: boolean;
}

export interface Webhooks {
  settings(): WebhookSettings;
  configure(changed: Partial<WebhookSettings>): void;
  stats(): WebhookStats;
  /** The challenge: true when the target echoes it in full, as text, within `timeoutMs`. */
  verify(url?: string, timeoutMs?: number): Promise<boolean>;
  /** Notifies of an account as if something had changed. */
  poke(account: Account): void;
  close(): void;
}

/** Hex HMAC-SHA256 of the raw body, keyed with the app secret. */
export const signatureOf = (secret: string, body: string): string =>
  createHmac('sha256', secret).update(body).digest('hex');

/**
 * Tells the app's webhook which accounts changed: coalesced, retried with growing waits, given up after ten
 * minutes. What an earlier run of the sandbox had not delivered is sent again at the start.
 */
export function createWebhooks(service: Service, appKey: string, url: string | null): Webhooks {
  let settings: WebhookSettings = { ...DEFAULTS, url };
  const stats = { sent: 0, accepted: 0, failed: 0, givenUp: 0, dropped: 0, disabled: false };
  const dirty = new Set<Account>();
  const timers = new Set<NodeJS.Timeout>();
  const closed = new AbortController();
  let coalescing = false;
  let inFlight = 0;
  let lost = 0;
  let heldBack: Account[] | null = null;

  const later = (milliseconds: number, work: () => void): void => {
    if (closed.signal.aborted) return;
    const timer = setTimeout(() => {
      timers.delete(timer);
      work();
    }, milliseconds);
    timers.add(timer);
  };

  const poke = (account: Account): void => {
    if (settings.url === null || settings.mode === 'off' || stats.disabled) return;
    dirty.add(account);
    if (coalescing) return;
    coalescing = true;
    later(settings.coalesceMs, flush);
  };

  function flush(): void {
    coalescing = false;
    const accounts = [...dirty];
    dirty.clear();
    const groups = settings.batch ? [accounts] : accounts.map((one) => [one]);
    for (const group of groups) if (group.length > 0) leave(group);
  }

  function leave(accounts: Account[]): void {
    if (Math.random() < settings.dropRatio) {
      stats.dropped++;
      return;
    }
    if (settings.reorder && heldBack === null) {
      heldBack = accounts;
      later(HELD_BACK_MS, () => heldBack === accounts && leave([]));
      return;
    }
    const group = [accounts, ...(heldBack ? [heldBack] : [])].filter((one) => one.length > 0);
    heldBack = null;
    for (let copy = 0; copy < settings.copies; copy++) later(settings.delayMs, () => void inOrder(group));
  }

  /** One after the other: what was held back arrives after what overtook it. */
  async function inOrder(group: readonly Account[][]): Promise<void> {
    for (const accounts of group) await deliver(accounts, Date.now(), settings.firstRetryMs);
  }

  async function deliver(accounts: Account[], since: number, wait: number): Promise<void> {
    if (inFlight >= MAX_IN_FLIGHT) return later(wait, () => void deliver(accounts, since, wait));
    inFlight++;
    const covered = accounts.map((account) => ({ account, seq: account.feed.last() }));
    const accepted = await post(accounts).finally(() => inFlight--);
    if (closed.signal.aborted) return;
    if (accepted) return settle(covered);
    stats.failed++;
    if (Date.now() - since + wait < settings.giveUpMs) {
      return later(wait, () => void deliver(accounts, since, wait * 2));
    }
    stats.givenUp++;
    if (++lost >= settings.disableAfter) stats.disabled = true;
  }

  function settle(covered: readonly { account: Account; seq: number }[]): void {
    stats.accepted++;
    lost = 0;
    service.commit(
      covered
        .filter(({ account, seq }) => seq > account.notified)
        .map(({ account, seq }) => ({ t: 'notified' as const, account: account.record.id, seq })),
    );
  }

  async function post(accounts: readonly Account[]): Promise<boolean> {
    if (settings.url === null) return true;
    stats.sent++;
    const body = JSON.stringify(notification(accounts, settings.strangers));
    const secret = service.world.apps.get(appKey)?.secret ?? '';
    const right = signatureOf(secret, body);
    const signature = settings.signature === 'wrong' ? signatureOf(`not-${secret}`, body) : right;
    const headers = { 'content-type': 'application/json', 'user-agent': 'DropboxWebhooks/1.0' };
    const signed: Record<string, string> =
      settings.signature === 'missing' ? {} : { 'x-dropbox-signature': signature };
    try {
      const answer = await fetch(settings.url, {
        method: 'POST',
        headers: { ...headers, ...signed },
        body,
        redirect: 'manual',
        signal: AbortSignal.any([AbortSignal.timeout(settings.timeoutMs), closed.signal]),
      });
      await answer.body?.cancel();
      return answer.status === 200;
    } catch {
      return false;
    }
  }

  const stopListening = service.onChange(poke);
  for (const account of service.world.accounts.values()) {
    if (account.feed.last() > account.notified) poke(account);
  }

  return {
    settings: () => settings,
    configure(changed) {
      settings = { ...settings, ...changed };
      stats.disabled = false;
      lost = 0;
    },
    stats: () => ({ ...stats }),
    verify: (target = settings.url ?? '', timeoutMs = settings.timeoutMs) =>
      verify(target, timeoutMs, closed.signal),
    poke,
    close() {
      closed.abort();
      stopListening();
      for (const timer of timers) clearTimeout(timer);
    },
  };
}

function notification(accounts: readonly Account[], strangers: number): object {
  const unknown = Array.from(
    { length: strangers },
    (_, n) => `dbid:${'A'.repeat(25)}${String(n).padStart(10, '0')}`,
  );
  return {
    list_folder: { accounts: [...accounts.map((one) => one.record.id), ...unknown] },
    delta: { users: accounts.map((one) => one.record.uid) },
  };
}

async function verify(target: string, timeoutMs: number, closed: AbortSignal): Promise<boolean> {
  if (target === '') return false;
  const url = new URL(target);
  const challenge = randomBytes(16).toString('base64url');
  url.searchParams.set('challenge', challenge);
  try {
    const signal = AbortSignal.any([AbortSignal.timeout(timeoutMs), closed]);
    const answer = await fetch(url, { redirect: 'manual', signal });
    const type = answer.headers.get('content-type') ?? '';
    return answer.status === 200 && type.startsWith('text/plain') && (await answer.text()) === challenge;
  } catch {
    return false;
  }
}
