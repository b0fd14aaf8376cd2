import { readdirSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { DefaultLogger, Runtime, Worker } from '@temporalio/worker';
import { BUNDLE } from '../../setup/bundle';

/** Where the histories of real runs are kept: `<workflow type>.<what happened>.json`. */
export const HISTORIES = join(dirname(__dirname), 'histories');

export interface NamedHistory {
  readonly name: string;
  /** As the server's JSON form has it. */
  readonly history: unknown;
}

export const recordedHistories = (): NamedHistory[] =>
  readdirSync(HISTORIES)
    .filter((file) => file.endsWith('.json'))
    .sort()
    .map((file) => ({
      name: file.replace(/\.json$/, ''),
      history: JSON.parse(readFileSync(join(HISTORIES, file), 'utf8')),
    }));

let quiet = false;

/** Errors only, from the first worker of this process on: the runtime can be set up once. */
export function quietWorkers(): void {
  if (!quiet) Runtime.install({ logger: new DefaultLogger('ERROR') });
  quiet = true;
}

/** Runs histories against the workflows as they are now; the errors of those that take another course, by name. */
export async function replayAll(histories: readonly NamedHistory[]): Promise<Record<string, string | null>> {
  quietWorkers();
  const results: Record<string, string | null> = {};
  const replays = Worker.runReplayHistories(
    { workflowBundle: { codePath: BUNDLE }, replayName: 'recorded' },
    histories.map(({ name, history }) => ({ workflowId: name, history })),
  );
  for await (const { workflowId, error } of replays) results[workflowId] = error?.message ?? null;
  return results;
}
