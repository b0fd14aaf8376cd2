import type { FeedRecord } from './types';

const MAX_RECORDS = 1_000_000;

/** The append-only journal of one account. Sequence numbers begin at 1 and never repeat. */
export interface Feed {
  readonly last: () => number;
  /** Sequence number before the oldest record that is kept; a cursor below it is dead. */
  readonly base: () => number;
  append(record: FeedRecord): void;
  /** Everything before now is forgotten: every cursor is reset. */
  forget(): void;
  /** Whether a later record tells of the same path, which makes this one not worth telling. */
  superseded(seq: number, record: FeedRecord): boolean;
  /** Whether something has come to stand at the path of a deleted folder. */
  replaced(seq: number, record: FeedRecord): boolean;
  at(seq: number): FeedRecord | undefined;
  load(base: number, records: readonly FeedRecord[]): void;
}

export function createFeed(): Feed {
  let base = 0;
  let records: FeedRecord[] = [];
  const latest = new Map<string, number>();

  const append = (record: FeedRecord): void => {
    records.push(record);
    if (record.op !== 'break' && !record.forced) latest.set(record.path, base + records.length);
    if (records.length <= MAX_RECORDS) return;
    const drop = MAX_RECORDS / 2;
    records = records.slice(drop);
    base += drop;
  };

  return {
    last: () => base + records.length,
    base: () => base,
    append,
    forget() {
      base += records.length + 1;
      records = [];
      latest.clear();
    },
    superseded(seq, record) {
      if (record.forced || (record.op === 'del' && record.folder)) return false;
      return (latest.get(record.path) ?? 0) > seq;
    },
    replaced: (seq, { op, folder, forced, path }) =>
      op === 'del' && folder === true && !forced && (latest.get(path) ?? 0) > seq,
    at: (seq) => records[seq - base - 1],
    load(from, loaded) {
      if (records.length === 0) base = from;
      for (const record of loaded) append(record);
    },
  };
}
