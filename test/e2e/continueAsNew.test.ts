import { Client, Connection } from '@temporalio/client';
import { NativeConnection, Worker } from '@temporalio/worker';
import type { NextWork } from '../../src/activities/channel';
import { ensureTemporal, startTemporal } from '../../src/local/temporal';
import type { CairnActivities } from '../../src/workflows/activities';
import { quietWorkers, replayAll } from '../replay/support/replay';
import { BUNDLE } from '../setup/bundle';
import { type Course, has, historiesOf, saveIfRecording } from './support/histories';

/** Far below what a server suggests by itself, so that a handful of steps is a long history. */
const LONG_HISTORY = 30;
/** What is in hand by then is finished first; carried out in one run, forty items are more than twice as many events. */
const LONGEST_HISTORY = 100;
const REF = { portalId: 'ws_1', syncId: '00000000-0000-4000-8000-000000000001' };
const ITEMS = Array.from(
  { length: 40 },
  (_, n) => `00000000-0000-4000-9000-0000000000${String(n).padStart(2, '0')}`,
);
const PORTALS = Array.from({ length: 30 }, (_, n) => `portal-${n}`);

const CONTINUED = has('WORKFLOW_EXECUTION_CONTINUED_AS_NEW');
const COURSES: Record<string, Course> = {
  'syncChannel.continued': CONTINUED,
  'sweep.continued': CONTINUED,
  'sweepPortal.continued': CONTINUED,
};

let temporal: Awaited<ReturnType<typeof startTemporal>>;
let client: Client;
beforeAll(async () => {
  const { path: binary } = await ensureTemporal();
  const dynamicConfig = [`limit.historyCount.suggestContinueAsNew=${LONG_HISTORY}`];
  temporal = await startTemporal({ binary, dataDir: null, headless: true, dynamicConfig });
  client = new Client({ connection: await Connection.connect({ address: temporal.address }) });
}, 120_000);
afterAll(async () => {
  await client?.connection.close();
  await temporal?.stop();
}, 60_000);

test('a workflow whose history grows long: it goes on in a new run, forgets nothing, and replays', async () => {
  quietWorkers();
  const done: string[] = [];
  const woken: (string | null)[] = [];
  const listed: string[] = [];
  const connection = await NativeConnection.connect({ address: temporal.address });
  const activities = steps(done, woken, listed);
  const workers = await Promise.all(
    ['sync', 'dropbox', 'assembly'].map((taskQueue) =>
      Worker.create({ connection, taskQueue, activities, workflowBundle: { codePath: BUNDLE } }),
    ),
  );
  const running = workers.map((worker) => worker.run());
  try {
    const start = (workflowType: string, args: unknown[]) =>
      client.workflow.execute(workflowType, { workflowId: workflowType, taskQueue: 'sync', args });
    await start('syncChannel', [REF]);
    await start('sweep', []);
    await start('sweepPortal', ['ws_1']);

    expect([...done].sort()).toEqual(ITEMS);
    expect(listed.slice(0, 4)).toEqual(['', 'portal-9', 'portal-19', 'portal-29']);
    expect(woken).toEqual([null, ...Array.from({ length: 19 }, (_, n) => String(n))]);
    const lengths: number[] = [];
    for await (const { historyLength } of client.workflow.list()) lengths.push(historyLength);
    expect(Math.max(...lengths)).toBeLessThan(LONGEST_HISTORY);
    const histories = await historiesOf(client, COURSES);
    if (typeof histories === 'string') throw new Error(histories);
    expect(await replayAll(histories)).toEqual(Object.fromEntries(histories.map(({ name }) => [name, null])));
    saveIfRecording(histories);
  } finally {
    for (const worker of workers) worker.shutdown();
    await Promise.all(running);
    await connection.close();
  }
}, 120_000);

/** Activities without a store or a side: forty items to carry out, thirty portals, twenty pages of syncs. */
function steps(done: string[], woken: (string | null)[], listed: string[]): CairnActivities {
  const nothing: NextWork = {
    items: [],
    dirty: false,
    dueInMs: null,
    blockedMove: null,
    pending: 0,
    stuck: 0,
  };
  return {
    startPass: async () => ({ flows: true, look: false, state: 'active' }),
    nextWork: async (_ref, limit, running) => ({
      ...nothing,
      items: ITEMS.filter((itemId) => !done.includes(itemId) && !running.includes(itemId))
        .slice(0, Math.min(limit, 8))
        .map((itemId) => ({ itemId, label: 'create on assembly', action: 'create', target: 'assembly' })),
    }),
    endPass: async () => ({ pending: 0, stuck: 0, unsyncable: 0, state: 'active' }),
    planSync: async () => true,
    observeDropbox: async () => 'observed',
    observeAssembly: async () => 'observed',
    observationFailed: async () => 1_000,
    async openOperation({ itemId }) {
      done.push(itemId);
      return { kind: 'settled' };
    },
    applyOperation: async () => ({ kind: 'replan' }),
    settleOperation: async () => 'settled',
    markFailed: async () => 'retrying',
    async listPortals(after) {
      listed.push(after);
      const from = after === '' ? 0 : PORTALS.indexOf(after) + 1;
      return PORTALS.slice(from, from + 10);
    },
    async wakeSyncs(portalId, after) {
      if (portalId !== 'ws_1') return { woken: 0, next: null };
      woken.push(after);
      const page = after === null ? 0 : Number(after) + 1;
      return { woken: 1, next: page < 19 ? String(page) : null };
    },
    armResync: async () => ({ armed: true, rearmed: 0 }),
    hintChannel: async () => {},
  };
}
