import { once } from 'node:events';
import { createReadStream } from 'node:fs';
import type { ServerResponse } from 'node:http';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { setTimeout as delay } from 'node:timers/promises';
import { isStored, type Reply } from './reply';

export interface SendOptions {
  /** Bytes of the body that really go out; all of them unless given. */
  readonly bytes?: number;
  /** The length that the head announces; what goes out, unless given. */
  readonly announced?: number;
  /** Spreads the body evenly over this time. */
  readonly overMs?: number;
}

const DRIPS = 10;

const bodySize = (reply: Reply): number => (isStored(reply.body) ? reply.body.size : reply.body.length);

/** Sends head and body; resolves with the bytes of the body that went out. A client that left is no error. */
export const sendReply = async (
  response: ServerResponse,
  reply: Reply,
  options: SendOptions = {},
): Promise<number> => {
  const size = Math.min(options.bytes ?? Number.POSITIVE_INFINITY, bodySize(reply));
  const announced = options.announced ?? size;
  response.writeHead(reply.status, { ...reply.headers, 'content-length': announced });
  let sent = 0;
  const counted = async function* (): AsyncIterable<Buffer> {
    const waitMs = (options.overMs ?? 0) / DRIPS;
    const piece = waitMs > 0 ? Math.max(1, Math.ceil(size / DRIPS)) : 64 * 1024;
    for await (const chunk of source(reply, size, piece)) {
      if (waitMs > 0) await delay(waitMs);
      sent += chunk.length;
      yield chunk;
    }
  };
  try {
    if (announced === size) await pipeline(counted, response);
    else await sendCutShort(response, counted());
  } catch {
    response.destroy();
  }
  return sent;
};

/** Everything up to the cut has to leave before the connection dies, else the client never sees the first part. */
const sendCutShort = async (response: ServerResponse, chunks: AsyncIterable<Buffer>): Promise<void> => {
  response.flushHeaders();
  for await (const chunk of chunks) {
    if (response.destroyed) return;
    if (!response.write(chunk)) await Promise.race([once(response, 'drain'), once(response, 'close')]);
  }
  await new Promise<void>((resolve) => response.write('', () => resolve()));
  response.socket?.end();
  response.destroy();
};

const source = (reply: Reply, size: number, piece: number): AsyncIterable<Buffer> => {
  if (size === 0) return Readable.from([]);
  if (isStored(reply.body)) return createReadStream(reply.body.file, { end: size - 1, highWaterMark: piece });
  const { body } = reply;
  const pieces = Array.from({ length: Math.ceil(size / piece) }, (_, i) =>
    body.subarray(i * piece, Math.min(size, (i + 1) * piece)),
  );
  return Readable.from(pieces);
};
