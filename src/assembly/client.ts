import type { z } from 'zod';
import { RemoteError } from '../domain/remoteError';
import type { TransferPolicy } from '../net/transferPolicy';
import { type ApiCall, createApiCall } from './apiCall';
import { badAnswer } from './errorTable';
import * as schemas from './schemas';
import { createTransfers } from './transfers';
import type { AssemblyClient, AssemblyLimiter, AssemblyPage } from './types';

export interface AssemblyClientDeps {
  /** Origin of the API, without `/v1`. */
  apiUrl: string;
  apiKey: string;
  portalId: string;
  /** Awaited before each API call; transfers pass it by, since they are none. */
  limiter: AssemblyLimiter;
  /** Says which links may be followed, and how. */
  transfer: TransferPolicy;
  fetch?: typeof fetch;
  /** `callMs`: a whole API call, 30 s by default. `idleMs`: longest stand-still of a transfer, 60 s by default. */
  timeouts?: { callMs?: number; idleMs?: number };
  /** Told of every API call that went out; `status` is `null` where no answer came. */
  onCall?: (call: { kind: string; status: number | null; ms: number }) => void;
}

/**
 * Objects a page. The largest page is unknown; 150 is in production use and 100 is the SDK's. Fewer pages are fewer
 * calls of the monthly quota, so this asks for more. Where that is answered with 400 the page is asked for again with
 * the SDK's limit, and all that follow with that.
 */
export const LIST_LIMIT = 500;
const SAFE_LIST_LIMIT = 100;
/** Channels, clients and companies a page; 5,000 and more are in production use. */
const DIRECTORY_LIMIT = 1000;

/** The two halves of the key header. A `/` in the portal, or no portal at all, would be a key of another scope. */
const PORTAL = /^[\x21-\x2e\x30-\x7e]+$/;
const KEY = /^[\x21-\x7e]+$/;

/**
 * One portal's client. It shares nothing with another: key, limiter and settings live in this closure only. Throws an
 * `Error` for a portal id or a key that can't stand in the header.
 */
