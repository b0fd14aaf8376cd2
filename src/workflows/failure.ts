import { ActivityFailure, ApplicationFailure, TimeoutFailure } from '@temporalio/common';
import type { FailureDetails } from '../activities/temporal';
import type { Side } from '../domain/types';

/** What is told of a step that failed. */
export interface Failure {
  readonly code: string;
  readonly message: string;
  /** Where it happened, and the pause that was asked for there. */
  readonly side?: Side;
  readonly retryAfterMs?: number;
}

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
