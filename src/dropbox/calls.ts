import { z } from 'zod';
import { RemoteError } from '../domain/remoteError';
import { CURSOR_ROWS, DELETE_ROWS } from './errorTable';
import type { Rpc } from './rpc';
import {
  accountSchema,
  createdFolderSchema,
  movedSchema,
  nothingSchema,
  objectSchema,
  pageSchema,
} from './schemas';
import type { DropboxClient } from './types';

type Calls = Omit<DropboxClient, 'download' | 'upload'>;

/** Most entries that Dropbox takes as `limit`. */
const MAX_PAGE = 2000;

const isNotFound = (error: unknown): boolean =>
  error instanceof RemoteError && error.code === 'source_missing' && error.options.detail === 'not_found';

/** `instead` where Dropbox says that the thing isn't there, and only then. */
const orWhenMissing = async <T, M>(call: Promise<T>, instead: M): Promise<T | M> => {
  try {
    return await call;
  } catch (error) {
    if (isNotFound(error)) return instead;
    throw error;
  }
};

/** The calls without content. What each promises stands with `DropboxClient`. */
export const createCalls = (rpc: Rpc): Calls => ({
  account: (signal) =>
    rpc({
      invoke: (sdk) => sdk.usersGetCurrentAccount(),
      schema: accountSchema,
      withoutPathRoot: true,
      signal,
    }),

  metadata: (target, signal) =>
    orWhenMissing(
      rpc({ invoke: (sdk) => sdk.filesGetMetadata({ path: target }), schema: objectSchema, signal }),
      null,
    ),

  listFolder: ({ path, recursive, limit }, signal) =>
    rpc({
      invoke: (sdk) =>
        sdk.filesListFolder({
          path,
          recursive,
          limit: Math.min(Math.max(limit ?? MAX_PAGE, 1), MAX_PAGE),
          include_deleted: false,
          include_mounted_folders: true,
          // Listed so that a person is told about them; they are never downloaded.
          include_non_downloadable_files: true,
        }),
      schema: pageSchema,
      signal,
    }),

  listFolderContinue: (cursor, signal) =>
    rpc({
      invoke: (sdk) => sdk.filesListFolderContinue({ cursor }),
      schema: pageSchema,
      rows: CURSOR_ROWS,
      signal,
    }),

  createFolder: (path, signal) =>
    rpc({
      invoke: (sdk) => sdk.filesCreateFolderV2({ path, autorename: false }),
      schema: createdFolderSchema,
      signal,
    }),

  move: (from, toPath, signal) =>
    rpc({
      invoke: (sdk) => sdk.filesMoveV2({ from_path: from, to_path: toPath, autorename: false }),
      schema: movedSchema,
      signal,
    }),

  delete: (id, rev, signal) =>
    orWhenMissing(
      rpc({
        // `parent_rev` is for files alone; what it does to a folder is not documented.
        invoke: (sdk) => sdk.filesDeleteV2(rev === null ? { path: id } : { path: id, parent_rev: rev }),
        schema: z.object({ metadata: z.looseObject({}) }).transform(() => 'deleted' as const),
        rows: DELETE_ROWS,
        signal,
      }),
      'gone' as const,
    ),

  revoke: (signal) =>
    rpc({
      invoke: (sdk) => sdk.authTokenRevoke(),
      schema: nothingSchema,
      withoutPathRoot: true,
      signal,
    }),
});
