import { keepStreaming, type LinkState, pauseBefore } from '../../../web/page/liveStream';
import { until } from '../local/support/until';

/** A server whose streams the test writes, ends and breaks. */
function setUp(answers: (() => Promise<Response>)[] = [], options: { silentMs?: number } = {}) {
  const stop = new AbortController();
  const said: string[] = [];
  const states: (LinkState | number)[] = [];
  const pauses: number[] = [];
  const streams: ReadableStreamDefaultController<Uint8Array>[] = [];
  const done = keepStreaming(
    {
      connect: async (signal) => {
        const answer = answers.shift();
        if (answer !== undefined) return answer();
        const body = new ReadableStream<Uint8Array>({ start: (controller) => void streams.push(controller) });
        signal.throwIfAborted();
        return new Response(body);
      },
      onEvent: ({ data }) => said.push(data),
      onState: (state, status) => states.push(status ?? state),
      pause: async (ms) => void pauses.push(ms),
      random: () => 0,
      ...options,
    },
    stop.signal,
  );
  const write = (index: number, text: string) => streams[index]?.enqueue(new TextEncoder().encode(text));
  return { stop, done, said, states, pauses, streams, write };
}

test('a stream that ends or breaks is opened again, and events go on', async () => {
  const { stop, done, said, states, streams, write } = setUp();
  await until(() => streams.length === 1);
  write(0, 'data: one\n\n');
  await until(() => said.length === 1);
  streams[0]?.close();
  await until(() => streams.length === 2);
  write(1, 'data: two\n\n');
  await until(() => said.length === 2);
  streams[1]?.error(new Error('reset'));
  await until(() => streams.length === 3);
  stop.abort();
  await done;
  expect(said).toEqual(['one', 'two']);
  expect(states).toEqual(['connecting', 'live', 'lost', 'live', 'lost']);
});

test('a refused token or a removed sync is not asked for again', async () => {
  for (const status of [401, 404]) {
    const { done, states } = setUp([async () => new Response(null, { status })]);
    await done;
    expect(states).toEqual(['connecting', status]);
  }
});

test('a server in trouble is tried again, less and less often, and at full pace once it has answered', async () => {
  const failure = () => Promise.reject(new TypeError('no network'));
  const refusal = async () => new Response(null, { status: 503 });
  const { stop, done, said, pauses, streams, write } = setUp([failure, failure, failure, refusal]);
  await until(() => streams.length === 1);
  expect(pauses).toEqual([500, 1_000, 2_000, 4_000]);
  write(0, 'data: back\n\n');
  await until(() => said.length === 1);
  streams[0]?.close();
  await until(() => pauses.length === 5);
  expect(pauses[4]).toBe(500);
  stop.abort();
  await done;
});

test('a stream that has fallen silent is taken for dead', async () => {
  const { stop, done, states, streams, write } = setUp([], { silentMs: 30 });
  await until(() => streams.length === 1);
  write(0, ': still here\n\n');
  await until(() => states.includes('lost'));
  await until(() => streams.length >= 2);
  stop.abort();
  await done;
});

test('no pause is longer than 15 seconds or shorter than a quarter of one', () => {
  for (let tries = 1; tries < 100; tries++) {
    for (const random of [0, 0.5, 1]) {
      const pause = pauseBefore(tries, random);
      expect(pause).toBeGreaterThanOrEqual(250);
      expect(pause).toBeLessThanOrEqual(15_000);
    }
  }
  expect(pauseBefore(100, 0)).toBe(15_000);
});
