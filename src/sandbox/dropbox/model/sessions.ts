import { rmSync } from 'node:fs';
import { open, rename, rm, truncate } from 'node:fs/promises';
import type { Tagged } from '../api/failure';
import type { Blobs } from './blobs';
import { BodyTooLarge, writeFully } from './blobs';
import { type ContentHasher, createContentHasher } from './contentHash';
import { newToken } from './ids';
import type { Log } from './log';
import type { SessionRecord } from './types';

const LIFETIME_MS = 7 * 24 * 3_600_000;
const ALIGN = 4 * 1024 * 1024;
const MAX_FILE = 2_199_019_061_248;
const ID_PREFIX = 'pid_upload_session:';
const READ = 1024 * 1024;

/** A session call that is refused; the tags are those of UploadSessionLookupError and its kin. */
export class SessionError extends Error {
  override readonly name = 'SessionError';
  constructor(readonly tagged: Tagged) {
    super(tagged.tags.join('/'));
  }
}

const refuse = (tag: string, fields?: Record<string, unknown>): SessionError =>
  new SessionError(fields ? { tags: [tag], fields } : { tags: [tag] });

export interface Append {
  readonly id: string;
  readonly account: string;
  readonly offset: number;
  readonly close: boolean;
  readonly limit: number;
  /** Hash that the bytes of this call must have. */
  readonly contentHash?: string;
  readonly body: AsyncIterable<Uint8Array>;
}

/** Upload sessions. What an answered call stored survives a crash; what a broken call sent does not count. */
export interface Sessions {
  start(account: string, concurrent: boolean, closed: boolean): string;
  /** A session that already holds a received file. */
  fromReceived(account: string, file: string, size: number, closed: boolean): Promise<string>;
  append(input: Append): Promise<void>;
  /** The session as it stands, checked for a commit at `offset`. */
  ready(id: string, account: string, offset: number, mustBeClosed: boolean): SessionRecord;
  find(id: string, account: string): SessionRecord;
  /** Content hash of all that is stored. */
  hash(id: string): Promise<string>;
  drop(id: string): Promise<void>;
}

