import { RemoteError } from '../domain/remoteError';
import type { ApiCall } from './apiCall';
import { goesOn } from './expectations';
import { barePath, filePage } from './schemas';
import type { AssemblyClient } from './types';

/**
 * Objects a page. The largest page is unknown; 150 is in production use and 100 is the SDK's. Fewer pages are fewer
 * calls of the monthly quota, so this asks for more. Where that is answered with 400 the page is asked for again with
 * the SDK's limit, and all that follow with that.
 */
export const LIST_LIMIT = 500;
const SAFE_LIST_LIMIT = 100;

type Call = <T>(request: ApiCall<T>, signal?: AbortSignal) => Promise<T>;
type ListFiles = AssemblyClient['listFiles'];

/** One client's lists of files; what it has learnt of the largest page stays with it. */
export const createListFiles = (call: Call): ListFiles => {
  let listLimit = LIST_LIMIT;

  const ask = async (
    { channelId, path, nextToken }: Parameters<ListFiles>[0],
    limit: number,
    signal?: AbortSignal,
  ): ReturnType<ListFiles> => {
    const query = { channelId, path: barePath(path ?? ''), limit: String(limit), nextToken };
    const request = { operation: 'listFiles', kind: 'list', method: 'GET', path: '/files', query } as const;
    return goesOn('listFiles', nextToken, await call({ ...request, answer: filePage(channelId) }, signal));
  };

  return async (input, signal) => {
    if (input.limit !== undefined) return ask(input, input.limit, signal);
    try {
      return await ask(input, listLimit, signal);
    } catch (error) {
      if (listLimit === SAFE_LIST_LIMIT || !isBadRequest(error)) throw error;
    }
    const page = await ask(input, SAFE_LIST_LIMIT, signal);
    // Only now is it known that the limit was the trouble, and not the channel or the token.
    listLimit = SAFE_LIST_LIMIT;
    return page;
  };
};

const isBadRequest = (error: unknown): boolean =>
  error instanceof RemoteError && error.code === 'rejected' && error.options.detail === '400';
