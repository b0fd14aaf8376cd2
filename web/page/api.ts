import type { Problem } from './json';
import { reason } from './words';

/** A refusal, told for a person. */
export class ApiError extends Error {
  override readonly name = 'ApiError';
  constructor(
    readonly status: number,
    readonly code: string,
    message: string,
    /** For whoever has to look into it. */
    readonly requestId: string | null,
  ) {
    super(message);
  }
}

export interface Api {
  get<T>(path: string, signal?: AbortSignal): Promise<T>;
  send<T>(method: 'POST' | 'PATCH' | 'DELETE', path: string, body?: unknown): Promise<T>;
  /** An event stream. */
  stream(path: string, signal: AbortSignal): Promise<Response>;
  /** Where the browser begins to connect Dropbox. A new window has no headers, so the token is in this address. */
  connectUrl(): string;
}

const PATIENCE_MS = 30_000;

/** `path` is relative to the page, which may lie below a path of a proxy. */
export function createApi(token: string, base: string, onSessionEnd: () => void): Api {
  const call = async <T>(method: string, path: string, body: unknown, signal?: AbortSignal): Promise<T> => {
    const late = AbortSignal.timeout(PATIENCE_MS);
    let response: Response;
    try {
      response = await fetch(new URL(path, base), {
        method,
        headers: {
          'X-Assembly-Token': token,
          ...(body === undefined ? {} : { 'Content-Type': 'application/json' }),
        },
        ...(body === undefined ? {} : { body: JSON.stringify(body) }),
        signal: signal === undefined ? late : AbortSignal.any([signal, late]),
      });
    } catch (error) {
      if (signal?.aborted) throw error;
      throw new ApiError(
        0,
        'unreachable',
        'Cairn could not be reached. Check your connection and try again.',
        null,
      );
    }
    if (response.status === 401) onSessionEnd();
    if (!response.ok) throw await refusalOf(response);
    const text = await response.text();
    return (text === '' ? undefined : JSON.parse(text)) as T;
  };
  return {
    get: (path, signal) => call('GET', path, undefined, signal),
    send: (method, path, body) => call(method, path, body),
    stream: (path, signal) =>
      fetch(new URL(path, base), {
        headers: { 'X-Assembly-Token': token, Accept: 'text/event-stream' },
        signal,
      }),
    connectUrl: () => new URL(`auth/dropbox/start?token=${encodeURIComponent(token)}`, base).toString(),
  };
}

async function refusalOf(response: Response): Promise<ApiError> {
  const problem = (await response.json().catch(() => null)) as Partial<Problem> | null;
  const code = problem?.code ?? 'unexpected';
  const fields = problem?.errors?.map(({ detail }) => detail).join(' ');
  const message = fields || problem?.detail || reason(code);
  return new ApiError(response.status, code, message, problem?.requestId ?? null);
}
