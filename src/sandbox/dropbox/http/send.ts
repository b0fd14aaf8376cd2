import { createReadStream } from 'node:fs';
import type { ServerResponse } from 'node:http';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { setTimeout as sleep } from 'node:timers/promises';
import { createGzip } from 'node:zlib';
import type { FaultRule } from '../faults';
import { bodyLength, type Reply } from './reply';

/** Writes a reply; a fault may break, shorten or slow its body. Resolves with the number of body bytes sent. */
export async function send(
  response: ServerResponse,
  reply: Reply,
  fault: FaultRule | null,
  withBody: boolean,
): Promise<number> {
  const full = bodyLength(reply.body);
  const limit = fault?.afterBytes ?? Math.floor(full / 2);
  if (fault?.action === 'truncate') return truncated(response, reply, limit, full, fault.encoding);
  const length = fault?.action === 'short' ? Math.min(limit, full) : full;
  const headers = { ...reply.headers, 'content-length': String(length) };
  response.writeHead(reply.status, noBody(reply.status) ? reply.headers : headers);
  if (!withBody || length === 0) {
    response.end();
    return 0;
  }
  const source = open(reply.body, length);
  const paced = fault?.action === 'slow' ? slowly(source, fault.bytesPerSecond) : source;
  await pipeline(paced, response);
  return length;
}

const noBody = (status: number): boolean => status === 304 || status === 204;

function open(body: Reply['body'], length: number): Readable {
  if (typeof body === 'string') return Readable.from([Buffer.from(body).subarray(0, length)]);
  if (length === 0) return Readable.from([]);
  const highWaterMark = 256 * 1024;
  return createReadStream(body.file, { start: body.start, end: body.start + length - 1, highWaterMark });
}

async function* slowly(source: AsyncIterable<Buffer>, bytesPerSecond: number): AsyncGenerator<Buffer> {
  const step = Math.max(1, Math.floor(bytesPerSecond / 10));
  for await (const chunk of source) {
    for (let at = 0; at < chunk.length; at += step) {
      yield chunk.subarray(at, at + step);
      await sleep(100);
    }
  }
}

/** Part of the body, then the connection is cut, however the body was announced. */
async function truncated(
  response: ServerResponse,
  reply: Reply,
  limit: number,
  full: number,
  encoding: FaultRule['encoding'],
): Promise<number> {
  const announced: Record<FaultRule['encoding'], Record<string, string>> = {
    length: { 'content-length': String(Math.max(full, limit + 1)) },
    chunked: { 'transfer-encoding': 'chunked' },
    gzip: { 'transfer-encoding': 'chunked', 'content-encoding': 'gzip' },
  };
  response.writeHead(reply.status, { ...reply.headers, ...announced[encoding] });
  const source = open(reply.body, Math.min(limit, full));
  const bytes = encoding === 'gzip' ? source.pipe(createGzip()) : source;
  for await (const chunk of bytes as AsyncIterable<Buffer>) {
    await new Promise<void>((resolve) => response.write(chunk, () => resolve()));
  }
  response.socket?.resetAndDestroy();
  return Math.min(limit, full);
}
