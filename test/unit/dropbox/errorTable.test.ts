import { isErrorCode } from '../../../src/domain/errors';
import {
  ADD_ROWS,
  CURSOR_ROWS,
  DELETE_ROWS,
  type ErrorRow,
  SESSION_ROWS,
  UPDATE_ROWS,
} from '../../../src/dropbox/errorTable';
import { refusedError } from '../../../src/dropbox/refusal';
import { refusal, struct, text, union } from './refusals';

type Row = readonly [
  status: number,
  body: unknown,
  code: string,
  detail?: string,
  rows?: readonly ErrorRow[],
];

const COMMON: readonly Row[] = [
  [401, union('invalid_access_token'), 'auth_revoked'],
  [401, union('expired_access_token'), 'remote_unavailable'],
  [401, union('user_suspended'), 'account_suspended'],
  [
    401,
    { ...union('missing_scope'), error: { '.tag': 'missing_scope', required_scope: 'files.content.write' } },
    'scope_missing',
  ],
  [401, union('route_access_denied'), 'access_denied'],
  [401, union('invalid_select_user'), 'access_denied'],
  [401, union('invalid_select_admin'), 'access_denied'],
  [401, 'Unauthorized', 'access_denied', '401'],
  [403, union('invalid_account_type', 'endpoint'), 'access_denied', 'endpoint'],
  [403, union('invalid_account_type', 'feature'), 'access_denied', 'feature'],
  [403, union('paper_access_denied'), 'access_denied'],
  [403, union('team_access_denied'), 'access_denied'],
  [403, union('no_permission'), 'access_denied'],
  [404, '<html>Not found</html>', 'bad_answer', '404'],
  [405, '', 'bad_answer', '405'],
  [408, '', 'timeout', '408'],
  [410, '', 'url_expired', '410'],
  [413, '', 'file_too_large', '413'],
  [414, '', 'name_too_long', '414'],
  [416, '', 'rejected', '416'],
  [431, '', 'name_too_long', '431'],
  [302, '', 'bad_answer', '302'],
  [422, union('no_permission'), 'root_changed'],
  [
    422,
    {
      error_summary: 'invalid_root/..',
      error: {
        '.tag': 'invalid_root',
        invalid_root: { '.tag': 'team', root_namespace_id: '7', home_namespace_id: '1', home_path: '/Franz' },
      },
    },
    'root_changed',
    'team',
  ],
  [500, 'Internal Server Error', 'remote_unavailable', '500'],
  [502, '<html></html>', 'remote_unavailable', '502'],
  [503, '<html>Unavailable</html>', 'remote_unavailable', '503'],
  [504, '', 'remote_unavailable', '504'],
];

const LOOKUPS: readonly Row[] = [
  [409, union('path', 'not_found'), 'source_missing', 'not_found'],
  [409, union('path', 'not_folder'), 'source_missing', 'not_folder'],
  [409, union('path', 'not_file'), 'source_missing', 'not_file'],
  [409, union('path', 'restricted_content'), 'restricted_content'],
  [409, union('path', 'unsupported_content_type'), 'not_downloadable'],
  [409, union('path', 'locked'), 'locked'],
  [
    409,
    {
      error_summary: 'path/malformed_path/.',
      error: { '.tag': 'path', path: { '.tag': 'malformed_path', malformed_path: 'text' } },
    },
    'name_not_allowed',
    'malformed_path',
  ],
  [409, union('unsupported_file'), 'not_downloadable'],
  [409, union('non_exportable'), 'not_downloadable'],
  [409, union('retry_error'), 'remote_unavailable'],
  [409, union('reset'), 'cursor_reset'],
];