export const createAssemblyClient = (deps: AssemblyClientDeps): AssemblyClient => {
  if (!PORTAL.test(deps.portalId)) throw new Error('the portal id is empty or holds a slash or a blank');
  if (!KEY.test(deps.apiKey))
    throw new Error('the Assembly API key is empty or holds a blank; see ASSEMBLY_API_KEY');
  const { timeouts: { callMs = 30_000, idleMs = 60_000 } = {} } = deps;
  const callApi = createApiCall({ ...deps, fetch: deps.fetch ?? fetch, callMs });

  /** For the operations where "not there" is no answer: the table has made it an error already. */
  const call = async <T>(request: ApiCall<T>, signal?: AbortSignal): Promise<T> =>
    present(request.operation, await callApi(request, signal));

  /** Whether the portal can be read at all; costs a call. */
  const isReadable = async (signal?: AbortSignal): Promise<boolean> => {
    try {
      const query = { limit: '1' };
      const answer = schemas.channelPage;
      await call(
        {
          operation: 'listChannels',
          kind: 'channels',
          method: 'GET',
          path: '/channels/files',
          query,
          answer,
        },
        signal,
      );
      return true;
    } catch {
      signal?.throwIfAborted();
      return false;
    }
  };

  /** One object that may not be written to must not close the whole side, and a 403 doesn't say which of them it is. */
  const write = async <T>(request: ApiCall<T>, signal?: AbortSignal): Promise<T | null> => {
    try {
      return await callApi(request, signal);
    } catch (error) {
      if (!isForbidden(error) || !(await isReadable(signal))) throw error;
      throw new RemoteError('assembly', 'write_denied', error.message, error.options);
    }
  };

  const create = async <T>(request: ApiCall<T>, signal?: AbortSignal): Promise<T> =>
    present(request.operation, await write(request, signal));

  const directory = async <T extends { nextToken: string | null }>(
    request: {
      operation: ApiCall<T>['operation'];
      kind: ApiCall<T>['kind'];
      path: string;
      answer: z.ZodType<T>;
    },
    nextToken: string | undefined,
    signal?: AbortSignal,
  ): Promise<T> => {
    const query = { limit: String(DIRECTORY_LIMIT), nextToken };
    return goesOn(request.operation, nextToken, await call({ ...request, method: 'GET', query }, signal));
  };

  let listLimit = LIST_LIMIT;
  const listPage = async (
    { channelId, path, nextToken }: Parameters<AssemblyClient['listFiles']>[0],
    limit: number,
    signal?: AbortSignal,
  ): Promise<AssemblyPage> => {
    const query = { channelId, path: schemas.barePath(path ?? ''), limit: String(limit), nextToken };
    const answer = schemas.filePage(channelId);
    const page = await call(
      { operation: 'listFiles', kind: 'list', method: 'GET', path: '/files', query, answer },
      signal,
    );
    return goesOn('listFiles', nextToken, page);
  };

  return {
    listFiles: async (input, signal) => {
      if (input.limit !== undefined) return listPage(input, input.limit, signal);
      try {
        return await listPage(input, listLimit, signal);
      } catch (error) {
        if (listLimit === SAFE_LIST_LIMIT || !isBadRequest(error)) throw error;
      }
      const page = await listPage(input, SAFE_LIST_LIMIT, signal);
      // Only now is it known that the limit was the trouble, and not the channel or the token.
      listLimit = SAFE_LIST_LIMIT;
      return page;
    },

    retrieveFile: async (id, signal) => {
      const answer = await callApi(
        {
          operation: 'retrieveFile',
          kind: 'retrieve',
          method: 'GET',
          path: `/files/${knownId(id)}`,
          answer: schemas.fileObject(null),
        },
        signal,
      );
      return answer?.object ?? null;
    },

    createFile: async ({ channelId, path }, signal) => {
      const { object, uploadUrl } = await create(
        {
          operation: 'createFile',
          kind: 'create',
          method: 'POST',
          path: '/files/file',
          body: { path: schemas.barePath(path), channelId },
          answer: schemas.fileObject(channelId),
        },
        signal,
      );
      if (uploadUrl === null) throw badAnswer('createFile', 'it has no uploadUrl');
      return { object, uploadUrl };
    },

    createFolder: async ({ channelId, path }, signal) => {
      const { object } = await create(
        {
          operation: 'createFolder',
          kind: 'create',
          method: 'POST',
          path: '/files/folder',
          body: { path: schemas.barePath(path), channelId },
          answer: schemas.fileObject(channelId),
        },
        signal,
      );
      return object;
    },

    deleteFile: async (id, signal) => {
      const answer = await write(
        {
          operation: 'deleteFile',
          kind: 'delete',
          method: 'DELETE',
          path: `/files/${knownId(id)}`,
          answer: schemas.deleted,
        },
        signal,
      );
      return answer === null ? 'gone' : 'deleted';
    },

    ...createTransfers({ transfer: deps.transfer, idleMs }),

    listChannels: async ({ nextToken }, signal) => {
      const request = {
        operation: 'listChannels',
        kind: 'channels',
        path: '/channels/files',
        answer: schemas.channelPage,
      } as const;
      const page = await directory(request, nextToken, signal);
      return { channels: page.data, nextToken: page.nextToken };
    },

    retrieveChannel: async (id, signal) => {
      const segment = idPath(id);
      if (segment === null) return null;
      return callApi(
        {
          operation: 'retrieveChannel',
          kind: 'channels',
          method: 'GET',
          path: `/channels/files/${segment}`,
          answer: schemas.channel,
        },
        signal,
      );
    },

    listClients: async ({ nextToken }, signal) => {
      const request = {
        operation: 'listClients',
        kind: 'people',
        path: '/clients',
        answer: schemas.clientPage,
      } as const;
      const page = await directory(request, nextToken, signal);
      return { clients: page.data, nextToken: page.nextToken };
    },

    listCompanies: async ({ nextToken }, signal) => {
      const request = {
        operation: 'listCompanies',
        kind: 'people',
        path: '/companies',
        answer: schemas.companyPage,
      } as const;
      const page = await directory(request, nextToken, signal);
      return { companies: page.data, nextToken: page.nextToken };
    },
  };
};

const present = <T>(operation: ApiCall<T>['operation'], answer: T | null): T => {
  if (answer === null) throw badAnswer(operation, 'there is none');
  return answer;
};

const isForbidden = (error: unknown): error is RemoteError =>
  error instanceof RemoteError && error.code === 'access_denied' && error.options.detail === '403';

const isBadRequest = (error: unknown): boolean =>
  error instanceof RemoteError && error.code === 'rejected' && error.options.detail === '400';

/** A page that names itself as the next would be read for ever. */
const goesOn = <T extends { nextToken: string | null }>(
  operation: ApiCall<T>['operation'],
  asked: string | undefined,
  page: T,
): T => {
  if (page.nextToken !== null && page.nextToken === asked)
    throw badAnswer(operation, 'its pages go round in a circle');
  return page;
};

/**
 * An id as part of a path: a channel's id holds a `/`, which stays, as in the official SDK. `null` for one that would
 * lead to another route: an empty component, `.` or `..`.
 */
const idPath = (id: string): string | null => {
  const components = id.split('/');
  const leadsAway = components.some(
    (component) => /^\.{0,2}$/.test(component) || /\p{Surrogate}/u.test(component),
  );
  return leadsAway ? null : components.map(encodeURIComponent).join('/');
};

const knownId = (id: string): string => {
  const path = idPath(id);
  if (path === null)
    throw new RemoteError('assembly', 'rejected', 'The id of the Assembly object is not one.');
  return path;
};
