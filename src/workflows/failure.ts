import { ActivityFailure, ApplicationFailure, TimeoutFailure } from '@temporalio/common';
import type { FailureDetails } from '../activities/temporal';
import type { Failure } from './carryOut';

/** The catalogue code and words of what an activity failed with. */
export function failureOf(error: unknown): Failure {
  const cause = error instanceof ActivityFailure ? error.cause : error;
  if (cause instanceof ApplicationFailure) {
    const [details] = (cause.details ?? []) as [FailureDetails?];
    return { code: cause.type ?? 'internal', message: cause.message, ...details };
  }
  if (cause instanceof TimeoutFailure) return { code: 'timeout', message: 'The operation took too long.' };
  return { code: 'internal', message: cause instanceof Error ? cause.message : String(cause) };
}
