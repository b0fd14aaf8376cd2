import type { ErrorCode } from '../domain/errors';
import type {
  Action,
  AssemblySeen,
  Base,
  DropboxSeen,
  ObjectKind,
  Origin,
  Side,
  SyncState,
} from '../domain/types';

/** The part of a sync that observing, planning and applying need. */
export interface SyncRecord {
  readonly id: string;
  readonly portalId: string;
  readonly channelId: string;
  readonly rootPath: string;
  readonly rootId: string;
  readonly cursor: string | null;
  readonly state: SyncState;
  readonly generation: number;
  /** Odd while a full listing is under way. */
  readonly dropboxLook: number;
  /** The feed has more than was stored: nothing may be planned from it yet. */
  readonly dropboxOpen: boolean;
  readonly dropboxObserved: boolean;
  readonly assemblyLook: number;
  readonly assemblyOpen: boolean;
  readonly assemblyNextToken: string | null;
  readonly assemblyObserved: boolean;
  readonly lookWanted: boolean;
  readonly haltReason: string | null;
  readonly haltId: string | null;
  readonly approvedHaltId: string | null;
}

/** An operation as it was opened: what `apply` carries out and `settle` records. Stored in `operation`. */
export interface Operation {
  /** Rises with every opening of the item; a settle that names another one comes too late. */
  readonly serial: string;
  readonly action: Action;
  readonly target: Side;
  readonly object: ObjectKind;
  readonly rule: number;
  /** Read Assembly's bytes first; write nothing. */
  readonly compare: boolean;
  /** Take back what an earlier try left on Assembly; nothing else is owed. Absent in operations of before. */
  readonly cleanUp?: boolean;
  /** 1 for the first try since the tombstone was written. */
  readonly attempt: number;
  /** Where the object is to be afterwards, root-relative. A parking place when `parked`. */
  readonly path: string;
  readonly parked: boolean;
  readonly generation: number;
  readonly base: Base | null;
  readonly dropbox: DropboxSeen | null;
  readonly assembly: AssemblySeen | null;
  readonly origin: Origin;
}

/** A live item with what was seen of it on both sides. */
export interface ItemRecord {
  readonly id: string;
  readonly portalId: string;
  readonly syncId: string;
  readonly object: ObjectKind;
  readonly path: string;
  readonly pathKey: string | null;
  /** What a folder left behind on Assembly when it was rebuilt elsewhere: `path` is where that lives now. */
  readonly oldSelf: boolean;
  readonly pinned: boolean;
  readonly conflictCopy: boolean;
  readonly base: Base | null;
  readonly dropbox: DropboxSeen | null;
  readonly assembly: AssemblySeen | null;
  readonly action: Action | null;
  readonly target: Side | null;
  readonly attempts: number;
  readonly errorCode: ErrorCode | null;
  readonly errorMessage: string | null;
  readonly refusedSource: string | null;
  /** An object that was made on Assembly and is not settled. */
  readonly uploadId: string | null;
  /** Where a create was sent to Assembly whose answer has not come. */
  readonly sentCreate: string | null;
  readonly serial: string;
  readonly operation: Operation | null;
  readonly origin: Origin;
  readonly dirty: boolean;
}
