import { condition, defineSignal, setHandler, workflowInfo } from '@temporalio/workflow';
import { PASS_DONE_SIGNAL, type ResyncInput, type ResyncReport } from './messages';
import { syncSteps } from './proxies';

export const passDone = defineSignal<[Omit<ResyncReport, 'rearmed'>]>(PASS_DONE_SIGNAL);

/** A pass that has not ended by then goes on by itself; only the report stops waiting. */
const PATIENCE = '24 hours';

/**
 * A full look at both sides of one sync. Stuck items are due again; what is in flight is joined, since the channel's
 * own workflow does the work. Reports what is left.
 */
export async function resync(input: ResyncInput): Promise<ResyncReport> {
  let report: Omit<ResyncReport, 'rearmed'> | undefined;
  setHandler(passDone, (told) => {
    report = told;
  });
  const ref = { portalId: input.portalId, syncId: input.syncId };
  const { armed, rearmed } = await syncSteps.armResync(ref);
  if (!armed) return { outcome: 'not_active', rearmed, pending: 0, stuck: 0, unsyncable: 0 };
  await syncSteps.hintChannel(ref, {
    kind: 'look',
    origin: 'resync',
    resyncWorkflowId: workflowInfo().workflowId,
  });
  await condition(() => report !== undefined, PATIENCE);
  return { ...(report ?? { outcome: 'unfinished', pending: 0, stuck: 0, unsyncable: 0 }), rearmed };
}
