import type { TemporalGateway } from '../../temporal/gateway';
import { until } from '../until';

const IDLE_LOOKS = 4;
const LOOK_MS = 150;

/** Resolves when no workflow has been running for half a second. */
export async function untilIdle(
  gateway: TemporalGateway,
  signal: AbortSignal,
  timeoutMs = 120_000,
): Promise<void> {
  let idle = 0;
  await until(
    async () => {
      const { count } = await gateway.client.workflow.count("ExecutionStatus = 'Running'");
      idle = count === 0 ? idle + 1 : 0;
      return idle >= IDLE_LOOKS ? true : `${count} workflows still run`;
    },
    { timeoutMs, everyMs: LOOK_MS, signal },
  );
}

export interface Histories {
  readonly workflows: number;
  readonly events: number;
}

/** Events of all runs that began since `since`. To be asked when the system is idle: lengths are kept at the close of a run. */
export async function historiesSince(gateway: TemporalGateway, since: Date): Promise<Histories> {
  let workflows = 0;
  let events = 0;
  const query = `StartTime >= '${since.toISOString()}'`;
  for await (const { historyLength, workflowId } of gateway.client.workflow.list({ query })) {
    if (!historyLength) throw new Error(`the history of ${workflowId} has no length`);
    workflows++;
    events += historyLength;
  }
  return { workflows, events };
}
