import { createCoalescer } from '../../../src/api/coalesce';

/** Runs that end when the test says so, and what each was told to do. */
function controlled({
  maxCallers = 100,
  free = (outcome: Promise<string>): Promise<unknown> => outcome,
} = {}) {
  const runs: { key: string; load: string; end: (error?: Error) => void }[] = [];
  const call = createCoalescer<string, string>({
    maxCallers,
    merge: (waiting, more) => waiting + more,
    run(key, load) {
      const outcome = new Promise<string>((resolve, reject) => {
        runs.push({ key, load, end: (error) => (error ? reject(error) : resolve(`did ${load}`)) });
      });
      return { outcome, free: free(outcome) };
    },
  });
  return { runs, call };
}

/** What has ended by now, in the order of its end. */
function ends(promises: Record<string, Promise<string>>): string[] {
  const ended: string[] = [];
  for (const [name, promise] of Object.entries(promises)) {
    promise.then(
      (told) => ended.push(`${name} ${told}`),
      (error: Error) => ended.push(`${name} failed: ${error.message}`),
    );
  }
  return ended;
}
const turn = () => new Promise((resolve) => setImmediate(resolve));

test('the first call runs at once; those that come meanwhile share the next run, in their order', async () => {
  const { runs, call } = controlled();
  const ended = ends({ a: call('k', 'a'), b: call('k', 'b'), c: call('k', 'c') });
  await turn();
  expect(runs.map(({ load }) => load)).toEqual(['a']);
  runs[0]?.end();
  await turn();
  // What came after the run began is not done with it.
  expect(ended).toEqual(['a did a']);
  expect(runs.map(({ load }) => load)).toEqual(['a', 'bc']);
  runs[1]?.end();
  await turn();
  expect(ended).toEqual(['a did a', 'b did bc', 'c did bc']);
  const later = ends({ d: call('k', 'd') });
  runs[2]?.end();
  await turn();
  expect([runs[2]?.load, later]).toEqual(['d', ['d did d']]);
});

test('a run that fails fails for all that it served and for nobody else', async () => {
  const { runs, call } = controlled();
  const ended = ends({ a: call('k', 'a'), b: call('k', 'b'), c: call('k', 'c') });
  runs[0]?.end();
  await turn();
  const d = ends({ d: call('k', 'd') });
  runs[1]?.end(new Error('lost'));
  await turn();
  expect(ended).toEqual(['a did a', 'b failed: lost', 'c failed: lost']);
  expect(d).toEqual([]);
  runs[2]?.end();
  await turn();
  expect(d).toEqual(['d did d']);
});

test('the next run begins also after one that failed', async () => {
  const { runs, call } = controlled();
  const ended = ends({ a: call('k', 'a'), b: call('k', 'b') });
  runs[0]?.end(new Error('lost'));
  await turn();
  runs[1]?.end();
  await turn();
  expect(ended).toEqual(['a failed: lost', 'b did b']);
});

test('keys do not wait for one another', async () => {
  const { runs, call } = controlled();
  const ended = ends({ a: call('one', 'a'), b: call('other', 'b') });
  runs[1]?.end();
  await turn();
  expect(ended).toEqual(['b did b']);
  runs[0]?.end();
  await turn();
  expect(ended).toEqual(['b did b', 'a did a']);
});

test('a key that is not free waits for that, also when nobody waited at the end of the run before', async () => {
  const go: (() => void)[] = [];
  const { runs, call } = controlled({ free: () => new Promise<void>((resolve) => go.push(resolve)) });
  const ended = ends({ a: call('k', 'a') });
  runs[0]?.end();
  await turn();
  expect(ended).toEqual(['a did a']);
  void call('k', 'b');
  void call('k', 'c');
  void call('other', 'd');
  await turn();
  expect(runs.map(({ load }) => load)).toEqual(['a', 'd']);
  go[0]?.();
  await turn();
  expect(runs.map(({ load }) => load)).toEqual(['a', 'd', 'bc']);
});

test('a key that is free before its run has ended lets the next one begin, and each ends as its own', async () => {
  const { runs, call } = controlled({ free: async () => {} });
  const ended = ends({ a: call('k', 'a'), b: call('k', 'b') });
  await turn();
  expect(runs.map(({ load }) => load)).toEqual(['a', 'b']);
  runs[1]?.end();
  await turn();
  expect(ended).toEqual(['b did b']);
  runs[0]?.end(new Error('lost'));
  await turn();
  expect(ended).toEqual(['b did b', 'a failed: lost']);
});

test('more callers than there is room for are refused, until others have ended', async () => {
  const { runs, call } = controlled({ maxCallers: 2 });
  const ended = ends({ a: call('k', 'a'), b: call('other', 'b') });
  await expect(call('third', 'c')).rejects.toMatchObject({ code: 'unavailable' });
  expect(runs).toHaveLength(2);
  runs[0]?.end();
  await turn();
  expect(ended).toEqual(['a did a']);
  void call('third', 'd');
  expect(runs.map(({ load }) => load)).toEqual(['a', 'b', 'd']);
});

test('whatever the times, each call is served by exactly one run that began after it, and one runs at a time', async () => {
  let seed = 7;
  const random = (below: number) => {
    seed = (seed * 1_103_515_245 + 12_345) % 2 ** 31;
    return seed % below;
  };
  let clock = 0;
  let running = 0;
  const served = new Map<number, number>();
  const call = createCoalescer<number[], void>({
    maxCallers: 1_000,
    merge: (waiting, more) => [...waiting, ...more],
    run(_key, calls) {
      const outcome = serve(calls);
      const pause = async () => {
        for (let turns = random(3); turns > 0; turns--) await turn();
      };
      return { outcome, free: Promise.allSettled([outcome, pause()]) };
    },
  });
  async function serve(calls: number[]) {
    running += 1;
    expect(running).toBe(1);
    const began = clock++;
    for (const one of calls) {
      expect(served.has(one)).toBe(false);
      served.set(one, began);
    }
    for (let turns = random(4); turns > 0; turns--) await turn();
    running -= 1;
    if (random(3) === 0) throw new Error('lost');
  }
  const calls: Promise<unknown>[] = [];
  for (let index = 0; index < 300; index++) {
    const at = clock++;
    calls.push(call('k', [at]).catch(() => undefined));
    if (random(2) === 0) await turn();
  }
  await Promise.all(calls);
  expect(served.size).toBe(300);
  for (const [at, began] of served) expect(began).toBeGreaterThan(at);
});
