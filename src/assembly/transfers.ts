import type { IncomingMessage } from 'node:http';
import { RemoteError } from '../domain/remoteError';
import { checkedBody } from '../net/checkedBody';
import { abandonSource } from '../net/sendBody';
import { passGate } from '../net/sendGate';
import { streamRequest } from '../net/streamRequest';
import type { TransferPolicy, TransferTarget } from '../net/transferPolicy';
import { storageError } from './storageErrors';
import type { AssemblyClient } from './types';

export type AssemblyTransfers = Pick<AssemblyClient, 'upload' | 'download'>;

/**
 * The byte transfers to and from the storage hosts that Assembly's presigned URLs name. No header of ours but the two
 * that the signature expects: the URL itself is the credential.
 */
export const createTransfers = (deps: { transfer: TransferPolicy; idleMs: number }): AssemblyTransfers => {
  const { transfer, idleMs } = deps;
  return {
    upload: async ({ url, size, body, signal }) => {
      try {
        const target = await transfer.check(url);
        await passGate();
        await put({ target, size, body, idleMs, signal });
      } catch (error) {
        abandonSource(body);
        throw error;
      }
    },

    download: async ({ url, size, signal }) => {
      const target = await transfer.check(url);
      const { response } = await streamRequest({ target, method: 'GET', headers: {}, idleMs, signal });
      if (response.statusCode !== 200) throw await storageError(response, 'download');
      try {
        const length = checkedLength(response, size);
        return { stream: checkedBody(response, length, { idleMs, signal }), size: length };
      } catch (error) {
        response.destroy();
        throw error;
      }
    },
  };
};

const put = async (input: {
  target: TransferTarget;
  size: number;
  body: AsyncIterable<Uint8Array>;
  idleMs: number;
  signal?: AbortSignal;
}): Promise<void> => {
  const { target, size, body, idleMs, signal } = input;
  const { response, bodySent } = await streamRequest({
    target,
    method: 'PUT',
    // With a length that is known Node sends no chunks; S3 refuses those.
    headers: { 'content-type': 'application/octet-stream', 'content-length': String(size) },
    body: { bytes: body, size },
    idleMs,
    signal,
  });
  if (response.statusCode !== 200) throw await storageError(response, 'upload');
  response.destroy();
  if (!bodySent) throw impatient();
};

const impatient = (): RemoteError =>
  new RemoteError('assembly', 'bad_answer', 'The storage host said 200 before it had the whole file.');

/** How many bytes will come. An answer that doesn't say is believed only where the observation does. */
const checkedLength = (response: IncomingMessage, observed: number | null): number => {
  const header = response.headers['content-length'];
  if (header === undefined) {
    if (observed !== null) return observed;
    throw new RemoteError('assembly', 'bad_answer', 'The storage host did not say how long the file is.');
  }
  const length = Number(header);
  if (observed !== null && length !== observed) {
    const what = `The storage host has ${length} bytes where Assembly said ${observed}.`;
    throw new RemoteError('assembly', 'content_mismatch', what);
  }
  return length;
};
