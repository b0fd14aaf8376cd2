import { join } from 'node:path';
import {
  bundleWorkflowCode,
  DefaultLogger,
  NativeConnection,
  Runtime,
  Worker,
  type WorkerOptions,
} from '@temporalio/worker';
import type { NoSteps } from './workflows';

const activities: NoSteps = { nothing: async () => undefined };

/** A worker of the same shape as Cairn's, whose activities do nothing. Tells its parent when it runs. */
async function main(address: string): Promise<void> {
  const logger = new DefaultLogger('WARN');
  Runtime.install({ logger });
  const bundle = await bundleWorkflowCode({ workflowsPath: join(__dirname, 'workflows.js'), logger });
  const connection = await NativeConnection.connect({ address });
  const common: Pick<WorkerOptions, 'connection' | 'activities'> = { connection, activities };
  const workers = [
    await Worker.create({
      ...common,
      taskQueue: 'floor',
      workflowBundle: bundle,
      maxConcurrentWorkflowTaskExecutions: 40,
      maxConcurrentLocalActivityExecutions: 40,
      maxCachedWorkflows: 300,
    }),
    await Worker.create({ ...common, taskQueue: 'floor-remote', maxConcurrentActivityTaskExecutions: 12 }),
  ];
  process.on('disconnect', () => process.kill(process.pid, 'SIGTERM'));
  process.send?.('ready');
  await Promise.all(workers.map((worker) => worker.run()));
  await connection.close();
}

main(process.argv[2] ?? '').then(
  () => process.exit(0),
  (error: unknown) => {
    process.stderr.write(`${error instanceof Error ? error.stack : String(error)}\n`);
    process.exit(1);
  },
);
