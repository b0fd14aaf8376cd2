/**
 * The catalogue of every error code, stable and documented once: the same code stands in
 * `pending_action_error_code`, in the search attribute `ErrorCode`, in problem+json and on the page.
 *
 * `scope` decides what a failure means:
 * - `transient`: the call may simply be repeated; stays inside the activity's own retry policy
 * - `side`: the portal's side as a whole can't be used now; no item is to blame and no attempt is spent
 * - `replan`: the world is not as it was observed; look again, then decide anew. Not a failure
 * - `unsyncable`: the target can't hold this name, type or size until the source changes
 * - `item`: this one operation failed; counts as an attempt
 * - `halt`: the sync stops until a person decides
 * - `request`: an answer of our own API or CLI
 */
export type ErrorScope = 'transient' | 'side' | 'replan' | 'unsyncable' | 'item' | 'halt' | 'request';

export interface ErrorEntry {
  readonly scope: ErrorScope;
  /** Answer of the HTTP API when this code is what a request ended with. */
  readonly status: number;
  /** Whether the same thing, tried again unchanged, can help. */
  readonly retryable: boolean;
  /** One sentence for a person: what happened and what to do. */
  readonly help: string;
}

const transient = (help: string): ErrorEntry => ({ scope: 'transient', status: 503, retryable: true, help });
const side = (help: string, status = 503): ErrorEntry => ({ scope: 'side', status, retryable: true, help });
const replan = (help: string): ErrorEntry => ({ scope: 'replan', status: 409, retryable: true, help });
const unsyncable = (help: string): ErrorEntry => ({
  scope: 'unsyncable',
  status: 422,
  retryable: false,
  help,
});
const item = (help: string, retryable = true): ErrorEntry => ({
  scope: 'item',
  status: 502,
  retryable,
  help,
});
const halt = (help: string): ErrorEntry => ({ scope: 'halt', status: 409, retryable: false, help });
const request = (status: number, help: string, retryable = false): ErrorEntry => ({
  scope: 'request',
  status,
  retryable,
  help,
});

