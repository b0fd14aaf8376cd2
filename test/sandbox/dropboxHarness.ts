import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import {
  createDropboxSandbox,
  type DropboxSandbox,
  type DropboxSandboxOptions,
} from '../../src/sandbox/dropbox';

export type Json = Record<string, unknown>;

export interface Answer {
  readonly status: number;
  readonly json: Json;
  readonly text: string;
  readonly headers: Headers;
}

/** A sandbox on a folder of its own, with ways to call it as an app and as a person. */
export interface Harness {
  readonly box: DropboxSandbox;
  readonly dataDir: string;
  token: string;
  refreshToken: string;
  accountId: string;
  rpc(route: string, args?: unknown, headers?: Record<string, string>): Promise<Answer>;
  upload(
    path: string,
    body: string | Uint8Array,
    args?: Json,
    headers?: Record<string, string>,
  ): Promise<Answer>;
  /** Any upload-style route. */
  content(route: string, args: unknown, body?: string | Uint8Array): Promise<Answer>;
  download(args: Json, headers?: Record<string, string>): Promise<Answer>;
  control(method: string, path: string, body?: unknown): Promise<Json>;
  put(path: string, body: string): Promise<Json>;
  /** Every page from a cursor. */
  drain(cursor: string): Promise<{ entries: Json[]; cursor: string; pages: number }>;
  list(args?: Json): Promise<{ entries: Json[]; cursor: string; pages: number }>;
  /** Makes people write below a folder without a pause; resolves when the namespace is busy, with the way to wait for its end. */
  busy(near?: string): Promise<() => Promise<void>>;
  stop(): Promise<void>;
}

export async function startHarness(options: Partial<DropboxSandboxOptions> = {}): Promise<Harness> {
  const dataDir = options.dataDir ?? (await mkdtemp(join(tmpdir(), 'dropbox-sandbox-')));
  const box = await createDropboxSandbox({ ...options, dataDir });
  return harnessFor(box, dataDir, options.dataDir === undefined);
}

export async function answerOf(response: Response): Promise<Answer> {
  const text = await response.text();
  const json = response.headers.get('content-type')?.startsWith('application/json') ? JSON.parse(text) : {};
  return { status: response.status, text, json: json as Json, headers: response.headers };
}

type Urls = Pick<DropboxSandbox, 'apiUrl' | 'contentUrl' | 'controlUrl'>;

