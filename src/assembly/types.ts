import type { Readable } from 'node:stream';

/** One object of a file channel as the API tells it, links included. */
export interface AssemblyObject {
  readonly id: string;
  readonly object: 'file' | 'folder' | 'link';
  readonly channelId: string;
  /** As Assembly wrote it, without a leading slash. */
  readonly path: string;
  /** Only files have one; an unknown word counts as pending. */
  readonly status: 'pending' | 'completed' | null;
  /** `updatedAt`, verbatim. */
  readonly version: string | null;
  /** Bytes, where the answer says so. */
  readonly size: number | null;
  /** Presigned, valid for 15 minutes, secret. `null` where absent or empty. */
  readonly downloadUrl: string | null;
}

export interface AssemblyPage {
  readonly objects: readonly AssemblyObject[];
  /** `null` at the end of the list, and only there. */
  readonly nextToken: string | null;
}

export interface AssemblyChannel {
  readonly id: string;
  readonly membershipType: 'individual' | 'group' | 'company';
  readonly clientId: string | null;
  readonly companyId: string | null;
  readonly memberIds: readonly string[];
}

/** The kinds that the usage meter counts Assembly calls by. */
export const ASSEMBLY_CALL_KINDS = ['list', 'retrieve', 'create', 'delete', 'channels', 'people'] as const;
export type AssemblyCallKind = (typeof ASSEMBLY_CALL_KINDS)[number];

/** Stands before every API call of a portal. Resolves when the call may go out; it has then been metered. */
export interface AssemblyLimiter {
  acquire(kind: AssemblyCallKind, signal?: AbortSignal): Promise<void>;
}

/**
 * One portal's view of Assembly. Every method makes exactly one API call (`upload` and `download` make none: they
 * talk to the storage host), retries nothing, and rejects with a `RemoteError` whose code is from the catalogue. Two
 * answers can't be told apart without a second call: see `listFiles`, and a write refused with 403, which is
 * `write_denied` where the portal can still be read and `access_denied` where it can't.
 */
export interface AssemblyClient {
  /**
   * Without `limit` the page is as large as Assembly lets it be: a page that is too large for it costs a second call,
   * once for each client.
   */
  listFiles(
    input: { channelId: string; path?: string; nextToken?: string; limit?: number },
    signal?: AbortSignal,
  ): Promise<AssemblyPage>;
  /** `null` is a positive 404. */
  retrieveFile(id: string, signal?: AbortSignal): Promise<AssemblyObject | null>;
  /** A pending object and where to put its bytes. `path` without a leading slash. */
  createFile(
    input: { channelId: string; path: string },
    signal?: AbortSignal,
  ): Promise<{ object: AssemblyObject; uploadUrl: string }>;
  /** Rejects with `path_conflict` on "Folder already exists", with `parent_missing` where the parent isn't there. */
  createFolder(input: { channelId: string; path: string }, signal?: AbortSignal): Promise<AssemblyObject>;
  /** Rejects with `folder_not_empty`. A 404 is `gone`. */
  deleteFile(id: string, signal?: AbortSignal): Promise<'deleted' | 'gone'>;
  /** PUT with Content-Length. Rejects with `url_expired` on the storage host's 403 and 404. */
  upload(input: {
    url: string;
    size: number;
    body: AsyncIterable<Uint8Array>;
    signal?: AbortSignal;
  }): Promise<void>;
  /** The body is checked for status and length while it is read: a short one errors with `truncated_body`. */
  download(input: {
    url: string;
    /** What the observation said; checked when not `null`. */
    size: number | null;
    signal?: AbortSignal;
  }): Promise<{ stream: Readable; size: number }>;
  listChannels(
    input: { nextToken?: string },
    signal?: AbortSignal,
  ): Promise<{
    channels: readonly AssemblyChannel[];
    nextToken: string | null;
  }>;
  /** `null` where Assembly says that there is no such channel (it answers 400, not 404). */
  retrieveChannel(id: string, signal?: AbortSignal): Promise<AssemblyChannel | null>;
  listClients(
    input: { nextToken?: string },
    signal?: AbortSignal,
  ): Promise<{
    clients: readonly { id: string; name: string; email: string; companyId: string | null }[];
    nextToken: string | null;
  }>;
  listCompanies(
    input: { nextToken?: string },
    signal?: AbortSignal,
  ): Promise<{
    companies: readonly { id: string; name: string; isPlaceholder: boolean }[];
    nextToken: string | null;
  }>;
}
