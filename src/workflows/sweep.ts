import { WorkflowExecutionAlreadyStartedError } from '@temporalio/common';
import { continueAsNew, ParentClosePolicy, startChild, workflowInfo } from '@temporalio/workflow';
import { sweepPortalWorkflowId } from '../temporal/ids';
import { ORIGIN, PORTAL_ID, SWEEP_ID } from '../temporal/searchAttributes';
import { syncSteps } from './proxies';

/** Lists portals in pages and starts a child for each, which runs on by itself: one slow portal delays no other. */
export async function sweep(after = ''): Promise<void> {
  let position = after;
  for (;;) {
    const portals = await syncSteps.listPortals(position);
    if (portals.length === 0) return;
    for (const portalId of portals) await startPortal(portalId);
    position = portals[portals.length - 1]!;
    if (workflowInfo().continueAsNewSuggested) await continueAsNew<typeof sweep>(position);
  }
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

/** Wakes the portal's syncs with owed tombstones that are due, stale cursors, or an initial look that died. */
export async function sweepPortal(portalId: string, after: string | null = null): Promise<{ woken: number }> {
  let position = after;
  let woken = 0;
  for (;;) {
    const page = await syncSteps.wakeSyncs(portalId, position);
    woken += page.woken;
    if (page.next === null) return { woken };
    position = page.next;
    if (workflowInfo().continueAsNewSuggested) await continueAsNew<typeof sweepPortal>(portalId, position);
  }
}
