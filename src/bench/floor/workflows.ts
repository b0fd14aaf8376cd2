import {
  condition,
  continueAsNew,
  executeChild,
  ParentClosePolicy,
  proxyActivities,
  proxyLocalActivities,
  workflowInfo,
} from '@temporalio/workflow';

/** What Cairn's activities do for the floor: nothing. */
export interface NoSteps {
  nothing(): Promise<void>;
}

const onPostgres = proxyLocalActivities<NoSteps>({ startToCloseTimeout: '30s' });
const onRemote = proxyActivities<NoSteps>({ taskQueue: 'floor-remote', startToCloseTimeout: '30s' });

/** As many steps as `syncItem` takes for one operation: open, apply, settle. */
export async function floorItem(): Promise<void> {
  await onPostgres.nothing();
  await onRemote.nothing();
  await onPostgres.nothing();
}

/** Starts items as `syncChannel` does, `window` of them at a time, until `total` have ended. */
export async function floorChannel(total: number, window: number): Promise<void> {
  const running = new Set<Promise<void>>();
  for (let left = total; left > 0; left--) {
    if (workflowInfo().continueAsNewSuggested) {
      await Promise.all(running);
      await continueAsNew<typeof floorChannel>(left, window);
    }
    const one: Promise<void> = executeChild(floorItem, {
      parentClosePolicy: ParentClosePolicy.ABANDON,
      staticSummary: 'no-op',
    }).then(() => {
      running.delete(one);
    });
    running.add(one);
    await condition(() => running.size < window);
  }
  await Promise.all(running);
}
