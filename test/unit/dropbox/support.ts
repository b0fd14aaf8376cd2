import type { IncomingMessage, ServerResponse } from 'node:http';
import { RemoteError } from '../../../src/domain/remoteError';
import { createDropboxClient, type DropboxClientDeps } from '../../../src/dropbox';
import { createServers, rejection } from '../net/servers';

export { rejection };

export type Handler = (request: IncomingMessage, response: ServerResponse) => void | Promise<void>;

export const MIB = 1024 * 1024;

/** Local servers that are gone, with all their sockets, after each test of the file, and so are its faked timers. */
export const useServers = () => {
  const servers = createServers();
  afterEach(async () => {
    jest.useRealTimers();
    await servers.closeAll();
  });
  return {
    /** Resolves with the server's origin. */
    async http(handler: Handler): Promise<string> {
      const port = await servers.http((request, response) => {
        Promise.resolve(handler(request, response)).catch((error) => response.destroy(error));
      });
      return `http://127.0.0.1:${port}`;
    },
    close: servers.closeAll,
  };
};

export const readBody = async (request: IncomingMessage): Promise<Buffer> => {
  const chunks: Buffer[] = [];
  for await (const chunk of request) chunks.push(chunk);
  return Buffer.concat(chunks);
};

/** Reads a request to its end without keeping it. */
export const countBody = async (request: IncomingMessage): Promise<number> => {
  let bytes = 0;
  for await (const chunk of request) bytes += (chunk as Buffer).length;
  return bytes;
};

export const json = (
  response: ServerResponse,
  status: number,
  body: unknown,
  headers: Record<string, string> = {},
): void => {
  response.writeHead(status, { 'content-type': 'application/json', ...headers });
  response.end(JSON.stringify(body));
};

/** A route error as Dropbox words it: the summary is the tag path with dots. */
export const routeError = (error: Record<string, unknown>, summary = 'see/error/..') => ({
  error_summary: summary,
  error,
});

export const argOf = (request: IncomingMessage): Record<string, unknown> =>
  JSON.parse(String(request.headers['dropbox-api-arg']));

export const fileJson = (over: Record<string, unknown> = {}) => ({
  name: 'A.txt',
  id: 'id:file1',
  path_lower: '/docs/a.txt',
  path_display: '/Docs/A.txt',
  client_modified: '2026-11-20T10:00:00Z',
  server_modified: '2026-11-20T10:00:02Z',
  rev: '6151bdaff690d91f858d3',
  size: 5,
  is_downloadable: true,
  content_hash: '9595c9df90075148eb06860365df33584b75bff782a510c6cd4883a419833d50',
  ...over,
});

export const folderJson = (over: Record<string, unknown> = {}) => ({
  name: 'Docs',
  id: 'id:folder1',
  path_lower: '/docs',
  path_display: '/Docs',
  ...over,
});

export const clientOf = (url: string, over: Partial<DropboxClientDeps> = {}) =>
  createDropboxClient({ apiUrl: url, contentUrl: url, accessToken: async () => 'test-token', ...over });

export const remoteRejection = async (promise: Promise<unknown>): Promise<RemoteError> => {
  const error = await rejection(promise);
  if (error instanceof RemoteError) return error;
  throw error;
};

export const bytes = async function* (
  total: number,
  chunk = 65_536,
  onChunk: (yielded: number) => void = () => {},
): AsyncGenerator<Uint8Array> {
  for (let at = 0; at < total; at += chunk) {
    const size = Math.min(chunk, total - at);
    onChunk(at + size);
    yield Buffer.alloc(size, (at / chunk) % 251);
  }
};

/** Lets a test pass time for `setTimeout` alone: sockets, dates and the event loop go on as they are. */
export const fakeTimeouts = (): void => {
  jest.useFakeTimers({
    doNotFake: [
      'Date',
      'hrtime',
      'nextTick',
      'performance',
      'queueMicrotask',
      'setImmediate',
      'clearImmediate',
    ],
  });
};

/** Waits for a condition, with a deadline. */
export const until = async (what: string, condition: () => boolean, ms = 4_000): Promise<void> => {
  const end = Date.now() + ms;
  while (!condition()) {
    if (Date.now() > end) throw new Error(`Waited ${ms} ms for: ${what}`);
    await new Promise((resolve) => setImmediate(resolve));
  }
};
