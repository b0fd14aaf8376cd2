import { mkdtemp, rm } from 'node:fs/promises';
import { createServer, type IncomingHttpHeaders } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import {
  type AssemblySandbox,
  type AssemblySandboxOptions,
  createAssemblySandbox,
} from '../../src/sandbox/assembly';

export type Json = Record<string, unknown>;

export interface Answer {
  readonly status: number;
  readonly headers: Headers;
  /** Parsed where it is JSON, else the text. */
  readonly body: Json;
  readonly text: string;
}

export interface Harness {
  readonly sandbox: AssemblySandbox;
  readonly dataDir: string;
  /** As the app in workspace `ws_1`, unless another key is given. */
  api(method: string, path: string, body?: unknown, key?: string): Promise<Answer>;
  control(method: string, path: string, body?: unknown): Promise<Answer>;
  /** A new group channel. */
  channel(workspaceId?: string): Promise<string>;
  /** POST and PUT; resolves with the object once it is complete. */
  upload(channelId: string, path: string, bytes: string | Buffer): Promise<Json>;
  tree(channelId: string): Promise<Json[]>;
  close(): Promise<void>;
}

export const KEY = 'ws_1/test-api-key-0001';

export const startSandbox = async (options: Partial<AssemblySandboxOptions> = {}): Promise<Harness> => {
  const dataDir = options.dataDir ?? (await mkdtemp(join(tmpdir(), 'assembly-sandbox-')));
  const sandbox = await createAssemblySandbox({ apiKey: 'test-api-key-0001', rps: 0, ...options, dataDir });
  const harness: Harness = {
    sandbox,
    dataDir,
    api: (method, path, body, key = KEY) =>
      request(`${sandbox.apiUrl}${path}`, method, body, { 'x-api-key': key }),
    control: (method, path, body) => request(`${sandbox.controlUrl}${path}`, method, body),
    channel: async (workspaceId = 'ws_1') => {
      const made = await harness.control('POST', '/channels', { workspaceId, membershipType: 'group' });
      return String(made.body.id);
    },
    upload: async (channelId, path, bytes) => {
      const created = await harness.api('POST', '/v1/files/file', { channelId, path });
      const put = await fetch(String(created.body.uploadUrl), { method: 'PUT', body: bytes });
      expect(put.status).toBe(200);
      return eventually(async () => {
        const seen = (await harness.api('GET', `/v1/files/${created.body.id}`)).body;
        return seen.status === 'completed' ? seen : null;
      });
    },
    tree: async (channelId) => {
      const answer = await harness.control('GET', `/tree?channelId=${encodeURIComponent(channelId)}`);
      return answer.body.entries as Json[];
    },
    close: async () => {
      await sandbox.close();
      if (options.dataDir === undefined) await rm(dataDir, { recursive: true, force: true });
    },
  };
  await harness.control('POST', '/workspaces', { id: 'ws_1' });
  return harness;
};

const request = async (url: string, method: string, body: unknown, headers = {}): Promise<Answer> => {
  const raw = typeof body === 'string' || Buffer.isBuffer(body);
  const response = await fetch(url, {
    method,
    headers: { ...(body === undefined || raw ? {} : { 'content-type': 'application/json' }), ...headers },
    ...(body === undefined ? {} : { body: raw ? body : JSON.stringify(body) }),
  });
  const text = await response.text();
  return { status: response.status, headers: response.headers, text, body: parse(text) };
};

const parse = (text: string): Json => {
  try {
    return JSON.parse(text) as Json;
  } catch {
    return {};
  }
};

/** The first result that is not null; fails after five seconds. */
export const eventually = async <T>(look: () => Promise<T | null> | T | null): Promise<T> => {
  const deadline = Date.now() + 5_000;
  for (;;) {
    const found = await look();
    if (found !== null) return found;
    if (Date.now() > deadline) throw new Error('it did not happen within five seconds');
    await new Promise((resolve) => setTimeout(resolve, 5));
  }
};

export interface Hook {
  readonly path: string;
  readonly headers: IncomingHttpHeaders;
  readonly raw: string;
  readonly eventType: string;
  readonly data: Json;
  readonly envelope: Json;
}

export interface Receiver {
  readonly url: string;
  readonly hooks: Hook[];
  /** Statuses to answer with, in order; 200 when used up. 0: no answer. */
  readonly answers: number[];
  /** Waits until there are that many. */
  count(hooks: number): Promise<Hook[]>;
  close(): Promise<void>;
}

export const startReceiver = async (): Promise<Receiver> => {
  const hooks: Hook[] = [];
  const answers: number[] = [];
  const server = createServer((incoming, response) => {
    const chunks: Buffer[] = [];
    incoming.on('data', (chunk: Buffer) => chunks.push(chunk));
    incoming.on('end', () => {
      const raw = Buffer.concat(chunks).toString('utf8');
      const envelope = parse(raw);
      const { eventType, data } = envelope;
      const path = incoming.url ?? '';
      hooks.push({
        path,
        headers: incoming.headers,
        raw,
        envelope,
        eventType: String(eventType),
        data: data as Json,
      });
      const status = answers.shift() ?? 200;
      if (status !== 0) response.writeHead(status).end();
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  return {
    url: `http://127.0.0.1:${port}/webhook?app=cairn`,
    hooks,
    answers,
    count: (wanted) => eventually(() => (hooks.length >= wanted ? hooks : null)),
    close: async () => {
      const closed = new Promise((resolve) => server.close(resolve));
      server.closeAllConnections();
      await closed;
    },
  };
};

/** For each test of the file a sandbox that tells a receiver of what happens in it, and a channel to act in. */
export const useToldSandbox = () => {
  let harness: Harness;
  let receiver: Receiver;
  let channelId: string;
  beforeEach(async () => {
    receiver = await startReceiver();
    harness = await startSandbox({ webhookUrl: receiver.url });
    channelId = await harness.channel();
  });
  afterEach(async () => {
    await harness.close();
    await receiver.close();
  });
  /** Always that of the test that runs. */
  const current = <T extends object>(of: () => T) =>
    new Proxy({} as T, { get: (_target, name) => Reflect.get(of(), name) });
  return {
    harness: current(() => harness),
    receiver: current(() => receiver),
    channelId: () => channelId,
  };
};

export const encoded = encodeURIComponent;
