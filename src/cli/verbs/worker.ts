import type { Command } from 'commander';
import { createVerb, type VerbContext } from '../verb';

export const workerVerb = (context: VerbContext): Command =>
  createVerb('worker', 'Runs a worker until SIGTERM or SIGINT.', ['worker']).action(async () => {
    // Loaded here alone: the worker's native parts cost every other verb half a second.
    const { runWorker } = require('../../worker') as typeof import('../../worker');
    await runWorker(context.services().config);
  });
