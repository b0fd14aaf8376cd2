import type { z } from 'zod';
import { RemoteError } from '../domain/remoteError';
import type { TransferPolicy } from '../net/transferPolicy';
import { type ApiCall, createApiCall } from './apiCall';
import { badAnswer } from './errorTable';
import { goesOn, present } from './expectations';
import { createListFiles } from './listFiles';
import * as schemas from './schemas';
import { createTransfers } from './transfers';
import type { AssemblyClient, AssemblyLimiter } from './types';
import { createWrite } from './write';

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

  const write = createWrite(callApi);
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

  return {
    listFiles: createListFiles(call),

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
