import { createCallMeter } from '../../../src/activities/callMeter';
import type { Logger } from '../../../src/log';
import type { Store } from '../../../src/store/client';

afterEach(() => jest.useRealTimers());

test('closing waits for a writing that is under way: nothing asks the database afterwards', async () => {
  jest.useFakeTimers();
  const written: (() => void)[] = [];
  const store = {
    prisma: { $executeRaw: () => new Promise<void>((resolve) => written.push(resolve)) },
  } as unknown as Store;
  const meter = createCallMeter(store, { warn() {} } as unknown as Logger);
  meter.count('ws_1', 'dropbox', 'files/upload');
  meter.count('ws_2', 'dropbox', 'files/upload');
  await jest.advanceTimersByTimeAsync(2_000);
  expect(written).toHaveLength(1);
  let closed = false;
  const closing = meter.close().then(() => {
    closed = true;
  });
  await jest.advanceTimersByTimeAsync(0);
  expect(closed).toBe(false);
  written[0]?.();
  await jest.advanceTimersByTimeAsync(0);
  expect([closed, written.length]).toEqual([false, 2]);
  written[1]?.();
  await closing;
  expect(written).toHaveLength(2);
});
