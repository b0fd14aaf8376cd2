import { RemoteError } from '../../src/domain/remoteError';

/** What the product's client makes of a call that fails; rejects where it succeeds. */
export async function failure(call: () => Promise<unknown>): Promise<RemoteError> {
  try {
    await call();
  } catch (error) {
    if (error instanceof RemoteError) return error;
    throw error;
  }
  throw new Error('the call succeeded');
}