const WRITES: readonly Row[] = [
  [409, struct('conflict', 'file'), 'path_conflict', 'file', ADD_ROWS],
  [409, struct('conflict', 'folder'), 'path_conflict', 'folder', ADD_ROWS],
  [409, struct('conflict', 'file_ancestor'), 'path_conflict', 'file_ancestor', ADD_ROWS],
  [409, struct('not_found'), 'parent_missing', 'not_found', ADD_ROWS],
  [409, struct('conflict', 'file'), 'version_conflict', 'file', UPDATE_ROWS],
  [409, struct('not_found'), 'version_conflict', 'not_found', UPDATE_ROWS],
  [409, struct('conflict', 'folder'), 'path_conflict', 'folder', UPDATE_ROWS],
  [409, struct('conflict', 'file_ancestor'), 'path_conflict', 'file_ancestor', UPDATE_ROWS],
  [409, union('path', 'conflict', 'file'), 'path_conflict', 'file', ADD_ROWS],
  [409, union('path', 'conflict', 'file'), 'version_conflict', 'file', UPDATE_ROWS],
  [409, struct('malformed_path'), 'name_not_allowed', 'malformed_path', ADD_ROWS],
  [409, struct('disallowed_name'), 'name_not_allowed', 'disallowed_name', ADD_ROWS],
  [409, struct('no_write_permission'), 'write_denied'],
  [409, struct('access_restricted'), 'write_denied'],
  [409, struct('team_folder'), 'write_denied'],
  [409, struct('operation_suppressed'), 'locked'],
  [409, struct('locked'), 'locked'],
  [409, struct('insufficient_space'), 'quota_exceeded'],
  [409, struct('team_folder_insufficient_space'), 'quota_exceeded'],
  [409, struct('member_folder_insufficient_space'), 'quota_exceeded'],
  [409, struct('upload_traffic_limit_reached'), 'quota_exceeded'],
  [409, struct('too_many_write_operations'), 'write_contention'],
  [409, union('content_hash_mismatch'), 'content_mismatch'],
  [409, union('payload_too_large'), 'file_too_large'],
  [409, union('properties_error'), 'rejected'],
  [409, union('encryption_not_supported'), 'rejected'],
  [409, union('path', 'conflict', 'folder'), 'path_conflict', 'folder'],
  [409, union('path', 'conflict', 'file_ancestor'), 'path_conflict', 'file_ancestor'],
  [409, union('path', 'disallowed_name'), 'name_not_allowed'],
  [409, union('path_lookup', 'not_found'), 'source_missing', 'not_found', DELETE_ROWS],
  [409, union('path_write', 'conflict', 'file'), 'version_conflict', 'file', DELETE_ROWS],
  [409, union('path_write', 'no_write_permission'), 'write_denied', 'no_write_permission', DELETE_ROWS],
  [409, union('too_many_write_operations'), 'write_contention'],
  [409, union('too_many_files'), 'rejected'],
  [409, union('from_lookup', 'not_found'), 'source_missing', 'not_found'],
  [409, union('from_write', 'no_write_permission'), 'write_denied'],
  [409, union('to', 'conflict', 'file'), 'path_conflict', 'file'],
  [409, union('to', 'conflict', 'folder'), 'path_conflict', 'folder'],
  [409, union('to', 'insufficient_space'), 'quota_exceeded'],
  [409, union('to', 'not_found'), 'parent_missing'],
  [409, union('duplicated_or_nested_paths'), 'path_conflict', 'duplicated_or_nested_paths'],
  [409, union('cant_move_folder_into_itself'), 'path_conflict', 'cant_move_folder_into_itself'],
  [409, union('cant_copy_shared_folder'), 'write_denied'],
  [409, union('cant_nest_shared_folder'), 'write_denied'],
  [409, union('cant_transfer_ownership'), 'write_denied'],
  [409, union('cant_move_shared_folder'), 'write_denied'],
  [409, union('cant_move_into_vault', 'is_shared_folder'), 'write_denied'],
  [409, union('cant_move_into_family', 'is_shared_folder'), 'write_denied'],
  [409, union('insufficient_quota'), 'quota_exceeded'],
  [409, union('internal_error'), 'remote_unavailable'],
  [409, union('a_tag_of_tomorrow'), 'rejected', 'a_tag_of_tomorrow'],
];

