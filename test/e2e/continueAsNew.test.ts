import { setTimeout as delay } from 'node:timers/promises';
import { Client, Connection } from '@temporalio/client';
import { NativeConnection, Worker } from '@temporalio/worker';
import type { NextWork } from '../../src/activities/channel';
import { ensureTemporal, startTemporal } from '../../src/local/temporal';
import type { CairnActivities } from '../../src/workflows/activities';
import { type ChannelHint, HINT_SIGNAL } from '../../src/workflows/messages';
import { quietWorkers, replayAll } from '../replay/support/replay';
import { BUNDLE } from '../setup/bundle';
import { type Course, has, historiesOf, historyOf, saveIfRecording } from './support/histories';

/** Far below what a server suggests by itself, so that a handful of steps is a long history. */
const LONG_HISTORY = 30;
/** What is in hand by then is finished first; carried out in one run, forty items are more than twice as many events. */
const LONGEST_HISTORY = 100;
/**
 * Half of the 4,096 at which the server suggests it by itself. A run ends after the pass in which it has reached a thousand
 * events; how many hints still come in that pass is up to the machine.
 */
const LONG_WHILE_HINTED = 2_048;
/** A signal, its task scheduled, started and completed, and the end; with one more try where a hint came in between. */
const LAST_TASK = 9;
/** So many hints are some ten runs, a good deal more than the test is after. */
const MOST_HINTS = 2_000;
const REF = { portalId: 'ws_1', syncId: '00000000-0000-4000-8000-000000000001' };
const ITEMS = Array.from(
  { length: 40 },
  (_, n) => `00000000-0000-4000-9000-0000000000${String(n).padStart(2, '0')}`,
);
const PORTALS = Array.from({ length: 30 }, (_, n) => `portal-${n}`);

const CONTINUED = has('WORKFLOW_EXECUTION_CONTINUED_AS_NEW');
const COURSES: Record<string, Course> = {
  'syncChannel.continued': has(
    'WORKFLOW_EXECUTION_CONTINUED_AS_NEW',
    'START_CHILD_WORKFLOW_EXECUTION_INITIATED',
  ),
  'syncChannel.hinted': has('WORKFLOW_EXECUTION_CONTINUED_AS_NEW', 'WORKFLOW_EXECUTION_SIGNALED'),
  'sweep.continued': CONTINUED,
  'sweepPortal.continued': CONTINUED,
};

interface Server {
  readonly client: Client;
  /** Runs `work` while workers of these activities run. */
  serving(activities: CairnActivities, work: () => Promise<void>): Promise<void>;
  stop(): Promise<void>;
}

/** A server of its own, with a bound for histories where one is given. */
async function startServer(suggestContinueAsNew?: number): Promise<Server> {
  const { path: binary } = await ensureTemporal();
  const dynamicConfig =
    suggestContinueAsNew === undefined
      ? []
      : [`limit.historyCount.suggestContinueAsNew=${suggestContinueAsNew}`];
  const temporal = await startTemporal({ binary, dataDir: null, headless: true, dynamicConfig });
  const client = new Client({ connection: await Connection.connect({ address: temporal.address }) });
  return {
    client,
    async serving(activities, work) {
      quietWorkers();
      const connection = await NativeConnection.connect({ address: temporal.address });
      const workers = await Promise.all(
        ['sync', 'dropbox', 'assembly'].map((taskQueue) =>
          Worker.create({ connection, taskQueue, activities, workflowBundle: { codePath: BUNDLE } }),
        ),
      );
      const running = workers.map((worker) => worker.run());
      try {
        await work();
      } finally {
        for (const worker of workers) worker.shutdown();
        await Promise.all(running);
        await connection.close();
      }
    },
    async stop() {
      await client.connection.close();
      await temporal.stop();
    },
  };
}

let short: Server;
let plain: Server;
beforeAll(async () => {
  short = await startServer(LONG_HISTORY);
  plain = await startServer();
}, 120_000);
afterAll(async () => {
  await short?.stop();
  await plain?.stop();
}, 60_000);

test('a workflow whose history grows long: it goes on in a new run, forgets nothing, and replays', async () => {
  const { client } = short;
  const done: string[] = [];
  const woken: (string | null)[] = [];
  const listed: string[] = [];
  await short.serving(steps(done, woken, listed), async () => {
    const start = (workflowType: string, args: unknown[]) =>
      client.workflow.execute(workflowType, { workflowId: workflowType, taskQueue: 'sync', args });
    await start('syncChannel', [REF]);
    for (let count = 0; count < 20; count++) await tell(client, 'syncChannel', `object-${count}`);
    await client.workflow.getHandle('syncChannel').result();
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
  });
}, 120_000);

const HINTED =
  'while hints come and no item runs, they gather for each look, and a run ends early, just after a hint, and forgets none';
test(HINTED, async () => {
  const { workflow } = plain.client;
  const seen = new Set<string>();
  const told: string[] = [];
  let looks = 0;
  const activities: CairnActivities = {
    ...steps([...ITEMS], [], []),
    async observeAssembly(_ref, ids) {
      looks += 1;
      // More than are looked at one by one are a list, which shows all that has come by then.
      for (const id of ids.length > 0 ? ids : told) seen.add(id);
      return 'observed';
    },
  };
  await plain.serving(activities, async () => {
    const continued = async () => {
      const runs: string[] = [];
      for await (const { runId, status } of workflow.list({ query: "WorkflowId = 'hinted'" })) {
        if (status.name === 'CONTINUED_AS_NEW') runs.push(runId);
      }
      return runs;
    };
    let enough = false;
    // Asked beside the hints: where none comes for a while the workflow ends, and the next one begins at nothing.
    const asking = (async () => {
      for (; !enough; await delay(500)) enough = (await continued()).length >= 2 || told.length >= MOST_HINTS;
    })();
    try {
      for (; !enough; await delay(40)) {
        const object = `object-${told.length}`;
        await tell(plain.client, 'hinted', object);
        told.push(object);
      }
    } finally {
      enough = true;
      await asking;
    }
    await workflow.getHandle('hinted').result();

    expect([...seen].sort()).toEqual([...told].sort());
    expect(looks).toBeLessThan(told.length / 3);
    const runs = await continued();
    expect(runs.length).toBeGreaterThanOrEqual(2);
    for (const runId of runs) {
      const { events } = await historyOf(plain.client, 'hinted', runId);
      expect(events.length).toBeLessThan(LONG_WHILE_HINTED);
      const last = events.slice(-LAST_TASK).map(({ eventType }) => eventType);
      // A quiet while, should this machine have been held up for so long.
      const due = ['EVENT_TYPE_WORKFLOW_EXECUTION_SIGNALED', 'EVENT_TYPE_TIMER_FIRED'];
      expect([last, due.some((one) => last.includes(one))]).toEqual([last, true]);
    }
  });
}, 240_000);

async function tell({ workflow }: Client, workflowId: string, object: string): Promise<void> {
  const hint: ChannelHint = { kind: 'assembly', ids: [object], origin: 'webhook' };
  await workflow.signalWithStart('syncChannel', {
    workflowId,
    taskQueue: 'sync',
    args: [REF],
    signal: HINT_SIGNAL,
    signalArgs: [hint],
  });
}

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
