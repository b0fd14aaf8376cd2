import { type Measure, measure } from '../result';
import { inSystem, type Row, type RowContext } from '../row';
import { historiesSince, untilIdle } from '../system/engine';
import { writeSettledRows } from '../system/settledRows';
import type { BenchSystem } from '../system/startSystem';
import { until } from '../until';

const PORTALS = 10;
const SYNCS_PER_PORTAL = 10;
const DUE_SHARE = 100;
const LATEST_MS = 300_000;

/** What the sweep's own two queries look like, to tell them from those of what it wakes. */
const OWN_QUERIES = ['%SELECT DISTINCT portal_id FROM channel_sync%', '%WITH flowing AS%'];

/** One sweep over many rows in a hundred syncs of ten portals, one row in a hundred due. */
export const sweep: Row = {
  name: 'sweep',
  run: (context) => inSystem(context, 1, (system) => measureSweep(context, system)),
};

async function measureSweep(context: RowContext, system: BenchSystem): Promise<Measure[]> {
  const { store, gateway, statements, signal } = system;
  const itemsPerSync = Math.ceil(context.options.rows / (PORTALS * SYNCS_PER_PORTAL));
  const duePerSync = Math.ceil(itemsPerSync / DUE_SHARE);
  const rows = itemsPerSync * PORTALS * SYNCS_PER_PORTAL;
  const due = duePerSync * PORTALS * SYNCS_PER_PORTAL;
  context.say(`writing ${rows} rows`);
  await writeSettledRows(store, {
    portals: PORTALS,
    syncsPerPortal: SYNCS_PER_PORTAL,
    itemsPerSync,
    duePerSync,
  });
  await statements.reset();
  const since = new Date();
  const began = performance.now();
  if ((await gateway.sweepNow()) === 'missing') throw new Error('there is no sweep schedule');
  await until(
    async () => {
      const left = await store.prisma.fileFolderSync.count({
        where: { OR: [{ pendingAction: { not: null } }, { dirty: true }] },
      });
      return left === 0 ? true : `${left} of ${due} are still owed`;
    },
    { timeoutMs: LATEST_MS, signal },
  );
  const seconds = (performance.now() - began) / 1_000;
  await untilIdle(gateway, signal);
  const own = await statements.read(OWN_QUERIES);
  if (own.calls === 0) throw new Error("the sweep's own queries were not found among the statements");
  const all = await statements.read();
  const { events } = await historiesSince(gateway, since);
  return [
    measure('sweep', (await sweepMs(system, since)) / 1_000, 's'),
    measure("sweep's own statements", own.calls),
    measure('time in Postgres for them', own.ms, 'ms'),
    measure('rows', rows),
    measure('due', due),
    measure('until all due rows were looked at', seconds, 's'),
    measure('statements, with all that was woken', all.calls / due, '/due row'),
    measure('Temporal events', events / due, '/due row'),
  ];
}

/** From the start of the sweep to the end of the last portal's part of it, by Temporal's clock. */
async function sweepMs({ gateway }: BenchSystem, since: Date): Promise<number> {
  const query = `WorkflowType IN ('sweep', 'sweepPortal') AND StartTime >= '${since.toISOString()}'`;
  const starts: number[] = [];
  const ends: number[] = [];
  for await (const run of gateway.client.workflow.list({ query })) {
    if (run.status.name !== 'COMPLETED' || !run.closeTime)
      throw new Error(`${run.workflowId} did not complete`);
    starts.push(run.startTime.getTime());
    ends.push(run.closeTime.getTime());
  }
  if (starts.length !== PORTALS + 1) {
    throw new Error(`the sweep took ${starts.length} workflows, not ${PORTALS + 1}`);
  }
  return Math.max(...ends) - Math.min(...starts);
}
