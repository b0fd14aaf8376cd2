import {
  ASSEMBLY_OPERATIONS,
  type AssemblyOperation,
  assemblyError,
  isPositiveNotFound,
  type Refusal,
} from '../../../src/assembly/errorTable';

const refusal = (
  operation: AssemblyOperation,
  status: number,
  message = '',
  rest: Partial<Refusal> = {},
): Refusal => ({
  operation,
  status,
  message,
  html: false,
  retryAfterMs: null,
  requestId: undefined,
  ...rest,
});

test.each<[AssemblyOperation, number, string, string]>([
  ['createFolder', 400, 'Folder already exists', 'path_conflict'],
  ['createFile', 400, 'File already exists', 'path_conflict'],
  ['createFile', 409, '', 'path_conflict'],
  ['deleteFile', 400, 'Folder is not empty', 'folder_not_empty'],
  ['createFile', 400, 'Parent folder does not exist', 'parent_missing'],
  ['createFolder', 400, 'folder not found: Tax', 'parent_missing'],
  ['createFolder', 400, "Path Tax/2026 doesn't exist", 'parent_missing'],
  ['createFolder', 400, 'Parent folder does not exist: old names/too long/characters', 'parent_missing'],
  ['createFile', 400, "path doesn't exist: already exists", 'parent_missing'],
  ['createFile', 400, 'path: parent not found', 'parent_missing'],
  ['createFile', 400, 'path has a forbidden character in "the parent folder is missing"', 'name_not_allowed'],
  ['createFile', 400, 'path has an empty name', 'name_not_allowed'],
  ['createFolder', 400, 'path is too long', 'name_too_long'],
  ['createFile', 400, 'Channel not found', 'rejected'],
  ['createFile', 403, 'The folder is read-only', 'write_denied'],
  ['deleteFile', 403, 'read_only', 'write_denied'],
  ['listFiles', 403, 'read-only', 'access_denied'],
  ['createFile', 400, 'Invalid character "*" in Tax/parent/a*b', 'name_not_allowed'],
  ['createFile', 400, 'invalid file name', 'name_not_allowed'],
  ['createFolder', 400, 'name contains forbidden characters', 'name_not_allowed'],
  ['createFile', 400, 'file name is too long', 'name_too_long'],
  ['createFile', 400, 'channelId is required', 'rejected'],
  ['createFile', 400, '', 'rejected'],
  ['createFile', 404, '', 'rejected'],
  ['listFiles', 400, 'limit must be at most 100', 'rejected'],
  ['listFiles', 400, 'Folder already exists', 'rejected'],
  ['deleteFile', 400, 'no', 'rejected'],
  ['listFiles', 404, '', 'rejected'],
  ['listFiles', 302, '', 'bad_answer'],
])('%s %i %j is %s', (operation, status, message, code) => {
  const error = assemblyError(refusal(operation, status, message));
  expect([error.side, error.code, error.options.detail]).toEqual(['assembly', code, String(status)]);
  expect(error.message).toContain(message);
});

describe.each(ASSEMBLY_OPERATIONS)('%s', (operation) => {
  test.each([
    [401, 'access_denied'],
    [403, 'access_denied'],
    [408, 'timeout'],
    [429, 'throttled'],
    [500, 'remote_unavailable'],
    [502, 'remote_unavailable'],
    [503, 'remote_unavailable'],
  ])('%i is %s, web page or not', (status, code) => {
    expect(assemblyError(refusal(operation, status)).code).toBe(code);
    expect(assemblyError(refusal(operation, status, '', { html: true })).code).toBe(code);
  });

  test.each([400, 404, 418])('a web page with %i says nothing about the object', (status) => {
    const page = refusal(operation, status, '', { html: true });
    expect(isPositiveNotFound(page)).toBe(false);
    expect(assemblyError(page).code).toBe('bad_answer');
  });
});

test.each<[AssemblyOperation, number, boolean]>([
  ['retrieveFile', 404, true],
  ['deleteFile', 404, true],
  ['retrieveChannel', 400, true],
  ['retrieveChannel', 404, true],
  ['retrieveFile', 400, false],
  ['retrieveFile', 403, false],
  ['retrieveFile', 500, false],
  ['deleteFile', 400, false],
  ['retrieveChannel', 403, false],
  ['listFiles', 404, false],
  ['createFile', 404, false],
])('%s %i means that there is none: %j', (operation, status, expected) => {
  expect(isPositiveNotFound(refusal(operation, status))).toBe(expected);
});

test.each([
  [null, 1000],
  [0, 1000],
  [200, 1000],
  [7000, 7000],
])('a 429 with a pause of %j ms waits %j ms', (retryAfterMs, expected) => {
  expect(assemblyError(refusal('listFiles', 429, '', { retryAfterMs })).options.retryAfterMs).toBe(expected);
});

test('a pause and a request id are handed on', () => {
  const error = assemblyError(refusal('listFiles', 503, '', { retryAfterMs: 7000, requestId: 'r-1' }));
  expect(error.options).toMatchObject({ retryAfterMs: 7000, requestId: 'r-1' });
});
