import {
  Client,
  Connection,
  type ConnectionOptions,
  defaultGrpcRetryOptions,
  makeGrpcRetryInterceptor,
  ScheduleNotFoundError,
  WorkflowExecutionAlreadyStartedError,
} from '@temporalio/client';
import type { Origin } from '../domain/types';
import {
  type ChannelHint,
  HINT_SIGNAL,
  type ResyncInput,
  type ResyncReport,
  type SyncChannelInput,
} from '../workflows/messages';
import { channelWorkflowId, QUEUES, resyncWorkflowId, SWEEP_SCHEDULE_ID, type SyncRef } from './ids';
import { ORIGIN, PORTAL_ID, SYNC_ID } from './searchAttributes';

/** A person goes before a webhook, a webhook before a sweep (1 is first). */
const PRIORITY: Record<Origin, number> = { operator: 1, resync: 1, initial: 2, webhook: 2, sweep: 4 };

export const priorityOf = (origin: Origin, portalId: string) => ({
  priorityKey: PRIORITY[origin],
  fairnessKey: portalId.slice(0, 64),
});

/**
 * How long one call may take. The sender of a webhook, who waits ten seconds, may have to wait for two: for one that was
 * under way when it came, and for its own. A server that hangs is then no worse than one that is away.
 */
const CALL_MS = 4_000;
/**
 * A workflow that is just about to end, or to go on anew, takes no signal for a moment, and Temporal calls that a resource
 * that is exhausted. The SDK would wait for a second and more each time, and a webhook's time would be over.
 */
const RETRIES = defaultGrpcRetryOptions({ initialIntervalMs: () => 100 });

/** Everything that the API, the CLI and activities ask of Temporal. One per process. */
export interface TemporalGateway {
  readonly client: Client;
  /**
   * Durable once it resolves: the sync's channel workflow runs, or is started, and has the hint. A workflow that is
   * started for a request has its id in the memo, so that it is found from a log line and the other way round. Rejects
   * in bounded time, then or later with no effect or with the same: a hint twice does no harm.
   */
  hint(ref: SyncRef, hint: ChannelHint, requestId?: string): Promise<void>;
  /** `running` when a resync of this sync is under way already. Rejects in bounded time. */
  startResync(ref: SyncRef, origin: Origin, requestId?: string): Promise<'started' | 'running'>;
  resyncReport(ref: SyncRef): Promise<ResyncReport>;
  /** Runs the sweep now, by its Schedule. `missing` while no worker has created it. */
  sweepNow(): Promise<'triggered' | 'missing'>;
  /** Resolves when the namespace answers within `timeoutMs`. */
  ready(timeoutMs?: number): Promise<void>;
  close(): Promise<void>;
}

export function createGateway(
  client: Client,
  close: () => Promise<void>,
  callMs: number = CALL_MS,
): TemporalGateway {
  const bounded = <T>(call: () => Promise<T>): Promise<T> => client.withDeadline(Date.now() + callMs, call);
  return {
    client,
    close,
    async hint(ref, hint, requestId) {
      const input: SyncChannelInput = { portalId: ref.portalId, syncId: ref.syncId };
      await bounded(() =>
        client.workflow.signalWithStart('syncChannel', {
          workflowId: channelWorkflowId(ref),
          taskQueue: QUEUES.sync,
          args: [input],
          signal: HINT_SIGNAL,
          signalArgs: [hint],
          staticSummary: 'one channel and one Dropbox folder',
          ...memoOf(requestId),
          priority: priorityOf(hint.origin, ref.portalId),
          typedSearchAttributes: [
            { key: PORTAL_ID, value: ref.portalId },
            { key: SYNC_ID, value: ref.syncId },
            { key: ORIGIN, value: hint.origin },
          ],
        }),
      );
    },
    async startResync(ref, origin, requestId) {
      const input: ResyncInput = { portalId: ref.portalId, syncId: ref.syncId };
      try {
        await bounded(() =>
          client.workflow.start('resync', {
            workflowId: resyncWorkflowId(ref),
            taskQueue: QUEUES.sync,
            args: [input],
            staticSummary: 'full look at both sides',
            ...memoOf(requestId),
            priority: priorityOf(origin, ref.portalId),
            typedSearchAttributes: [
              { key: PORTAL_ID, value: ref.portalId },
              { key: SYNC_ID, value: ref.syncId },
              { key: ORIGIN, value: origin },
            ],
          }),
        );
        return 'started';
      } catch (error) {
        if (error instanceof WorkflowExecutionAlreadyStartedError) return 'running';
        throw error;
      }
    },
    resyncReport(ref) {
      return client.workflow.getHandle(resyncWorkflowId(ref)).result() as Promise<ResyncReport>;
    },
    async sweepNow() {
      try {
        await bounded(() => client.schedule.getHandle(SWEEP_SCHEDULE_ID).trigger());
        return 'triggered';
      } catch (error) {
        if (error instanceof ScheduleNotFoundError) return 'missing';
        throw error;
      }
    },
    async ready(timeoutMs = 2_000) {
      await client.connection.withDeadline(Date.now() + timeoutMs, () =>
        client.workflowService.describeNamespace({ namespace: client.options.namespace }),
      );
    },
  };
}

/** Under which request the API or the command line asked for it. */
const memoOf = (requestId: string | undefined) => (requestId === undefined ? {} : { memo: { requestId } });

type GatewayOptions = ConnectionOptions & { namespace: string };

/** As the standard `TEMPORAL_*` settings say. Connects by itself whenever the server is there; `ready` tells. */
export const openGateway = (options: GatewayOptions): TemporalGateway => gatewayOn(lazily(options), options);

/** The same, connected. Rejects when the server does not answer in time. */
export async function connectGateway(options: GatewayOptions): Promise<TemporalGateway> {
  const connection = lazily(options);
  try {
    await connection.ensureConnected();
  } catch (error) {
    await connection.close();
    throw error;
  }
  return gatewayOn(connection, options);
}

const lazily = ({ namespace: _, ...connectionOptions }: GatewayOptions): Connection =>
  Connection.lazy({
    connectTimeout: '5s',
    interceptors: [makeGrpcRetryInterceptor(RETRIES)],
    ...connectionOptions,
  });

const gatewayOn = (connection: Connection, { namespace }: GatewayOptions): TemporalGateway =>
  createGateway(new Client({ connection, namespace }), () => connection.close());
