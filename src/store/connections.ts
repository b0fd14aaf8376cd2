import { CairnError } from '../domain/errors';
import type { Side, SyncRef } from '../domain/types';
import { closeBreaker } from './breakers';
import { inTransaction, type Store } from './client';
import { lockMappings } from './syncMapping';
import { pauseAllSyncs } from './syncState';

export const CONNECTION_STATUSES = ['connected', 'needs_reauth', 'disconnected'] as const;
export type ConnectionStatus = (typeof CONNECTION_STATUSES)[number];

/** A portal's Dropbox account. `refreshToken` is ciphertext; `null` once disconnected. */
export interface ConnectionRecord {
  readonly portalId: string;
  readonly accountId: string;
  readonly email: string | null;
  readonly refreshToken: string | null;
  readonly rootNamespaceId: string | null;
  readonly homeNamespaceId: string | null;
  readonly status: ConnectionStatus;
  readonly connectedAt: Date;
}

export interface NewConnection {
  readonly accountId: string;
  readonly email: string;
  /** Ciphertext whose associated data is the portal's id. */
  readonly refreshToken: string;
  readonly rootNamespaceId: string;
  readonly homeNamespaceId: string;
  readonly connectedAt: Date;
}

const columns = {
  portalId: true,
  accountId: true,
  email: true,
  refreshToken: true,
  rootNamespaceId: true,
  homeNamespaceId: true,
  status: true,
  connectedAt: true,
} as const;

const isStatus = (status: string): status is ConnectionStatus =>
  (CONNECTION_STATUSES as readonly string[]).includes(status);

/** The portal's connection, whatever its status; `null` where there never was one. */
export async function getConnection(store: Store, portalId: string): Promise<ConnectionRecord | null> {
  const row = await store.prisma.dropboxConnection.findUnique({ where: { portalId }, select: columns });
  if (row === null) return null;
  const { status, ...rest } = row;
  if (!isStatus(status)) throw new Error(`a connection has the unknown status ${status}`);
  return { ...rest, status };
}

/**
 * Stores a fresh connection and closes the portal's Dropbox breaker, in one transaction. Rejects with
 * `account_mismatch` while live syncs belong to another account: their ids and cursors mean nothing to this one.
 */
export async function saveConnection(
  store: Store,
  portalId: string,
  connection: NewConnection,
): Promise<void> {
  await inTransaction(store, async (tx) => {
    await lockMappings(tx, portalId);
    const others = await tx.channelSync.count({
      where: { portalId, deletedAt: null, dbxAccountId: { not: connection.accountId } },
    });
    if (others > 0) throw new CairnError('account_mismatch');
    const fields = { ...connection, status: 'connected' };
    await tx.dropboxConnection.upsert({
      where: { portalId },
      create: { portalId, ...fields },
      update: fields,
    });
    await closeBreaker(tx, portalId, 'dropbox');
  });
}

/**
 * Marks that Dropbox no longer takes this very token (as ciphertext): one that was stored since is another, and what
 * a late job says of the old one does not concern it.
 */
export async function markRevoked(store: Store, portalId: string, refreshToken: string): Promise<void> {
  await store.prisma.dropboxConnection.updateMany({
    where: { portalId, refreshToken, status: 'connected' },
    data: { status: 'needs_reauth' },
  });
}

/**
 * Erases the tokens and the address; the account id stays, so that a reconnect can be told from a change. Pauses syncs
 * that were mapped while the connection was being ended: from now on none can be. Returns how many there were.
 */
export async function eraseConnection(store: Store, portalId: string): Promise<number> {
  return inTransaction(store, async (tx) => {
    await lockMappings(tx, portalId);
    await tx.dropboxConnection.updateMany({
      where: { portalId },
      data: { status: 'disconnected', refreshToken: null, email: null },
    });
    return pauseAllSyncs(tx, portalId);
  });
}

/** Webhook look-up: the syncs in which work flows, of every portal that an account is connected to. The only search by account. */
export async function flowingSyncsOfAccount(store: Store, accountId: string): Promise<SyncRef[]> {
  return await store.prisma.$queryRaw<SyncRef[]>`
    SELECT s.portal_id AS "portalId", s.id::text AS "syncId"
    FROM dropbox_connections c JOIN channel_sync s ON s.portal_id = c.portal_id
    WHERE c.account_id = ${accountId} AND c.status <> 'disconnected'
      AND s.deleted_at IS NULL AND s.state IN ('initial', 'active')
    ORDER BY s.portal_id, s.created_at LIMIT ${MAX_SYNCS_OF_ACCOUNT}`;
}

/** One account with more syncs than this is no one's office. */
const MAX_SYNCS_OF_ACCOUNT = 10_000;

/** A side of a portal that can't be used now, as a person is told of it. */
export interface SideTrouble {
  readonly side: Side;
  readonly code: string;
  readonly message: string;
  readonly since: Date;
  readonly probeAt: Date;
}

/** The portal's sides that wait for a probe, at most one row a side. */
export async function sideTroubles(store: Store, portalId: string): Promise<SideTrouble[]> {
  const rows = await store.prisma.sideBreaker.findMany({
    where: { portalId, open: true },
    orderBy: { side: 'asc' },
  });
  return rows.flatMap(({ side, code, message, since, probeAt }) =>
    side === 'dropbox' || side === 'assembly' ? [{ side, code, message, since, probeAt }] : [],
  );
}
