import { control } from '../support/people';
import { type Place, ROOT, type Sides } from './sides';

/** An object as a person sees it on a side. `hash` is the simulator's own, `null` for a folder. */
export interface Shown {
  readonly path: string;
  readonly object: 'file' | 'folder';
  readonly id: string;
  readonly hash: string | null;
  /** A file whose bytes never came. */
  readonly pending: boolean;
}

/** What people do on a side. Paths are relative to what is synced, with a leading slash. Each act is told as an event. */
export interface SimPerson {
  /** A new file, or other bytes for the one that is there. Returns the hash of the bytes. */
  put(path: string, content: string): Promise<string>;
  /** On Assembly: the new bytes come as another object in place of the old one. The same as `put` on Dropbox. */
  replace(path: string, content: string): Promise<string>;
  folder(path: string): Promise<void>;
  rename(from: string, to: string): Promise<void>;
  remove(path: string): Promise<void>;
  tree(): Promise<Shown[]>;
  /** Trouble of the simulator's own, such as a connection cut in mid-body. */
  trouble(rule: Record<string, unknown>): Promise<void>;
  calm(): Promise<void>;
}

export interface DropboxPerson extends SimPerson {
  /** The newest version that was ever at the path comes back. Returns its hash. */
  restore(path: string): Promise<string>;
  /** Every cursor that was handed out dies. */
  forgetCursors(): Promise<void>;
}

async function upload(url: string, content: string): Promise<string> {
  const response = await fetch(url, { method: 'PUT', body: content });
  const text = await response.text();
  if (!response.ok) throw new Error(`PUT ${url}: ${response.status} ${text.slice(0, 300)}`);
  const answer = JSON.parse(text) as { hash?: string; content_hash?: string };
  return answer.content_hash ?? answer.hash ?? '';
}

export function dropboxPerson(sides: Sides, { accountId: account }: Place): DropboxPerson {
  const url = sides.dropbox.controlUrl;
  const at = (path: string) =>
    `account=${encodeURIComponent(account)}&path=${encodeURIComponent(ROOT + path)}`;
  const put = (path: string, content: string) => upload(`${url}/files?${at(path)}`, content);
  const post = <T>(route: string, body: object) =>
    control<T>(`${url}/${route}`, 'POST', { account, ...body });
  return {
    put,
    replace: put,
    folder: (path) => post('folders', { path: ROOT + path }),
    rename: (from, to) => post('move', { from: ROOT + from, to: ROOT + to }),
    remove: (path) => post('delete', { path: ROOT + path }),
    async restore(path) {
      return (await post<{ content_hash: string }>('restore', { path: ROOT + path })).content_hash;
    },
    forgetCursors: () => post('feed', { action: 'reset' }),
    async tree() {
      const { entries } = await control<{ entries: Shown[] }>(`${url}/tree?${at('')}`, 'GET');
      return entries
        .filter((entry) => entry.path !== ROOT)
        .map(({ path, object, id, hash }) => ({
          path: path.slice(ROOT.length),
          object,
          id,
          hash: hash ?? null,
          pending: false,
        }));
    },
    trouble: (rule) => control(`${url}/faults`, 'POST', { rules: [{ account, ...rule }] }),
    calm: () => control(`${url}/faults`, 'DELETE'),
  };
}

export function assemblyPerson(sides: Sides, { channelId, portalId }: Place): SimPerson {
  const url = sides.assembly.controlUrl;
  const at = (path: string) => `channelId=${encodeURIComponent(channelId)}&path=${encodeURIComponent(path)}`;
  const post = (route: string, body: object): Promise<void> =>
    control(`${url}/${route}`, 'POST', { channelId, ...body });
  return {
    put: (path, content) => upload(`${url}/files?${at(path)}&mode=edit`, content),
    replace: (path, content) => upload(`${url}/files?${at(path)}&mode=replace`, content),
    folder: (path) => post('folders', { path }),
    rename: (from, to) => post('move', { from, to }),
    remove: (path) => post('delete', { path }),
    async tree() {
      const { entries } = await control<{ entries: (Shown & { status: string | null })[] }>(
        `${url}/tree?channelId=${encodeURIComponent(channelId)}`,
        'GET',
      );
      return entries.map(({ path, object, id, hash, status }) => ({
        path,
        object,
        id,
        hash: hash ?? null,
        pending: object === 'file' && status !== 'completed',
      }));
    },
    trouble: (rule) => control(`${url}/faults`, 'POST', { rules: [{ workspace: portalId, ...rule }] }),
    calm: () => control(`${url}/faults`, 'DELETE'),
  };
}
