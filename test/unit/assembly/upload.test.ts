import { createHash } from 'node:crypto';
import type { IncomingMessage, ServerResponse } from 'node:http';
import { PassThrough } from 'node:stream';
import type { RemoteError } from '../../../src/domain/remoteError';
import { createServers, rejection } from '../net/servers';
import { bytes, codeOf, linkTo, STORAGE, transfersWith, until } from './transferClient';

const servers = createServers();
afterEach(() => servers.closeAll());

const answering = (status: number, body = '', headers: Record<string, string> = {}) =>
  servers.http((request, response) => {
    request.resume().on('end', () => response.writeHead(status, headers).end(body));
  });

const put = (
  port: number,
  size: number,
  body: AsyncIterable<Uint8Array>,
  idleMs?: number,
  signal?: AbortSignal,
) => transfersWith(idleMs).upload({ url: linkTo(port), size, body, signal });

/** The request as it was on the wire, up to `end`, answered with a bare 200. */
const recordRaw = async (end: string): Promise<{ port: number; raw: () => string }> => {
  let raw = '';
  const port = await servers.tcp((socket) => {
    socket.setEncoding('latin1').on('data', (text) => {
      raw += text;
      if (raw.endsWith(end)) socket.end('HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n');
    });
  });
  return { port, raw: () => raw };
};

const headerNames = (raw: string): string[] =>
  (raw.split('\r\n\r\n')[0] ?? '')
    .split('\r\n')
    .slice(1)
    .map((line) => (line.split(':')[0] ?? '').toLowerCase())
    .sort();

describe('an upload on the wire', () => {
  test('has the two signed headers, an explicit length and no chunks', async () => {
    const { port, raw } = await recordRaw('hello world');
    await put(port, 11, bytes('hello', ' ', 'world'));
    expect(raw()).toMatch(/^PUT \/bucket\/key\?X-Amz-Signature=0123456789 HTTP\/1\.1\r\n/);
    expect(headerNames(raw())).toEqual(['connection', 'content-length', 'content-type', 'host']);
    expect(raw()).toMatch(/content-length: 11\r\n/i);
    expect(raw()).toMatch(/content-type: application\/octet-stream\r\n/i);
    expect(raw()).toContain(`ost: ${STORAGE}:${port}\r\n`);
    expect(raw().endsWith('\r\n\r\nhello world')).toBe(true);
  });

  test('of an empty file says so', async () => {
    const { port, raw } = await recordRaw('\r\n\r\n');
    await put(port, 0, bytes());
    expect(raw()).toMatch(/content-length: 0\r\n/i);
    expect(raw()).not.toMatch(/transfer-encoding/i);
  });
});

test('over TLS the pinned address is called by the name of the host', async () => {
  let hello = '';
  const port = await servers.tcp((socket) => {
    socket.once('data', (data: Buffer) => {
      hello = data.toString('latin1');
      socket.destroy();
    });
  });
  const url = linkTo(port).replace('http:', 'https:');
  expect(await codeOf(transfersWith().upload({ url, size: 1, body: bytes('x') }))).toBe('connection_failed');
  expect(hello).toContain(STORAGE);
  expect(hello).not.toContain('0123456789');
});

test('an upload reads no further than the host takes, and every byte arrives', async () => {
  const chunk = Buffer.alloc(1024 * 1024, 'cairn');
  const count = 128;
  let produced = 0;
  let taken = 0;
  let lead = 0;
  const seen = createHash('sha256');
  const port = await servers.http((request, response) => {
    request.on('data', (part: Buffer) => {
      taken += part.byteLength;
      seen.update(part);
    });
    request.on('end', () => response.end());
  });
  const made = createHash('sha256');
  async function* source(): AsyncGenerator<Uint8Array> {
    for (let at = 0; at < count; at += 1) {
      produced += chunk.byteLength;
      lead = Math.max(lead, produced - taken);
      made.update(chunk);
      yield chunk;
    }
  }
  await put(port, count * chunk.byteLength, source());
  expect(taken).toBe(count * chunk.byteLength);
  expect(seen.digest('hex')).toBe(made.digest('hex'));
  expect(lead).toBeLessThan(24 * chunk.byteLength);
});

describe('a source of the wrong length', () => {
  /** A source whose last chunk comes only when the host has the head of the request. */
  const watching = async (chunks: readonly string[]) => {
    let outcome = '';
    const port = await servers.http((request: IncomingMessage) => {
      outcome = 'under way';
      request.resume();
      request.on('error', () => undefined);
      request.on('close', () => {
        outcome = request.complete ? 'complete' : 'cut';
      });
    });
    async function* source(): AsyncGenerator<Uint8Array> {
      for (const chunk of chunks) {
        if (chunk === chunks.at(-1)) await until(() => outcome === 'under way');
        yield Buffer.from(chunk);
      }
    }
    return { port, source, outcome: () => outcome };
  };

  test.each([
    ['short', 12, ['hel', 'lo', ' world']],
    ['long', 10, ['hel', 'lo', ' world']],
    ['long by a whole chunk', 5, ['hel', 'lo', ' world']],
  ])('%s: the connection is cut, so that the host never has a whole file', async (_what, size, chunks) => {
    const { port, source, outcome } = await watching(chunks);
    expect(await codeOf(put(port, size, source()))).toBe('truncated_body');
    await until(() => outcome() !== 'under way');
    expect(outcome()).toBe('cut');
  });

  test('empty where a byte was due, or the other way round', async () => {
    const port = await answering(200);
    expect(await codeOf(put(port, 1, bytes()))).toBe('truncated_body');
    expect(await codeOf(put(port, 0, bytes('x')))).toBe('truncated_body');
  });

  test("the source's own error comes through unchanged", async () => {
    const { port, source, outcome } = await watching(['hel', 'lo']);
    const broken = new Error('the other side broke');
    async function* breaking(): AsyncGenerator<Uint8Array> {
      yield* source();
      throw broken;
    }
    expect(await rejection(put(port, 10, breaking()))).toBe(broken);
    await until(() => outcome() !== 'under way');
    expect(outcome()).toBe('cut');
  });
});

