import { randomUUID } from 'node:crypto';
import type { Store } from '../../../src/store/client';
import type { Operation } from '../../../src/store/records';

/** Stands in every text of the portal that is watched: whoever is told any of it was told too much. */
export const MARK = 'vertraulich';

export interface PortalData {
  readonly portalId: string;
  readonly syncId: string;
  readonly items: Readonly<Record<ItemName, string>>;
}

const ITEMS = [
  'folder',
  'inside',
  'pending',
  'opened',
  'sending',
  'gone',
  'loose',
  'collides',
  'stranded',
  'beneath',
  'oldSelf',
  'follows',
  'beside',
  'visited',
  'held',
  'twin',
  'blocked',
  'unsynced',
  'kept',
] as const;
type ItemName = (typeof ITEMS)[number];

export const dropboxId = (name: string, mark = MARK) => `id:${mark}-${name}`;
export const assemblyId = (name: string, mark = MARK) => `as-${mark}-${name}`;
const pathsOf = (mark: string) => ({
  folder: `/${mark}-folder`,
  inside: `/${mark}-folder/x.txt`,
  pending: `/${mark}-pending.txt`,
  opened: `/${mark}-opened.txt`,
  sending: `/${mark}-sending.txt`,
  gone: `/${mark}-gone`,
  beneath: `/${mark}-gone/beneath.txt`,
  oldSelf: `/${mark}-old`,
  follows: `/${mark}-old`,
  loose: `/${mark}-loose.txt`,
  collides: `/${mark}-collides.txt`,
  beside: `/${mark}-COLLIDES.txt`,
  visited: `/${mark}-visited`,
  link: `/${mark}-visited/link`,
  held: `/${mark}-held.txt`,
  twin: `/${mark}-held.txt`,
  blocked: `/${mark}-visited`,
  unsynced: `/${mark}-unsynced`,
  kept: `/${mark}-unsynced/kept.txt`,
  unmatched: `/${mark}-unmatched.txt`,
  /** In a folder that was never seen. */
  left: `/${mark}-moved/left.txt`,
  /** Where it was seen; it is to live elsewhere. */
  stranded: `/${mark}-folder/stranded.txt`,
});
export const PATHS = pathsOf(MARK);
/** Where `inside` and its folder were before a move of ours. */
export const CARRIED_FROM = { folder: '/was', file: '/was/inside.txt' };

const dropboxSeen = (name: keyof typeof PATHS) => ({
  id: dropboxId(name),
  path: PATHS[name],
  object: 'file' as const,
  rev: 'r1',
  size: 1,
  hash: 'h',
  downloadable: true,
});

export const OPERATION: Operation = {
  serial: '1',
  action: 'create',
  target: 'assembly',
  object: 'file',
  rule: 2,
  compare: false,
  attempt: 1,
  path: PATHS.opened,
  parked: false,
  generation: 1,
  base: null,
  dropbox: dropboxSeen('opened'),
  assembly: null,
  origin: 'webhook',
};

