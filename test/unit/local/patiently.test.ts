import { mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { prepareLogs } from '../../../src/local/logFiles';
import { patiently } from '../../../src/local/patiently';

const never = new AbortController().signal;

describe('patience', () => {
  const failing = (times: number) => {
    let calls = 0;
    return async () => {
      if (++calls <= times) throw new Error(`failure ${calls}`);
      return calls;
    };
  };

  test('repeats until it works', async () => {
    await expect(patiently(failing(2), never, { pauseMs: 1 })).resolves.toBe(3);
  });

  test('has an end, with the last reason', async () => {
    await expect(patiently(failing(9), never, { tries: 3, pauseMs: 1 })).rejects.toThrow('failure 3');
  });

  test('ends when it is stopped', async () => {
    const stopping = new AbortController();
    const waiting = patiently(failing(9), stopping.signal, { pauseMs: 60_000 });
    // By then it waits for the next try.
    await new Promise((resolve) => setImmediate(resolve));
    stopping.abort();
    await expect(waiting).rejects.toThrow(/abort/i);
  });
});

test('a log that has grown large is set aside at the next start, over the one before', () => {
  const folder = mkdtempSync(join(tmpdir(), 'cairn-logs-'));
  for (const name of ['api.log', 'api.log.old', 'worker.log', 'notes.txt']) {
    writeFileSync(join(folder, name), 'x'.repeat(name === 'worker.log' ? 10 : 100));
  }
  prepareLogs(folder, 50);
  expect(readdirSync(folder).sort()).toEqual(['api.log.old', 'notes.txt', 'worker.log']);
  rmSync(folder, { recursive: true });
});
