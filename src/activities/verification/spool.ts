import { createHash } from 'node:crypto';
import { appendFile, mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { ObjectKind } from '../../domain/types';

/** What a side or a row says of one path. `key` decides which part it lands in. */
export type Entry =
  | {
      readonly from: 'dropbox';
      readonly key: string;
      readonly path: string;
      readonly object: ObjectKind;
      readonly id: string;
      readonly rev: string | null;
      readonly size: number | null;
      readonly hash: string | null;
    }
  | {
      readonly from: 'assembly';
      readonly key: string;
      readonly path: string;
      readonly object: ObjectKind;
      readonly id: string;
      readonly size: number | null;
    }
  | {
      readonly from: 'row';
      readonly key: string;
      readonly path: string;
      readonly object: ObjectKind;
      readonly dropboxId: string | null;
      readonly rev: string | null;
      readonly assemblyId: string | null;
      readonly hash: string | null;
      readonly pending: string | null;
      readonly unsyncable: string | null;
      readonly dirty: boolean;
    };

export interface Spool {
  readonly parts: number;
  add(entry: Entry): Promise<void>;
  read(part: number): Promise<Entry[]>;
  remove(): Promise<void>;
}

const PARTS = 64;
/** Lines of a part kept back before they are written. */
const FLUSH_LINES = 256;

/** Entries in a folder of the system's temporary files, readable by this user alone, one file per part. */
export async function createSpool(): Promise<Spool> {
  const folder = await mkdtemp(join(tmpdir(), 'cairn-verify-'));
  const waiting = Array.from({ length: PARTS }, (): string[] => []);
  const fileOf = (part: number): string => join(folder, `${part}.ndjson`);

  const flush = async (part: number): Promise<void> => {
    const lines = waiting[part]?.splice(0) ?? [];
    if (lines.length > 0) await appendFile(fileOf(part), `${lines.join('\n')}\n`, { mode: 0o600 });
  };

  return {
    parts: PARTS,
    async add(entry) {
      const part = partOf(entry.key);
      const lines = waiting[part];
      if (lines === undefined) throw new Error(`there is no part ${part}`);
      lines.push(JSON.stringify(entry));
      if (lines.length >= FLUSH_LINES) await flush(part);
    },
    async read(part) {
      // A part that nothing fell into has no file yet.
      await appendFile(fileOf(part), '', { mode: 0o600 });
      await flush(part);
      const lines = (await readFile(fileOf(part), 'utf8')).split('\n');
      // Written by `add` a moment ago, in this process.
      return lines.filter((line) => line !== '').map((line) => JSON.parse(line) as Entry);
    },
    remove: () => rm(folder, { recursive: true, force: true }),
  };
}

const partOf = (key: string): number => createHash('sha1').update(key).digest().readUInt16BE(0) % PARTS;
