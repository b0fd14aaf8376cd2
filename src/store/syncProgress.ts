import type { ItemState } from '../domain/types';
import { Prisma } from '../generated/prisma/client';
import type { Store } from './client';

export interface Progress {
  readonly total: number;
  readonly settled: number;
  readonly pending: number;
  readonly retrying: number;
  readonly stuck: number;
  readonly unsyncable: number;
  readonly conflicts: number;
}

const NONE: Progress = {
  total: 0,
  settled: 0,
  pending: 0,
  retrying: 0,
  stuck: 0,
  unsyncable: 0,
  conflicts: 0,
};

/** When an item (alias `i`) is in a state: exactly one of the five holds for every live item. */
export const itemStateCondition = (state: ItemState, maxAttempts: number): Prisma.Sql => {
  const tried = Prisma.sql`(i.pending_action_attempts > 0 AND i.pending_action_last_error IS NOT NULL)`;
  switch (state) {
    case 'settled':
      return Prisma.sql`(i.pending_action IS NULL AND i.pending_action_error_code IS NULL)`;
    case 'unsyncable':
      return Prisma.sql`(i.pending_action IS NULL AND i.pending_action_error_code IS NOT NULL)`;
    case 'stuck':
      return Prisma.sql`(i.pending_action IS NOT NULL AND i.pending_action_attempts >= ${maxAttempts})`;
    case 'retrying':
      return Prisma.sql`(i.pending_action IS NOT NULL AND i.pending_action_attempts < ${maxAttempts} AND ${tried})`;
    case 'pending':
      return Prisma.sql`(i.pending_action IS NOT NULL AND i.pending_action_attempts < ${maxAttempts} AND NOT ${tried})`;
  }
};

const COUNTED = [
  'settled',
  'pending',
  'retrying',
  'stuck',
  'unsyncable',
] as const satisfies readonly ItemState[];

/** Live items of each sync by state, in one statement for all of them; every id given has an answer. */
export async function syncProgress(
  store: Store,
  portalId: string,
  syncIds: readonly string[],
  maxAttempts: number,
): Promise<Map<string, Progress>> {
  const progress = new Map<string, Progress>(syncIds.map((id) => [id, NONE]));
  if (syncIds.length === 0) return progress;
  const counts = COUNTED.map(
    (state) =>
      Prisma.sql`count(*) FILTER (WHERE ${itemStateCondition(state, maxAttempts)})::int AS ${Prisma.raw(state)}`,
  );
  const rows = await store.prisma.$queryRaw<(Progress & { sync_id: string })[]>`
    SELECT i.channel_sync_id::text AS sync_id, count(*)::int AS total, ${Prisma.join(counts)},
           count(*) FILTER (WHERE i.conflict_copy)::int AS conflicts
    FROM file_folder_sync i
    WHERE i.portal_id = ${portalId} AND i.channel_sync_id = ANY(${[...syncIds]}::uuid[]) AND i.deleted_at IS NULL
    GROUP BY i.channel_sync_id`;
  for (const { sync_id, ...counted } of rows) progress.set(sync_id, counted);
  return progress;
}
