import { randomUUID } from 'node:crypto';
import { existsSync, linkSync, mkdirSync, readdirSync, renameSync, rmSync } from 'node:fs';
import { open, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { type ContentHasher, createContentHasher } from './contentHash';

/** Bytes that arrived but belong to nothing yet. */
export interface Received {
  readonly file: string;
  readonly size: number;
  readonly hasher: ContentHasher;
}

export class BodyTooLarge extends Error {
  override readonly name = 'BodyTooLarge';
}

/** Content-addressed files: one per content hash, never changed once there. */
export interface Blobs {
  /** Where the bytes with this hash are. */
  path(hash: string): string;
  /** Streams a body to a file while hashing it. Throws `BodyTooLarge` above `limit` and keeps nothing on any error. */
  receive(body: AsyncIterable<Uint8Array>, limit: number): Promise<Received>;
  /**
   * Makes a file the blob of that hash, at once, so that nothing comes between this and the commit.
   * `keep` leaves the file as well: a crash before the commit must not cost an upload session its bytes.
   */
  adopt(file: string, hash: string, keep?: 'keep'): void;
  discard(file: string): Promise<void>;
  /** Where the bytes of an upload session are kept. */
  sessionFile(sessionId: string): string;
}

/** Opens the store in a folder and throws away what a crash left half received. */
export function openBlobs(dir: string): Blobs {
  const blobs = join(dir, 'blobs');
  const incoming = join(dir, 'incoming');
  const sessions = join(dir, 'sessions');
  rmSync(incoming, { recursive: true, force: true });
  for (const folder of [incoming, sessions, blobs]) mkdirSync(folder, { recursive: true });
  const known = new Set(readdirSync(blobs));
  const path = (hash: string): string => join(blobs, hash.slice(0, 2), hash);

  return {
    path,
    sessionFile: (id) => join(sessions, id),
    async receive(body, limit) {
      const file = join(incoming, randomUUID());
      try {
        return { file, ...(await store(file, body, limit)) };
      } catch (error) {
        await rm(file, { force: true });
        throw error;
      }
    },
    adopt(file, hash, keep) {
      const shelf = hash.slice(0, 2);
      if (!known.has(shelf)) mkdirSync(join(blobs, shelf), { recursive: true });
      known.add(shelf);
      const there = existsSync(path(hash));
      if (keep) {
        if (!there) linkSync(file, path(hash));
      } else if (there) rmSync(file, { force: true });
      else renameSync(file, path(hash));
    },
    discard: (file) => rm(file, { force: true }),
  };
}

async function store(
  file: string,
  body: AsyncIterable<Uint8Array>,
  limit: number,
): Promise<{ size: number; hasher: ContentHasher }> {
  const hasher = createContentHasher();
  const handle = await open(file, 'w');
  let size = 0;
  try {
    for await (const chunk of body) {
      if (size + chunk.length > limit) throw new BodyTooLarge();
      hasher.update(chunk);
      await writeFully(handle, chunk, size);
      size += chunk.length;
    }
  } finally {
    await handle.close();
  }
  return { size, hasher };
}

/** A write may take less than it was given. */
export async function writeFully(
  handle: {
    write(b: Uint8Array, offset: number, length: number, position: number): Promise<{ bytesWritten: number }>;
  },
  chunk: Uint8Array,
  position: number,
): Promise<void> {
  for (let done = 0; done < chunk.length; ) {
    const { bytesWritten } = await handle.write(chunk, done, chunk.length - done, position + done);
    done += bytesWritten;
  }
}
