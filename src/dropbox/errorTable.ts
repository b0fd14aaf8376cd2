import type { ErrorCode } from '../domain/errors';

/**
 * One row says which catalogue code a refused call gets. The first row that fits wins. `tags` is matched against the
 * tag path of the error (`path/conflict/file`), `text` against a body that isn't JSON.
 * (https://www.dropbox.com/developers/documentation/http/documentation, error sections of each route)
 */
export interface ErrorRow {
  /** One status, or the first and last of a range. */
  readonly status: number | readonly [number, number];
  readonly tags?: RegExp;
  readonly text?: RegExp;
  readonly code: ErrorCode;
}

/** A tag anywhere in the tag path: Dropbox nests the same unions at different depths. */
const anywhere = (...tags: string[]): RegExp => new RegExp(`(^|/)(${tags.join('|')})(/|$)`);

/** Texts of a 400 that mean the same as a 401: the header was refused before the token was looked up. */
export const TOKEN_REFUSED_TEXT = /authorization value|access token/i;

const CONTENTION: readonly ErrorRow[] = [
  { status: 409, tags: anywhere('too_many_write_operations'), code: 'write_contention' },
  { status: 429, tags: anywhere('too_many_write_operations'), code: 'write_contention' },
  { status: 429, text: /too_many_write_operations/, code: 'write_contention' },
  { status: 429, code: 'throttled' },
];

const ACCESS: readonly ErrorRow[] = [
  { status: 401, tags: /^missing_scope/, code: 'scope_missing' },
  { status: 401, tags: /^user_suspended/, code: 'account_suspended' },
  { status: 401, tags: /^invalid_access_token/, code: 'auth_revoked' },
  // Seen only after a refresh that worked: clocks differ or Dropbox lags, so nobody needs to connect again.
  { status: 401, tags: /^expired_access_token/, code: 'remote_unavailable' },
  { status: 401, code: 'access_denied' },
  { status: 403, code: 'access_denied' },
  { status: 422, code: 'root_changed' },
  { status: 400, text: /required scope/i, code: 'scope_missing' },
  { status: 400, text: TOKEN_REFUSED_TEXT, code: 'auth_revoked' },
  // An app-folder app may not name a root: the settings of the app are wrong, not an item.
  { status: 400, text: /Path root is not supported/i, code: 'auth_misconfigured' },
];

const TEXTS: readonly ErrorRow[] = [
  { status: 400, text: /Basic Multilingual Plane/i, code: 'name_not_allowed' },
  // An id that was made a moment ago can be unknown to the part of Dropbox that checks patterns.
  { status: 400, text: /path: 'id:[^']*' did not match pattern/, code: 'remote_unavailable' },
  { status: 400, text: /path: '.*' did not match pattern/s, code: 'name_not_allowed' },
  { status: 400, text: /payload.?too.?large|too large/i, code: 'file_too_large' },
];

const TAGS: readonly ErrorRow[] = [
  {
    status: 409,
    tags: anywhere('\\w*insufficient_space', '\\w*insufficient_quota', 'upload_traffic_limit_reached'),
    code: 'quota_exceeded',
  },
  { status: 409, tags: anywhere('disallowed_name', 'malformed_path'), code: 'name_not_allowed' },
  {
    status: 409,
    tags: anywhere('no_write_permission', 'access_restricted', 'team_folder', 'not_allowed'),
    code: 'write_denied',
  },
  {
    status: 409,
    tags: anywhere(
      'cant_copy_shared_folder',
      'cant_move_shared_folder',
      'cant_nest_shared_folder',
      'cant_transfer_ownership',
      'cant_move_into_vault',
      'cant_move_into_family',
    ),
    code: 'write_denied',
  },
  // Dropbox: "this file operation is not allowed at this time".
  { status: 409, tags: anywhere('locked', 'operation_suppressed'), code: 'locked' },
  { status: 409, tags: anywhere('restricted_content'), code: 'restricted_content' },
  {
    status: 409,
    tags: anywhere('unsupported_file', 'unsupported_content_type', 'non_exportable'),
    code: 'not_downloadable',
  },
  { status: 409, tags: anywhere('content_hash_mismatch'), code: 'content_mismatch' },
  { status: 409, tags: anywhere('payload_too_large', 'too_large'), code: 'file_too_large' },
  // The outcome is unknown; whoever repeats the call looks first.
  { status: 409, tags: anywhere('internal_error', 'retry_error'), code: 'remote_unavailable' },
  { status: 409, tags: /^reset/, code: 'cursor_reset' },
  { status: 409, tags: anywhere('conflict'), code: 'path_conflict' },
  // A move that was planned on a tree which has changed, or that has landed already.
  { status: 409, tags: /^(duplicated_or_nested_paths|cant_move_folder_into_itself)/, code: 'path_conflict' },
  { status: 409, tags: /^to\/not_found/, code: 'parent_missing' },
  { status: 409, tags: anywhere('not_found', 'not_file', 'not_folder'), code: 'source_missing' },
];

const STATUSES: readonly ErrorRow[] = [
  { status: [300, 399], code: 'bad_answer' },
  // Never "file missing": the route or the host is wrong, or a proxy answers.
  { status: [404, 405], code: 'bad_answer' },
  { status: 408, code: 'timeout' },
  { status: 410, code: 'url_expired' },
  { status: 413, code: 'file_too_large' },
  // The path travels in a header or in the address.
  { status: 414, code: 'name_too_long' },
  { status: 431, code: 'name_too_long' },
  { status: [500, 599], code: 'remote_unavailable' },
];

/** What holds for every call, after the rows of the call itself. */
export const COMMON_ROWS: readonly ErrorRow[] = [...CONTENTION, ...ACCESS, ...TEXTS, ...TAGS, ...STATUSES];

/** Whatever Dropbox says against a cursor for good, a full listing is the answer to it. */
export const CURSOR_ROWS: readonly ErrorRow[] = [
  ...CONTENTION,
  ...ACCESS,
  { status: 409, code: 'cursor_reset' },
  { status: 400, code: 'cursor_reset' },
];

/** `parent_rev` did not fit: the file has changed since it was observed. */
export const DELETE_ROWS: readonly ErrorRow[] = [
  { status: 409, tags: /^path_write\/conflict/, code: 'version_conflict' },
];

export const ADD_ROWS: readonly ErrorRow[] = [
  { status: 409, tags: /^path\/not_found/, code: 'parent_missing' },
];

/** With `strict_conflict` a missing file is told as a conflict too, or as not found. */
export const UPDATE_ROWS: readonly ErrorRow[] = [
  { status: 409, tags: /^path\/(conflict\/folder|conflict\/file_ancestor)/, code: 'path_conflict' },
  { status: 409, tags: /^path\/(conflict|not_found)/, code: 'version_conflict' },
];

/** An upload session that can't take the next byte is of no use any more. */
export const SESSION_ROWS: readonly ErrorRow[] = [
  { status: 409, tags: /^(lookup_failed\/)?(too_large|payload_too_large)/, code: 'file_too_large' },
  {
    status: 409,
    tags: /^(lookup_failed\/)?(not_found|closed|not_closed|incorrect_offset)/,
    code: 'session_lost',
  },
  { status: 409, tags: /^(lookup_failed|concurrent_session_\w+)/, code: 'session_lost' },
];
