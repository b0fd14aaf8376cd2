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

/** A simulator's control routes, within the process. */
interface Controlled {
  control(method: string, target: string, content?: string): Promise<{ status: number; text: string }>;
}

/** Asks a control route, with a JSON body where there is one; rejects with what it refuses. */
export async function ask<T>(
  side: Controlled,
  method: string,
  target: string,
  body?: object | string,
): Promise<T> {
  const content = body === undefined || typeof body === 'string' ? body : JSON.stringify(body);
  const { status, text } = await side.control(method, target, content);
  if (status >= 300) throw new Error(`${method} ${target}: ${status} ${text.slice(0, 300)}`);
  return (text === '' ? undefined : JSON.parse(text)) as T;
}

async function upload(side: Controlled, target: string, content: string): Promise<string> {
  const answer = await ask<{ hash?: string; content_hash?: string }>(side, 'PUT', target, content);
  return answer.content_hash ?? answer.hash ?? '';
}

export function dropboxPerson(sides: Sides, { accountId: account }: Place): DropboxPerson {
  const side = sides.dropbox;
  const at = (path: string) =>
    `account=${encodeURIComponent(account)}&path=${encodeURIComponent(ROOT + path)}`;
  const put = (path: string, content: string) => upload(side, `/files?${at(path)}`, content);
  const post = <T>(route: string, body: object) => ask<T>(side, 'POST', `/${route}`, { account, ...body });
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
      const { entries } = await ask<{ entries: Shown[] }>(side, 'GET', `/tree?${at('')}`);
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
    trouble: (rule) => ask(side, 'POST', '/faults', { rules: [{ account, ...rule }] }),
    calm: () => ask(side, 'DELETE', '/faults'),
  };
}

export function assemblyPerson(sides: Sides, { channelId, portalId }: Place): SimPerson {
  const side = sides.assembly;
  const at = (path: string) => `channelId=${encodeURIComponent(channelId)}&path=${encodeURIComponent(path)}`;
  const post = (route: string, body: object): Promise<void> =>
    ask(side, 'POST', `/${route}`, { channelId, ...body });
  return {
    put: (path, content) => upload(side, `/files?${at(path)}&mode=edit`, content),
    replace: (path, content) => upload(side, `/files?${at(path)}&mode=replace`, content),
    folder: (path) => post('folders', { path }),
    rename: (from, to) => post('move', { from, to }),
    remove: (path) => post('delete', { path }),
    async tree() {
      const { entries } = await ask<{ entries: (Shown & { status: string | null })[] }>(
        side,
        'GET',
        `/tree?channelId=${encodeURIComponent(channelId)}`,
      );
      return entries.map(({ path, object, id, hash, status }) => ({
        path,
        object,
        id,
        hash: hash ?? null,
        pending: object === 'file' && status !== 'completed',
      }));
    },
    trouble: (rule) => ask(side, 'POST', '/faults', { rules: [{ workspace: portalId, ...rule }] }),
    calm: () => ask(side, 'DELETE', '/faults'),
  };
}