describe('the answer of the storage host', () => {
  const xml = (code: string) =>
    `<?xml version="1.0"?><Error><Code>${code}</Code><Message>x</Message></Error>`;

  test.each([
    [403, xml('AccessDenied'), 'url_expired'],
    [403, '', 'url_expired'],
    [400, xml('ExpiredToken'), 'url_expired'],
    [400, xml('EntityTooLarge'), 'file_too_large'],
    [413, '', 'file_too_large'],
    [400, xml('RequestTimeout'), 'timeout'],
    [400, xml('InvalidArgument'), 'rejected'],
    [411, xml('MissingContentLength'), 'rejected'],
    [404, xml('NoSuchBucket'), 'rejected'],
    [404, xml('NoSuchKey'), 'url_expired'],
    [404, '', 'url_expired'],
    [429, '', 'throttled'],
    [503, xml('SlowDown'), 'throttled'],
    [503, '', 'remote_unavailable'],
    [500, '<html>', 'remote_unavailable'],
    [204, '', 'remote_unavailable'],
    [307, '', 'remote_unavailable'],
  ])('%i %s is %s', async (status, body, code) => {
    const port = await answering(status, body, { location: 'http://127.0.0.1:1/elsewhere' });
    expect(await codeOf(put(port, 5, bytes('hello')))).toBe(code);
  });

  test.each([
    [503, '', '30', 30_000],
    [503, '', undefined, undefined],
    [503, xml('SlowDown'), '7', 7000],
    [429, '', undefined, 1000],
  ])('%i %s with Retry-After %s waits %s ms', async (status, body, retryAfter, ms) => {
    const port = await answering(status, body, retryAfter === undefined ? {} : { 'retry-after': retryAfter });
    const error = await rejection(put(port, 5, bytes('hello')));
    expect((error as RemoteError).options.retryAfterMs).toBe(ms);
  });

  test('comes early: the upload ends and the waiting source is closed', async () => {
    const port = await servers.http((_request: IncomingMessage, response: ServerResponse) => {
      response.writeHead(403).end(xml('AccessDenied'));
    });
    const source = new PassThrough();
    source.write('hello');
    expect(await codeOf(put(port, 1000, source))).toBe('url_expired');
    expect(source.destroyed).toBe(true);
  });

  test('200 before the whole file went out is not believed', async () => {
    const port = await servers.http((_request, response) => void response.end());
    const source = new PassThrough();
    source.write('hello');
    expect(await codeOf(put(port, 1000, source))).toBe('bad_answer');
  });
});

describe('a connection in trouble', () => {
  test('that stands still ends as a timeout', async () => {
    const port = await servers.tcp((socket) => void socket.resume());
    expect(await codeOf(put(port, 5, bytes('hello'), 50))).toBe('timeout');
  });

  test('is not timed out while bytes move, however long that takes', async () => {
    const port = await answering(200);
    async function* slow(): AsyncGenerator<Uint8Array> {
      for (let at = 0; at < 10; at += 1) {
        await new Promise((resolve) => setTimeout(resolve, 30));
        yield Buffer.from('x');
      }
    }
    await put(port, 10, slow(), 250);
  });

  test('that breaks is a broken connection', async () => {
    const port = await servers.tcp((socket) => void socket.once('data', () => socket.destroy()));
    expect(await codeOf(put(port, 5, bytes('hello')))).toBe('connection_failed');
  });

  test('that nobody takes is one too', async () => {
    const port = await servers.tcp(() => undefined);
    await servers.closeAll();
    expect(await codeOf(put(port, 5, bytes('hello')))).toBe('connection_failed');
  });

  test('ends with the reason of the abort, and the source is closed', async () => {
    const abort = new AbortController();
    const reason = new Error('the worker shuts down');
    const port = await servers.tcp((socket) => void socket.once('data', () => abort.abort(reason)));
    const source = new PassThrough();
    source.write('hello');
    expect(await rejection(put(port, 1000, source, 5000, abort.signal))).toBe(reason);
    expect(source.destroyed).toBe(true);
    const unread = new PassThrough();
    expect(await rejection(put(port, 1000, unread, 5000, abort.signal))).toBe(reason);
    expect(unread.destroyed).toBe(true);
  });

  test('to a host that is not allowed is never made', async () => {
    const unread = new PassThrough();
    const upload = transfersWith().upload({ url: 'http://evil.invalid/?0123456789', size: 1, body: unread });
    expect(await codeOf(upload)).toBe('rejected');
    expect(unread.destroyed).toBe(true);
  });
});
