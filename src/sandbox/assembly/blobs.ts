import { randomUUID } from 'node:crypto';
import { createWriteStream } from 'node:fs';
import { mkdir, readdir, rm, unlink } from 'node:fs/promises';
import { join } from 'node:path';
import { pipeline } from 'node:stream/promises';
import { createContentHasher } from './contentHash';
import type { Content } from './state/records';

export interface Blobs {
  /** Streams to a new file, hashing and counting. Nothing is left behind where the source fails. */
  write(source: AsyncIterable<Buffer>): Promise<Content>;
  path(blob: string): string;
  /** Bytes still being read stay readable to the end. */
  discard(blob: string): Promise<void>;
}

/** Bytes on disk, one file per upload. Removes at start what no record refers to: left by a crash in mid-upload. */
export const openBlobs = async (dataDir: string, isReferenced: (blob: string) => boolean): Promise<Blobs> => {
  const dir = join(dataDir, 'blobs');
  await mkdir(dir, { recursive: true });
  for (const blob of await readdir(dir)) if (!isReferenced(blob)) await unlink(join(dir, blob));

  const path = (blob: string): string => join(dir, blob);
  const discard = (blob: string): Promise<void> => rm(path(blob), { force: true });

  return {
    path,
    discard,
    write: async (source) => {
      const blob = randomUUID();
      const hasher = createContentHasher();
      let size = 0;
      const measured = async function* (): AsyncIterable<Buffer> {
        for await (const chunk of source) {
          hasher.update(chunk);
          size += chunk.length;
          yield chunk;
        }
      };
      try {
        await pipeline(measured, createWriteStream(path(blob)));
      } catch (error) {
        await discard(blob);
        throw error;
      }
      return { blob, size, hash: hasher.digest() };
    },
  };
};
