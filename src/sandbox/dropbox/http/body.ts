import type { IncomingMessage } from 'node:http';
import { BodyTooLarge } from '../model/blobs';

/** A request body that is counted while it passes, and can be cut off or held up by a fault. */
export interface Body extends AsyncIterable<Uint8Array> {
  /** Bytes handed on so far. */
  readonly seen: () => number;
}

export interface BodyFault {
  readonly afterBytes: number;
  /** Called once when that many bytes have passed; the body goes on when it resolves. */
  readonly strike: () => Promise<void>;
}

export function requestBody(request: IncomingMessage, fault: BodyFault | null): Body {
  let seen = 0;
  let struck = false;
  async function* read(): AsyncGenerator<Uint8Array> {
    // A refusal half way must not break the connection on which it is to be told.
    for await (const chunk of request.iterator({ destroyOnReturn: false }) as AsyncIterable<Buffer>) {
      seen += chunk.length;
      if (fault && !struck && seen >= fault.afterBytes) {
        struck = true;
        await fault.strike();
      }
      yield chunk;
    }
    if (!request.complete) throw new Error('the request was cut off');
  }
  return { seen: () => seen, [Symbol.asyncIterator]: read };
}

/** A body within the process. */
export function bodyHere(content: string): Body {
  const bytes = Buffer.from(content);
  async function* read(): AsyncGenerator<Uint8Array> {
    if (bytes.length > 0) yield bytes;
  }
  return { seen: () => bytes.length, [Symbol.asyncIterator]: read };
}

const DRAIN_MS = 60_000;

/** Reads away what nobody wanted of a body, so that the caller gets to read the answer; not for ever. */
export function drainRest(request: IncomingMessage): void {
  if (request.complete || request.destroyed) return;
  const timer = setTimeout(() => request.destroy(), DRAIN_MS);
  timer.unref();
  for (const over of ['end', 'close'] as const) request.once(over, () => clearTimeout(timer));
  request.resume();
}

/** A small body as a whole. Throws `BodyTooLarge` above `limit` bytes. */
export async function readAll(body: AsyncIterable<Uint8Array>, limit: number): Promise<Buffer> {
  const parts: Uint8Array[] = [];
  let size = 0;
  for await (const chunk of body) {
    size += chunk.length;
    if (size > limit) throw new BodyTooLarge();
    parts.push(chunk);
  }
  return Buffer.concat(parts);
}
