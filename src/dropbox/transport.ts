import { RemoteError } from '../domain/remoteError';
import { passGate } from '../net/sendGate';
import { boundedText } from './boundedText';
import { abortable, type Deadline } from './deadline';
import { headerJson } from './headerJson';
import { brokenError, hasExpired, isStaleToken, type Refusal, readRefusal } from './refusal';

/** One HTTP exchange, for the usage meter. Byte counts are of bodies alone; an abandoned one counts what moved. */
export interface DropboxCall {
  readonly route: string;
  /** `null` when no complete answer head arrived. */
  readonly status: number | null;
  readonly ms: number;
  readonly bytesIn: number;
  readonly bytesOut: number;
}

export interface TransportDeps {
  accessToken: (options?: { refresh?: boolean; signal?: AbortSignal }) => Promise<string>;
  pathRoot?: string;
  fetch?: typeof fetch;
  onCall?: (call: DropboxCall) => void;
}

/** A request body. `length` is sent as Content-Length, so a stream goes out un-chunked. */
export interface Payload {
  readonly length: number;
  /** Called for each try. */
  open(): Promise<string | Uint8Array | AsyncIterable<Uint8Array>>;
  /** False where the bytes can be had only once. */
  readonly repeatable: boolean;
  /** Bytes that went out in the last try, where it isn't `length`. */
  readonly sent?: () => number;
}

export interface Outgoing {
  readonly route: string;
  readonly url: string;
  readonly method: 'POST' | 'GET';
  readonly headers: Readonly<Record<string, string>>;
  readonly payload: Payload | null;
  readonly deadline: Deadline;
  /** The account's own calls leave the path root out: it may be just what has changed. */
  readonly withoutPathRoot?: boolean;
}

export type Answer =
  | { readonly ok: true; readonly response: Response; readonly counted: (bytesIn: number) => void }
  | { readonly ok: false; readonly refusal: Refusal };

export interface Transport {
  /** Resolves with every complete answer, success or not. Rejects with a `RemoteError` or the abort reason. */
  send(outgoing: Outgoing): Promise<Answer>;
}

const MAX_ERROR_BYTES = 64 * 1024;

/** The HTTP layer of one account: its token, its path root, its meter. Nothing here is shared between accounts. */
export const createTransport = (deps: TransportDeps): Transport => {
  const fetcher = deps.fetch ?? fetch;
  const root = deps.pathRoot ? headerJson({ '.tag': 'root', root: deps.pathRoot }) : null;
  // A token that a refresh has just given and no call has succeeded with: if it is refused as no token at all,
  // refreshing is no help. One that has expired before it was ever used is renewed like any other.
  let unproven: string | null = null;

  const attempt = async (outgoing: Outgoing, token: string): Promise<Answer> => {
    const { route, deadline, payload } = outgoing;
    const counted = meter(outgoing, deps.onCall);
    try {
      const body = payload ? await payload.open() : null;
      await passGate();
      const response = await fetcher(outgoing.url, {
        method: outgoing.method,
        headers: {
          ...outgoing.headers,
          ...(payload ? { 'Content-Length': String(payload.length) } : {}),
          ...(root && !outgoing.withoutPathRoot ? { 'Dropbox-API-Path-Root': root } : {}),
          Authorization: `Bearer ${token}`,
        },
        body,
        duplex: 'half',
        ...redirects(body),
        signal: deadline.signal,
      });
      if (response.ok) {
        if (token === unproven) unproven = null;
        return { ok: true, response, counted: (bytesIn) => counted(response.status, bytesIn) };
      }
      const { text, bytes } = await errorBody(response, route);
      counted(response.status, bytes);
      const { status, headers } = response;
      return { ok: false, refusal: readRefusal({ route, status, headers, body: text, secrets: [token] }) };
    } catch (error) {
      counted(null, 0);
      throw brokenError(error, route, deadline.signal);
    }
  };

  const renew = async (refused: string, signal: AbortSignal): Promise<string> => {
    // Another call may have renewed it meanwhile.
    const current = await abortable(deps.accessToken({ signal }), signal);
    if (current !== refused) return current;
    unproven = await abortable(deps.accessToken({ refresh: true, signal }), signal);
    return unproven;
  };

  return {
    async send(outgoing) {
      const { route, deadline, payload } = outgoing;
      const token = await abortable(deps.accessToken({ signal: deadline.signal }), deadline.signal);
      const answer = await attempt(outgoing, token);
      if (answer.ok || !isStaleToken(answer.refusal)) return answer;
      if (token === unproven && !hasExpired(answer.refusal)) return answer;
      const renewed = await renew(token, deadline.signal);
      if (payload && !payload.repeatable) throw renewedTooLate(route);
      return attempt(outgoing, renewed);
    },
  };
};

/**
 * No redirect is followed: it would carry the bytes to a host that nobody has checked. For a stream it must be told by
 * just these two settings, or else `fetch` keeps a copy of the whole body to be able to send it again.
 * (https://fetch.spec.whatwg.org/#http-network-or-cache-fetch, step 8.1)
 */
const redirects = (body: string | Uint8Array | AsyncIterable<Uint8Array> | null) =>
  body === null || typeof body === 'string' || body instanceof Uint8Array
    ? ({ redirect: 'manual' } as const)
    : ({ redirect: 'error', window: null } as const);

const renewedTooLate = (route: string): RemoteError =>
  new RemoteError(
    'dropbox',
    'remote_unavailable',
    `The Dropbox access token ran out during ${route}; a fresh one is there for the next try.`,
    { detail: 'expired_access_token' },
  );

/** The head already says what happened: a body that breaks or is too long takes nothing from that. */
const errorBody = async (response: Response, route: string): Promise<{ text: string; bytes: number }> => {
  try {
    return await boundedText(response, MAX_ERROR_BYTES, route);
  } catch {
    return { text: '', bytes: 0 };
  }
};

/** Reports an exchange once, however it ends. */
const meter = (
  outgoing: Outgoing,
  onCall: ((call: DropboxCall) => void) | undefined,
): ((status: number | null, bytesIn: number) => void) => {
  const started = performance.now();
  let told = false;
  return (status, bytesIn) => {
    if (told) return;
    told = true;
    const bytesOut = outgoing.payload?.sent?.() ?? outgoing.payload?.length ?? 0;
    onCall?.({ route: outgoing.route, status, ms: performance.now() - started, bytesIn, bytesOut });
  };
};
