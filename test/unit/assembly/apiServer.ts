import type { IncomingHttpHeaders, ServerResponse } from 'node:http';
import { text } from 'node:stream/consumers';
import { type AssemblyClientDeps, createAssemblyClient } from '../../../src/assembly';
import type { AssemblyCallKind } from '../../../src/assembly/types';
import { RemoteError } from '../../../src/domain/remoteError';
import { createTransferPolicy } from '../../../src/net/transferPolicy';
import { createServers, rejection } from '../net/servers';

export const KEY = 'test-api-key-0001';
export const CHANNEL = 'us-east-1_X/339b6252';
export const servers = createServers();

export interface Seen {
  line: string;
  headers: IncomingHttpHeaders;
  body: string;
}

export type Reply = (response: ServerResponse, line: string) => void;

export const json =
  (body: unknown, status = 200, headers: Record<string, string> = {}): Reply =>
  (response) =>
    void response
      .writeHead(status, { 'content-type': 'application/json', ...headers })
      .end(JSON.stringify(body));

export const plain =
  (body: string, status = 200, type = 'text/plain'): Reply =>
  (response) =>
    void response.writeHead(status, { 'content-type': type }).end(body);

/** A client and the API it talks to, which answers everything with `reply`. */
export const against = async (reply: Reply, more: Partial<AssemblyClientDeps> = {}) => {
  const seen: Seen[] = [];
  const acquired: AssemblyCallKind[] = [];
  const calls: { kind: string; status: number | null }[] = [];
  const port = await servers.http(async (request, response) => {
    const line = `${request.method} ${request.url}`;
    seen.push({ line, headers: request.headers, body: await text(request) });
    reply(response, line);
  });
  const client = createAssemblyClient({
    apiUrl: `http://127.0.0.1:${port}/`,
    apiKey: KEY,
    portalId: 'ws_1',
    limiter: { acquire: async (kind) => void acquired.push(kind) },
    transfer: createTransferPolicy({ hosts: ['storage.invalid'], allowPrivate: true }),
    onCall: ({ kind, status }) => void calls.push({ kind, status }),
    ...more,
  });
  return { client, seen, acquired, calls, port };
};

export const errorOf = async (promise: Promise<unknown>): Promise<RemoteError> => {
  const error = await rejection(promise);
  if (!(error instanceof RemoteError)) throw error;
  expect(`${error.message} ${JSON.stringify(error.options)} ${error.stack}`).not.toContain(KEY);
  return error;
};

export const file = {
  id: 'f1',
  object: 'file',
  channelId: CHANNEL,
  name: 'a.pdf',
  path: 'Tax/a.pdf',
  status: 'completed',
  size: 7,
  downloadUrl: 'https://s3.example/get',
  linkUrl: '',
  updatedAt: '2026-11-22T10:00:03.123456789Z',
};

export const fileObject = {
  id: 'f1',
  object: 'file',
  channelId: CHANNEL,
  path: 'Tax/a.pdf',
  status: 'completed',
  version: '2026-11-22T10:00:03.123456789Z',
  size: 7,
  downloadUrl: 'https://s3.example/get',
};
