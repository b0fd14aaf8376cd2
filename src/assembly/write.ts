import { RemoteError } from '../domain/remoteError';
import type { CallApi } from './apiCall';
import { channelPage } from './schemas';

/**
 * A call that writes. One object that may not be written to must not close the whole side, and a 403 doesn't say which
 * of the two it is: then the portal is read, and where it can be, the refusal is `write_denied`.
 */
export const createWrite =
  (callApi: CallApi): CallApi =>
  async (request, signal) => {
    try {
      return await callApi(request, signal);
    } catch (error) {
      if (!isForbidden(error) || !(await isReadable(callApi, signal))) throw error;
      throw new RemoteError('assembly', 'write_denied', error.message, error.options);
    }
  };

const isReadable = async (callApi: CallApi, signal?: AbortSignal): Promise<boolean> => {
  const request = {
    operation: 'listChannels',
    kind: 'channels',
    method: 'GET',
    path: '/channels/files',
  } as const;
  try {
    await callApi({ ...request, query: { limit: '1' }, answer: channelPage }, signal);
    return true;
  } catch {
    signal?.throwIfAborted();
    return false;
  }
};

const isForbidden = (error: unknown): error is RemoteError =>
  error instanceof RemoteError && error.code === 'access_denied' && error.options.detail === '403';
