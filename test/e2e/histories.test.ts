import { Client, Connection } from '@temporalio/client';
import { replayAll } from '../replay/support/replay';
import { control } from '../support/people';
import { type System, startSystem, waitFor } from '../support/system';
import { type Course, has, historiesOf, saveIfRecording } from './support/histories';

const retried: Course = (events) =>
  events.some((event) => (event.activityTaskStartedEventAttributes?.attempt ?? 1) > 1);
const calls =
  (activity: string): Course =>
  (events) =>
    events.some((event) => event.activityTaskScheduledEventAttributes?.activityType.name === activity);
const all =
  (...courses: Course[]): Course =>
  (events) =>
    courses.every((course) => course(events));
const not =
  (course: Course): Course =>
  (events) =>
    !course(events);

const DONE = has('WORKFLOW_EXECUTION_COMPLETED');
const SIGNALLED = has('WORKFLOW_EXECUTION_SIGNALED');
const COURSES: Record<string, Course> = {
  'syncItem.success': all(DONE, not(retried), not(SIGNALLED), calls('applyOperation')),
  'syncItem.retried': all(DONE, retried),
  'syncItem.failed': all(has('WORKFLOW_EXECUTION_FAILED'), calls('markFailed')),
  'syncItem.signalled': all(DONE, SIGNALLED),
  'syncChannel.children': all(
    DONE,
    has('START_CHILD_WORKFLOW_EXECUTION_INITIATED'),
    not(has('TIMER_STARTED')),
  ),
  'syncChannel.timer': all(DONE, has('CHILD_WORKFLOW_EXECUTION_FAILED', 'TIMER_FIRED')),
  'syncChannel.observation-failed': all(DONE, calls('observationFailed'), has('TIMER_FIRED')),
  'sweep.portals': all(DONE, has('CHILD_WORKFLOW_EXECUTION_STARTED')),
  'sweepPortal.woken': DONE,
  'resync.converged': all(DONE, SIGNALLED),
};

let system: System;
let syncId: string;
let client: Client;

beforeAll(async () => {
  system = await startSystem({ env: { CAIRN_RETRY_MAX_SECONDS: '2', CAIRN_BACKOFF_SECONDS: '2' } });
  client = new Client({ connection: await Connection.connect({ address: system.temporalAddress }) });
}, 120_000);
afterAll(async () => {
  await client?.connection.close();
  await system?.stop();
}, 60_000);

test('what the workflows have just done replays, on every main path', async () => {
  const { dropbox, assembly } = system;
  await dropbox.put('/first.txt', 'first');
  syncId = await system.connect();
  await restored();

  await assemblyFault({ action: 'status', status: 503, times: 1 });
  await dropbox.put('/retried.txt', 'retried');
  await restored();

  await assemblyFault({ action: 'status', status: 400, body: '{"message":"not this one"}', times: 1 });
  await dropbox.put('/failed.txt', 'failed');
  await restored();

  await assemblyFault({ action: 'slow', delayMs: 4_000, times: 1 });
  await dropbox.put('/signalled.txt', 'signalled');
  await signalRunningItem();
  await restored();

  const faults = `${system.dropboxSandbox.controlUrl}/faults`;
  await control(faults, 'POST', {
    rules: [{ route: 'files/list_folder/continue', action: 'status', status: 500 }],
  });
  await dropbox.put('/unseen.txt', 'unseen');
  await waitFor(observationFailed, 60_000);
  await control(faults, 'DELETE');
  await restored();
  await assembly.put('/last.txt', 'last');
  await restored();

  expect((await system.cli('sweep')).code).toBe(0);
  expect((await system.cli('resync', syncId, '--wait')).code).toBe(0);
  const histories = await waitFor(() => historiesOf(client, COURSES), 60_000);

  expect(await replayAll(histories)).toEqual(Object.fromEntries(histories.map(({ name }) => [name, null])));
  saveIfRecording(histories);
}, 360_000);

/** Both trees are equal again and the channel's workflow has come to its end. */
async function restored(): Promise<void> {
  await system.converged(syncId, 90_000);
  await waitFor(async () => ((await system.busy(syncId)) ? 'the channel still works' : true), 60_000);
}

const assemblyFault = (rule: Record<string, unknown>) =>
  control(`${system.assemblySandbox.controlUrl}/faults`, 'POST', {
    rules: [{ route: 'POST /v1/files*', ...rule }],
  });

async function signalRunningItem(): Promise<void> {
  await waitFor(async () => {
    for await (const { workflowId } of client.workflow.list({
      query: 'WorkflowType = "syncItem" AND ExecutionStatus = "Running"',
    })) {
      await client.workflow.getHandle(workflowId).signal('lookAgain');
      return true;
    }
    return 'no item is running';
  }, 30_000);
}

async function observationFailed(): Promise<true | string> {
  const sync = await system.database.store.prisma.channelSync.findUniqueOrThrow({ where: { id: syncId } });
  return sync.lastErrorCode === null ? 'no observation has failed' : true;
}
