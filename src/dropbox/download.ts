import { RemoteError } from '../domain/remoteError';
import { bodyStream } from './bodyStream';
import { createDeadline } from './deadline';
import { headerJson } from './headerJson';
import { brokenError, refusedError } from './refusal';
import { fileSchema, parseJsonAnswer } from './schemas';
import type { Transport } from './transport';
import type { DropboxClient } from './types';

const ROUTE = 'files/download';

/**
 * Downloads one revision. The promise settles with the head of the answer; the idle timer, the abort signal and the
 * length check go on for as long as the stream does.
 */
export const createDownload =
  (deps: { contentUrl: string; transport: Transport; idleMs: number }): DropboxClient['download'] =>
  async (rev, { offset = 0, signal } = {}) => {
    const deadline = createDeadline({ ms: deps.idleMs, route: ROUTE, signal });
    try {
      const answer = await deps.transport.send({
        route: ROUTE,
        url: `${deps.contentUrl}/2/${ROUTE}`,
        // Ranges are documented for GET alone.
        method: offset > 0 ? 'GET' : 'POST',
        headers: {
          'Dropbox-API-Arg': headerJson({ path: `rev:${rev}` }),
          // A packed body would not have the length that the metadata tells.
          'Accept-Encoding': 'identity',
          ...(offset > 0 ? { Range: `bytes=${offset}-` } : {}),
        },
        payload: null,
        deadline,
      });
      if (!answer.ok) throw refusedError(answer.refusal);
      const { response, counted } = answer;
      try {
        const entry = entryOf(response);
        checkRange(response, offset);
        const length = entry.size - offset;
        return { entry, stream: bodyStream({ response, length, deadline, route: ROUTE, counted }) };
      } catch (error) {
        counted(0);
        throw error;
      }
    } catch (error) {
      const reason = brokenError(error, ROUTE, deadline.signal);
      // Nobody will read the body of a refused answer: let the socket go.
      deadline.fail(reason);
      deadline.end();
      throw reason;
    }
  };

const entryOf = (response: Response) => {
  const result = response.headers.get('dropbox-api-result');
  if (result !== null) return parseJsonAnswer(fileSchema, result, ROUTE);
  throw new RemoteError(
    'dropbox',
    'bad_answer',
    'Dropbox sent a file without saying which (Dropbox-API-Result).',
  );
};

/** The rest of a file is asked for: the whole of it, or another rest, must not be taken for that. */
const checkRange = (response: Response, offset: number): void => {
  if (offset === 0) return;
  const start = /^bytes (\d+)-/.exec(response.headers.get('content-range') ?? '')?.[1];
  if (response.status === 206 && (start === undefined || Number(start) === offset)) return;
  throw new RemoteError('dropbox', 'bad_answer', `Dropbox did not send the file from byte ${offset} on.`);
};
