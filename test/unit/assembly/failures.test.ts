import type { AssemblyClientDeps } from '../../../src/assembly';
import { rejection } from '../net/servers';
import { against, errorOf, json, KEY, plain, type Reply, servers } from './apiServer';

afterEach(() => servers.closeAll());

describe('a call that fails', () => {
  const failing = async (reply: Reply, more: Partial<AssemblyClientDeps> = {}, signal?: AbortSignal) => {
    const set = await against(reply, more);
    return { ...set, error: await rejection(set.client.listFiles({ channelId: 'c', limit: 100 }, signal)) };
  };

  test.each<[string, Reply, string, number]>([
    ['a web page', plain('<html>Bad gateway</html>', 502, 'text/html'), 'remote_unavailable', 502],
    ['an empty 500', plain('', 500), 'remote_unavailable', 500],
    ['garbage', plain('{"data":[', 200), 'bad_answer', 200],
    ['a web page with 200', plain('<html></html>', 200, 'text/html'), 'bad_answer', 200],
    ['a refused key', json({ code: 'x', message: 'no' }, 401), 'access_denied', 401],
    ['an error that is no object', json('no', 400), 'rejected', 400],
  ])('%s', async (_what, reply, code, status) => {
    const { error, calls, seen } = await failing(reply);
    expect(error).toMatchObject({ code, side: 'assembly' });
    expect(calls).toEqual([{ kind: 'list', status }]);
    expect(seen).toHaveLength(1);
  });

  test('a 429 waits as long as it is told, and a second at least', async () => {
    const told = await failing(json({ message: 'slow' }, 429, { 'retry-after': '7' }));
    expect(told.error).toMatchObject({ code: 'throttled', options: { retryAfterMs: 7000 } });
    const untold = await failing(plain('', 429));
    expect(untold.error).toMatchObject({ code: 'throttled', options: { retryAfterMs: 1000 } });
    expect(untold.seen).toHaveLength(1);
  });

  test('a redirect is not followed: the key stays here', async () => {
    const { error, seen } = await failing((response) => {
      response.writeHead(307, { location: '/v1/elsewhere' }).end();
    });
    expect(error).toMatchObject({ code: 'bad_answer' });
    expect(seen).toHaveLength(1);
  });

  test('a body without end is cut off', async () => {
    const set = await against((response) => {
      response.writeHead(200);
      const pour = (): void => {
        while (!response.destroyed && response.write('x'.repeat(65_536)));
        if (!response.destroyed) response.once('drain', pour);
      };
      pour();
    });
    expect((await errorOf(set.client.retrieveFile('f1'))).code).toBe('bad_answer');
  });

  test('no answer in time, and an answer that stops in the middle', async () => {
    const silent = await failing(() => undefined, { timeouts: { callMs: 60 } });
    expect(silent.error).toMatchObject({ code: 'timeout' });
    expect(silent.calls).toEqual([{ kind: 'list', status: null }]);
    const half = await failing((response) => void response.writeHead(200).write('{"da'), {
      timeouts: { callMs: 60 },
    });
    expect(half.error).toMatchObject({ code: 'timeout' });
  });

  test('a connection that breaks before or in the answer', async () => {
    const before = await failing((response) => void response.destroy());
    expect(before.error).toMatchObject({ code: 'connection_failed' });
    const inside = await failing((response) => {
      response.writeHead(200, { 'content-length': '100' });
      response.write('{"da', () => response.destroy());
    });
    expect(inside.error).toMatchObject({ code: 'connection_failed' });
  });

  test('an abort is told by its reason', async () => {
    const abort = new AbortController();
    const reason = new Error('the worker shuts down');
    const { error } = await failing(() => abort.abort(reason), {}, abort.signal);
    expect(error).toBe(reason);
    expect((await failing(json({}), {}, abort.signal)).error).toBe(reason);
  });

  test('the words of the remote are told without links and without our key', async () => {
    const message = `key ${KEY} at https://s3.example/x?0123456789 ${'x'.repeat(5000)}`;
    const { client } = await against(json({ message }, 400));
    const error = await errorOf(client.createFolder({ channelId: 'c', path: 'a' }));
    expect(error.message).toContain('key [key] at [link]');
    expect(error.message.length).toBeLessThan(400);
  });
});
