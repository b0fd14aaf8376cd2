/** One stored version of a file. Timestamps are whole seconds, ISO 8601, UTC. */
export interface Revision {
  readonly rev: string;
  readonly id: string;
  /** Path key at which it was written, from the account's topmost folder. */
  readonly path: string;
  readonly name: string;
  readonly size: number;
  readonly hash: string;
  readonly clientModified: string;
  readonly serverModified: string;
}

/** What a person or an administrator has set on one object. */
export interface Flags {
  readonly readOnly?: boolean;
  readonly locked?: boolean;
  /** Refused with `restricted_content`. */
  readonly restricted?: boolean;
  /** A Paper or Google document: no bytes, `export` only. */
  readonly exportAs?: string;
  /** A link made by a desktop client. */
  readonly symlink?: string;
  /** The namespace of a shared folder that is mounted here. */
  readonly sharedId?: string;
  /** Leaving its namespace needs `allow_ownership_transfer`. */
  readonly keepOwner?: boolean;
}

export interface TreeNode {
  readonly id: string;
  readonly kind: 'file' | 'folder';
  name: string;
  /** Folded name: the key in the parent's children. */
  key: string;
  parent: TreeNode | null;
  /** Parent path as the request that made it spelled it; ignored once it no longer names the parent. */
  parentDisplay: string;
  readonly children: Map<string, TreeNode>;
  /** Keys of `children` in order; `null` when it has to be made again. */
  sorted: string[] | null;
  file: Revision | null;
  flags: Flags;
  /** Milliseconds; for the window in which a fresh object is not yet seen everywhere. */
  readonly createdAt: number;
}

/** The tags of AccessError. */
export const ACCESS_ERRORS = [
  'invalid_account_type',
  'paper_access_denied',
  'team_access_denied',
  'no_permission',
] as const;
export type AccessErrorTag = (typeof ACCESS_ERRORS)[number];

export interface AccountRecord {
  readonly id: string;
  readonly uid: number;
  readonly email: string;
  readonly name: string;
  readonly type: 'basic' | 'pro' | 'business';
  readonly homeNs: string;
  readonly rootNs: string;
  /** Where the home folder lies in a team space; `null` for an account of its own. */
  readonly homePath: string | null;
  /** Bytes; `null` for no limit. */
  readonly quota: number | null;
  readonly suspended: boolean;
  /** What every call of this account is refused with as 403; absent: nothing. */
  readonly accessError?: AccessErrorTag | undefined;
}

export interface FeedRecord {
  /** `break` ends a page. */
  readonly op: 'put' | 'del' | 'break';
  /** Path key from the account's topmost folder; empty for a break. */
  readonly path: string;
  readonly display: string;
  readonly id?: string;
  readonly rev?: string;
  /** A deleted folder is always told, even when something new stands there by now. */
  readonly folder?: boolean;
  /** Told whatever the state is: a stale entry made by a test. */
  readonly forced?: boolean;
}

export interface DeletedEntry {
  readonly display: string;
  readonly folder: boolean;
  readonly id: string;
  /** What was deleted itself: the object, or the folder that took it along. */
  readonly top: string;
  readonly at: string;
}

export interface AppRecord {
  readonly key: string;
  readonly secret: string;
  readonly appFolder: boolean;
  readonly name: string;
  readonly scopes: readonly string[];
}

export interface AuthCode {
  readonly code: string;
  readonly app: string;
  readonly account: string;
  readonly redirectUri: string | null;
  readonly challenge: string | null;
  readonly challengeMethod: string | null;
  readonly offline: boolean;
  readonly scopes: readonly string[];
  readonly expiresAt: number;
}

export interface RefreshToken {
  readonly token: string;
  /** Granted with PKCE and no secret: refreshes without one as well. */
  readonly publicClient: boolean;
  readonly app: string;
  readonly account: string;
  readonly scopes: readonly string[];
}

export interface AccessToken {
  readonly token: string;
  readonly app: string;
  readonly account: string;
  readonly scopes: readonly string[];
  readonly refresh: string | null;
  /** Milliseconds by the sandbox clock. */
  readonly expiresAt: number;
}

export interface SessionRecord {
  readonly id: string;
  readonly account: string;
  readonly concurrent: boolean;
  readonly offset: number;
  readonly closed: boolean;
  readonly createdAt: number;
  /** Stored pieces of a concurrent session: offset to length. */
  readonly pieces: Readonly<Record<string, number>>;
}

interface Placed {
  readonly account: string;
  readonly id: string;
  readonly parent: string;
  readonly name: string;
  readonly parentDisplay: string;
  readonly at: number;
}

/** Every change of state. One line of the log is a list of these, applied together or not at all. */
export type Change =
  | { readonly t: 'meta'; readonly secret: string }
  | { readonly t: 'revs'; readonly count: number }
  | { readonly t: 'account'; readonly account: AccountRecord }
  | { readonly t: 'namespace'; readonly account: string; readonly ns: string; readonly node: string | null }
  | ({ readonly t: 'mkdir' } & Placed)
  | ({ readonly t: 'put' } & Placed & Omit<Revision, 'path' | 'id' | 'name'>)
  | {
      readonly t: 'remove';
      readonly account: string;
      readonly id: string;
      readonly children: boolean;
      readonly at: string;
    }
  | ({
      readonly t: 'move';
      readonly rev?: string;
      readonly addedFirst: boolean;
      readonly split: boolean;
      readonly inFeed: boolean;
    } & Placed)
  | {
      readonly t: 'flags';
      readonly account: string;
      readonly id: string;
      readonly flags: Flags;
      /** How it shows in the feed: not, the object itself, or the whole tree deleted and then added again. */
      readonly feed: 'none' | 'self' | 'gone' | 'back' | 'storm';
    }
  | { readonly t: 'feed'; readonly account: string; readonly records: readonly FeedRecord[] }
  | { readonly t: 'feedReset'; readonly account: string }
  | { readonly t: 'app'; readonly app: AppRecord }
  | { readonly t: 'code'; readonly code: AuthCode }
  | { readonly t: 'codeUsed'; readonly code: string }
  | { readonly t: 'refresh'; readonly refresh: RefreshToken }
  | { readonly t: 'access'; readonly access: AccessToken }
  | { readonly t: 'expire'; readonly token: string }
  | { readonly t: 'revoke'; readonly token: string }
  | { readonly t: 'session'; readonly session: SessionRecord }
  | { readonly t: 'sessionDone'; readonly id: string; readonly node: string }
  | { readonly t: 'notified'; readonly account: string; readonly seq: number }
  | { readonly t: 'raw.node'; readonly account: string; readonly node: RawNode }
  | { readonly t: 'raw.revision'; readonly account: string; readonly revision: Revision }
  | {
      readonly t: 'raw.deleted';
      readonly account: string;
      readonly path: string;
      readonly entry: DeletedEntry;
    }
  | {
      readonly t: 'raw.feed';
      readonly account: string;
      readonly base: number;
      readonly records: readonly FeedRecord[];
    };

/** A node as a snapshot stores it, parents before children. */
export interface RawNode {
  readonly id: string;
  readonly parent: string;
  readonly kind: 'file' | 'folder';
  readonly name: string;
  readonly parentDisplay: string;
  readonly rev: string | null;
  readonly flags: Flags;
  readonly createdAt: number;
}
