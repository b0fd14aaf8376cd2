import type { files } from 'dropbox';
import { RemoteError } from '../domain/remoteError';
import { boundedText } from './boundedText';
import { type ByteSource, createByteSource } from './byteSource';
import { abortable, type Deadline } from './deadline';
import { headerJson } from './headerJson';
import { brokenError, type Refusal } from './refusal';
import { fileSchema, parseJsonAnswer } from './schemas';
import type { Payload, Transport } from './transport';
import type { DropboxFile, UploadRequest, UploadSizes } from './types';

const MIB = 1024 * 1024;

/**
 * One request as long as Dropbox takes it; then parts big enough that uploads, which some plans count, stay few, and
 * small enough that a lost one costs little.
 */
export const UPLOAD_SIZES: UploadSizes = { singleBytes: 150 * MIB, partBytes: 64 * MIB };
const MAX_ANSWER_BYTES = MIB;

export interface UploadDeps {
  readonly contentUrl: string;
  readonly transport: Transport;
  readonly idleMs: number;
  readonly sizes: UploadSizes;
}

/** How every upload is committed: never beside what is there, never over a version that was not observed. */
export const commitOf = ({ path, mode }: Pick<UploadRequest, 'path' | 'mode'>): files.CommitInfo => ({
  path,
  mode: mode === 'add' ? { '.tag': 'add' } : { '.tag': 'update', update: mode.update },
  autorename: false,
  strict_conflict: true,
  mute: true,
});

type Answered =
  | { readonly ok: true; readonly text: string }
  | { readonly ok: false; readonly refusal: Refusal };

/** One call to an upload-style route: arguments in a header, bytes in the body, JSON as the answer. */
export const postContent = async (
  deps: UploadDeps,
  call: { route: string; arg: unknown; payload: Payload; deadline: Deadline },
): Promise<Answered> => {
  const { route, deadline } = call;
  try {
    const answer = await deps.transport.send({
      route,
      url: `${deps.contentUrl}/2/${route}`,
      method: 'POST',
      headers: { 'Content-Type': 'application/octet-stream', 'Dropbox-API-Arg': headerJson(call.arg) },
      payload: call.payload,
      deadline,
    });
    deadline.signal.throwIfAborted();
    if (!answer.ok) return answer;
    const { text, bytes } = await boundedText(answer.response, MAX_ANSWER_BYTES, route).catch((error) => {
      answer.counted(0);
      throw error;
    });
    answer.counted(bytes);
    return { ok: true, text };
  } catch (error) {
    throw brokenError(error, route, deadline.signal);
  }
};

/**
 * The next `count` bytes as a request body. A source that fails ends the call with its own error, unchanged. One that
 * was closed belongs to a request that has been answered before it was sent whole: that ends nothing else.
 */
export const streamPart = async function* (
  source: ByteSource,
  count: number,
  deadline: Deadline,
): AsyncGenerator<Uint8Array> {
  try {
    for await (const chunk of source.take(count)) {
      deadline.touch();
      yield chunk;
      deadline.touch();
    }
  } catch (error) {
    if (!source.closed) deadline.fail(error);
    throw error;
  }
};

/**
 * Opens the bytes from `offset` on. Given up on with the call, and then closed as soon as it is there. Its own error
 * ends the call unchanged.
 */
export const openSource = async (
  request: UploadRequest,
  offset: number,
  deadline: Deadline,
): Promise<ByteSource> => {
  const opening = request.open(offset);
  try {
    const opened = await abortable(opening, deadline.signal);
    deadline.touch();
    return createByteSource(opened, request.size - offset);
  } catch (error) {
    opening.then(
      (late) => createByteSource(late, 0).close(),
      () => {},
    );
    deadline.fail(error);
    throw error;
  }
};

export const EMPTY: Payload = { length: 0, repeatable: true, open: async () => new Uint8Array(0) };

/** The metadata of a stored file. `content_mismatch` where its size is another than was sent. */
export const storedFile = (text: string, size: number, route: string): DropboxFile => {
  const file = parseJsonAnswer(fileSchema, text, route);
  if (file.size === size) return file;
  throw new RemoteError(
    'dropbox',
    'content_mismatch',
    `Dropbox stored ${file.size} bytes of a file of ${size} bytes.`,
  );
};