export const ERRORS = {
  // A call that can be repeated
  timeout: transient('The remote side did not answer in time; it is tried again by itself.'),
  connection_failed: transient('The connection to the remote side broke; it is tried again by itself.'),
  remote_unavailable: transient('The remote side answered with a server error; it is tried again by itself.'),
  throttled: transient('The remote side asked for a pause; the work goes on after it.'),
  write_contention: transient('Another writer held the Dropbox folder; it is tried again by itself.'),
  truncated_body: transient('A transfer ended early; the whole file is transferred again.'),
  content_mismatch: transient('What arrived is not what was sent; the whole file is transferred again.'),
  url_expired: transient('A transfer link had expired; a fresh one is fetched.'),
  bad_answer: transient('The remote side sent an answer that makes no sense; it is tried again by itself.'),
  store_unavailable: transient('The database can not be reached; the work goes on when it is back.'),

  // A side that can't be used now
  auth_revoked: side('Dropbox no longer accepts the connection; connect Dropbox again.', 401),
  auth_misconfigured: side('The app key or secret is wrong; an operator has to correct the settings.', 401),
  access_denied: side('The remote side refuses access; check the permissions of the connection.', 403),
  scope_missing: side('The Dropbox connection lacks a permission; connect Dropbox again.', 403),
  account_suspended: side('The Dropbox account is suspended; work waits until it is active again.', 403),
  quota_exceeded: side('The Dropbox account is full; make room, the work goes on by itself.', 507),
  call_budget_spent: side(
    'The monthly call budget of Assembly is spent; full listings wait for the next month.',
    429,
  ),
  root_changed: side('The Dropbox team space has changed; the folder is looked up again by itself.', 409),

  // Not as observed
  version_conflict: replan('The file changed meanwhile; it is looked at again.'),
  path_conflict: replan('Something else is at that path meanwhile; it is looked at again.'),
  source_missing: replan('The source is gone meanwhile; it is looked at again.'),
  source_changed: replan('The source changed while it was read; it is looked at again.'),
  parent_missing: replan('The parent folder is gone meanwhile; it is looked at again.'),
  folder_not_empty: replan('The folder holds something new; it is looked at again.'),
  cursor_reset: replan('Dropbox forgot where we were; the folder is listed in full.'),
  session_lost: replan('Dropbox forgot a half-done upload; it starts anew.'),

  // Can't be held by the other side
  name_not_allowed: unsyncable('The other side does not allow this name; rename the file or folder.'),
  name_too_long: unsyncable('The name or path is too long for the other side; shorten it.'),
  name_collision: unsyncable('Another item has the same name on the other side; rename one of the two.'),
  file_too_large: unsyncable('The file is larger than the other side takes.'),
  not_downloadable: unsyncable('Dropbox does not hand this kind of document out as a file.'),
  restricted_content: unsyncable('Dropbox refuses to hand this file out.'),
  type_not_allowed: unsyncable('The other side does not take this kind of object.'),

  // One operation
  write_denied: item('The remote side does not allow a change here; check the folder permissions.', false),
  locked: item('The file is locked by somebody; it is tried again later.'),
  rejected: item('The remote side refused the request.', false),
  internal: item('Cairn made an error; please report it.', true),
  retries_exhausted: item('The operation kept failing; it is tried again later.'),

  // Halts
  mass_delete: halt('Very many deletes at once; approve them or restore the files.'),
  root_missing: halt('The Dropbox folder can not be found any more; restore or share it again.'),
  channel_missing: halt('The Assembly channel can not be found any more.'),
  channel_emptied: halt('The Assembly channel is suddenly empty; check it, then resume the sync.'),

  // Requests
  invalid_request: request(400, 'The request does not fit; see the listed fields.'),
  missing_signature: request(400, 'The webhook carries no signature.'),
  unauthorized: request(401, 'The token is missing or not valid; open the page again from Assembly.'),
  bad_signature: request(403, 'The webhook signature is wrong.'),
  not_found: request(404, 'There is no such thing here.'),
  method_not_allowed: request(405, 'This address does not take that method.'),
  mapping_taken: request(409, 'The channel or the folder is already part of a sync.'),
  not_connected: request(409, 'Dropbox is not connected; connect it first.'),
  account_mismatch: request(409, 'Another Dropbox account is connected; remove its syncs first.'),
  resync_running: request(409, 'A resync of this sync is running already.'),
  not_active: request(409, 'The sync is not in a state that allows this.'),
  halt_changed: request(409, 'The halt is not the one that was approved; look at it again.'),
  body_too_large: request(413, 'The request body is too large.'),
  not_a_folder: request(422, 'The path is not a folder.'),
  root_not_allowed: request(422, 'The Dropbox root itself can not be mapped; choose a folder in it.'),
  rate_limited: request(429, 'Too many requests; try again shortly.', true),
  unexpected: request(500, 'Something went wrong; the request id helps to find it.', true),
  unavailable: request(503, 'The service can not take this now; try again shortly.', true),
} as const satisfies Record<string, ErrorEntry>;

export type ErrorCode = keyof typeof ERRORS;

export const errorEntry = (code: ErrorCode): ErrorEntry => ERRORS[code];

/** Codes of scope `side` that only one side ever has. */
const OWN_SIDE: Partial<Record<ErrorCode, 'dropbox' | 'assembly'>> = {
  auth_revoked: 'dropbox',
  scope_missing: 'dropbox',
  account_suspended: 'dropbox',
  quota_exceeded: 'dropbox',
  root_changed: 'dropbox',
  call_budget_spent: 'assembly',
};

/** The side that can't be used: an operation on one side also reads from the other, and may fail there. */
export const sideOf = (code: ErrorCode, target: 'dropbox' | 'assembly'): 'dropbox' | 'assembly' =>
  OWN_SIDE[code] ?? target;

export const isErrorCode = (code: string): code is ErrorCode => Object.hasOwn(ERRORS, code);

/**
 * Failures that a side as a whole would cause as well as one item: whose fault it was shows only in what happens to
 * other items. `scope: side` says so by itself.
 */
const AS_IF_DOWN: readonly ErrorCode[] = ['timeout', 'connection_failed', 'remote_unavailable', 'throttled'];

export const looksDown = (code: ErrorCode): boolean => AS_IF_DOWN.includes(code);

/** The side as a whole can't be used, for every item alike. */
export const closesSide = (code: ErrorCode): boolean =>
  errorEntry(code).scope === 'side' || code === 'not_connected';

/** An error of our own that a caller is told of by its code. `detail` never holds a secret. */
export class CairnError extends Error {
  override readonly name = 'CairnError';
  constructor(
    readonly code: ErrorCode,
    readonly detail: string = errorEntry(code).help,
    options?: { cause?: unknown },
  ) {
    super(detail, options);
  }
}
