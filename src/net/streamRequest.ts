import { type ClientRequest, request as httpRequest, type IncomingMessage } from 'node:http';
import { request as httpsRequest } from 'node:https';
import { isIP, type LookupFunction } from 'node:net';
import { createIdleTimer } from './idleTimer';
import { idleError, networkError } from './networkError';
import { type BodyToSend, sendBody } from './sendBody';
import type { TransferTarget } from './transferPolicy';

export interface StreamRequest {
  readonly target: TransferTarget;
  readonly method: 'GET' | 'PUT';
  /** Exactly these are sent, besides `Host` and `Connection`. */
  readonly headers: Readonly<Record<string, string>>;
  readonly body?: BodyToSend;
  /** Longest stand-still of the transfer in milliseconds. There is no limit on the whole: sizes differ too much. */
  readonly idleMs: number;
  readonly signal?: AbortSignal;
}

export interface StreamAnswer {
  /** Paused. The reader has to consume or destroy it: the connection lives until then. */
  readonly response: IncomingMessage;
  /** False where the host answered before it had taken the whole body. */
  readonly bodySent: boolean;
}

/**
 * One request to a storage host, streamed, redirects not followed, on a connection of its own that is pinned to the
 * address the policy has checked. Resolves with the head of the answer. Rejects with `timeout`, `connection_failed`,
 * `truncated_body`, the source's own error, or the reason of the abort.
 */
export const streamRequest = async (input: StreamRequest): Promise<StreamAnswer> => {
  const { signal, idleMs, body } = input;
  signal?.throwIfAborted();
  const request = open(input);
  const idle = createIdleTimer(idleMs, () => request.destroy(idleError(idleMs)));
  const onAbort = (): void => void request.destroy();
  signal?.addEventListener('abort', onAbort, { once: true });
  idle.feed();
  try {
    const answered = answer(request, signal);
    if (body === undefined) request.end();
    const sending = body === undefined ? 'sent' : await sendBody(request, body, idle.feed, answered);
    const response = await answered;
    return { response, bodySent: sending === 'sent' };
  } catch (error) {
    request.destroy();
    throw error;
  } finally {
    idle.stop();
    signal?.removeEventListener('abort', onAbort);
  }
};

const open = ({ target: { url, address }, method, headers }: StreamRequest): ClientRequest => {
  const start = url.protocol === 'http:' ? httpRequest : httpsRequest;
  // A pooled connection could be one to an address that was checked long ago.
  return start(url, {
    method,
    headers,
    agent: false,
    ...(address === undefined ? {} : { lookup: pinned(address) }),
  });
};

const pinned = (address: string): LookupFunction => {
  const family = isIP(address);
  return (_hostname, options, callback) => {
    if (options.all === true) callback(null, [{ address, family }]);
    else callback(null, address, family);
  };
};

const answer = (request: ClientRequest, signal: AbortSignal | undefined): Promise<IncomingMessage> => {
  const answered = new Promise<IncomingMessage>((resolve, reject) => {
    request.once('response', (response) => {
      response.pause();
      resolve(response);
    });
    // Stays for good: a connection that breaks after the answer must not end the process.
    request.on('error', (error) => reject(networkError(error, signal)));
    request.once('close', () => reject(networkError(undefined, signal)));
  });
  // Whoever waits sees the rejection; while the body is being sent nobody waits yet.
  answered.catch(() => undefined);
  return answered;
};
