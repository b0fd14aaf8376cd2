import { type Client, ScheduleAlreadyRunning, ScheduleOverlapPolicy } from '@temporalio/client';
import { QUEUES, SWEEP_SCHEDULE_ID } from './ids';

/** Creates the sweep's Schedule, or brings the one that is there up to date; safe from any number of workers. */
export async function ensureSweepSchedule(client: Client, cron: string): Promise<void> {
  const spec = { cronExpressions: [cron], timezone: 'UTC' };
  const action = {
    type: 'startWorkflow' as const,
    workflowType: 'sweep',
    workflowId: 'sweep',
    taskQueue: QUEUES.sync,
    args: [],
    staticSummary: 'wake what is due in every portal',
  };
  // A sweep that was missed by more than an hour is not made up for; one that still runs is not doubled.
  const policies = {
    overlap: ScheduleOverlapPolicy.SKIP,
    catchupWindow: '1 hour' as const,
    pauseOnFailure: false,
  };
  try {
    await client.schedule.create({ scheduleId: SWEEP_SCHEDULE_ID, spec, action, policies });
  } catch (error) {
    if (!(error instanceof ScheduleAlreadyRunning)) throw error;
    await client.schedule
      .getHandle(SWEEP_SCHEDULE_ID)
      .update((before) => ({ ...before, spec, action, policies, state: before.state }));
  }
}
