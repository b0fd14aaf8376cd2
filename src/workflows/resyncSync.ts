import type { SyncRef } from '../domain/types';
import type { ResyncActivities } from './activities';
import type { ResyncReport } from './messages';

/** A pass that has not ended by then goes on by itself; only the report stops waiting. */
const PATIENCE_MS = 24 * 3_600_000;

/** All that a resync asks of whatever runs it. */
export interface ResyncEngine {
  readonly steps: ResyncActivities;
  /** Its own id, under which the pass tells it the end. */
  readonly workflowId: string;
  /** What the pass has told, once it has. */
  report(): Omit<ResyncReport, 'rearmed'> | undefined;
  /** Resolves when it holds, or after `timeoutMs`. */
  condition(holds: () => boolean, timeoutMs: number): Promise<unknown>;
}

/**
 * A full look at both sides of one sync. Stuck items are due again; what is in flight is joined, since the channel's
 * own workflow does the work. Reports what is left.
 */
export async function runResync(engine: ResyncEngine, ref: SyncRef): Promise<ResyncReport> {
  const { armed, rearmed } = await engine.steps.armResync(ref);
  if (!armed) return { outcome: 'not_active', rearmed, pending: 0, stuck: 0, unsyncable: 0 };
  await engine.steps.hintChannel(ref, {
    kind: 'look',
    origin: 'resync',
    resyncWorkflowId: engine.workflowId,
  });
  await engine.condition(() => engine.report() !== undefined, PATIENCE_MS);
  const unfinished = { outcome: 'unfinished', pending: 0, stuck: 0, unsyncable: 0 } as const;
  return { ...(engine.report() ?? unfinished), rearmed };
}
