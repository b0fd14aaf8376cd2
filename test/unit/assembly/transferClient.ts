import { createTransfers } from '../../../src/assembly/transfers';
import { RemoteError } from '../../../src/domain/remoteError';
import { createTransferPolicy } from '../../../src/net/transferPolicy';
import { rejection } from '../net/servers';

/** A host that only the policy knows how to resolve: a connection gets there through the pinned address or not at all. */
export const STORAGE = 'storage.invalid';

export const transfersWith = (idleMs = 5000) =>
  createTransfers({
    transfer: createTransferPolicy({
      hosts: [STORAGE],
      allowPrivate: true,
      resolve: async () => ['127.0.0.1'],
    }),
    idleMs,
  });

export const linkTo = (port: number): string =>
  `http://${STORAGE}:${port}/bucket/key?X-Amz-Signature=0123456789`;

/** The code of a rejection that gives nothing of the link away. */
export const codeOf = async (promise: Promise<unknown>): Promise<string> => {
  const error = await rejection(promise);
  if (!(error instanceof RemoteError)) throw error;
  expect(`${error.message} ${JSON.stringify(error.options)} ${error.stack}`).not.toContain('0123456789');
  return error.code;
};

export async function* bytes(...chunks: readonly (string | Uint8Array)[]): AsyncGenerator<Uint8Array> {
  for (const chunk of chunks) yield Buffer.from(chunk);
}

/** A condition that has to come true, looked at after every turn of the event loop, with a deadline. */
export const until = async (condition: () => boolean, ms = 5000): Promise<void> => {
  const deadline = Date.now() + ms;
  while (!condition()) {
    if (Date.now() > deadline) throw new Error('it did not come true in time');
    await new Promise((resolve) => setImmediate(resolve));
  }
};
