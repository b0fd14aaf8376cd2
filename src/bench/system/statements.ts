import type { Store } from '../../store/client';

/** What Postgres itself has counted for Cairn's role since the last reset, BEGIN and COMMIT included. */
export interface StatementCounts {
  readonly calls: number;
  /** Time spent inside Postgres. */
  readonly ms: number;
}

export interface StatementMeter {
  reset(): Promise<void>;
  /** All statements, or those whose text is LIKE one of the patterns. */
  read(like?: readonly string[]): Promise<StatementCounts>;
}

/** `store` has to be connected as another role than Cairn's, so that looking is not counted. */
export const createStatementMeter = (store: Store, role: string): StatementMeter => ({
  async reset() {
    await store.prisma.$queryRaw`SELECT pg_stat_statements_reset()::text`;
  },
  async read(like = ['%']) {
    const rows = await store.prisma.$queryRaw<StatementCounts[]>`
      SELECT coalesce(sum(calls), 0)::float8 AS calls, coalesce(sum(total_exec_time), 0)::float8 AS ms
      FROM pg_stat_statements WHERE userid = (SELECT oid FROM pg_roles WHERE rolname = ${role})
        AND query LIKE ANY (${like}::text[])`;
    return rows[0] ?? { calls: 0, ms: 0 };
  },
});
