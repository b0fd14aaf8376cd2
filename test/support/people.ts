import { Readable } from 'node:stream';

/** One object of a side's tree as its simulator shows it. */
export interface TreeEntry {
  readonly path: string;
  readonly object: 'file' | 'folder';
  readonly id: string;
  readonly size: number | null;
  readonly hash: string | null;
}

export type Content = string | Uint8Array | Readable;

/** What a person can do on a side, whichever side it is. Paths are relative to the sync's root. */
export interface Person {
  put(path: string, content: Content, size?: number): Promise<void>;
  folder(path: string): Promise<void>;
  move(from: string, to: string): Promise<void>;
  remove(path: string): Promise<void>;
  tree(): Promise<TreeEntry[]>;
  read(path: string): Promise<Buffer>;
}

export async function control<T>(url: string, method: string, body?: unknown): Promise<T> {
  const response = await fetch(url, {
    method,
    ...(body === undefined
      ? {}
      : { body: JSON.stringify(body), headers: { 'content-type': 'application/json' } }),
  });
  const text = await response.text();
  if (!response.ok) throw new Error(`${method} ${url}: ${response.status} ${text.slice(0, 500)}`);
  return (text === '' ? undefined : JSON.parse(text)) as T;
}

async function send(url: string, content: Content, size?: number): Promise<void> {
  const streamed = content instanceof Readable;
  const response = await fetch(url, {
    method: 'PUT',
    body: streamed ? (Readable.toWeb(content) as ReadableStream) : (content as string),
    ...(streamed ? { duplex: 'half' } : {}),
    ...(size === undefined ? {} : { headers: { 'content-length': String(size) } }),
  } as RequestInit);
  const text = await response.text();
  if (!response.ok) throw new Error(`PUT ${url}: ${response.status} ${text.slice(0, 500)}`);
}

async function bytes(url: string): Promise<Buffer> {
  const response = await fetch(url);
  if (!response.ok) throw new Error(`GET ${url}: ${response.status}`);
  return Buffer.from(await response.arrayBuffer());
}

export function dropboxPerson(controlUrl: string, root: string): Person {
  const at = (path: string) => `path=${encodeURIComponent(`${root}${path}`)}`;
  return {
    put: (path, content, size) => send(`${controlUrl}/files?${at(path)}`, content, size),
    folder: (path) => control(`${controlUrl}/folders`, 'POST', { path: `${root}${path}` }),
    move: (from, to) => control(`${controlUrl}/move`, 'POST', { from: `${root}${from}`, to: `${root}${to}` }),
    remove: (path) => control(`${controlUrl}/delete`, 'POST', { path: `${root}${path}` }),
    async tree() {
      const { entries } = await control<{ entries: TreeEntry[] }>(`${controlUrl}/tree?${at('')}`, 'GET');
      return entries
        .filter((entry) => entry.path.toLowerCase() !== root.toLowerCase())
        .map((entry) => ({ ...entry, path: entry.path.slice(root.length) }));
    },
    read: (path) => bytes(`${controlUrl}/files?${at(path)}`),
  };
}

export function assemblyPerson(controlUrl: string, channelId: string): Person {
  const channel = `channelId=${encodeURIComponent(channelId)}`;
  const at = (path: string) => `${channel}&path=${encodeURIComponent(path)}`;
  return {
    put: (path, content, size) => send(`${controlUrl}/files?${at(path)}`, content, size),
    folder: (path) => control(`${controlUrl}/folders`, 'POST', { channelId, path }),
    move: (from, to) => control(`${controlUrl}/move`, 'POST', { channelId, from, to }),
    remove: (path) => control(`${controlUrl}/delete`, 'POST', { channelId, path }),
    async tree() {
      return (await control<{ entries: TreeEntry[] }>(`${controlUrl}/tree?${channel}`, 'GET')).entries;
    },
    read: (path) => bytes(`${controlUrl}/files?${at(path)}`),
  };
}
