import { RemoteError } from '../domain/remoteError';
import { createDeadline, type Deadline } from './deadline';
import { ADD_ROWS, SESSION_ROWS, UPDATE_ROWS } from './errorTable';
import { createPartReader, type PartReader } from './partReader';
import { type Refusal, refusedError } from './refusal';
import { nothingSchema, parseJsonAnswer, sessionSchema } from './schemas';
import type { Payload } from './transport';
import type { DropboxFile, UploadProgress, UploadRequest } from './types';
import { commitOf, EMPTY, postContent, storedFile, type UploadDeps } from './uploadRequest';

const START = 'files/upload_session/start';
const APPEND = 'files/upload_session/append_v2';
const FINISH = 'files/upload_session/finish';

/** Largest file that Dropbox stores. */
export const MAX_FILE_BYTES = 2 ** 41 - 2 ** 22;
/** How often Dropbox may tell another offset than ours before the session counts as lost. */
const MAX_CORRECTIONS = 3;

/**
 * A file too large for one request, part by part, committed by the last call alone. A part whose outcome is unknown rejects;
 * the caller goes on with `resume`, and Dropbox's own `correct_offset` says from where.
 */
export const uploadSession = async (deps: UploadDeps, request: UploadRequest): Promise<DropboxFile> => {
  const reader = createPartReader(request);
  try {
    const begun = request.resume ?? { sessionId: await start(deps, request), offset: 0 };
    const { sessionId } = begun;
    let offset = checkedOffset(begun.offset, request.size);
    let corrections = 0;
    for (;;) {
      const at: UploadProgress = { sessionId, offset };
      const outcome =
        offset === request.size ? await finish(deps, request, at) : await append(deps, request, at, reader);
      if (outcome.file) return outcome.file;
      if (outcome.corrected) {
        corrections += 1;
        if (corrections > MAX_CORRECTIONS) throw lost('Dropbox keeps naming other offsets');
      }
      offset = checkedOffset(outcome.offset, request.size);
      await request.onProgress?.({ sessionId, offset });
    }
  } finally {
    reader.close();
  }
};

type Outcome =
  | { readonly file: DropboxFile }
  | { readonly file?: undefined; readonly offset: number; readonly corrected: boolean };

const lost = (why: string): RemoteError =>
  new RemoteError('dropbox', 'session_lost', `${why}; the upload starts anew.`);

const checkedOffset = (offset: number, size: number): number => {
  if (Number.isSafeInteger(offset) && offset >= 0 && offset <= size) return offset;
  throw lost('The upload session is beyond the end of the file');
};

/** One call of the session. Each has a deadline of its own: a file can have more parts than a signal listeners. */
const post = async (
  deps: UploadDeps,
  request: UploadRequest,
  call: { route: string; arg: unknown; payload?: (deadline: Deadline) => Payload },
) => {
  const { route, arg } = call;
  const deadline = createDeadline({ ms: deps.idleMs, route, signal: request.signal });
  try {
    return await postContent(deps, { route, arg, payload: call.payload?.(deadline) ?? EMPTY, deadline });
  } finally {
    deadline.end();
  }
};

const start = async (deps: UploadDeps, request: UploadRequest): Promise<string> => {
  const answer = await post(deps, request, { route: START, arg: { close: false } });
  if (!answer.ok) throw refusedError(answer.refusal, SESSION_ROWS);
  return parseJsonAnswer(sessionSchema, answer.text, START);
};

const append = async (
  deps: UploadDeps,
  request: UploadRequest,
  at: UploadProgress,
  reader: PartReader,
): Promise<Outcome> => {
  const length = Math.min(deps.sizes.partBytes, request.size - at.offset);
  const answer = await post(deps, request, {
    route: APPEND,
    arg: { cursor: cursorOf(at), close: false },
    payload: (deadline) => reader.part(at.offset, length, deadline),
  });
  if (answer.ok) {
    parseJsonAnswer(nothingSchema, answer.text, APPEND);
    return { offset: at.offset + length, corrected: false };
  }
  // A refusal can come before the part was sent whole: the source may still be read for it.
  reader.close();
  return corrected(answer.refusal) ?? raise(refusedError(answer.refusal, SESSION_ROWS));
};

const finish = async (deps: UploadDeps, request: UploadRequest, at: UploadProgress): Promise<Outcome> => {
  const arg = { cursor: cursorOf(at), commit: commitOf(request) };
  const answer = await post(deps, request, { route: FINISH, arg });
  if (answer.ok) return { file: storedFile(answer.text, request.size, FINISH) };
  const commitRows = request.mode === 'add' ? ADD_ROWS : UPDATE_ROWS;
  return corrected(answer.refusal) ?? raise(refusedError(answer.refusal, [...SESSION_ROWS, ...commitRows]));
};

const cursorOf = ({ sessionId, offset }: UploadProgress) => ({ session_id: sessionId, offset });

const corrected = ({ tags, correctOffset }: Refusal): Outcome | null =>
  tags.at(-1) === 'incorrect_offset' && correctOffset !== null
    ? { offset: correctOffset, corrected: true }
    : null;

const raise = (error: Error): never => {
  throw error;
};
