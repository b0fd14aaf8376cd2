import { condition, defineSignal, setHandler, workflowInfo } from '@temporalio/workflow';
import { PASS_DONE_SIGNAL, type ResyncInput, type ResyncReport } from './messages';
import { syncSteps } from './proxies';
import { runResync } from './resyncSync';

export const passDone = defineSignal<[Omit<ResyncReport, 'rearmed'>]>(PASS_DONE_SIGNAL);

/** A person's full look at both sides of one sync, as `runResync` says. */
export async function resync(input: ResyncInput): Promise<ResyncReport> {
  let told: Omit<ResyncReport, 'rearmed'> | undefined;
  setHandler(passDone, (report) => {
    told = report;
  });
  return await runResync(
    { steps: syncSteps, workflowId: workflowInfo().workflowId, report: () => told, condition },
    { portalId: input.portalId, syncId: input.syncId },
  );
}
