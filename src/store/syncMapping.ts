import { CairnError } from '../domain/errors';
import { isInside, pathKey } from '../domain/paths';
import { Prisma } from '../generated/prisma/client';
import { inTransaction, type Store, type Tx } from './client';

export interface NewSync {
  readonly accountId: string;
  readonly channelId: string;
  readonly channelLabel?: string;
  /** Absolute within the account's path root, as Dropbox spells it. */
  readonly rootPath: string;
  readonly rootId: string;
}

/** One mapping change of a portal at a time: nesting can't be said by an index. Held until the transaction ends. */
export async function lockMappings(tx: Tx, portalId: string): Promise<void> {
  await tx.$executeRaw`SELECT pg_advisory_xact_lock(hashtextextended(${`mapping/${portalId}`}, 0))`;
}

/**
 * Maps a channel to a folder. One-to-one within the portal, and no mapped folder inside another, letter case and
 * Unicode form ignored; also under concurrent requests. Returns the new sync's id.
 * Rejects with `mapping_taken`, or with `not_connected` when the account is not the connected one any more.
 */
export async function insertSync(store: Store, portalId: string, sync: NewSync): Promise<string> {
  try {
    return await inTransaction(store, (tx) => insertUnderLock(tx, portalId, sync));
  } catch (error) {
    if (isUniqueViolation(error)) throw new CairnError('mapping_taken', undefined, { cause: error });
    throw error;
  }
}

async function insertUnderLock(tx: Tx, portalId: string, sync: NewSync): Promise<string> {
  await lockMappings(tx, portalId);
  const connection = await tx.dropboxConnection.findFirst({
    where: { portalId, status: 'connected', accountId: sync.accountId },
    select: { id: true },
  });
  if (connection === null) throw new CairnError('not_connected');
  const rootKey = pathKey(sync.rootPath);
  const live = await tx.channelSync.findMany({
    where: { portalId, deletedAt: null },
    select: { assemblyChannelId: true, dbxRootId: true, dbxRootPath: true, dbxRootKey: true },
  });
  for (const other of live) refuseOverlap(other, sync, rootKey);
  const row = await tx.channelSync.create({
    data: {
      portalId,
      dbxAccountId: sync.accountId,
      assemblyChannelId: sync.channelId,
      assemblyChannelLabel: sync.channelLabel ?? null,
      dbxRootPath: sync.rootPath,
      dbxRootKey: rootKey,
      dbxRootId: sync.rootId,
      state: 'initial',
      lookWanted: true,
    },
    select: { id: true },
  });
  return row.id;
}

interface Mapped {
  assemblyChannelId: string;
  dbxRootId: string;
  dbxRootPath: string;
  dbxRootKey: string;
}

function refuseOverlap(other: Mapped, sync: NewSync, rootKey: string): void {
  if (other.assemblyChannelId === sync.channelId) {
    throw new CairnError('mapping_taken', 'The channel is already part of a sync.');
  }
  if (other.dbxRootId === sync.rootId || other.dbxRootKey === rootKey) {
    throw new CairnError('mapping_taken', 'The folder is already part of a sync.');
  }
  if (isInside(rootKey, other.dbxRootKey)) {
    throw new CairnError(
      'mapping_taken',
      `The folder lies in "${other.dbxRootPath}", which is already synced.`,
    );
  }
  if (isInside(other.dbxRootKey, rootKey)) {
    throw new CairnError(
      'mapping_taken',
      `The folder contains "${other.dbxRootPath}", which is already synced.`,
    );
  }
}

const isUniqueViolation = (error: unknown): boolean =>
  error instanceof Prisma.PrismaClientKnownRequestError && error.code === 'P2002';
