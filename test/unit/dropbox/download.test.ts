import { once } from 'node:events';
import { buffer } from 'node:stream/consumers';
import { headerJson } from '../../../src/dropbox/headerJson';
import {
  argOf,
  clientOf,
  fakeTimeouts,
  fileJson,
  json,
  MIB,
  rejection,
  remoteRejection,
  routeError,
  until,
  useServers,
} from './support';

const servers = useServers();
const REV = '6151bdaff690d91f858d3';

const head = (size: number, over: Record<string, unknown> = {}) => ({
  'content-type': 'application/octet-stream',
  'dropbox-api-result': headerJson(fileJson({ size, ...over })),
});

/** Sends `sent` and then, once `begun`, does what the test asks for: a reset takes along what was not read yet. */
const sending = (
  size: number,
  sent: Buffer,
  after: 'end' | 'reset' | 'hang',
  { length, begun = Promise.resolve() }: { length?: number | undefined; begun?: Promise<unknown> } = {},
) =>
  servers.http((request, response) => {
    response.writeHead(200, {
      ...head(size),
      ...(length === undefined ? {} : { 'content-length': `${length}` }),
    });
    const next = () => {
      if (after === 'end') response.end();
      if (after === 'reset') void begun.then(() => request.socket.resetAndDestroy());
    };
    if (sent.length === 0) response.flushHeaders();
    response.write(sent.length > 0 ? sent : '', next);
    if (sent.length === 0) next();
  });

describe('download', () => {
  test('is pinned to the rev and tells the metadata before the bytes', async () => {
    let seen: unknown[] = [];
    const url = await servers.http((request, response) => {
      seen = [
        request.method,
        request.url,
        argOf(request),
        request.headers['accept-encoding'],
        request.headers.range,
      ];
      response.writeHead(200, head(5, { name: 'Résumé 😀.txt' })).end('hello');
    });
    const { entry, stream } = await clientOf(url).download(REV);
    expect(entry).toMatchObject({ tag: 'file', rev: REV, size: 5, name: 'Résumé 😀.txt' });
    expect((await buffer(stream)).toString()).toBe('hello');
    expect(seen).toEqual(['POST', '/2/files/download', { path: `rev:${REV}` }, 'identity', undefined]);
  });

  test('asks for the rest of a file only', async () => {
    let range: unknown;
    const url = await servers.http((request, response) => {
      range = [request.method, request.headers.range];
      response.writeHead(206, { ...head(5), 'content-range': 'bytes 2-4/5' }).end('llo');
    });
    const { stream } = await clientOf(url).download(REV, { offset: 2 });
    expect((await buffer(stream)).toString()).toBe('llo');
    expect(range).toEqual(['GET', 'bytes=2-']);
  });

  test.each([
    ['the whole file', 200, {}],
    ['another rest', 206, { 'content-range': 'bytes 3-4/5' }],
  ])('does not take %s for the rest that was asked for', async (_name, status, headers) => {
    const url = await servers.http((_request, response) => {
      response.writeHead(status, { ...head(5), ...headers }).end('hello');
    });
    expect((await remoteRejection(clientOf(url).download(REV, { offset: 2 }))).code).toBe('bad_answer');
  });

  test('an empty file is an empty stream', async () => {
    const url = await sending(0, Buffer.alloc(0), 'end');
    const { stream } = await clientOf(url).download(REV);
    expect((await buffer(stream)).length).toBe(0);
  });

  test.each([
    ['a body that ends early but well', 'end', undefined, 'truncated_body'],
    ['a body that breaks', 'reset', 100_000, 'truncated_body'],
    ['a chunked body that breaks', 'reset', undefined, 'truncated_body'],
    ['a body that stops', 'hang', 100_000, 'timeout'],
  ] as const)('%s errors, after the bytes that came', async (_name, after, length, code) => {
    let begin = () => {};
    const begun = new Promise<void>((resolve) => {
      begin = resolve;
    });
    const url = await sending(100_000, Buffer.alloc(60_000), after, { length, begun });
    const { stream } = await clientOf(url, { timeouts: { idleMs: 100 } }).download(REV);
    begin();
    expect((await remoteRejection(buffer(stream))).code).toBe(code);
  });

  test('a body with more bytes than announced is content_mismatch', async () => {
    const url = await sending(5, Buffer.alloc(6), 'end');
    const { stream } = await clientOf(url).download(REV);
    expect((await remoteRejection(buffer(stream))).code).toBe('content_mismatch');
  });

  test.each([
    ['no metadata header', {}],
    ['a metadata header that is not JSON', { 'dropbox-api-result': '{' }],
    ['metadata without a rev', { 'dropbox-api-result': headerJson(fileJson({ rev: undefined })) }],
  ])('%s is bad_answer, and the socket is let go', async (_name, headers) => {
    let closed = false;
    const url = await servers.http((request, response) => {
      request.socket.on('close', () => {
        closed = true;
      });
      response.writeHead(200, headers);
      response.write(Buffer.alloc(1000));
    });
    expect((await remoteRejection(clientOf(url).download(REV))).code).toBe('bad_answer');
    await until('the socket to close', () => closed);
  });

  test.each([
    [{ '.tag': 'unsupported_file' }, 'not_downloadable'],
    [{ '.tag': 'path', path: { '.tag': 'restricted_content' } }, 'restricted_content'],
    [{ '.tag': 'path', path: { '.tag': 'not_found' } }, 'source_missing'],
    [{ '.tag': 'path', path: { '.tag': 'not_file' } }, 'source_missing'],
  ])('%j is %s', async (error, code) => {
    const url = await servers.http((_request, response) => json(response, 409, routeError(error)));
    expect((await remoteRejection(clientOf(url).download(REV))).code).toBe(code);
  });

  test('an expired token is renewed and the call repeated', async () => {
    const url = await servers.http((request, response) => {
      if (request.headers.authorization === 'Bearer fresh') response.writeHead(200, head(5)).end('hello');
      else json(response, 401, routeError({ '.tag': 'expired_access_token' }));
    });
    let token = 'old';
    const accessToken = async (options?: { refresh?: boolean }) => {
      if (options?.refresh) token = 'fresh';
      return token;
    };
    const { stream } = await clientOf(url, { accessToken }).download(REV);
    expect((await buffer(stream)).toString()).toBe('hello');
  });
});

