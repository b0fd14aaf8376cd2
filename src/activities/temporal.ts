import { Context } from '@temporalio/activity';
import { ApplicationFailure } from '@temporalio/common';
import { CairnError, type ErrorCode, errorEntry } from '../domain/errors';
import { RemoteError } from '../domain/remoteError';
import type { Side } from '../domain/types';
import type { UploadProgress } from '../dropbox/types';
import { isUnreachable } from '../store/client';
import type { ActivityRun } from './apply';

const HEARTBEAT_MS = 4_000;

/** What an activity is told by whatever runs it: Temporal, or a simulation without a server. */
export interface StepContext {
  readonly signal: AbortSignal;
  /** When the activity was first scheduled, in milliseconds of the same clock as `nowMs`. */
  readonly scheduledMs: number;
  nowMs(): number;
  /** What the try before left with its last heartbeat. */
  readonly heartbeatDetails: unknown;
  heartbeat(details?: unknown): void;
  /** Calls `beat` again and again until the returned function is called. */
  everyMs(ms: number, beat: () => void): () => void;
}

/** The context of the activity that Temporal runs here and now. */
export function temporalContext(): StepContext {
  const context = Context.current();
  const { info } = context;
  return {
    signal: context.cancellationSignal,
    scheduledMs: info.scheduledTimestampMs,
    nowMs: Date.now,
    heartbeatDetails: info.heartbeatDetails,
    heartbeat: (details) => context.heartbeat(details),
    everyMs(ms, beat) {
      const timer = setInterval(beat, ms);
      return () => clearInterval(timer);
    },
  };
}

/**
 * Runs a remote step inside an activity: beats while it lives, so that an ended worker is noticed, and turns what it
 * throws into a failure that says whether, and when, a repetition can help. A call that keeps failing is given up
 * `retryMaxSeconds` after the activity was first scheduled, or at once where `sideIsDown` says that it is not alone.
 */
export async function remoteStep<T>(
  context: StepContext,
  retryMaxSeconds: number,
  step: (run: ActivityRun) => Promise<T>,
  sideIsDown: (error: RemoteError) => Promise<boolean>,
): Promise<T> {
  let progress: UploadProgress | undefined = uploadProgress(context.heartbeatDetails);
  const beat = () => context.heartbeat(progress);
  const stop = context.everyMs(HEARTBEAT_MS, beat);
  try {
    return await step({
      signal: context.signal,
      resume: progress,
      heartbeat(made) {
        if (made) progress = made;
        beat();
      },
    });
  } catch (error) {
    if (context.signal.aborted) throw error;
    const down = error instanceof RemoteError && (await sideIsDown(error));
    const over = context.nowMs() - context.scheduledMs > retryMaxSeconds * 1_000;
    throw failureFrom(error, down || over);
  } finally {
    stop();
  }
}

/** Runs any other step of an activity and beats while it lives: a step cut off by a crash is taken up within seconds. */
export async function beating<T>(context: StepContext, step: () => Promise<T>): Promise<T> {
  const stop = context.everyMs(HEARTBEAT_MS, () => context.heartbeat());
  try {
    return await step();
  } finally {
    stop();
  }
}

function uploadProgress(details: unknown): UploadProgress | undefined {
  const made = details as Partial<UploadProgress> | null | undefined;
  return typeof made?.sessionId === 'string' && typeof made.offset === 'number'
    ? { sessionId: made.sessionId, offset: made.offset }
    : undefined;
}

/** What an activity's failure carries besides its code. */
export interface FailureDetails {
  /** Where it happened; a transfer fails on either. */
  readonly side?: Side;
  readonly retryAfterMs?: number;
}

/**
 * `over`: the time for repetitions is up. While Postgres can't be reached nothing can be written down either, so that is
 * repeated as long as it takes. Messages name no token and no URL: errors are made that way (I10).
 */
export function failureFrom(error: unknown, over: boolean): ApplicationFailure {
  const code = codeOf(error);
  const { scope, retryable } = errorEntry(code);
  const repeat = scope === 'transient' || (scope === 'item' && retryable && code !== 'locked');
  const retryAfterMs = error instanceof RemoteError ? error.options.retryAfterMs : undefined;
  return ApplicationFailure.create({
    type: code,
    message: messageOf(error),
    details: [detailsOf(error)],
    nonRetryable: !repeat || (over && code !== 'store_unavailable'),
    ...(retryAfterMs === undefined ? {} : { nextRetryDelay: Math.min(retryAfterMs, MAX_RETRY_AFTER_MS) }),
    ...(scope === 'transient' ? { category: 'BENIGN' as const } : {}),
  });
}

/** A remote that asks for more than this is asked again all the same. */
const MAX_RETRY_AFTER_MS = 15 * 60_000;

const detailsOf = (error: unknown): FailureDetails => {
  if (error instanceof RemoteError) {
    const { retryAfterMs } = error.options;
    return { side: error.side, ...(retryAfterMs === undefined ? {} : { retryAfterMs }) };
  }
  return error instanceof CairnError && error.code === 'not_connected' ? { side: 'dropbox' } : {};
};

const codeOf = (error: unknown): ErrorCode => {
  if (error instanceof RemoteError || error instanceof CairnError) return error.code;
  return isUnreachable(error) ? 'store_unavailable' : 'internal';
};

const messageOf = (error: unknown): string => {
  if (error instanceof RemoteError) {
    const { detail, requestId } = error.options;
    return [error.message, detail && `(${detail})`, requestId && `request ${requestId}`]
      .filter(Boolean)
      .join(' ');
  }
  return error instanceof Error ? error.message : String(error);
};
