import { proxyActivities, proxyLocalActivities } from '@temporalio/workflow';
import type { Side } from '../domain/types';
import type { ChannelActivities, ItemActivities, ResyncActivities, SweepActivities } from './activities';

/** However long Postgres is away, what was under way goes on when it is back. */
const OUTAGE = '30 days';

/**
 * Activities in groups by the limit they run under. Postgres steps of one item are local: they are short, idempotent
 * and half of an item's cost otherwise. Codes of the error catalogue that no repetition can help are non-retryable at
 * the place where they are thrown.
 */
export const postgresSteps = proxyLocalActivities<
  Pick<ItemActivities, 'openOperation' | 'settleOperation'> &
    Pick<ChannelActivities, 'startPass' | 'nextWork' | 'endPass'>
>({
  startToCloseTimeout: '30s',
  scheduleToCloseTimeout: OUTAGE,
  localRetryThreshold: '5s',
  retry: { initialInterval: '200ms', maximumInterval: '5s' },
});

/** Regular activities on the workflow's own queue: longer, or worth seeing in the Web UI. */
export const syncSteps = proxyActivities<
  Pick<ItemActivities, 'markFailed'> &
    Pick<ChannelActivities, 'planSync' | 'observationFailed'> &
    SweepActivities &
    ResyncActivities
>({
  startToCloseTimeout: '5 minutes',
  heartbeatTimeout: '20s',
  scheduleToCloseTimeout: OUTAGE,
  retry: { initialInterval: '500ms', maximumInterval: '5s' },
});

/**
 * Remote work on a side's own queue. How long a failing call is repeated is the activity's to say
 * (`CAIRN_RETRY_MAX_SECONDS`): from then on it fails for good. Ended workers are noticed by the missing heartbeat.
 */
export const remoteSteps = (side: Side) =>
  proxyActivities<
    Pick<ItemActivities, 'applyOperation'> & Pick<ChannelActivities, 'observeDropbox' | 'observeAssembly'>
  >({
    taskQueue: side,
    startToCloseTimeout: '6 hours',
    heartbeatTimeout: '20s',
    retry: { initialInterval: '1s', backoffCoefficient: 2, maximumInterval: '60s' },
  });
