import { z } from 'zod';

/**
 * Behaviours of Dropbox that are unknown, contradictory or rare. Each can be chosen, so that a client is proven
 * against every outcome. The default is the documented behaviour where one is documented.
 */
export const switchesSchema = z.strictObject({
  /**
   * Commits that overlap in one namespace: `contend` refuses the second one with `too_many_write_operations` as the
   * real service does; `serialise` lets up to 1,000 of them wait, which keeps tests of other things deterministic.
   */
  writeLock: z.enum(['serialise', 'contend']),
  /** How long a commit holds the namespace, in milliseconds. Makes overlap real in `contend`. */
  commitMs: z.number().int().min(0).max(60_000),
  /** Uploading the bytes that are already there, without `strict_conflict`. */
  identicalUpload: z.enum(['same_rev', 'new_rev']),
  /** Whether an identical upload that wrote nothing still shows up in the feed and as a webhook. */
  identicalUploadInFeed: z.boolean(),
  /** `update(rev)` without `strict_conflict` where the file was deleted. */
  updateOnDeleted: z.enum(['resurrect', 'conflict', 'not_found']),
  /** `update(rev)` with `strict_conflict` where nothing is. */
  strictMissing: z.enum(['conflict', 'not_found']),
  /** `strict_conflict` with identical bytes, for `overwrite` and for `update` with the matching rev. */
  strictIdentical: z.enum(['conflict', 'same']),
  /** First counter of an automatic name: `document (2).txt` or `document (1).txt`. */
  autorenameFrom: z.union([z.literal(1), z.literal(2)]),
  /** Automatic name of a refused update. */
  autorenameUpdate: z.enum(['plain', 'named']),
  /** Names with characters outside the Basic Multilingual Plane. */
  nonBmp: z.enum(['malformed', 'bad_request', 'accept']),
  /** A move that changes nothing but the case. */
  caseOnlyMove: z.enum(['noop', 'conflict', 'works']),
  /** Whether a case-only change is told by the feed. */
  caseChangesInFeed: z.boolean(),
  revOnMove: z.enum(['keep', 'new']),
  restoreId: z.enum(['same', 'new']),
  /** Order of the two halves of a rename in the feed. */
  renameOrder: z.enum(['deleted_first', 'added_first']),
  /** Puts the two halves of a rename on different pages. */
  splitRenames: z.boolean(),
  /** A deleted folder: one tombstone, or one for every descendant as well. */
  childTombstones: z.boolean(),
  /** Whether a deleted folder is told where a file stands at its path now, which replaces it by itself. */
  replacedFolderTold: z.boolean(),
  /** `latest`: one entry per path with its current state. `every`: each step as it was then. */
  feedHistory: z.enum(['latest', 'every']),
  /** Whether entries of listings and of the feed carry `path_display`, which is optional. */
  pathDisplayInPages: z.boolean(),
  /** Entries that a page may hold beyond its limit. */
  pageOvershoot: z.number().int().min(0).max(100),
  /** Whether a recursive listing of a folder names the folder itself. */
  listRootItself: z.boolean(),
  /** A garbled cursor, or one of another account. */
  badCursor: z.enum(['bad_request', 'reset']),
  /** A cursor whose folder does not exist any more. */
  rootGone: z.enum(['reset', 'not_found', 'other']),
  /** A cursor that is too old or was killed on purpose. A longpoll says `reset` always. */
  deadCursor: z.enum(['reset', 'not_found', 'other']),
  /** A cursor rooted at a folder id, after that folder was moved or renamed. */
  rootRenamed: z.enum(['follow', 'reset']),
  payloadTooLarge: z.enum(['conflict', 'bad_request']),
  /** `upload_session/finish` again, after it succeeded. */
  finishReplay: z.enum(['not_found', 'closed', 'idempotent']),
  /** The second of two identical listings in flight. */
  duplicateLists: z.enum(['allow', 'rate_limit']),
  /** For so long a fresh object can't be moved, and a fresh id not be used in a path. Milliseconds. */
  consistencyWindowMs: z.number().int().min(0).max(600_000),
  /** `backoff` in every longpoll answer, seconds; 0 leaves it out. */
  longpollBackoff: z.number().int().min(0).max(3_600),
  /** Extra random wait of a longpoll that times out; up to 90,000 ms in reality. */
  longpollJitterMs: z.number().int().min(0).max(90_000),
  /** Route errors come with a tag that nobody has heard of. */
  unknownTags: z.boolean(),
  /** Whether `move_v2` and `copy_v2` put `.tag` on their metadata. */
  moveTag: z.boolean(),
  /** Whether file metadata carries `content_hash`. */
  hashInMetadata: z.boolean(),
  /** A call without the needed scope: 401 `missing_scope`, or 400 text. */
  missingScope: z.enum(['unauthorized', 'bad_request']),
  /** Batch jobs answer at once, or are polled and first say `in_progress`. */
  batches: z.enum(['async', 'sync']),
  /** Life of an access token in seconds. */
  accessTokenSeconds: z.number().int().min(1).max(14_400),
});

export type DropboxSwitches = z.infer<typeof switchesSchema>;

export const DEFAULT_SWITCHES: DropboxSwitches = {
  writeLock: 'serialise',
  commitMs: 0,
  identicalUpload: 'same_rev',
  identicalUploadInFeed: false,
  updateOnDeleted: 'resurrect',
  strictMissing: 'conflict',
  strictIdentical: 'conflict',
  autorenameFrom: 2,
  autorenameUpdate: 'plain',
  nonBmp: 'malformed',
  caseOnlyMove: 'noop',
  caseChangesInFeed: false,
  revOnMove: 'keep',
  restoreId: 'same',
  renameOrder: 'deleted_first',
  splitRenames: false,
  childTombstones: false,
  replacedFolderTold: true,
  feedHistory: 'latest',
  pathDisplayInPages: true,
  pageOvershoot: 0,
  listRootItself: true,
  badCursor: 'bad_request',
  rootGone: 'reset',
  deadCursor: 'reset',
  rootRenamed: 'follow',
  payloadTooLarge: 'conflict',
  finishReplay: 'not_found',
  duplicateLists: 'allow',
  consistencyWindowMs: 0,
  longpollBackoff: 0,
  longpollJitterMs: 0,
  unknownTags: false,
  moveTag: true,
  hashInMetadata: true,
  missingScope: 'unauthorized',
  batches: 'async',
  accessTokenSeconds: 14_400,
};
