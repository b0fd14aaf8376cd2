import {
  closeSync,
  createReadStream,
  existsSync,
  openSync,
  renameSync,
  rmSync,
  statSync,
  truncateSync,
  writeSync,
} from 'node:fs';
import { z } from 'zod';
import { type Change, drop, put, recordSchemas, type TableName } from './records';

/** The log is written anew when it is larger than this and than four times what it would be then. */
const COMPACT_BYTES = 32 * 1024 * 1024;
const COMPACT_FACTOR = 4;

export interface Journal {
  /** On return the operating system has the line: it survives the death of this process. */
  append(changes: readonly Change[]): void;
  /** Whether writing the log anew is worth it. */
  isLarge(): boolean;
  /** Replaces the log by one that says only what is. A crash meanwhile leaves the old one. */
  rewrite(records: Iterable<Change>): void;
  close(): void;
}

const tableNames = Object.keys(recordSchemas) as TableName[];
const lineSchema = z.array(
  z.object({ table: z.enum(tableNames), id: z.string(), value: z.unknown() }).transform(toChange),
);

function toChange({ table, id, value }: { table: TableName; id: string; value: unknown }): Change {
  if (value === null) return drop(table, id) as Change;
  return put(table, recordSchemas[table].parse(value)) as Change;
}

/**
 * One line of JSON per commit. Replays what is there through `apply`, in order; a last line without its line break
 * was never acknowledged and is cut off. Throws where an earlier line can't be read: that is not a crash but damage.
 */
export const openJournal = async (file: string, apply: (changes: Change[]) => void): Promise<Journal> => {
  rmSync(`${file}.new`, { force: true });
  let bytes = existsSync(file) ? await replay(file, apply) : 0;
  let compactedBytes = 0;
  let fd: number | null = openSync(file, 'a');

  return {
    append: (changes) => {
      if (fd === null) throw new Error('the sandbox is closed');
      bytes += writeAll(fd, `${JSON.stringify(changes)}\n`);
    },
    isLarge: () => bytes > COMPACT_BYTES && bytes > COMPACT_FACTOR * compactedBytes,
    rewrite: (records) => {
      if (fd === null) throw new Error('the sandbox is closed');
      const fresh = openSync(`${file}.new`, 'w');
      bytes = 0;
      for (const record of records) bytes += writeAll(fresh, `${JSON.stringify([record])}\n`);
      renameSync(`${file}.new`, file);
      closeSync(fd);
      fd = fresh;
      compactedBytes = bytes;
    },
    close: () => {
      if (fd !== null) closeSync(fd);
      fd = null;
    },
  };
};

const writeAll = (fd: number, text: string): number => {
  const line = Buffer.from(text, 'utf8');
  for (let at = 0; at < line.length; ) at += writeSync(fd, line, at);
  return line.length;
};

const replay = async (file: string, apply: (changes: Change[]) => void): Promise<number> => {
  let number = 0;
  let kept = 0;
  for await (const line of completeLines(file)) {
    number += 1;
    apply(parseLine(line, `${file}:${number}`));
    kept += line.length + 1;
  }
  if (kept < statSync(file).size) truncateSync(file, kept);
  return kept;
};

/** The lines that end in a line break, as bytes without it. */
async function* completeLines(file: string): AsyncIterable<Buffer> {
  let rest: Buffer[] = [];
  for await (const chunk of createReadStream(file, { highWaterMark: 1024 * 1024 }) as AsyncIterable<Buffer>) {
    let from = 0;
    for (let end = chunk.indexOf(10, from); end >= 0; end = chunk.indexOf(10, from)) {
      yield Buffer.concat([...rest, chunk.subarray(from, end)]);
      rest = [];
      from = end + 1;
    }
    if (from < chunk.length) rest.push(chunk.subarray(from));
  }
}

const parseLine = (line: Buffer, where: string): Change[] => {
  try {
    return lineSchema.parse(JSON.parse(line.toString('utf8')));
  } catch (cause) {
    throw new Error(`${where} is damaged; remove the sandbox's data folder to begin anew`, { cause });
  }
};
