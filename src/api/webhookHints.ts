import { setTimeout as delay } from 'node:timers/promises';
import { CairnError } from '../domain/errors';
import type { SyncRef } from '../domain/types';
import type { Logger } from '../log';
import type { Store } from '../store/client';
import { flowingSyncsOfAccount } from '../store/connections';
import type { TemporalGateway } from '../temporal/gateway';
import type { ChannelHint } from '../workflows/messages';
import { giveHint } from './actions';
import { forEachBounded } from './bounded';
import { createCoalescer } from './coalesce';
import type { ApiMetrics } from './metrics';

/** What webhooks tell Temporal. Each call resolves once Temporal holds a hint that was given after it was made. */
export interface WebhookHints {
  /** Something changed in a Dropbox account; resolves with how many syncs were told. Rejects with `unavailable`. */
  account(accountId: string, requestId: string): Promise<number>;
  /** Objects of a sync's channel may have changed; with none named, the channel is listed. Rejects with `unavailable`. */
  objects(ref: SyncRef, ids: readonly string[], requestId: string): Promise<void>;
}

interface Deps {
  readonly store: Store;
  readonly temporal: TemporalGateway;
  readonly logger: Logger;
  readonly metrics: ApiMetrics;
}

/** Requests that wait at once; a flood beyond it is told to come back. */
const MAX_WAITING = 5_000;
/** What one signal names; of more than this, the workflow would list the channel anyway. */
const MAX_IDS = 100;
/** From one signal of a sync to the next: the first of a burst goes at once, the rest in so many a second. */
const EVERY_MS = 60;
const HINTS_AT_ONCE = 16;
/** An account of very many syncs does not go on with them for longer while Temporal is slow: Dropbox tells it again. */
const ALL_SYNCS_MS = 4_000;

/** What one signal tells a sync. */
interface News {
  readonly ref: SyncRef;
  /** Of the request that came first: it is the one in the workflow's memo. */
  readonly requestId: string;
  readonly dropbox: boolean;
  /** Objects of the channel; all of them where it is empty. */
  readonly ids?: readonly string[];
}

/**
 * A signal costs Temporal a transaction and the workflow a task, and a busy office sends webhooks faster than that: so
 * one signal a sync is under way, and the webhooks of both sides that come meanwhile share the next.
 */
export function createWebhookHints({ store, temporal, logger, metrics }: Deps): WebhookHints {
  const shared = (first: string, other: string) =>
    logger.debug({ requestId: other, hintOf: first }, 'a webhook shares a hint');
  const signals = createCoalescer<News, void>({
    maxCallers: MAX_WAITING,
    merge(waiting, more) {
      shared(waiting.requestId, more.requestId);
      const ids = mergeIds(waiting.ids, more.ids);
      return { ...waiting, dropbox: waiting.dropbox || more.dropbox, ...(ids ? { ids } : {}) };
    },
    run(_key, news) {
      const outcome = giveHint(temporal, news.ref, hintOf(news), news.requestId);
      const pause = delay(EVERY_MS, undefined, { ref: false });
      return { outcome, free: Promise.allSettled([outcome, pause]) };
    },
  });
  const tell = (news: News) => signals(JSON.stringify([news.ref.portalId, news.ref.syncId]), news);
  const tellAll = async (syncs: readonly SyncRef[], requestId: string, begun: number): Promise<number> => {
    await forEachBounded(syncs, HINTS_AT_ONCE, async (ref) => {
      if (performance.now() - begun > ALL_SYNCS_MS) throw new CairnError('unavailable');
      await tell({ ref, requestId, dropbox: true });
    });
    return syncs.length;
  };
  const accounts = createCoalescer<{ readonly requestId: string }, number>({
    maxCallers: MAX_WAITING,
    merge(waiting, more) {
      shared(waiting.requestId, more.requestId);
      return waiting;
    },
    run(accountId, { requestId }) {
      const begun = performance.now();
      const syncs = flowingSyncsOfAccount(store, accountId);
      // Who comes later has to be looked up anew, and then shares the signals that have not been sent by then.
      return { outcome: syncs.then((found) => tellAll(found, requestId, begun)), free: syncs };
    },
  });
  const counted = async <T>(hinted: Promise<T>): Promise<T> => {
    metrics.waiting(1);
    try {
      return await hinted;
    } finally {
      metrics.waiting(-1);
    }
  };
  return {
    account: (accountId, requestId) => counted(accounts(accountId, { requestId })),
    objects: (ref, ids, requestId) => counted(tell({ ref, requestId, dropbox: false, ids })),
  };
}

function hintOf({ dropbox, ids }: News): ChannelHint {
  const origin = 'webhook';
  if (ids === undefined) return { kind: 'dropbox', origin };
  return dropbox ? { kind: 'both', ids, origin } : { kind: 'assembly', ids, origin };
}

/** No id at all means the whole channel, which all others are part of. */
function mergeIds(
  some: readonly string[] | undefined,
  more: readonly string[] | undefined,
): readonly string[] | undefined {
  if (some === undefined || more === undefined) return some ?? more;
  if (some.length === 0 || more.length === 0) return [];
  const all = [...new Set([...some, ...more])];
  return all.length > MAX_IDS ? [] : all;
}
