import type { ByteSource } from './byteSource';
import type { Deadline } from './deadline';
import type { Payload } from './transport';
import type { UploadRequest } from './types';
import { openSource, streamPart } from './uploadRequest';

export interface PartReader {
  /** The bytes of one part as a request body that can be sent again. Failures of the source end `deadline`. */
  part(offset: number, length: number, deadline: Deadline): Payload;
  /** Lets the file go; the next part opens it anew. */
  close(): void;
}

/** Reads on where the last part ended, and opens the file anew where that isn't the place asked for. */
export const createPartReader = (request: UploadRequest): PartReader => {
  let source: ByteSource | null = null;
  let opened = 0;
  const position = (): number => opened + (source?.taken ?? 0);

  const close = (): void => {
    source?.close();
    source = null;
  };

  const reopen = async (offset: number, deadline: Deadline): Promise<ByteSource> => {
    close();
    source = await openSource(request, offset, deadline);
    opened = offset;
    return source;
  };

  return {
    part(offset, length, deadline) {
      let tries = 0;
      return {
        length,
        repeatable: true,
        async open() {
          tries += 1;
          // A second try never shares the source: the first may still be reading from it.
          const at = source && tries === 1 && position() === offset ? source : await reopen(offset, deadline);
          return streamPart(at, length, deadline);
        },
        sent: () => Math.max(0, position() - offset),
      };
    },
    close,
  };
};
