import type { Readable } from 'node:stream';

/** One Dropbox object as the API tells it. Paths are absolute within the account's path root. */
export type DropboxEntry = DropboxFile | DropboxFolder | DropboxDeleted;

export interface DropboxFile {
  readonly tag: 'file';
  readonly id: string;
  readonly name: string;
  /** Lower-cased by Dropbox's own rules; `null` for an unmounted object. */
  readonly pathLower: string | null;
  /** Only the last component is sure to have its true case. */
  readonly pathDisplay: string | null;
  readonly rev: string;
  readonly size: number;
  readonly hash: string | null;
  /** False for Paper and Google documents, and for symlinks: no bytes to read. */
  readonly downloadable: boolean;
}

export interface DropboxFolder {
  readonly tag: 'folder';
  readonly id: string;
  readonly name: string;
  readonly pathLower: string | null;
  readonly pathDisplay: string | null;
}

/** Covers the whole subtree at that path; carries no id. */
export interface DropboxDeleted {
  readonly tag: 'deleted';
  readonly name: string;
  readonly pathLower: string | null;
  readonly pathDisplay: string | null;
}

export interface DropboxPage {
  readonly entries: readonly DropboxEntry[];
  readonly cursor: string;
  readonly hasMore: boolean;
}

export interface DropboxAccount {
  readonly accountId: string;
  readonly email: string;
  readonly rootNamespaceId: string;
  readonly homeNamespaceId: string;
}

export interface UploadRequest {
  /** Absolute path, or `id:` of the file for an update. */
  readonly path: string;
  /** `add`: nothing may be there. `{ update }`: this rev must be there. Both strict, never autorenamed. */
  readonly mode: 'add' | { readonly update: string };
  /** Exact length in bytes. Above `UploadSizes.singleBytes` an upload session is used. */
  readonly size: number;
  /**
   * Opens the bytes from `offset` to the end. Called again with another offset when a session resumes, or when
   * the connection broke inside a session; never called twice for a single-request upload.
   */
  readonly open: (offset: number) => Promise<AsyncIterable<Uint8Array>>;
  /** A session left by an earlier attempt of the same upload, to go on with. */
  readonly resume?: UploadProgress;
  /** Told after each stored part, before the next is sent: worth a heartbeat, so that a later attempt can resume. */
  readonly onProgress?: (progress: UploadProgress) => void | Promise<void>;
  readonly signal?: AbortSignal;
}

/** How uploads are cut, in bytes. Dropbox takes at most 150 MiB in one request. */
export interface UploadSizes {
  /** Largest file that goes in a single request. */
  readonly singleBytes: number;
  /** How much of a larger one goes in each request of its session. */
  readonly partBytes: number;
}

export interface UploadProgress {
  readonly sessionId: string;
  /** Bytes that Dropbox has stored. */
  readonly offset: number;
}

export interface DropboxDownload {
  readonly stream: Readable;
  readonly entry: DropboxFile;
}

/**
 * One connected Dropbox account. Every method makes exactly one API call (`upload` of a big file: one session),
 * retries nothing, and rejects with a `RemoteError` whose code is from the error catalogue.
 */
export interface DropboxClient {
  account(signal?: AbortSignal): Promise<DropboxAccount>;
  /** `null` is a positive not-found. `target` is an absolute path or an `id:`. */
  metadata(target: string, signal?: AbortSignal): Promise<DropboxFile | DropboxFolder | null>;
  /** `path`: `''` for the root of the path root, an absolute path, or an `id:`. At most 2,000 entries a page. */
  listFolder(
    input: { path: string; recursive: boolean; limit?: number },
    signal?: AbortSignal,
  ): Promise<DropboxPage>;
  /** Rejects with `cursor_reset` when the cursor is dead, whatever form Dropbox chose to say so. */
  listFolderContinue(cursor: string, signal?: AbortSignal): Promise<DropboxPage>;
  /** Rejects with `path_conflict` (detail: `file`, `folder` or `file_ancestor`) when something is there. */
  createFolder(path: string, signal?: AbortSignal): Promise<DropboxFolder>;
  /** `from` is an `id:` or an absolute path. Rejects with `source_missing`, `path_conflict`, … */
  move(from: string, toPath: string, signal?: AbortSignal): Promise<DropboxFile | DropboxFolder>;
  /** By id. A file needs the rev it was observed with (`null` for a folder): `version_conflict` when it changed. */
  delete(id: string, rev: string | null, signal?: AbortSignal): Promise<'deleted' | 'gone'>;
  /** Pinned to the revision. `offset` asks for the rest of the bytes only. */
  download(rev: string, options?: { offset?: number; signal?: AbortSignal }): Promise<DropboxDownload>;
  upload(request: UploadRequest): Promise<DropboxFile>;
  /** Kills the refresh token and every access token made from it. */
  revoke(signal?: AbortSignal): Promise<void>;
}
