/** The words of the domain, shared by every layer. Pure types: nothing here runs. */

export const SIDES = ['dropbox', 'assembly'] as const;
export type Side = (typeof SIDES)[number];

export const OBJECT_KINDS = ['file', 'folder'] as const;
export type ObjectKind = (typeof OBJECT_KINDS)[number];

export const ACTIONS = ['create', 'update', 'move', 'delete'] as const;
export type Action = (typeof ACTIONS)[number];

export const ORIGINS = ['webhook', 'sweep', 'resync', 'initial', 'operator'] as const;
export type Origin = (typeof ORIGINS)[number];

/**
 * What the end of a pass plans anew before the sync counts as at rest: operations that wait for what has not happened in it,
 * and after a look at both sides in full all that they don't have alike.
 */
export type Review = 'none' | 'waits' | 'all';

export const SYNC_STATES = ['initial', 'active', 'paused', 'halted', 'removed'] as const;
export type SyncState = (typeof SYNC_STATES)[number];

export const ITEM_STATES = ['settled', 'pending', 'retrying', 'stuck', 'unsyncable'] as const;
export type ItemState = (typeof ITEM_STATES)[number];

export const otherSide = (side: Side): Side => (side === 'dropbox' ? 'assembly' : 'dropbox');

/** A root-relative path with a leading `/`, `/`-separated, never ending in `/`. The root itself is `''`. */
export type ItemPath = string;

/** What was last seen of an object on Dropbox. Absence is `null` where this type is used. */
export interface DropboxSeen {
  readonly id: string;
  /** Root-relative, as Dropbox spells it, with the parents' own spelling. */
  readonly path: ItemPath;
  readonly object: ObjectKind;
  /** `null` for a folder. */
  readonly rev: string | null;
  /** Bytes; `null` for a folder. */
  readonly size: number | null;
  /** Dropbox content hash; `null` for a folder and where Dropbox gives none. */
  readonly hash: string | null;
  /** False where Dropbox can't hand the file out as bytes (Paper, Google documents, symlinks). */
  readonly downloadable: boolean;
}

/** What was last seen of an object on Assembly. Pending uploads and links never get here. */
export interface AssemblySeen {
  readonly id: string;
  /** With a leading `/`, as Assembly spells it. */
  readonly path: ItemPath;
  readonly object: ObjectKind;
  /** `updatedAt` as Assembly wrote it (nanoseconds: never parsed); `null` when our own write made it unknown. */
  readonly version: string | null;
  /** Bytes; `null` for a folder and where Assembly did not say. */
  readonly size: number | null;
  /** Known only when Cairn has read or written exactly this version's bytes. */
  readonly hash: string | null;
}

/** What both sides last agreed on for an item. */
export interface Base {
  readonly hash: string | null;
  readonly size: number | null;
  readonly dropbox: { readonly id: string; readonly path: ItemPath; readonly rev: string | null } | null;
  readonly assembly: { readonly id: string; readonly path: ItemPath; readonly version: string | null } | null;
}

/** A sync, always named together with the portal it belongs to. */
export interface SyncRef {
  readonly portalId: string;
  readonly syncId: string;
}

export interface ItemRef extends SyncRef {
  readonly itemId: string;
}
