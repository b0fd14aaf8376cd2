import { Dropbox, type DropboxResponse } from 'dropbox';
import type { z } from 'zod';
import { RemoteError } from '../domain/remoteError';
import { boundedText } from './boundedText';
import { createDeadline } from './deadline';
import type { ErrorRow } from './errorTable';
import { brokenError, refusedError } from './refusal';
import { parseAnswer } from './schemas';
import type { Outgoing, Transport } from './transport';

export interface RpcCall<T> {
  readonly invoke: (sdk: Dropbox) => Promise<DropboxResponse<unknown>>;
  readonly schema: z.ZodType<T>;
  readonly rows?: readonly ErrorRow[];
  readonly withoutPathRoot?: boolean;
  readonly signal?: AbortSignal;
}

export type Rpc = <T>(call: RpcCall<T>) => Promise<T>;

/** What the SDK reads of a response: it was written for node-fetch. */
type SdkFetch = (
  url: string,
  init: { headers: Record<string, string>; body: string | null },
) => Promise<{ ok: true; status: number; headers: Headers; text: () => Promise<string> }>;

const SDK_ORIGIN = 'https://api.dropboxapi.com/2/';
/** A page of 2,000 entries is about 1 MiB; this is for paths of 4,096 characters and a listing over its limit. */
const MAX_ANSWER_BYTES = 64 * 1024 * 1024;

/**
 * The only place that runs the official SDK, and only for calls without content. It knows no deadline, no abort, no
 * other host than Dropbox's own, and refreshes tokens in its own unsafe way. So each call gets an instance of its own
 * that holds no token, with a fetch made for this one call; two calls, or two accounts, share nothing.
 */
export const createRpc =
  (deps: { apiUrl: string; transport: Transport; timeoutMs: number }): Rpc =>
  async (call) => {
    let route = 'a call';
    const sdkFetch: SdkFetch = async (url, init) => {
      if (!url.startsWith(SDK_ORIGIN)) {
        throw new RemoteError('dropbox', 'internal', 'Only calls without content go through the SDK.');
      }
      route = url.slice(SDK_ORIGIN.length);
      const deadline = createDeadline({ ms: deps.timeoutMs, route, signal: call.signal });
      try {
        return await exchange(deps.transport, call, {
          route,
          url: `${deps.apiUrl}/2/${route}`,
          method: 'POST',
          headers: init.headers,
          payload: init.body === null ? null : textPayload(init.body),
          deadline,
          withoutPathRoot: call.withoutPathRoot,
        });
      } catch (error) {
        throw brokenError(error, route, deadline.signal);
      } finally {
        deadline.end();
      }
    };
    const { result } = await call.invoke(new Dropbox({ fetch: sdkFetch }));
    return parseAnswer(call.schema, result, route);
  };

const exchange = async (transport: Transport, call: RpcCall<unknown>, outgoing: Outgoing) => {
  const answer = await transport.send(outgoing);
  if (!answer.ok) throw refusedError(answer.refusal, call.rows);
  const { status, headers } = answer.response;
  try {
    const { text, bytes } = await boundedText(answer.response, MAX_ANSWER_BYTES, outgoing.route);
    answer.counted(bytes);
    return { ok: true as const, status, headers, text: async () => text };
  } catch (error) {
    answer.counted(0);
    throw error;
  }
};

const textPayload = (body: string) => ({
  length: Buffer.byteLength(body),
  open: async () => body,
  repeatable: true,
});
