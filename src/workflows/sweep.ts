import { WorkflowExecutionAlreadyStartedError } from '@temporalio/common';
import { continueAsNew, ParentClosePolicy, startChild, workflowInfo } from '@temporalio/workflow';
import { sweepPortalWorkflowId } from '../temporal/ids';
import { ORIGIN, PORTAL_ID, SWEEP_ID } from '../temporal/searchAttributes';
import { syncSteps } from './proxies';
import { sweepPortals, wakePortal } from './sweepPages';

const shouldContinueAsNew = () => workflowInfo().continueAsNewSuggested;

/** The Schedule's workflow: a child for each portal, abandoned to run on by itself. */
export async function sweep(after = ''): Promise<void> {
  const next = await sweepPortals({ steps: syncSteps, startPortal, shouldContinueAsNew }, after);
  if (next !== null) await continueAsNew<typeof sweep>(next);
}

async function startPortal(portalId: string): Promise<void> {
  try {
    await startChild<typeof sweepPortal>('sweepPortal', {
      workflowId: sweepPortalWorkflowId(portalId),
      args: [portalId],
      parentClosePolicy: ParentClosePolicy.ABANDON,
      staticSummary: 'wake what is due',
      priority: { priorityKey: 4, fairnessKey: portalId.slice(0, 64) },
      typedSearchAttributes: [
        { key: PORTAL_ID, value: portalId },
        { key: ORIGIN, value: 'sweep' },
        { key: SWEEP_ID, value: workflowInfo().runId },
      ],
    });
  } catch (error) {
    // The portal's last sweep still runs: it will see what this one would have seen.
    if (!(error instanceof WorkflowExecutionAlreadyStartedError)) throw error;
  }
}

/** One portal's part of a sweep. */
export async function sweepPortal(portalId: string, after: string | null = null): Promise<{ woken: number }> {
  const { woken, next } = await wakePortal({ steps: syncSteps, shouldContinueAsNew }, portalId, after);
  if (next !== null) await continueAsNew<typeof sweepPortal>(portalId, next);
  return { woken };
}
