import { Prisma } from '../generated/prisma/client';
import type { Store } from './client';

/**
 * Every column that holds a ciphertext, across all portals: for the rotation of keys by an operator. Nothing that
 * answers a portal's request may import this.
 */
export const CIPHERTEXT_COLUMNS = ['refresh_token', 'code_verifier', 'download_url'] as const;
export type CiphertextColumn = (typeof CIPHERTEXT_COLUMNS)[number];

/** One ciphertext and its row. `key` orders the rows of a column, and `name` is what it is bound to besides the portal. */
export interface StoredCiphertext {
  readonly key: string;
  readonly portalId: string;
  readonly name: string;
  readonly cipher: string;
}

interface Source {
  readonly table: Prisma.Sql;
  readonly cipher: Prisma.Sql;
  readonly key: Prisma.Sql;
  readonly name: Prisma.Sql;
  /** In the order of an index, so that a batch costs the same wherever it begins. */
  readonly order: Prisma.Sql;
  readonly after: (key: string) => Prisma.Sql;
}

const plain = (table: string, cipher: string, key: string, name: string): Source => ({
  table: Prisma.raw(table),
  cipher: Prisma.raw(cipher),
  key: Prisma.raw(key),
  name: Prisma.raw(name),
  order: Prisma.raw(key),
  after: (last) => Prisma.sql`${Prisma.raw(key)} > ${last}`,
});

const NO_SYNC = '00000000-0000-0000-0000-000000000000';

const SOURCES: Record<CiphertextColumn, Source> = {
  refresh_token: plain('dropbox_connections', 'refresh_token', 'portal_id', `''`),
  code_verifier: plain('oauth_states', 'code_verifier', 'state_hash', 'state_hash'),
  download_url: {
    ...plain('assembly_seen', 'url', `channel_sync_id::text || '/' || id`, 'id'),
    order: Prisma.raw('channel_sync_id, id'),
    after(last) {
      const cut = last.indexOf('/');
      const sync = last === '' ? NO_SYNC : last.slice(0, cut);
      return Prisma.sql`(channel_sync_id, id) > (${sync}::uuid, ${last.slice(cut + 1)})`;
    },
  },
};

/** Ciphertexts of a column that this key has not made, a page of them, by key. */
export async function ciphertextsOfOtherKeys(
  store: Store,
  column: CiphertextColumn,
  keyId: string,
  page: { after: string; limit: number },
): Promise<StoredCiphertext[]> {
  const { table, cipher, key, name, order, after } = SOURCES[column];
  return store.prisma.$queryRaw<StoredCiphertext[]>`
    SELECT ${key} AS key, portal_id AS "portalId", ${name} AS name, ${cipher} AS cipher FROM ${table}
    WHERE ${cipher} IS NOT NULL AND NOT starts_with(${cipher}, ${`v1:${keyId}:`})
      AND ${after(page.after)}
    ORDER BY ${order} LIMIT ${page.limit}`;
}

/** Puts new ciphertexts where exactly the old ones still stand: what was stored meanwhile is newer. Returns how many. */
export async function replaceCiphertexts(
  store: Store,
  column: CiphertextColumn,
  changes: readonly { key: string; old: string; now: string }[],
): Promise<number> {
  if (changes.length === 0) return 0;
  const { table, cipher, key } = SOURCES[column];
  return store.prisma.$executeRaw`
    UPDATE ${table} SET ${cipher} = c.now
    FROM jsonb_to_recordset(${JSON.stringify(changes)}::jsonb) AS c(key text, old text, now text)
    WHERE ${key} = c.key AND ${cipher} = c.old`;
}

/** How many ciphertexts of a column each key has made; `''` for what is none of ours. */
export async function ciphertextsByKey(store: Store, column: CiphertextColumn): Promise<Map<string, number>> {
  const { table, cipher } = SOURCES[column];
  const rows = await store.prisma.$queryRaw<{ id: string; n: number }[]>`
    SELECT CASE WHEN ${cipher} LIKE 'v1:%:%:%' THEN split_part(${cipher}, ':', 2) ELSE '' END AS id, count(*)::int AS n
    FROM ${table} WHERE ${cipher} IS NOT NULL GROUP BY 1 ORDER BY 1`;
  return new Map(rows.map((row) => [row.id, row.n]));
}
