import { ask, type Named, type Shown, type SimPerson, upload } from './people';
import { type Place, ROOT, type Sides } from './sides';

/** What an object of Dropbox is like that can't be handed out as bytes. */
export interface Unreadable {
  readonly restricted?: boolean;
  readonly exportAs?: string;
  readonly symlink?: string;
}

/** Sharing tells of a tree as deleted and then as new. `gone`: the second half is told when it is completed. */
export type ShareHalf = 'both' | 'gone' | 'complete';

export interface DropboxPerson extends SimPerson {
  /** The newest version that was ever at the path comes back, or the folder with all that went with it. */
  restore(path: string): Promise<void>;
  /** Every cursor that was handed out dies. */
  forgetCursors(): Promise<void>;
  share(path: string, action: 'share' | 'unshare', half?: ShareHalf): Promise<void>;
  /** Returns the hash of the bytes. */
  make(path: string, content: string, unreadable: Unreadable): Promise<string>;
  /** Where the synced folder is now, in the account. */
  root(): string;
  moveRoot(to: string): Promise<void>;
  removeRoot(): Promise<void>;
  restoreRoot(): Promise<void>;
  /** Out of the synced folder to a path of the account, and from there into it. */
  moveOut(from: string, to: string): Promise<void>;
  moveIn(from: string, to: string): Promise<void>;
  /** Renames in the account, outside of the synced folder; the folder goes along where it is in what is renamed. */
  renameOutside(from: string, to: string): Promise<void>;
  /** All that is at a path of the account and below. */
  outside(path: string): Promise<Shown[]>;
}

const pathOf = (what: Named) => (typeof what === 'string' ? what : what.path);

export function dropboxPerson(sides: Sides, { accountId: account }: Place): DropboxPerson {
  const side = sides.dropbox;
  let root = ROOT;
  const at = (path: string) => `account=${encodeURIComponent(account)}&path=${encodeURIComponent(path)}`;
  const post = <T>(route: string, body: object) => ask<T>(side, 'POST', `/${route}`, { account, ...body });
  const move = (from: string, to: string): Promise<void> => post('move', { from, to });
  const treeOf = async (top: string): Promise<Shown[]> => {
    const { entries } = await ask<{ entries: Shown[] }>(side, 'GET', `/tree?${at(top)}`);
    return entries.map(({ path, object, id, hash, unreadable }) => ({
      path,
      object,
      id,
      hash: hash ?? null,
      pending: false,
      ...(unreadable ? { unreadable } : {}),
    }));
  };
  // Of what it does not hand out Dropbox gives no hash: then the simulator is asked for its own.
  const put = async (path: string, content: string): Promise<string> =>
    (await upload(side, `/files?${at(root + path)}`, content)) || (await treeOf(root + path))[0]!.hash!;
  return {
    put,
    replace: put,
    folder: (path) => post('folders', { path: root + path }),
    rename: (from, to) => move(root + pathOf(from), root + to),
    remove: (what) => post('delete', { path: root + pathOf(what) }),
    restore: (path) => post('restore', { path: root + path }),
    forgetCursors: () => post('feed', { action: 'reset' }),
    share: (path, action, half = 'both') => post('share', { path: root + path, action, half }),
    async make(path, content, unreadable) {
      const hash = await put(path, content);
      await post('flags', { path: root + path, ...unreadable });
      return hash;
    },
    root: () => root,
    async moveRoot(to) {
      await move(root, to);
      root = to;
    },
    removeRoot: () => post('delete', { path: root }),
    restoreRoot: () => post('restore', { path: root }),
    moveOut: (from, to) => move(root + from, to),
    moveIn: (from, to) => move(from, root + to),
    async renameOutside(from, to) {
      await move(from, to);
      if (root.startsWith(`${from}/`)) root = to + root.slice(from.length);
    },
    outside: treeOf,
    async tree() {
      return (await treeOf(root))
        .filter(({ path }) => path !== root)
        .map((entry) => ({ ...entry, path: entry.path.slice(root.length) }));
    },
    trouble: (rule) => ask(side, 'POST', '/faults', { rules: [{ account, ...rule }] }),
    calm: () => ask(side, 'DELETE', '/faults'),
  };
}
