import { setTimeout as delay } from 'node:timers/promises';
import { CairnError } from '../domain/errors';
import type { SyncRef } from '../domain/types';
import type { Logger } from '../log';
import type { Store } from '../store/client';
import { flowingSyncsOfAccount } from '../store/connections';
import type { TemporalGateway } from '../temporal/gateway';
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
/** From one signal to the next of a sync and side: the first of a burst goes at once, the rest in so many a second. */
const EVERY_MS = 60;
const pace = () => delay(EVERY_MS, undefined, { ref: false });
const HINTS_AT_ONCE = 16;
/** An account of very many syncs does not go on with them for longer while Temporal is slow: Dropbox tells it again. */
const ALL_SYNCS_MS = 4_000;

interface Load {
  /** Of the request that came first: it is the one in the workflow's memo. */
  readonly requestId: string;
  /** Empty: all of them. */
  readonly ids: readonly string[];
}

/**
 * A signal costs Temporal a transaction and the workflow a task, and a busy office sends webhooks faster than that: so
 * one signal a sync is under way, and the webhooks that come meanwhile share the next.
 */
export function createWebhookHints({ store, temporal, logger, metrics }: Deps): WebhookHints {
  const merge = (waiting: Load, more: Load): Load => {
    logger.debug({ requestId: more.requestId, hintOf: waiting.requestId }, 'a webhook shares a hint');
    return { requestId: waiting.requestId, ids: mergeIds(waiting.ids, more.ids) };
  };
  const accounts = createCoalescer<Load, number>({
    maxCallers: MAX_WAITING,
    pace,
    merge,
    async run(accountId, { requestId }) {
      const begun = performance.now();
      const syncs = await flowingSyncsOfAccount(store, accountId);
      await forEachBounded(syncs, HINTS_AT_ONCE, async (ref) => {
        if (performance.now() - begun > ALL_SYNCS_MS) throw new CairnError('unavailable');
        await giveHint(temporal, ref, { kind: 'dropbox', origin: 'webhook' }, requestId);
      });
      return syncs.length;
    },
  });
  const objects = createCoalescer<Load & { readonly ref: SyncRef }, void>({
    maxCallers: MAX_WAITING,
    pace,
    merge: (waiting, more) => ({ ref: waiting.ref, ...merge(waiting, more) }),
    run: (_key, { ref, ids, requestId }) =>
      giveHint(temporal, ref, { kind: 'assembly', ids, origin: 'webhook' }, requestId),
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
    account: (accountId, requestId) => counted(accounts(accountId, { requestId, ids: [] })),
    objects: (ref, ids, requestId) =>
      counted(objects(JSON.stringify([ref.portalId, ref.syncId]), { ref, ids, requestId })),
  };
}

/** No id at all means the whole channel, which all others are part of. */
function mergeIds(some: readonly string[], more: readonly string[]): readonly string[] {
  if (some.length === 0 || more.length === 0) return [];
  const all = [...new Set([...some, ...more])];
  return all.length > MAX_IDS ? [] : all;
}
