import type { SyncRef } from '../domain/types';
import type { Store } from './client';

/** One settled operation; the columns of `sync_history`. */
export interface HistoryEntry {
  /** Rises with time; text, since it may outgrow a number. */
  readonly id: string;
  readonly portalId: string;
  readonly channelSyncId: string;
  readonly itemId: string;
  readonly operation: string;
  readonly target: string;
  readonly outcome: string;
  readonly itemPath: string | null;
  readonly rule: number | null;
  readonly dbxFileId: string | null;
  readonly assemblyFileId: string | null;
  readonly hashBefore: string | null;
  readonly hashAfter: string | null;
  readonly errorCode: string | null;
  readonly error: string | null;
  readonly attempts: number;
  readonly origin: string;
  readonly at: Date;
}

/** A page of a sync's history, newest first. `before` is the id of the last entry of the page before. */
export async function listHistory(
  store: Store,
  ref: SyncRef,
  page: { before?: string; limit: number },
): Promise<HistoryEntry[]> {
  const rows = await store.prisma.syncHistory.findMany({
    where: {
      portalId: ref.portalId,
      channelSyncId: ref.syncId,
      ...(page.before === undefined ? {} : { id: { lt: BigInt(page.before) } }),
    },
    orderBy: { id: 'desc' },
    take: page.limit,
    select: {
      id: true,
      portalId: true,
      channelSyncId: true,
      itemId: true,
      operation: true,
      target: true,
      outcome: true,
      itemPath: true,
      rule: true,
      dbxFileId: true,
      assemblyFileId: true,
      hashBefore: true,
      hashAfter: true,
      errorCode: true,
      error: true,
      attempts: true,
      origin: true,
      at: true,
    },
  });
  return rows.map((row) => ({ ...row, id: row.id.toString() }));
}
