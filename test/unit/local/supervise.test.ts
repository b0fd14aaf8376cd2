import { type Running, supervise } from '../../../src/local/supervise';
import { until } from './support/until';

/** A part that can be made to end, and that records how it was treated. */
function part() {
  let ends: () => void = () => undefined;
  const record = { starts: 0, stops: 0, failures: 0 };
  return {
    record,
    failNext: 0,
    end: () => ends(),
    async start(): Promise<Running> {
      record.starts++;
      if (this.failNext > 0) {
        this.failNext--;
        record.failures++;
        throw new Error('not today');
      }
      const exited = new Promise<void>((resolve) => {
        ends = resolve;
      });
      const stop = async () => {
        record.stops++;
        ends();
        await exited;
      };
      return { pid: record.starts, exited, stop };
    },
  };
}

const quick = { firstDelayMs: 1, longestDelayMs: 4, log: () => undefined };

test('what ends is started again', async () => {
  const one = part();
  const said: string[] = [];
  const { supervised } = await supervise('Part', () => one.start(), {
    ...quick,
    log: (line) => said.push(line),
  });
  expect(supervised.pid()).toBe(1);
  one.end();
  await until(() => supervised.pid() === 2);
  expect(said).toEqual(['Part has ended; starting it again in 0.0 s', 'Part is up again']);
  await supervised.stop();
});

test('a restart that fails is tried again, later each time', async () => {
  const one = part();
  const said: string[] = [];
  const { supervised } = await supervise('Part', () => one.start(), {
    firstDelayMs: 100,
    longestDelayMs: 250,
    log: (line) => said.push(line),
  });
  one.failNext = 2;
  one.end();
  await until(() => supervised.pid() === 4);
  expect(said.filter((line) => line.includes('again in')).map((line) => line.slice(-5))).toEqual([
    '0.1 s',
    '0.2 s',
    '0.3 s',
  ]);
  expect(said).toContain('Part did not start: not today');
  await supervised.stop();
});

test('what keeps ending is given up', async () => {
  const one = part();
  const { supervised } = await supervise('Part', () => one.start(), { ...quick, mostRestarts: 3 });
  one.failNext = 100;
  one.end();
  await expect(supervised.givenUp).resolves.toThrow('Part ended 4 times in a row');
  expect(one.record.starts).toBe(4);
  await supervised.stop();
});

test('what was up for long begins its count anew', async () => {
  const one = part();
  const { supervised } = await supervise('Part', () => one.start(), {
    ...quick,
    mostRestarts: 1,
    settledMs: 0,
  });
  for (let life = 2; life <= 5; life++) {
    one.end();
    await until(() => supervised.pid() === life);
  }
  await supervised.stop();
});

test('a stop is final, and waits for a start that is under way', async () => {
  const one = part();
  let letStart: () => void = () => undefined;
  const gate = new Promise<void>((resolve) => {
    letStart = resolve;
  });
  const { supervised } = await supervise(
    'Part',
    async () => {
      if (one.record.starts > 0) await gate;
      return one.start();
    },
    quick,
  );
  one.end();
  await until(() => one.record.stops === 1);
  const stopped = supervised.stop();
  letStart();
  await stopped;
  expect(one.record.stops).toBe(one.record.starts);
});

test('a first start that fails is the caller’s to handle', async () => {
  const one = part();
  one.failNext = 1;
  await expect(supervise('Part', () => one.start(), quick)).rejects.toThrow('not today');
});
