import { RemoteError } from '../domain/remoteError';
import type { ByteSource } from './byteSource';
import { createDeadline, type Deadline } from './deadline';
import { ADD_ROWS, SESSION_ROWS, UPDATE_ROWS } from './errorTable';
import { brokenError, type Refusal, refusedError } from './refusal';
import { nothingSchema, parseJsonAnswer, sessionSchema } from './schemas';
import type { Payload } from './transport';
import type { DropboxFile, UploadProgress, UploadRequest } from './types';
import {
  commitOf,
  EMPTY,
  openSource,
  postContent,
  storedFile,
  streamPart,
  type UploadDeps,
} from './uploadRequest';

const START = 'files/upload_session/start';
const APPEND = 'files/upload_session/append_v2';
const FINISH = 'files/upload_session/finish';

/** Big enough that uploads, which some plans count, stay few; small enough that a lost one costs little. */
export const PART_BYTES = 64 * 1024 * 1024;
/** Largest file that Dropbox stores. */
export const MAX_FILE_BYTES = 2 ** 41 - 2 ** 22;
/** How often Dropbox may tell another offset than ours before the session counts as lost. */
const MAX_CORRECTIONS = 3;

/**
 * A file above 150 MiB, part by part, committed by the last call alone. A part whose outcome is unknown rejects;
 * the caller goes on with `resume`, and Dropbox's own `correct_offset` says from where.
 */
export const uploadSession = async (deps: UploadDeps, request: UploadRequest): Promise<DropboxFile> => {
  const deadline = createDeadline({ ms: deps.idleMs, route: 'an upload session', signal: request.signal });
  const reader = createReader(request, deadline);
  try {
    const { sessionId, offset: first } = request.resume ?? {
      sessionId: await start(deps, deadline),
      offset: 0,
    };
    let offset = checkedOffset(first, request.size);
    let corrections = 0;
    for (;;) {
      const done = offset === request.size;
      const at: UploadProgress = { sessionId, offset };
      const outcome = done
        ? await finish(deps, request, at, deadline)
        : await append(deps, request, at, reader, deadline);
      if (outcome.file) return outcome.file;
      if (outcome.corrected) {
        corrections += 1;
        if (corrections > MAX_CORRECTIONS) throw lost('Dropbox keeps naming other offsets');
      }
      offset = checkedOffset(outcome.offset, request.size);
      request.onProgress?.({ sessionId, offset });
    }
  } catch (error) {
    throw brokenError(error, APPEND, deadline.signal);
  } finally {
    deadline.end();
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

const start = async (deps: UploadDeps, deadline: Deadline): Promise<string> => {
  const arg = { close: false };
  const answer = await postContent(deps, { route: START, arg, payload: EMPTY, deadline });
  deadline.touch();
  if (!answer.ok) throw refusedError(answer.refusal, SESSION_ROWS);
  return parseJsonAnswer(sessionSchema, answer.text, START);
};

const append = async (
  deps: UploadDeps,
  request: UploadRequest,
  at: UploadProgress,
  reader: Reader,
  deadline: Deadline,
): Promise<Outcome> => {
  const length = Math.min(PART_BYTES, request.size - at.offset);
  const arg = { cursor: { session_id: at.sessionId, offset: at.offset }, close: false };
  const payload = reader.part(at.offset, length);
  const answer = await postContent(deps, { route: APPEND, arg, payload, deadline });
  deadline.touch();
  if (answer.ok) {
    parseJsonAnswer(nothingSchema, answer.text, APPEND);
    return { offset: at.offset + length, corrected: false };
  }
  // A refusal can come before the part was sent whole: the source may still be read for it.
  reader.close();
  return corrected(answer.refusal) ?? raise(refusedError(answer.refusal, SESSION_ROWS));
};

const finish = async (
  deps: UploadDeps,
  request: UploadRequest,
  at: UploadProgress,
  deadline: Deadline,
): Promise<Outcome> => {
  const arg = { cursor: { session_id: at.sessionId, offset: at.offset }, commit: commitOf(request) };
  const answer = await postContent(deps, { route: FINISH, arg, payload: EMPTY, deadline });
  deadline.touch();
  if (answer.ok) return { file: storedFile(answer.text, request.size, FINISH) };
  const commitRows = request.mode === 'add' ? ADD_ROWS : UPDATE_ROWS;
  return corrected(answer.refusal) ?? raise(refusedError(answer.refusal, [...SESSION_ROWS, ...commitRows]));
};

const corrected = ({ tags, correctOffset }: Refusal): Outcome | null =>
  tags.at(-1) === 'incorrect_offset' && correctOffset !== null
    ? { offset: correctOffset, corrected: true }
    : null;

const raise = (error: Error): never => {
  throw error;
};

interface Reader {
  /** The bytes of one part as a request body that can be sent again. */
  part(offset: number, length: number): Payload;
  /** Lets the file go; the next part opens it anew. */
  close(): void;
}

/** Reads on where the last part ended, and opens the file anew where that isn't the place asked for. */
const createReader = (request: UploadRequest, deadline: Deadline): Reader => {
  let source: ByteSource | null = null;
  let opened = 0;

  const close = (): void => {
    source?.close();
    source = null;
  };

  const reopen = async (offset: number): Promise<ByteSource> => {
    close();
    source = await openSource(request, offset, deadline);
    opened = offset;
    return source;
  };

  return {
    part(offset, length) {
      let tries = 0;
      const position = () => opened + (source?.taken ?? 0);
      return {
        length,
        repeatable: true,
        async open() {
          tries += 1;
          // A second try never shares the source: the first may still be reading from it.
          const at = source && tries === 1 && position() === offset ? source : await reopen(offset);
          return streamPart(at, length, deadline);
        },
        sent: () => Math.max(0, position() - offset),
      };
    },
    close,
  };
};