/** Calls against a running sandbox, in this process or another. */
export async function callsFor(urls: Urls) {
  const control = async (method: string, path: string, body?: unknown): Promise<Json> => {
    const response = await fetch(`${urls.controlUrl}${path}`, {
      method,
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    });
    const answer = await answerOf(response);
    if (answer.status >= 400) throw new Error(`${method} ${path}: ${answer.status} ${answer.text}`);
    return answer.json;
  };
  const minted = await control('POST', '/tokens', {});
  const state = {
    token: String(minted.accessToken),
    refreshToken: String(minted.refreshToken),
    accountId: String(minted.accountId),
  };
  const content = async (
    route: string,
    args: unknown,
    body: string | Uint8Array = '',
    headers: Record<string, string> = {},
  ): Promise<Answer> =>
    answerOf(
      await fetch(`${urls.contentUrl}/2/${route}`, {
        method: 'POST',
        headers: {
          authorization: `Bearer ${state.token}`,
          'content-type': 'application/octet-stream',
          'dropbox-api-arg': JSON.stringify(args).replace(
            /[\u007f-\uffff]/g,
            (c) => `\\u${c.charCodeAt(0).toString(16).padStart(4, '0')}`,
          ),
          ...headers,
        },
        body,
      }),
    );
  const rpc = async (
    route: string,
    args: unknown = null,
    headers: Record<string, string> = {},
  ): Promise<Answer> =>
    answerOf(
      await fetch(`${urls.apiUrl}/2/${route}`, {
        method: 'POST',
        headers: {
          authorization: `Bearer ${state.token}`,
          'content-type': 'application/json',
          ...headers,
        },
        body: JSON.stringify(args),
      }),
    );
  const pages = async (first: Answer) => {
    let page = first;
    const entries: Json[] = [];
    let count = 1;
    for (;;) {
      if (page.status !== 200) throw new Error(page.text);
      entries.push(...(page.json.entries as Json[]));
      if (page.json.has_more !== true) return { entries, cursor: String(page.json.cursor), pages: count };
      page = await rpc('files/list_folder/continue', { cursor: page.json.cursor });
      count++;
    }
  };
  return Object.assign(state, {
    control,
    content,
    rpc,
    upload: (
      path: string,
      body: string | Uint8Array,
      args: Json = {},
      headers: Record<string, string> = {},
    ) => content('files/upload', { path, ...args }, body, headers),
    download: async (args: Json, headers: Record<string, string> = {}): Promise<Answer> =>
      answerOf(
        await fetch(`${urls.contentUrl}/2/files/download`, {
          method: 'POST',
          headers: {
            authorization: `Bearer ${state.token}`,
            'dropbox-api-arg': JSON.stringify(args),
            ...headers,
          },
        }),
      ),
    put: async (path: string, body: string): Promise<Json> => {
      const url = `${urls.controlUrl}/files?path=${encodeURIComponent(path)}`;
      const answer = await answerOf(await fetch(url, { method: 'PUT', body }));
      if (answer.status !== 200) throw new Error(answer.text);
      return answer.json;
    },
    drain: async (cursor: string) => pages(await rpc('files/list_folder/continue', { cursor })),
    list: async (args: Json = {}) =>
      pages(await rpc('files/list_folder', { path: '', recursive: true, ...args })),
  });
}

async function harnessFor(box: DropboxSandbox, dataDir: string, temporary: boolean): Promise<Harness> {
  const calls = await callsFor(box);
  return Object.assign(calls, {
    box,
    dataDir,
    busy: (near = '') => keepBusy(calls, near),
    async stop() {
      await box.close();
      if (temporary) await rm(dataDir, { recursive: true, force: true });
    },
  });
}

const BUSY_COMMITS = 10;
const BUSY_COMMIT_MS = 150;

async function keepBusy(calls: Awaited<ReturnType<typeof callsFor>>, near: string) {
  await calls.control('POST', '/switches', { writeLock: 'contend', commitMs: BUSY_COMMIT_MS });
  const writes = Promise.all(
    Array.from({ length: BUSY_COMMITS }, (_, n) => calls.put(`${near}/busy ${n}`, 'x')),
  );
  // A test that fails stops the sandbox under them; whoever waits for the end is told all the same.
  writes.catch(() => undefined);
  const probe = { path: `${near}/probe` };
  await eventually(async () =>
    (await calls.rpc('files/create_folder_v2', probe)).status === 429 ? true : undefined,
  );
  return async () => {
    await writes;
    await calls.control('POST', '/switches', { writeLock: 'serialise', commitMs: 0 });
  };
}

/** Polls until `look` gives something. Fails after `deadlineMs`. */
export async function eventually<T>(look: () => T | undefined | Promise<T | undefined>, deadlineMs = 10_000) {
  const end = Date.now() + deadlineMs;
  for (;;) {
    const found = await look();
    if (found !== undefined) return found;
    if (Date.now() > end) throw new Error(`nothing after ${deadlineMs} ms`);
    await new Promise((resolve) => setTimeout(resolve, 10));
  }
}

export const summary = (answer: Answer): string =>
  String(answer.json.error_summary ?? answer.text).replace(/\/\.*$/, '');

/** `path` of file and folder entries, `-path` of deleted ones. */
export const told = (entries: readonly Json[]): string[] =>
  entries.map((entry) => `${entry['.tag'] === 'deleted' ? '-' : ''}${String(entry.path_display)}`);
