import { Readable } from 'node:stream';
import { Client, Connection } from '@temporalio/client';
import { defaultPayloadConverter } from '@temporalio/common';
import { watchMemory } from '../../src/bench/system/residentMemory';
import { channelWorkflowId } from '../../src/temporal/ids';
import { control } from '../support/people';
import { waitFor } from '../support/system';
import { type StormSystem, startStormSystem } from './support/stormSystem';
import { patiently, report, settledFiles, treesAtRest } from './support/watching';

const FILES = Number(process.env.STORM_BIG ?? 20_000);
const LATEST_MS = Number(process.env.STORM_MINUTES ?? 60) * 60_000;
const DEPTH = 30;
/** The server suggests a new run at 4,096 events; what is in hand by then is finished first. */
const MOST_EVENTS = 5_000;
const MOST_BYTES = 4 * 1024 ** 2;
/** What the worker may hold beyond what it held idle, however many files there are. */
const MOST_GROWTH_MB = 500;
const MB = 1024 ** 2;
/** As the server's protocol numbers it. */
const TASK_QUEUE_TYPE_WORKFLOW = 1;

let system: StormSystem;
let client: Client;
let mapped: Promise<string> | null = null;
const connected = (): Promise<string> => {
  mapped ??= system.connect();
  return mapped;
};
beforeAll(async () => {
  // As fast as Cairn can: what is looked at is how much is held, not how long a limit makes it take.
  system = await startStormSystem({ workers: 1, assemblyRps: 1_000 });
  client = new Client({ connection: await Connection.connect({ address: system.temporalAddress }) });
}, 180_000);
afterAll(async () => {
  await client?.connection.close();
  await system?.stop();
}, 120_000);

test(
  // 20,000 of them, unless asked otherwise.
  '20,000 files in one folder that go through: with bounded histories and bounded memory',
  async () => {
    const chain = Array.from({ length: DEPTH }, (_, n) => `/level ${n + 1}`).join('');
    await system.dropbox.put(`${chain}/end.txt`, 'deep');
    for (let n = 0; n < FILES; n++) await system.dropbox.put(`/big/file ${n}.txt`, `bytes of ${n}`);
    await patiently(polled, LATEST_MS);

    const all = watch();
    const begun = Date.now();
    const syncId = await connected();
    const first = watch();
    await patiently(
      async () => ((await settledFiles(system, syncId)) < FILES / 2 ? 'under way' : true),
      LATEST_MS,
    );
    const firstHalf = await first();
    const second = watch();
    await patiently(
      async () => ((await settledFiles(system, syncId)) < FILES + 1 ? 'under way' : true),
      LATEST_MS,
    );
    await patiently(() => equal(syncId), LATEST_MS);
    const secondHalf = await second();
    const seconds = Math.round((Date.now() - begun) / 1_000);
    const initial = await runsOf(syncId);

    const delta = await bigDelta(syncId);

    const memory = await all();
    const figures = {
      files: FILES + 1,
      seconds,
      ...initial,
      workerMb: {
        idle: mb(memory.lowest),
        peakOfFirstHalf: mb(firstHalf.peak),
        peakOfSecondHalf: mb(secondHalf.peak),
        peak: mb(memory.peak),
      },
      assemblyCalls: (await system.assemblyCounts()).api.total,
      delta,
    };
    report(figures);
    expect(initial.continuedAsNew).toBeGreaterThan(0);
    expect(initial.mostEvents).toBeLessThan(MOST_EVENTS);
    expect(initial.mostBytes).toBeLessThan(MOST_BYTES);
    expect(delta).toMatchObject({ writes: 0 });
    expect(delta.entries).toBeGreaterThan(FILES * 2.5);
    expect(mb(memory.peak - memory.lowest)).toBeLessThan(MOST_GROWTH_MB);
    expect(await chainOn('assembly')).toEqual(await chainOn('dropbox'));
  },
  LATEST_MS + 600_000,
);

const PART_MB = 64;
const LARGE_MB = 3 * PART_MB + 8;

test('a file in parts goes on where a killed worker was: no byte is sent to Dropbox twice', async () => {
  await connected();
  await control(`${system.dropboxControlUrl}/reset-log`, 'POST', {});
  // The third part is held up for as long as it takes to kill who sends it.
  await control(`${system.dropboxControlUrl}/faults`, 'POST', {
    rules: [{ route: 'files/upload_session/append_v2', skip: 2, times: 1, action: 'delay', delayMs: 60_000 }],
  });
  const block = Buffer.alloc(MB, 'b');
  const bytes = Readable.from(Array.from({ length: LARGE_MB }, () => block));
  await system.assembly.put('/large.bin', bytes, LARGE_MB * MB);
  await waitFor(async () => ((await partsMb()).length < 2 ? 'not so far yet' : true), 60_000);
  const stored = Date.now();
  await waitFor(
    async () => ((await offsetOnRecord()) === 2 * PART_MB * MB ? true : 'Temporal does not know yet'),
    30_000,
  );
  const knownAfterMs = Date.now() - stored;
  system.workers[0]!.kill();
  const tree = await waitFor(async () => {
    const entries = await system.dropbox.tree();
    return entries.some(({ path }) => path === '/large.bin') ? entries : 'not there yet';
  }, 120_000);
  expect(tree.find(({ path }) => path === '/large.bin')).toMatchObject({ size: LARGE_MB * MB });
  expect(await partsMb()).toEqual([PART_MB, PART_MB, PART_MB, 8]);
  // A worker that dies a little later than it was told has lost nothing.
  expect(knownAfterMs).toBeLessThan(6_000);
}, 300_000);

