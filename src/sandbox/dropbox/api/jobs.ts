import { newToken } from '../model/ids';
import { Contention } from '../model/locks';
import { SessionError } from '../model/sessions';
import type { Call } from './call';
import { encodeTags, Failure, RouteError, routeError } from './failure';
import type { Json } from './metadata';

const MAX_JOBS = 10_000;

/** Answers a batch at once, or as a job to be polled, by the switch or because the caller asks for it. */
export function launch(call: Call, result: Json, forceAsync = false): Json {
  const complete = { '.tag': 'complete', ...result };
  if (call.service.switches().batches === 'sync' && !forceAsync) return complete;
  const id = newToken('dbjid:');
  const { jobs } = call.service;
  const oldest = jobs.keys().next().value;
  if (jobs.size >= MAX_JOBS && oldest !== undefined) jobs.delete(oldest);
  jobs.set(id, { account: call.view.account.record.id, route: call.route, result: complete, polls: 0 });
  return { '.tag': 'async_job_id', async_job_id: id };
}

/** Which route tells how the jobs of another one stand. */
const CHECKED_BY: Readonly<Record<string, string>> = {
  'files/create_folder_batch': 'files/create_folder_batch/check',
  'files/delete_batch': 'files/delete_batch/check',
  'files/move_batch_v2': 'files/move_batch/check_v2',
  'files/copy_batch_v2': 'files/copy_batch/check_v2',
  'files/upload_session/finish_batch': 'files/upload_session/finish_batch/check',
  'files/save_url': 'files/save_url/check_job_status',
};

/** A poll: first `in_progress`, then the result, again and again. */
export function checkJob(call: Call, id: string): Json {
  const job = call.service.jobs.get(id);
  const mine = job?.account === call.view.account.record.id && CHECKED_BY[job.route] === call.route;
  if (!job || !mine) throw routeError(['invalid_async_job_id']);
  return job.polls++ === 0 ? { '.tag': 'in_progress' } : job.result;
}

/**
 * Runs the entries of a batch in order, each on its own: results keep the position of the request. `wrap` puts a
 * failure under a tag of its own.
 */
export async function eachEntry<T>(
  entries: readonly T[],
  run: (entry: T) => Promise<Json>,
  wrap?: string,
): Promise<Json[]> {
  const results: Json[] = [];
  for (const entry of entries) {
    try {
      results.push({ '.tag': 'success', ...(await run(entry)) });
    } catch (error) {
      results.push({ '.tag': 'failure', failure: failureOf(error, wrap) });
    }
  }
  return results;
}

function failureOf(error: unknown, wrap: string | undefined): Json {
  if (error instanceof Contention) return { '.tag': 'too_many_write_operations' };
  if (error instanceof SessionError) {
    return encodeTags({ ...error.tagged, tags: ['lookup_failed', ...error.tagged.tags] });
  }
  if (error instanceof RouteError) {
    return encodeTags(wrap ? { ...error.tagged, tags: [wrap, ...error.tagged.tags] } : error.tagged);
  }
  if (error instanceof Failure) return { '.tag': 'other' };
  throw error;
}