describe('a download under way', () => {
  const SIZE = 64 * MIB;

  /** Writes as fast as the socket takes it; says how much that was and when the socket closed. */
  const flooding = async () => {
    const state = { written: 0, closed: false, held: false };
    const gone = new AbortController();
    const url = await servers.http(async (request, response) => {
      request.socket.on('close', () => {
        state.closed = true;
        gone.abort();
      });
      response.writeHead(200, head(SIZE));
      const chunk = Buffer.alloc(65_536);
      while (state.written < SIZE && !state.closed) {
        state.written += chunk.length;
        if (response.write(chunk)) continue;
        state.held = true;
        await once(response, 'drain', { signal: gone.signal }).catch(() => {});
        state.held = false;
      }
      response.end();
    });
    return { url, state };
  };

  test('an abort destroys the stream with its reason, and the socket, though nobody reads', async () => {
    const { url, state } = await flooding();
    const abort = new AbortController();
    const { stream } = await clientOf(url).download(REV, { signal: abort.signal });
    const reason = new Error('cancelled');
    abort.abort(reason);
    expect(await rejection(buffer(stream))).toBe(reason);
    await until('the socket to close', () => state.closed);
  });

  test('a reader that goes away closes the socket', async () => {
    const { url, state } = await flooding();
    const { stream } = await clientOf(url).download(REV);
    for await (const _chunk of stream) break;
    await until('the socket to close', () => state.closed);
    expect(state.written).toBeLessThan(SIZE);
  });

  test('a slow reader holds Dropbox back and is no reason for a timeout', async () => {
    const { url, state } = await flooding();
    fakeTimeouts();
    const { stream } = await clientOf(url).download(REV);
    const read = stream[Symbol.asyncIterator]();
    await read.next();
    await until(
      'both ends to be full',
      () => state.held && stream.readableLength >= stream.readableHighWaterMark,
    );
    jest.advanceTimersByTime(3_600_000);
    expect(state.written).toBeLessThan(24 * MIB);
    let bytes = 0;
    for (let step = await read.next(); !step.done; step = await read.next()) bytes += step.value.length;
    expect(bytes).toBeGreaterThan(SIZE - MIB);
  });

  test('what moved is metered, also of a download that was given up', async () => {
    const { url } = await flooding();
    const calls: [string, number | null, number][] = [];
    const client = clientOf(url, {
      onCall: ({ route, status, bytesIn }) => calls.push([route, status, bytesIn]),
    });
    await buffer((await client.download(REV)).stream);
    const { stream } = await client.download(REV);
    stream.destroy();
    await until('both to be told', () => calls.length === 2);
    expect(calls[0]).toEqual(['files/download', 200, SIZE]);
    expect(calls[1]?.[2]).toBeLessThan(SIZE);
  });
});