const SESSIONS: readonly Row[] = [
  [409, union('not_found'), 'session_lost', 'not_found', SESSION_ROWS],
  [409, union('closed'), 'session_lost', 'closed', SESSION_ROWS],
  [409, union('too_large'), 'file_too_large', 'too_large', SESSION_ROWS],
  [409, union('payload_too_large'), 'file_too_large', 'payload_too_large', SESSION_ROWS],
  [409, union('content_hash_mismatch'), 'content_mismatch', 'content_hash_mismatch', SESSION_ROWS],
  [409, union('concurrent_session_invalid_offset'), 'session_lost', undefined, SESSION_ROWS],
  [409, union('concurrent_session_invalid_data_size'), 'session_lost', undefined, SESSION_ROWS],
  [409, union('concurrent_session_missing_data'), 'session_lost', undefined, SESSION_ROWS],
  [409, union('lookup_failed', 'not_found'), 'session_lost', 'not_found', SESSION_ROWS],
  [409, union('lookup_failed', 'closed'), 'session_lost', 'closed', SESSION_ROWS],
  [409, union('lookup_failed', 'not_closed'), 'session_lost', 'not_closed', SESSION_ROWS],
  [409, union('path', 'conflict', 'file'), 'path_conflict', 'file', [...SESSION_ROWS, ...ADD_ROWS]],
  [409, union('path', 'conflict', 'file'), 'version_conflict', 'file', [...SESSION_ROWS, ...UPDATE_ROWS]],
  [409, union('too_many_write_operations'), 'write_contention', undefined, SESSION_ROWS],
];

const CURSORS: readonly Row[] = [
  [409, union('reset'), 'cursor_reset', 'reset', CURSOR_ROWS],
  [409, union('path', 'not_found'), 'cursor_reset', 'not_found', CURSOR_ROWS],
  [409, union('other'), 'cursor_reset', 'other', CURSOR_ROWS],
  [400, text('cursor: Invalid "cursor" parameter'), 'cursor_reset', '400', CURSOR_ROWS],
  [400, text('Invalid authorization value in HTTP header/URL parameter'), 'auth_revoked', '400', CURSOR_ROWS],
  [401, union('missing_scope'), 'scope_missing', undefined, CURSOR_ROWS],
  [409, union('too_many_write_operations'), 'write_contention', undefined, CURSOR_ROWS],
  [422, union('no_permission'), 'root_changed', undefined, CURSOR_ROWS],
  [500, '', 'remote_unavailable', '500', CURSOR_ROWS],
];

const TEXTS: readonly Row[] = [
  [
    400,
    text('request body: path: Specify the root folder as an empty string rather than as "/".'),
    'rejected',
  ],
  [400, text('request body: path: The root folder is unsupported.'), 'rejected'],
  [400, text('Path root is not supported for sandbox app.'), 'auth_misconfigured'],
  [400, text('Invalid authorization value in HTTP header/URL parameter'), 'auth_revoked'],
  [400, text('Your app (ID: 1) does not have the required scope'), 'scope_missing'],
  [400, text('HTTP header "Dropbox-API-Arg": could not decode input as JSON'), 'rejected'],
  [400, text("request body: unknown field 'x'"), 'rejected'],
  [
    400,
    text("request body: path: 'id:AAAAB/x' did not match pattern '(/(.|[\\r\\n])*)?'"),
    'remote_unavailable',
  ],
  [400, text("request body: path: '/a\\x00' did not match pattern '(/(.|[\\r\\n])*)?'"), 'name_not_allowed'],
  [400, text('path: not part of the Unicode Basic Multilingual Plane'), 'name_not_allowed'],
  [400, text('payload too large'), 'file_too_large'],
  [400, '{"broken', 'rejected'],
];

const check = ([status, body, code, detail, rows]: Row): void => {
  const error = refusedError(refusal(status, body), rows);
  expect({ code: error.code, known: isErrorCode(error.code) }).toEqual({ code, known: true });
  if (detail !== undefined) expect(error.options.detail).toBe(detail);
  expect(error.side).toBe('dropbox');
  expect(error.message).toContain('files/route');
};

const named = (rows: readonly Row[]) =>
  rows.map((row) => [`${row[0]} ${JSON.stringify(row[1]).slice(0, 110)} is ${row[2]}`, row] as const);

describe('error table', () => {
  test.each(named(COMMON))('%s', (_name, row) => check(row));
  test.each(named(LOOKUPS))('%s', (_name, row) => check(row));
  test.each(named(WRITES))('%s', (_name, row) => check(row));
  test.each(named(SESSIONS))('%s', (_name, row) => check(row));
  test.each(named(CURSORS))('cursor: %s', (_name, row) => check(row));
  test.each(named(TEXTS))('%s', (_name, row) => check(row));
});
