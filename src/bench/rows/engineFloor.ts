import { once } from 'node:events';
import { mkdirSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { startNodeChild } from '../../local/nodeChild';
import { ensureTemporal, startTemporal } from '../../local/temporal';
import { connectGateway, type TemporalGateway } from '../../temporal/gateway';
import { type Measure, measure } from '../result';
import type { Row, RowContext } from '../row';
import { historiesSince, untilIdle } from '../system/engine';

/** The window of `syncChannel`. */
const WINDOW = 24;
const WARM_UP = 48;

/**
 * What Temporal on this machine can carry at most: as many children as files, each with the steps of an item, all
 * of which do nothing.
 */
export const engineFloor: Row = {
  name: 'engine',
  async run(context) {
    mkdirSync(context.folder, { recursive: true });
    const { path: binary } = await ensureTemporal({ signal: context.signal });
    const dataDir = join(context.folder, 'temporal');
    const temporal = await startTemporal({ binary, dataDir, headless: true, signal: context.signal });
    try {
      return await withWorker(context, temporal.address);
    } finally {
      await temporal.stop();
      rmSync(context.folder, { recursive: true, force: true });
    }
  },
};

async function withWorker(context: RowContext, address: string): Promise<Measure[]> {
  const worker = await startNodeChild({
    name: 'The worker of the engine floor',
    script: join(__dirname, '..', 'floor', 'workerProcess.js'),
    args: [address],
    env: { PATH: process.env.PATH, HOME: process.env.HOME },
    cwd: context.folder,
    logFile: join(context.folder, 'worker.log'),
    patienceMs: 20_000,
    signal: context.signal,
    ready: (child, signal) => once(child, 'message', { signal }),
  });
  const gateway = await connectGateway({ address, namespace: 'default' });
  try {
    await carry(gateway, 'warm-up', WARM_UP);
    await untilIdle(gateway, context.signal);
    const total = context.options.files;
    const since = new Date();
    const seconds = await carry(gateway, 'measured', total);
    await untilIdle(gateway, context.signal);
    const { events } = await historiesSince(gateway, since);
    return [
      measure('workflows', total / seconds, '/s'),
      measure('seconds', seconds, 's'),
      measure('Temporal events', events / total, '/workflow'),
    ];
  } finally {
    await gateway.close();
    await worker.stop();
  }
}

/** Seconds until that many children have ended. */
async function carry({ client }: TemporalGateway, name: string, total: number): Promise<number> {
  const began = performance.now();
  await client.workflow.execute('floorChannel', {
    workflowId: `floor/${name}`,
    taskQueue: 'floor',
    args: [total, WINDOW],
  });
  return (performance.now() - began) / 1_000;
}
