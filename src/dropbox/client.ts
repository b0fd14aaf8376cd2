import { RemoteError } from '../domain/remoteError';
import { createCalls } from './calls';
import { createDownload } from './download';
import { createRpc } from './rpc';
import { createTransport, type DropboxCall } from './transport';
import type { DropboxClient, UploadRequest, UploadSizes } from './types';
import { UPLOAD_SIZES } from './uploadRequest';
import { MAX_FILE_BYTES, uploadSession } from './uploadSession';
import { uploadSingle } from './uploadSingle';

export interface DropboxClientDeps {
  /** Origins, possibly with a path prefix: calls go to `${apiUrl}/2/files/…`. */
  apiUrl: string;
  contentUrl: string;
  /** `refresh`: the last token was refused. */
  accessToken: (options?: { refresh?: boolean; signal?: AbortSignal }) => Promise<string>;
  /** Root namespace id, sent with each call. Left out where it is the account's home, or unknown. */
  pathRoot?: string;
  fetch?: typeof fetch;
  timeouts?: {
    /** For a whole call without content; 30 s. */
    rpcMs?: number;
    /** For content: how long no byte may move; 60 s. */
    idleMs?: number;
  };
  /** 150 MiB in one request, above that parts of 64 MiB. */
  uploadSizes?: UploadSizes;
  /** Told of each HTTP exchange, for the usage meter. */
  onCall?: (call: DropboxCall) => void;
}

/** The client of one connected account. Clients share nothing, so one account's token never serves another. */
export const createDropboxClient = (deps: DropboxClientDeps): DropboxClient => {
  const transport = createTransport(deps);
  const { rpcMs = 30_000, idleMs = 60_000 } = deps.timeouts ?? {};
  const { contentUrl, uploadSizes: sizes = UPLOAD_SIZES } = deps;
  return {
    ...createCalls(createRpc({ apiUrl: deps.apiUrl, transport, timeoutMs: rpcMs })),
    download: createDownload({ contentUrl, transport, idleMs }),
    async upload(request) {
      checkSize(request);
      const send = request.size <= sizes.singleBytes ? uploadSingle : uploadSession;
      return send({ contentUrl, transport, idleMs, sizes }, request);
    },
  };
};

const checkSize = ({ size }: UploadRequest): void => {
  if (!Number.isSafeInteger(size) || size < 0) {
    throw new RemoteError('dropbox', 'internal', `An upload needs its length in bytes, not ${size}.`);
  }
  if (size > MAX_FILE_BYTES) {
    throw new RemoteError(
      'dropbox',
      'file_too_large',
      `Dropbox stores at most ${MAX_FILE_BYTES} bytes in a file.`,
    );
  }
};
