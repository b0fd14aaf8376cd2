import { join } from 'node:path';
import { type ChannelIndex, createChannelIndex } from './channelIndex';
import { openJournal } from './journal';
import { type Change, put, type RecordOf, type TableName } from './records';

type Tables = { [T in TableName]: Map<string, RecordOf<T>> };
type ReadonlyTables = { readonly [T in TableName]: ReadonlyMap<string, RecordOf<T>> };

export interface Store extends ReadonlyTables {
  /** All of the changes or none, in memory and on disk at once. Throws after `close`. */
  commit(changes: readonly Change[]): void;
  /** The objects of a channel by path. */
  index(channelId: string): ChannelIndex;
  /** For the next record; larger than that of any record there is. */
  nextSeq(): number;
  close(): void;
}

/** The state of the simulator: maps in memory, replayed from a log in `dataDir` and written through to it. */
export const openStore = async (dataDir: string): Promise<Store> => {
  const tables: Tables = {
    workspace: new Map(),
    internalUser: new Map(),
    client: new Map(),
    company: new Map(),
    channel: new Map(),
    file: new Map(),
  };
  const indexes = new Map<string, ChannelIndex>();
  let seq = 0;

  const index = (channelId: string): ChannelIndex => {
    const known = indexes.get(channelId) ?? createChannelIndex();
    indexes.set(channelId, known);
    return known;
  };

  const set = <T extends TableName>({ table, id, value }: Change<T>): void => {
    const map: Map<string, RecordOf<T>> = tables[table];
    if (value === null) map.delete(id);
    else map.set(id, value);
  };

  const apply = (changes: readonly Change[]): void => {
    for (const change of changes) {
      if (change.table === 'file') {
        const before = tables.file.get(change.id);
        if (before !== undefined) index(before.channelId).remove(before);
        if (change.value !== null) index(change.value.channelId).add(change.value);
      }
      if (change.table === 'channel' && change.value === null) indexes.delete(change.id);
      seq = Math.max(seq, change.value?.seq ?? 0);
      set(change);
    }
  };

  const everything = function* (): Iterable<Change> {
    for (const value of tables.workspace.values()) yield put('workspace', value);
    for (const value of tables.internalUser.values()) yield put('internalUser', value);
    for (const value of tables.company.values()) yield put('company', value);
    for (const value of tables.client.values()) yield put('client', value);
    for (const value of tables.channel.values()) yield put('channel', value);
    for (const value of tables.file.values()) yield put('file', value);
  };

  const journal = await openJournal(join(dataDir, 'state.log'), apply);
  if (journal.isLarge()) journal.rewrite(everything());

  return {
    ...tables,
    index,
    nextSeq: () => {
      seq += 1;
      return seq;
    },
    commit: (changes) => {
      journal.append(changes);
      apply(changes);
      if (journal.isLarge()) journal.rewrite(everything());
    },
    close: () => journal.close(),
  };
};
