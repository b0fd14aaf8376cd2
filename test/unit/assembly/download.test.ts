import type { ServerResponse } from 'node:http';
import type { Readable } from 'node:stream';
import { buffer } from 'node:stream/consumers';
import { createServers, rejection } from '../net/servers';
import { codeOf, linkTo, transfersWith, until } from './transferClient';

const servers = createServers();
afterEach(() => servers.closeAll());

const get = (port: number, size: number | null, idleMs?: number, signal?: AbortSignal) =>
  transfersWith(idleMs).download({ url: linkTo(port), size, signal });

const raw = (answer: string, then: 'end' | 'stay' = 'end') =>
  servers.tcp((socket) => {
    socket.once('data', () => (then === 'end' ? socket.end(answer) : socket.write(answer)));
  });

const head = (length: number) => `HTTP/1.1 200 OK\r\nContent-Length: ${length}\r\n\r\n`;

test('a download gives the bytes and their number, and sends no header of ours', async () => {
  let sent: string[] = [];
  const port = await servers.http((request, response) => {
    sent = Object.keys(request.headers).sort();
    response.writeHead(200, { 'content-length': '11' }).end('hello world');
  });
  const { stream, size } = await get(port, 11);
  expect(size).toBe(11);
  expect((await buffer(stream)).toString()).toBe('hello world');
  expect(sent).toEqual(['connection', 'host']);
});

test('an empty file and a size that nobody observed are fine', async () => {
  const port = await raw(head(0));
  const { stream, size } = await get(port, null);
  expect([size, (await buffer(stream)).length]).toEqual([0, 0]);
});

test('a body without a length is believed only with an observed size, and counted', async () => {
  const port = await servers.http((_request, response) => {
    response.write('hello');
    response.end();
  });
  expect(await codeOf(get(port, null))).toBe('bad_answer');
  expect((await buffer((await get(port, 5)).stream)).toString()).toBe('hello');
  expect(await codeOf(buffer((await get(port, 6)).stream))).toBe('truncated_body');
  expect(await codeOf(buffer((await get(port, 4)).stream))).toBe('content_mismatch');
});

test('a size other than the observed one is refused before a byte counts', async () => {
  expect(await codeOf(get(await raw(`${head(5)}hello`), 6))).toBe('content_mismatch');
});

test.each([
  ['closed', 'end'],
  ['stalled', 'stay'],
] as const)('a body that is %s early is never taken for the file', async (_how, then) => {
  const port = await raw(`${head(10)}hello`, then);
  const { stream } = await get(port, 10, 100);
  const parts: Buffer[] = [];
  stream.on('data', (part: Buffer) => parts.push(part));
  let ended = false;
  stream.on('end', () => {
    ended = true;
  });
  const error = await new Promise((resolve) => stream.on('error', resolve));
  expect(error).toMatchObject({ code: then === 'end' ? 'truncated_body' : 'timeout' });
  expect(ended).toBe(false);
});

test.each([
  [403, 'url_expired'],
  [404, 'source_missing'],
  [429, 'throttled'],
  [500, 'remote_unavailable'],
  [503, 'remote_unavailable'],
  [302, 'remote_unavailable'],
  [206, 'remote_unavailable'],
  [400, 'rejected'],
])('an answer of %i is %s and never content', async (status, code) => {
  let requests = 0;
  const port: number = await servers.http((_request, response) => {
    requests += 1;
    response.writeHead(status, { location: linkTo(port) }).end('<Error><Code>Whatever</Code></Error>');
  });
  expect(await codeOf(get(port, null))).toBe(code);
  expect(requests).toBe(1);
});

test('a host that never answers is a timeout', async () => {
  expect(await codeOf(get(await raw('', 'stay'), 5, 50))).toBe('timeout');
});

const endless = async (): Promise<{
  port: number;
  state: () => { written: number; lastWrite: number; closed: boolean };
}> => {
  let written = 0;
  let lastWrite = Date.now();
  let closed = false;
  const chunk = Buffer.alloc(256 * 1024);
  const pour = (response: ServerResponse): void => {
    while (!closed) {
      written += chunk.byteLength;
      lastWrite = Date.now();
      if (!response.write(chunk)) {
        response.once('drain', () => pour(response));
        return;
      }
    }
  };
  const port = await servers.http((_request, response) => {
    response.on('close', () => {
      closed = true;
    });
    response.writeHead(200, { 'content-length': String(2 ** 31) });
    pour(response);
  });
  return { port, state: () => ({ written, lastWrite, closed }) };
};

test('a reader that waits is not timed out, and holds the host back', async () => {
  const { port, state } = await endless();
  const { stream } = await get(port, null, 50);
  const reader: AsyncIterator<Buffer> = stream[Symbol.asyncIterator]();
  await reader.next();
  // The host is held back once it has not written for four times the idle time.
  await until(() => Date.now() - state().lastWrite > 200);
  expect(stream.destroyed).toBe(false);
  expect(state().written).toBeLessThan(64 * 1024 * 1024);
  expect((await reader.next()).done).toBe(false);
  stream.destroy();
  await until(() => state().closed);
});

test.each<[string, (stream: Readable, abort: AbortController) => void]>([
  ['destroyed by its reader', (stream) => void stream.destroy()],
  ['aborted', (_stream, abort) => abort.abort(new Error('the worker shuts down'))],
])('a download %s, unread or not, closes the connection', async (_how, finish) => {
  const { port, state } = await endless();
  const abort = new AbortController();
  const { stream } = await get(port, null, 5000, abort.signal);
  stream.on('error', () => undefined);
  finish(stream, abort);
  await until(() => state().closed);
  expect(stream.destroyed).toBe(true);
});

test('an abort is told by its reason', async () => {
  const { port } = await endless();
  const abort = new AbortController();
  const reason = new Error('the worker shuts down');
  const { stream } = await get(port, null, 5000, abort.signal);
  const read = rejection(buffer(stream));
  abort.abort(reason);
  expect(await read).toBe(reason);
  expect(await rejection(get(port, null, 5000, abort.signal))).toBe(reason);
});

test('a connection that breaks before anybody reads is told to whoever reads then, and to nobody else', async () => {
  const port = await raw(head(5));
  const { stream } = await get(port, 5);
  await until(() => stream.destroyed);
  expect(await codeOf(buffer(stream))).toBe('truncated_body');
});
