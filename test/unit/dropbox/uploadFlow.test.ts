import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { closing, storing } from './storing';
import {
  bytes,
  clientOf,
  countBody,
  fakeTimeouts,
  MIB,
  rejection,
  remoteRejection,
  until,
  useServers,
} from './support';

const servers = useServers();

describe('backpressure and waiting', () => {
  test('a server that reads nothing holds the source back, and the idle timer ends it', async () => {
    const url = await servers.http((request) => void request.pause());
    let yielded = 0;
    let closed = false;
    const open = async () =>
      closing(
        bytes(150 * MIB, 65_536, (at) => {
          yielded = at;
        }),
        () => {
          closed = true;
        },
      );
    const client = clientOf(url, { timeouts: { idleMs: 150 } });
    const error = await remoteRejection(client.upload({ path: '/x', mode: 'add', size: 150 * MIB, open }));
    expect(error.code).toBe('timeout');
    expect(yielded).toBeLessThan(24 * MIB);
    await until('the source to be closed', () => closed);
  });

  test('what has been sent is let go of', async () => {
    const { url } = await storing(servers);
    const held = () => {
      collectGarbage();
      return process.memoryUsage().arrayBuffers;
    };
    const before = held();
    let during = 0;
    const size = 128 * MIB;
    const onChunk = (at: number) => {
      if (at === size) during = held();
    };
    await clientOf(url).upload({
      path: '/x',
      mode: 'add',
      size,
      open: async () => bytes(size, 65_536, onChunk),
    });
    expect(during - before).toBeLessThan(size / 2);
  }, 30_000);

  test('a redirect is not followed', async () => {
    const { url, state } = await storing(servers);
    const redirecting = await servers.http(async (request, response) => {
      await countBody(request);
      response.writeHead(307, { location: `${url}/2/files/upload` }).end();
    });
    const upload = clientOf(redirecting).upload({
      path: '/x',
      mode: 'add',
      size: 5,
      open: async () => bytes(5),
    });
    expect((await remoteRejection(upload)).code).toBe('bad_answer');
    expect(state.stored).toBe(0);
  });

  test('a slow transfer that moves goes on for longer than the idle time', async () => {
    const { url } = await storing(servers);
    fakeTimeouts();
    let passed = 0;
    const slow = async function* () {
      for (let at = 0; at < 8; at += 1) {
        passed += 59_000;
        jest.advanceTimersByTime(59_000);
        yield Buffer.alloc(1000);
      }
    };
    await clientOf(url).upload({ path: '/x', mode: 'add', size: 8000, open: async () => slow() });
    expect(passed).toBeGreaterThan(60_000);
  });

  test('a transfer that stands still for the idle time ends', async () => {
    const { url } = await storing(servers);
    fakeTimeouts();
    const standing = async function* () {
      yield Buffer.alloc(1000);
      jest.advanceTimersByTime(60_000);
      yield Buffer.alloc(1000);
    };
    const upload = clientOf(url).upload({
      path: '/x',
      mode: 'add',
      size: 2000,
      open: async () => standing(),
    });
    expect((await remoteRejection(upload)).code).toBe('timeout');
  });

  test('a source that hangs ends in a timeout, one that never opens too', async () => {
    const { url } = await storing(servers);
    const client = clientOf(url, { timeouts: { idleMs: 60 } });
    const hung = async function* () {
      yield Buffer.alloc(10);
      await new Promise(() => {});
    };
    const never = () => new Promise<AsyncIterable<Uint8Array>>(() => {});
    for (const open of [async () => hung(), never]) {
      expect((await remoteRejection(client.upload({ path: '/x', mode: 'add', size: 100, open }))).code).toBe(
        'timeout',
      );
    }
  });

  test('an abort in the middle rejects with its reason, breaks the request and closes the source', async () => {
    const { url, state } = await storing(servers);
    const abort = new AbortController();
    const reason = new Error('cancelled');
    let closed = false;
    const endless = async function* () {
      try {
        for (let at = 0; ; at += 1) {
          if (at === 20) abort.abort(reason);
          yield Buffer.alloc(65_536);
        }
      } finally {
        closed = true;
      }
    };
    const upload = clientOf(url).upload({
      path: '/x',
      mode: 'add',
      size: 100 * MIB,
      open: async () => endless(),
      signal: abort.signal,
    });
    expect(await rejection(upload)).toBe(reason);
    await until('the request to break', () => state.broken === 1 && closed);
    expect(state.stored).toBe(0);
  });
});

const collectGarbage: () => void = (() => {
  setFlagsFromString('--expose-gc');
  return runInNewContext('gc');
})();
