import type { z } from 'zod';
import { RemoteError } from '../domain/remoteError';
import { boundedText } from '../net/boundedText';
import { parseRetryAfter } from '../net/retryAfter';
import { passGate } from '../net/sendGate';
import {
  type AssemblyOperation,
  assemblyError,
  badAnswer,
  isPositiveNotFound,
  type Refusal,
} from './errorTable';
import { errorBody } from './schemas';
import type { AssemblyCallKind, AssemblyLimiter } from './types';

export interface ApiCall<T> {
  readonly operation: AssemblyOperation;
  readonly kind: AssemblyCallKind;
  readonly method: 'GET' | 'POST' | 'DELETE';
  /** Below `/v1`, encoded. */
  readonly path: string;
  /** `undefined` and `''` are left out. */
  readonly query?: Readonly<Record<string, string | undefined>>;
  readonly body?: unknown;
  readonly answer: z.ZodType<T>;
}

/** One call and no more. `null` is the API's word that the object isn't there. */
export type CallApi = <T>(call: ApiCall<T>, signal?: AbortSignal) => Promise<T | null>;

export interface ApiCallDeps {
  readonly apiUrl: string;
  readonly apiKey: string;
  readonly portalId: string;
  readonly limiter: AssemblyLimiter;
  readonly fetch: typeof fetch;
  readonly callMs: number;
  readonly onCall?: (call: { kind: string; status: number | null; ms: number }) => void;
}

/** A page of 500 objects, each with a presigned URL of 2 KiB, is about 1.5 MiB. */
const MAX_LIST_BYTES = 32 * 1024 * 1024;
const MAX_BODY_BYTES = 1024 * 1024;
const LISTS: ReadonlySet<AssemblyCallKind> = new Set(['list', 'channels', 'people']);
const MAX_MESSAGE_LENGTH = 200;

const NO_CONTENT = 204;

interface Answer {
  readonly status: number;
  readonly headers: Headers;
  /** `null` where the body was larger than anything Assembly has to say. */
  readonly text: string | null;
}

/** The key scoped to one portal goes with every call and nowhere else: redirects are not followed. */
export const createApiCall = (deps: ApiCallDeps): CallApi => {
  const base = deps.apiUrl.replace(/\/+$/, '');
  const scopedKey = `${deps.portalId}/${deps.apiKey}`;

  const send = async <T>(call: ApiCall<T>, signal: AbortSignal): Promise<Answer> => {
    const body = call.body === undefined ? undefined : JSON.stringify(call.body);
    const response = await deps.fetch(`${base}/v1${call.path}${queryString(call.query)}`, {
      method: call.method,
      headers: {
        accept: 'application/json',
        'x-api-key': scopedKey,
        ...(body === undefined ? {} : { 'content-type': 'application/json' }),
      },
      ...(body === undefined ? {} : { body }),
      redirect: 'manual',
      signal,
    });
    return {
      status: response.status,
      headers: response.headers,
      text: await boundedText(response.body, LISTS.has(call.kind) ? MAX_LIST_BYTES : MAX_BODY_BYTES),
    };
  };

  const exchange = async <T>(call: ApiCall<T>, signal?: AbortSignal): Promise<Answer> => {
    const started = performance.now();
    let status: number | null = null;
    try {
      const answer = await withDeadline(deps.callMs, signal, (combined) => send(call, combined));
      status = answer.status;
      return answer;
    } finally {
      deps.onCall?.({ kind: call.kind, status, ms: performance.now() - started });
    }
  };

  return async (call, signal) => {
    await deps.limiter.acquire(call.kind, signal);
    await passGate();
    const answer = await exchange(call, signal);
    if (answer.status >= 200 && answer.status < 300) return parseAnswer(call, answer);
    const refusal = toRefusal(call.operation, answer, deps.apiKey);
    if (isPositiveNotFound(refusal)) return null;
    throw assemblyError(refusal);
  };
};

const queryString = (query: ApiCall<unknown>['query'] = {}): string => {
  const parts = Object.entries(query).flatMap(([name, value]) =>
    value === undefined || value === '' ? [] : [`${name}=${encodeURIComponent(value)}`],
  );
  return parts.length === 0 ? '' : `?${parts.join('&')}`;
};

/** Turns what fetch throws into our codes; the reason of the caller's own abort passes unchanged. */
const withDeadline = async <T>(
  ms: number,
  signal: AbortSignal | undefined,
  run: (signal: AbortSignal) => Promise<T>,
): Promise<T> => {
  signal?.throwIfAborted();
  const controller = new AbortController();
  const late = new RemoteError(
    'assembly',
    'timeout',
    `Assembly did not answer within ${Math.round(ms / 1000)} s.`,
  );
  const timer = setTimeout(() => controller.abort(late), ms);
  const onAbort = (): void => controller.abort(signal?.reason);
  // Not AbortSignal.any: on a signal that lives as long as a worker its followers pile up.
  signal?.addEventListener('abort', onAbort, { once: true });
  try {
    return await run(controller.signal);
  } catch (error) {
    if (controller.signal.aborted) throw controller.signal.reason;
    throw new RemoteError('assembly', 'connection_failed', 'The connection to Assembly broke.', {
      detail: causeCode(error),
    });
  } finally {
    clearTimeout(timer);
    signal?.removeEventListener('abort', onAbort);
  }
};

/** `fetch failed` says nothing; its cause has the system's code, such as `ECONNRESET`. */
const causeCode = (error: unknown): string | undefined => {
  const cause = error instanceof Error ? (error.cause ?? error) : undefined;
  return cause instanceof Error && 'code' in cause && typeof cause.code === 'string' ? cause.code : undefined;
};

const parseAnswer = <T>(call: ApiCall<T>, { status, text }: Answer): T => {
  if (text === null) throw badAnswer(call.operation, 'it is too large');
  const json = status === NO_CONTENT ? {} : parseJson(text);
  if (json === undefined) throw badAnswer(call.operation, 'it is not JSON');
  const parsed = call.answer.safeParse(json);
  if (parsed.success) return parsed.data;
  const [issue] = parsed.error.issues;
  throw badAnswer(
    call.operation,
    `${issue?.path.join('.') || 'the body'}: ${issue?.message ?? 'does not fit'}`,
  );
};

const parseJson = (text: string): unknown => {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
};

const toRefusal = (operation: AssemblyOperation, answer: Answer, apiKey: string): Refusal => {
  const text = answer.text ?? '';
  const body = errorBody.safeParse(parseJson(text));
  return {
    operation,
    status: answer.status,
    message: body.success ? presentable(body.data.message, apiKey) : '',
    html:
      text.trimStart().startsWith('<') || (answer.headers.get('content-type') ?? '').includes('text/html'),
    retryAfterMs: parseRetryAfter(answer.headers.get('retry-after'), Date.now()),
    requestId: answer.headers.get('x-request-id') ?? undefined,
  };
};

/** The remote's words, short, without links (which may be presigned) and without our key, should it echo them. */
const presentable = (message: string, apiKey: string): string =>
  message
    .replaceAll(apiKey, '[key]')
    .replace(/https?:\/\/\S+/g, '[link]')
    .slice(0, MAX_MESSAGE_LENGTH);
