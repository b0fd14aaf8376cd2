import type { Response } from 'express';
import { CairnError } from '../domain/errors';
import type { Watcher } from './watch';

const COMMENT_MS = 15_000;

/** What a reader may lag behind before it is taken for gone. */
const MAX_UNREAD_BYTES = 1_048_576;

/** Answers a request with server-sent events of one kind until either end stops. Rejects with `unavailable`. */
export function streamEvents(
  res: Response,
  event: string,
  watch: (watcher: Watcher) => (() => void) | null,
): void {
  const stream = openStream(res);
  const stop = watch({
    changed: (json) => stream.write(`event: ${event}\ndata: ${json}\n\n`),
    ended: () => res.end(),
  });
  if (stop === null) throw new CairnError('unavailable', 'Too many streams are open; try again later.');
  if (res.destroyed) stop();
  else stream.begin(stop);
}

/** Holds back what is written before the head is sent, so that a refusal can still be a problem. */
function openStream(res: Response) {
  const early: string[] = [];
  const write = (text: string): void => {
    if (!res.headersSent) early.push(text);
    else if (res.writableLength > MAX_UNREAD_BYTES) res.destroy();
    else res.write(text);
  };
  const begin = (stop: () => void): void => {
    res.status(200).setHeader('Content-Type', 'text/event-stream');
    // Proxies in front hold back what they don't know to be a stream.
    res.setHeader('X-Accel-Buffering', 'no');
    res.flushHeaders();
    for (const text of early) res.write(text);
    const comment = setInterval(() => write(': still here\n\n'), COMMENT_MS);
    res.once('close', () => {
      clearInterval(comment);
      stop();
    });
  };
  return { write, begin };
}
