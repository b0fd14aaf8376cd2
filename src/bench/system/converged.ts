import { until } from '../until';
import type { BenchSystem } from './startSystem';

export interface Converged {
  /** From the moment the mapping was accepted, by the database's clock. */
  readonly seconds: number;
  readonly items: number;
}

interface Look {
  state: string;
  seconds: number | null;
  items: number;
  settled: number;
  trouble: string | null;
}

/** Waits until nothing is owed in the sync and it says so itself; `expected` items at least. */
export async function untilConverged(
  { store, signal }: BenchSystem,
  syncId: string,
  expected: number,
  timeoutMs: number,
): Promise<Converged> {
  return await until(
    async () => {
      const [look] = await store.prisma.$queryRaw<Look[]>`
        SELECT s.state, extract(epoch FROM s.last_converged_at - s.created_at)::float8 AS seconds,
          count(i.id)::int AS items,
          count(i.id) FILTER (WHERE i.pending_action IS NULL AND NOT i.dirty AND i.base_at IS NOT NULL)::int AS settled,
          coalesce(s.halt_reason, s.last_error, max(i.pending_action_last_error)) AS trouble
        FROM channel_sync s LEFT JOIN file_folder_sync i ON i.channel_sync_id = s.id AND i.deleted_at IS NULL
        WHERE s.id = ${syncId}::uuid GROUP BY s.id`;
      if (!look) return 'the sync is not there yet';
      const { state, seconds, items, settled } = look;
      if (state === 'halted') throw new Error(`the sync has halted: ${look.trouble}`);
      if (state === 'active' && seconds !== null && settled === items && items >= expected) {
        return { seconds, items };
      }
      return `${settled} of ${items} items settled, the sync is ${state}; ${look.trouble ?? 'no error'}`;
    },
    { timeoutMs, signal },
  );
}