/** The parts that Dropbox has received, in MiB, by its own log. */
async function partsMb(): Promise<number[]> {
  const { calls } = await control<{ calls: { route: string; bytesIn: number }[] }>(
    `${system.dropboxControlUrl}/log`,
    'GET',
  );
  return calls
    .filter(({ route, bytesIn }) => route === 'files/upload_session/append_v2' && bytesIn > 0)
    .map(({ bytesIn }) => bytesIn / MB);
}

/** How far an upload is as Temporal would tell the next worker. */
async function offsetOnRecord(): Promise<number | undefined> {
  const query = `WorkflowType = 'syncItem' AND ExecutionStatus = 'Running'`;
  for await (const { workflowId } of client.workflow.list({ query })) {
    const { raw } = await client.workflow.getHandle(workflowId).describe();
    const details = raw.pendingActivities?.[0]?.heartbeatDetails?.payloads?.[0];
    if (details) return defaultPayloadConverter.fromPayload<{ offset?: number }>(details)?.offset;
  }
  return undefined;
}

const mb = (bytes: number): number => Math.round(bytes / MB);

/** Whether a worker asks for work. */
async function polled(): Promise<true | string> {
  const { pollers } = await client.workflowService.describeTaskQueue({
    namespace: 'default',
    taskQueue: { name: 'sync' },
    taskQueueType: TASK_QUEUE_TYPE_WORKFLOW,
  });
  return (pollers ?? []).length > 0 ? true : 'no worker yet';
}

function watch(): () => Promise<{ lowest: number; peak: number }> {
  const watched = watchMemory(system.workers[0]!.pid()!);
  return () => watched.stop();
}

/** Both trees are equal, nothing is owed, and the channel's workflow has ended. */
async function equal(syncId: string): Promise<true | string> {
  const { status } = await client.workflow.getHandle(channelOf(syncId)).describe();
  if (status.name === 'RUNNING') return 'the channel is still at work';
  const trees = await treesAtRest(system, syncId);
  return typeof trees === 'string' ? trees : true;
}

const channelOf = (syncId: string) => channelWorkflowId({ portalId: 'ws_1', syncId });

/** The channel's runs: how many, how many of them went on in a new one, and the longest history. */
async function runsOf(syncId: string) {
  const runs = { runs: 0, continuedAsNew: 0, mostEvents: 0, mostBytes: 0 };
  for await (const run of client.workflow.list({ query: `WorkflowId = '${channelOf(syncId)}'` })) {
    runs.runs += 1;
    if (run.status.name === 'CONTINUED_AS_NEW') runs.continuedAsNew += 1;
    runs.mostEvents = Math.max(runs.mostEvents, run.historyLength);
    runs.mostBytes = Math.max(runs.mostBytes, run.historySize ?? 0);
  }
  return runs;
}

/**
 * A folder that is shared is told as deleted and then, file by file, as new. Three times while the worker stands still
 * makes one delta, in which nothing has changed in the end.
 */
async function bigDelta(syncId: string) {
  await control(`${system.dropboxControlUrl}/switches`, 'POST', { feedHistory: 'every' });
  await control(`${system.dropboxControlUrl}/reset-log`, 'POST', {});
  const before = await system.assemblyCounts();
  const worker = system.workers[0]!.pid()!;
  const memory = watch();
  process.kill(worker, 'SIGSTOP');
  try {
    for (const action of ['share', 'unshare', 'share'])
      await control(`${system.dropboxControlUrl}/share`, 'POST', {
        account: system.account,
        path: '/Clients/big',
        action,
      });
  } finally {
    process.kill(worker, 'SIGCONT');
  }
  const begun = Date.now();
  const pages = await patiently(async () => {
    const { byRoute } = await control<{ byRoute: Record<string, number> }>(
      `${system.dropboxControlUrl}/counts`,
      'GET',
    );
    const read = byRoute['files/list_folder/continue'] ?? 0;
    if (read < (FILES * 3) / 2_000) return `${read} pages so far`;
    const state = await equal(syncId);
    return typeof state === 'string' ? state : { read };
  }, LATEST_MS);
  const { peak } = await memory();
  const after = await system.assemblyCounts();
  return {
    entries: 3 * (FILES + 2),
    pages: pages.read,
    seconds: Math.round((Date.now() - begun) / 1_000),
    writes: after.storage.puts - before.storage.puts,
    assemblyCalls: after.api.total - before.api.total,
    peakMb: mb(peak),
  };
}

const chainOn = async (side: 'dropbox' | 'assembly') =>
  (await system[side].tree())
    .filter(({ path }) => path.startsWith('/level 1'))
    .map(({ path }) => path)
    .sort();