export function createSessions(log: Log, blobs: Blobs, now: () => number): Sessions {
  const hashers = new Map<string, { hasher: ContentHasher; size: number }>();
  const turns = new Map<string, Promise<unknown>>();

  for (const session of log.world.sessions.values()) {
    if (now() - session.createdAt <= LIFETIME_MS) continue;
    log.commit([{ t: 'sessionDone', id: session.id, node: '' }]);
    rmSync(blobs.sessionFile(session.id), { force: true });
  }

  const find = (id: string, account: string): SessionRecord => {
    const session = log.world.sessions.get(id);
    if (!session || session.account !== account) throw refuse('not_found');
    if (now() - session.createdAt > LIFETIME_MS) throw refuse('not_found');
    return session;
  };
  const save = (session: SessionRecord): void => log.commit([{ t: 'session', session }]);

  const begin = (id: string, account: string, concurrent: boolean, closed: boolean, offset: number): void =>
    save({ id, account, concurrent, closed, offset, createdAt: now(), pieces: {} });

  const hasherOf = async (session: SessionRecord): Promise<ContentHasher> => {
    const known = hashers.get(session.id);
    if (known && known.size === session.offset) return known.hasher;
    const hasher = createContentHasher();
    if (session.offset > 0) await hashFile(blobs.sessionFile(session.id), session.offset, hasher);
    hashers.set(session.id, { hasher, size: session.offset });
    return hasher;
  };

  const appendSequential = async (session: SessionRecord, input: Append): Promise<void> => {
    if (input.offset !== session.offset) throw refuse('incorrect_offset', { correct_offset: session.offset });
    const whole = (await hasherOf(session)).copy();
    const size = await storeAt(blobs.sessionFile(session.id), input, whole);
    const offset = session.offset + size;
    if (offset > MAX_FILE) throw refuse('too_large');
    save({ ...session, offset, closed: input.close });
    hashers.set(session.id, { hasher: whole, size: offset });
  };

  const appendConcurrent = async (session: SessionRecord, input: Append): Promise<void> => {
    if (input.offset % ALIGN !== 0) throw refuse('concurrent_session_invalid_offset');
    const size = await storeAt(blobs.sessionFile(session.id), input, null);
    if (!input.close && size % ALIGN !== 0) throw refuse('concurrent_session_invalid_data_size');
    const current = find(session.id, input.account);
    const pieces: Record<string, number> = { ...current.pieces, [input.offset]: size };
    const offset = Object.values<number>(pieces).reduce((sum, length) => sum + length, 0);
    save({ ...current, pieces, offset, closed: current.closed || input.close });
  };

  const inTurn = async (id: string, work: () => Promise<void>): Promise<void> => {
    const mine = (turns.get(id) ?? Promise.resolve()).then(work);
    const settled = mine.catch(() => undefined);
    turns.set(id, settled);
    await mine.finally(() => {
      if (turns.get(id) === settled) turns.delete(id);
    });
  };

  return {
    find,
    start(account, concurrent, closed) {
      const id = newToken(ID_PREFIX);
      begin(id, account, concurrent, closed, 0);
      return id;
    },
    async fromReceived(account, file, size, closed) {
      const id = newToken(ID_PREFIX);
      await rename(file, blobs.sessionFile(id));
      begin(id, account, false, closed, size);
      return id;
    },
    async append(input) {
      const first = find(input.id, input.account);
      if (first.concurrent) {
        if (first.closed && !input.close) throw refuse('closed');
        return appendConcurrent(first, input);
      }
      await inTurn(input.id, async () => {
        const session = find(input.id, input.account);
        if (session.closed) throw refuse('closed');
        await appendSequential(session, input);
      });
    },
    ready(id, account, offset, mustBeClosed) {
      const session = find(id, account);
      if (session.offset !== offset) {
        if (session.concurrent) throw refuse('concurrent_session_missing_data');
        throw refuse('incorrect_offset', { correct_offset: session.offset });
      }
      if (session.concurrent && !session.closed) throw refuse('concurrent_session_not_closed');
      if (mustBeClosed && !session.closed) throw refuse('not_closed');
      if (session.concurrent && !isGapless(session)) throw refuse('concurrent_session_missing_data');
      return session;
    },
    async hash(id) {
      const session = log.world.sessions.get(id);
      if (!session) throw refuse('not_found');
      await makeExact(blobs.sessionFile(id), session.offset);
      if (!session.concurrent) return (await hasherOf(session)).hex();
      const hasher = createContentHasher();
      await hashFile(blobs.sessionFile(id), session.offset, hasher);
      return hasher.hex();
    },
    async drop(id) {
      hashers.delete(id);
      await rm(blobs.sessionFile(id), { force: true });
    },
  };
}

function isGapless({ pieces }: SessionRecord): boolean {
  let at = 0;
  for (const offset of Object.keys(pieces)
    .map(Number)
    .sort((a, b) => a - b)) {
    if (offset !== at) return false;
    at += pieces[offset] ?? 0;
  }
  return true;
}

/** The file may hold the rest of a broken call beyond what was acknowledged; holding less, it is lost. */
async function makeExact(file: string, size: number): Promise<void> {
  const handle = await open(file, 'a');
  const stored = await handle.stat().finally(() => handle.close());
  if (stored.size < size) throw refuse('not_found');
  await truncate(file, size);
}

async function hashFile(file: string, size: number, hasher: ContentHasher): Promise<void> {
  const handle = await open(file, 'r');
  try {
    const buffer = Buffer.allocUnsafe(READ);
    for (let at = 0; at < size; ) {
      const { bytesRead } = await handle.read(buffer, 0, Math.min(READ, size - at), at);
      if (bytesRead === 0) throw new Error(`the session file ended at ${at} of ${size} bytes`);
      hasher.update(buffer.subarray(0, bytesRead));
      at += bytesRead;
    }
  } finally {
    await handle.close();
  }
}

/** Writes a body at its offset and feeds `whole`; returns its length. Checks the call's own hash. */
async function storeAt(file: string, input: Append, whole: ContentHasher | null): Promise<number> {
  const created = await open(file, 'a');
  await created.close();
  const handle = await open(file, 'r+');
  const own = input.contentHash === undefined ? null : createContentHasher();
  let size = 0;
  try {
    for await (const chunk of input.body) {
      if (size + chunk.length > input.limit) throw new BodyTooLarge();
      own?.update(chunk);
      whole?.update(chunk);
      await writeFully(handle, chunk, input.offset + size);
      size += chunk.length;
    }
  } finally {
    await handle.close();
  }
  if (own && own.hex() !== input.contentHash) throw refuse('content_hash_mismatch');
  return size;
}
