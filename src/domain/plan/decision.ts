import type { ErrorCode } from '../errors';
import type { Action, AssemblySeen, Base, DropboxSeen, ItemPath, ObjectKind, Side } from '../types';
import type { Rule } from './rules';

/** All that is known of one item; everything the plan depends on. */
export interface PlanInput {
  readonly object: ObjectKind;
  /**
   * Where the item is to live: the agreed path, re-parented by the caller when its parent folder's goal changed; or
   * where a conflict copy must go when `pinned`.
   */
  readonly itemPath: ItemPath;
  /** The goal is `itemPath` whatever the sides say (a conflict copy or a collision loser on its way to its name). */
  readonly pinned: boolean;
  /** `null`: never agreed. A base may lack one side (an old folder left on Assembly after a move). */
  readonly base: Base | null;
  /** `null`: absent. */
  readonly dropbox: DropboxSeen | null;
  readonly assembly: AssemblySeen | null;
  /**
   * Each side's seen path carried through the pending moves of its parent folders into the shared tree; equals the
   * seen path when no ancestor moves. `null` when absent.
   */
  readonly placed: { readonly dropbox: ItemPath | null; readonly assembly: ItemPath | null };
  /** On a side it has stepped aside, under a name of ours, for another one. Absent: no. */
  readonly aside?: boolean;
  /**
   * The folder it is in on a side is to be deleted there: no move of that folder carries it to its goal, and no
   * spelling of its path is good enough but the goal's. Absent: on neither.
   */
  readonly stranded?: { readonly dropbox: boolean; readonly assembly: boolean };
  /**
   * The side's object is in a folder, however far up, that is not synced, and the other side has none of that name: why it
   * is not. Absent: on neither.
   */
  readonly barred?: { readonly dropbox: ErrorCode | null; readonly assembly: ErrorCode | null };
  /**
   * Assembly holds another object where this one is to live, and Dropbox can't tell their names apart. So long the spelling
   * on Assembly stays as it is. Not said of two folders: they become one.
   */
  readonly nameHeld?: boolean;
  /**
   * File on Assembly alone, never agreed on: the hash of what another item holds at the very path there. Equal bytes
   * are no conflict. Absent: no other item does.
   */
  readonly twinHash?: string | undefined;
  /**
   * The item's name is that of a folder on Assembly, or of another item where it is that folder, which can't go: it holds
   * what is no item. Absent: no.
   */
  readonly blocked?: boolean;
  /** Folder only: what is in it that stays or arrives. */
  readonly occupied: boolean;
}

/**
 * `path` is where the item lives once the decision is carried out. It may be stored as the item's path at once:
 * planning again with it gives the same decision.
 */
export type Decision =
  | { readonly rule: Rule; readonly do: 'nothing'; readonly path: ItemPath }
  /** Both sides agree: the base becomes what was observed, without a remote write. */
  | { readonly rule: Rule; readonly do: 'advance'; readonly path: ItemPath }
  | {
      readonly rule: Rule;
      readonly do: 'operate';
      readonly path: ItemPath;
      readonly action: Action;
      readonly target: Side;
    }
  /** Assembly's bytes must be read to know their hash before anything is decided. */
  | { readonly rule: Rule; readonly do: 'compare'; readonly path: ItemPath }
  /** Assembly's version is split off as a conflict copy; Dropbox's keeps `path`. */
  | { readonly rule: Rule; readonly do: 'keepBoth'; readonly path: ItemPath }
  /** Another item has the same bytes at the same path of Assembly: one of the two objects goes. */
  | { readonly rule: Rule; readonly do: 'unite'; readonly path: ItemPath }
  /** Nothing is left on either side. */
  | { readonly rule: Rule; readonly do: 'close' }
  | {
      readonly rule: Rule;
      readonly do: 'unsyncable';
      readonly path: ItemPath;
      readonly code: ErrorCode;
      readonly detail: string;
    };

/** In a few words for a person: `update on assembly`, `create folder on dropbox`, `keep both`. Names no path. */
export const describeDecision = (decision: Decision, object: ObjectKind): string => {
  switch (decision.do) {
    case 'nothing':
      return 'nothing';
    case 'advance':
      return 'record that both sides agree';
    case 'operate':
      return `${decision.action}${object === 'folder' ? ' folder' : ''} on ${decision.target}`;
    case 'compare':
      return 'compare the bytes';
    case 'keepBoth':
      return 'keep both';
    case 'unite':
      return 'make two copies one';
    case 'close':
      return 'close';
    case 'unsyncable':
      return `unsyncable: ${decision.code}`;
    default:
      return decision satisfies never;
  }
};
