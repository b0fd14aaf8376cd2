import type { ByteSource } from './byteSource';
import { abortable, createDeadline, type Deadline } from './deadline';
import { ADD_ROWS, UPDATE_ROWS } from './errorTable';
import { brokenError, refusedError } from './refusal';
import type { Payload } from './transport';
import type { DropboxFile, UploadRequest } from './types';
import {
  commitOf,
  EMPTY,
  openSource,
  postContent,
  storedFile,
  streamPart,
  type UploadDeps,
} from './uploadRequest';

const ROUTE = 'files/upload';

/** A file in one request, streamed. Stored whole or not at all. */
export const uploadSingle = async (deps: UploadDeps, request: UploadRequest): Promise<DropboxFile> => {
  const deadline = createDeadline({ ms: deps.idleMs, route: ROUTE, signal: request.signal });
  let source: ByteSource | null = null;
  try {
    source = await openSource(request, 0, deadline);
    const payload = await payloadOf(source, request.size, deadline);
    const answer = await postContent(deps, { route: ROUTE, arg: commitOf(request), payload, deadline });
    if (!answer.ok) throw refusedError(answer.refusal, request.mode === 'add' ? ADD_ROWS : UPDATE_ROWS);
    return storedFile(answer.text, request.size, ROUTE);
  } catch (error) {
    throw brokenError(error, ROUTE, deadline.signal);
  } finally {
    deadline.end();
    source?.close();
  }
};

const payloadOf = async (source: ByteSource, size: number, deadline: Deadline): Promise<Payload> => {
  if (size === 0) {
    await abortable(source.expectEnd(), deadline.signal).catch(deadline.fail);
    deadline.signal.throwIfAborted();
    return EMPTY;
  }
  return {
    length: size,
    // The bytes can be opened only once.
    repeatable: false,
    open: async () => streamPart(source, size, deadline),
    sent: () => source.taken,
  };
};
