import type { Logger } from 'pino';
import type { Side } from '../domain/types';
import { meterCalls } from '../store/callSlots';
import type { Store } from '../store/client';

const FLUSH_MS = 2_000;

/** Counts calls that need no slot and writes them every two seconds: a meter, not a limit. */
export function createCallMeter(store: Store, logger: Logger) {
  let counts = new Map<string, { portalId: string; side: Side; kind: string; calls: number }>();
  let writing: Promise<void> = Promise.resolve();
  const write = async () => {
    const told = [...counts.values()];
    counts = new Map();
    for (const { portalId, side, kind, calls } of told) {
      await meterCalls(store.prisma, portalId, side, [{ kind, calls }]);
    }
  };
  // One after the other, so that whoever closes the meter waits for what is under way.
  const flush = (): Promise<void> => {
    writing = writing.catch(() => undefined).then(write);
    return writing;
  };
  const timer = setInterval(() => {
    flush().catch((error: unknown) => logger.warn({ err: error }, 'usage could not be written'));
  }, FLUSH_MS);
  timer.unref();
  return {
    count(portalId: string, side: Side, kind: string) {
      const key = `${portalId}\u0000${side}\u0000${kind}`;
      const entry = counts.get(key);
      if (entry) entry.calls += 1;
      else counts.set(key, { portalId, side, kind, calls: 1 });
    },
    async close() {
      clearInterval(timer);
      await flush();
    },
  };
}