/** A portal with a row of every kind: a connection, a started flow, a sync with items in every state, counters. */
export async function createPortalData({ prisma }: Store, mark = MARK): Promise<PortalData> {
  const paths = pathsOf(mark);
  const portalId = `ws_${randomUUID()}`;
  const items = Object.fromEntries(ITEMS.map((name) => [name, randomUUID()])) as Record<ItemName, string>;
  await prisma.dropboxConnection.create({
    data: {
      portalId,
      accountId: `dbid:${mark}-${portalId}`,
      email: `${mark}@example.com`,
      refreshToken: `cipher-${mark}`,
    },
  });
  await prisma.oauthState.create({
    data: {
      portalId,
      stateHash: `${mark}-${portalId}`,
      browserHash: 'b',
      codeVerifier: mark,
      expiresAt: new Date('2000-01-01'),
    },
  });
  const { id: syncId } = await prisma.channelSync.create({
    data: {
      portalId,
      dbxAccountId: `dbid:${mark}-${portalId}`,
      assemblyChannelId: `${mark}-channel`,
      dbxRootPath: `/${mark}`,
      dbxRootKey: `/${mark}`,
      dbxRootId: `id:${mark}`,
      dbxCursor: `${mark}-cursor`,
      dbxLook: 2,
      assemblyLook: 2,
      dbxObservedAt: new Date(),
      assemblyObservedAt: new Date(),
      lookWanted: false,
      state: 'active',
    },
  });
  const row = (name: ItemName, extra: object = {}) => ({
    id: items[name],
    portalId,
    channelSyncId: syncId,
    object: 'file',
    itemPath: paths[name],
    pathKey: paths[name],
    ...extra,
  });
  const base = { baseAt: new Date(), contentHash: 'h', size: 1n };
  await prisma.fileFolderSync.createMany({
    data: [
      row('folder', { object: 'folder', baseAt: new Date(), dbxFileId: dropboxId('folder', mark) }),
      row('inside', {
        ...base,
        dbxFileId: dropboxId('inside', mark),
        assemblyFileId: assemblyId('inside', mark),
        dbxPath: paths.inside,
      }),
      row('pending', {
        pendingAction: 'create',
        pendingActionTarget: 'assembly',
        pendingRule: 2,
        assemblyCreatePath: paths.pending,
        assemblyCreateAt: new Date(),
      }),
      row('opened', {
        pendingAction: 'create',
        pendingActionTarget: 'assembly',
        pendingActionAttempts: 11,
        pendingActionLastAttemptAt: new Date(),
        pendingActionLastError: mark,
        pendingActionErrorCode: 'rejected',
        operation: OPERATION as object,
        operationSerial: 1n,
        assemblyUploadId: assemblyId('upload', mark),
        dirty: true,
      }),
      row('sending', { pendingAction: 'create', pendingActionTarget: 'dropbox', operationSerial: 1n }),
      row('gone', {
        object: 'folder',
        baseAt: new Date(),
        assemblyFileId: assemblyId('gone', mark),
        pendingAction: 'delete',
        pendingActionTarget: 'assembly',
        dirty: true,
      }),
      row('oldSelf', {
        object: 'folder',
        pathKey: null,
        oldSelfOf: items.folder,
        baseAt: new Date(),
        pendingAction: 'delete',
        pendingActionTarget: 'assembly',
      }),
      row('follows', { ...base, pendingAction: 'move', pendingActionTarget: 'assembly' }),
      row('beneath', { assemblyFileId: assemblyId('beneath', mark), pendingRule: 2 }),
      row('loose', {
        ...base,
        dbxFileId: dropboxId('loose', mark),
        assemblyFileId: assemblyId('loose', mark),
      }),
      row('stranded', { ...base, pathKey: `/${mark}-stranded.txt`, failedRun: true }),
      row('beside', {
        ...base,
        pathKey: paths.collides,
        pendingAction: 'move',
        pendingActionTarget: 'assembly',
      }),
      row('visited', {
        pathKey: null,
        object: 'folder',
        baseAt: new Date(),
        assemblyFileId: assemblyId('visited', mark),
        pendingAction: 'delete',
        pendingActionTarget: 'assembly',
      }),
      row('held', { ...base, assemblyFileId: assemblyId('held', mark), assemblyVersion: 'v1' }),
      row('blocked', { dbxFileId: dropboxId('blocked', mark) }),
      row('twin', { pathKey: null, assemblyFileId: assemblyId('twin', mark) }),
      row('unsynced', { object: 'folder', pathKey: null, pendingActionErrorCode: 'name_collision' }),
      row('kept', { ...base, assemblyFileId: assemblyId('kept', mark) }),
      // What it was before is seen again.
      row('collides', {
        pathKey: null,
        assemblyFileId: assemblyId('unmatched', mark),
        pendingActionErrorCode: 'name_collision',
      }),
    ],
  });
  const seen = (name: keyof typeof paths, itemId: string | null, object = 'file') => ({
    portalId,
    channelSyncId: syncId,
    object,
    path: paths[name],
    pathKey: paths[name],
    parentKey: paths[name].slice(0, paths[name].lastIndexOf('/')),
    itemId,
    look: 1,
  });
  await prisma.dbxSeen.createMany({
    data: [
      { ...seen('folder', items.folder, 'folder'), id: dropboxId('folder', mark) },
      {
        ...seen('inside', items.inside),
        id: dropboxId('inside', mark),
        rev: 'r1',
        size: 1n,
        hash: 'h',
        carriedFrom: CARRIED_FROM.file,
        carriedWith: CARRIED_FROM.folder,
      },
      { ...seen('pending', items.pending), id: dropboxId('pending', mark), rev: 'r1', size: 1n, hash: 'h' },
      { ...seen('opened', items.opened), id: dropboxId('opened', mark), rev: 'r1', size: 1n, hash: 'h' },
      { ...seen('loose', null), id: dropboxId('loose', mark), rev: 'r1', size: 1n, hash: 'h' },
      {
        ...seen('stranded', items.stranded),
        id: dropboxId('stranded', mark),
        rev: 'r1',
        size: 1n,
        hash: 'h',
      },
      { ...seen('unmatched', null), id: dropboxId('unmatched', mark), rev: 'r1', size: 1n, hash: 'h' },
    ],
  });
  const done = { status: 'completed', version: 'v1', urlAt: new Date(), url: `cipher-${mark}` };
  await prisma.assemblySeen.createMany({
    data: [
      { ...seen('folder', items.folder, 'folder'), ...done, id: assemblyId('folder', mark) },
      { ...seen('inside', items.inside), ...done, id: assemblyId('inside', mark), size: 1n },
      { ...seen('gone', items.gone, 'folder'), ...done, id: assemblyId('gone', mark) },
      { ...seen('beneath', items.beneath), ...done, id: assemblyId('beneath', mark), size: 1n },
      { ...seen('visited', items.visited, 'folder'), ...done, id: assemblyId('visited', mark) },
      { ...seen('link', null, 'link'), ...done, id: assemblyId('link', mark) },
      { ...seen('held', items.held), ...done, id: assemblyId('held', mark), size: 1n },
      { ...seen('twin', items.twin), ...done, id: assemblyId('twin', mark), size: 1n },
      { ...seen('collides', items.collides), ...done, id: assemblyId('collides', mark) },
      { ...seen('unsynced', items.unsynced, 'folder'), ...done, id: assemblyId('unsynced', mark) },
      { ...seen('kept', items.kept), ...done, id: assemblyId('kept', mark), size: 1n },
      { ...seen('oldSelf', items.oldSelf, 'folder'), ...done, id: assemblyId('oldSelf', mark) },
      { ...seen('unmatched', null), ...done, id: assemblyId('unmatched', mark) },
      { ...seen('left', null), ...done, id: assemblyId('left', mark), size: 1n },
    ],
  });
  const entry = { operation: 'create', target: 'dropbox', outcome: 'done', attempts: 1, origin: 'initial' };
  await prisma.syncHistory.create({
    data: { portalId, channelSyncId: syncId, itemId: items.inside, itemPath: paths.inside, ...entry },
  });
  await prisma.callSlot.create({ data: { portalId, side: 'assembly', nextAt: 0 } });
  await prisma.apiUsage.create({
    data: { portalId, month: '2026-11', side: 'assembly', kind: `list-${mark}`, calls: 7n },
  });
  await prisma.sideBreaker.create({
    data: { portalId, side: 'dropbox', code: 'auth_revoked', message: mark, probeAt: new Date() },
  });
  return { portalId, syncId, items };
}

/** Every row of a portal in every table that has portals, as text. */
export async function rowsOf({ prisma }: Store, portalId: string): Promise<string> {
  const tables = await prisma.$queryRaw<{ name: string }[]>`
    SELECT table_name AS name FROM information_schema.columns
    WHERE table_schema = 'public' AND column_name = 'portal_id' ORDER BY table_name`;
  const parts: string[] = [];
  for (const { name } of tables) {
    const rows = await prisma.$queryRawUnsafe<{ row: string }[]>(
      `SELECT to_jsonb(t)::text AS row FROM "${name}" t WHERE portal_id = $1 ORDER BY 1`,
      portalId,
    );
    parts.push(`${name}:`, ...rows.map(({ row }) => row));
  }
  return parts.join('\n');
}
