/** An object as a person sees it on a side. `hash` is the simulator's own, `null` for a folder. */
export interface Shown {
  readonly path: string;
  readonly object: 'file' | 'folder' | 'link';
  readonly id: string;
  readonly hash: string | null;
  /** A file whose bytes never came. */
  readonly pending: boolean;
  /** A file of Dropbox that is never handed out as bytes. */
  readonly unreadable?: boolean;
}

/** An object by its path, or just the one that was seen: Assembly may hold several at one path. */
export type Named = string | Shown;

/** What people do on a side. Paths are relative to what is synced, with a leading slash. Each act is told as an event. */
export interface SimPerson {
  /** A new file, or other bytes for the one that is there. Returns the hash of the bytes. */
  put(path: string, content: string): Promise<string>;
  /** On Assembly: the new bytes come as another object in place of the old one. The same as `put` on Dropbox. */
  replace(path: string, content: string): Promise<string>;
  folder(path: string): Promise<void>;
  rename(from: Named, to: string): Promise<void>;
  remove(what: Named): Promise<void>;
  tree(): Promise<Shown[]>;
  /** Trouble of the simulator's own, such as a connection cut in mid-body. */
  trouble(rule: Record<string, unknown>): Promise<void>;
  calm(): Promise<void>;
}

/** A simulator's control routes, within the process. */
export interface Controlled {
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

export async function upload(side: Controlled, target: string, content: string): Promise<string> {
  const answer = await ask<{ hash?: string; content_hash?: string }>(side, 'PUT', target, content);
  return answer.content_hash ?? answer.hash ?? '';
}
