import { randomUUID } from 'node:crypto';
import * as assemblyIds from '../../../src/store/assemblyIds';
import * as breakers from '../../../src/store/breakers';
import * as callSlots from '../../../src/store/callSlots';
import * as channelLabels from '../../../src/store/channelLabels';
import type { Store, Tx } from '../../../src/store/client';
import * as connections from '../../../src/store/connections';
import * as downloadUrls from '../../../src/store/downloadUrls';
import * as earlierUploads from '../../../src/store/earlierUploads';
import * as eventEcho from '../../../src/store/eventEcho';
import * as exchange from '../../../src/store/exchangeFolders';
import * as assemblyFold from '../../../src/store/foldAssemblyObjects';
import * as dropboxFold from '../../../src/store/foldDropboxPage';
import * as guards from '../../../src/store/guards';
import * as guests from '../../../src/store/guests';
import * as history from '../../../src/store/history';
import * as items from '../../../src/store/items';
import * as itemViews from '../../../src/store/itemViews';
import * as leftovers from '../../../src/store/leftovers';
import * as manyRows from '../../../src/store/manyRows';
import * as matching from '../../../src/store/matching';
import * as movedFolders from '../../../src/store/movedFolders';
import * as oauth from '../../../src/store/oauthStates';
import * as observing from '../../../src/store/observing';
import * as operations from '../../../src/store/operations';
import * as lookups from '../../../src/store/operatorLookups';
import * as outlook from '../../../src/store/outlook';
import * as owed from '../../../src/store/owedOperations';
import * as planConsequences from '../../../src/store/planConsequences';
import * as plannable from '../../../src/store/plannable';
import * as planning from '../../../src/store/planning';
import * as ready from '../../../src/store/ready';
import type { ItemRecord } from '../../../src/store/records';
import * as review from '../../../src/store/review';
import * as settling from '../../../src/store/settleOperation';
import * as sweeping from '../../../src/store/sweeping';
import * as mapping from '../../../src/store/syncMapping';
import * as progress from '../../../src/store/syncProgress';
import * as syncRecords from '../../../src/store/syncRecords';
import * as syncState from '../../../src/store/syncState';
import * as syncs from '../../../src/store/syncs';
import * as twins from '../../../src/store/twins';
import * as uniting from '../../../src/store/uniteFolders';
import * as usage from '../../../src/store/usage';
import * as verifyRows from '../../../src/store/verifyRows';
import * as writeHistory from '../../../src/store/writeHistory';
import { plannedRow } from '../plannedRow';
import { assemblyId, CARRIED_FROM, dropboxId, MARK, OPERATION, PATHS, type PortalData } from './portalData';

/** Everything is the owner's but `portalId`, which is the caller's. */
export interface Scope {
  readonly store: Store;
  readonly tx: Tx;
  readonly portalId: string;
  readonly ref: { readonly portalId: string; readonly syncId: string };
  readonly owner: PortalData;
  item(name: keyof PortalData['items']): { portalId: string; syncId: string; itemId: string };
  /** The owner's item as read, said to be the caller's. */
  record(name: keyof PortalData['items']): Promise<ItemRecord>;
}

export interface Row {
  readonly call: (scope: Scope) => Promise<unknown>;
  /** Columns of the owner's sync before the call. */
  readonly given?: Record<string, unknown>;
}

const RULES = { maxAttempts: 10, backoffSeconds: 300 };
const HALT = '11111111-1111-4111-8111-111111111111';
const HALTED = { state: 'halted', haltReason: 'mass_delete', haltId: HALT };
const REMOVED = { state: 'removed', deletedAt: new Date() };
const EVENT = {
  eventType: 'file.updated',
  id: assemblyId('inside'),
  object: 'file',
  path: PATHS.inside,
  status: 'completed',
  version: 'v1',
};
const SEEN_ON_ASSEMBLY = {
  id: assemblyId('inside'),
  object: 'file',
  path: '/elsewhere.txt',
  version: 'v9',
  size: 9,
  status: 'completed',
  url: null,
} as const;
const SEEN_ON_DROPBOX = {
  id: dropboxId('inside'),
  object: 'file',
  path: '/elsewhere.txt',
  rev: 'r9',
  size: 9,
  hash: 'h9',
  downloadable: true,
} as const;
const EFFECT = { assembly: { id: 'as-new', version: null, size: 1 }, hash: 'h' };
const FAILURE = { code: 'rejected', message: 'no' } as const;

/** One call of every function of the store that touches rows, named `file.function`. */
export const CALLS: Record<string, Row> = {
  'assemblyIds.knownAssemblyIds': {
    call: ({ tx, item }) => assemblyIds.knownAssemblyIds(tx, item('inside'), [assemblyId('inside')]),
  },
  'assemblyIds.isSentByAnother': {
    call: ({ tx, item }) => assemblyIds.isSentByAnother(tx, item('inside'), [PATHS.pending]),
  },
  'breakers.openBreaker': {
    call: ({ tx, portalId }) => breakers.openBreaker(tx, portalId, 'dropbox', FAILURE),
  },
  'breakers.closeBreaker': { call: ({ tx, portalId }) => breakers.closeBreaker(tx, portalId, 'dropbox') },
  'breakers.noteStrike': {
    call: ({ tx, portalId }) => breakers.noteStrike(tx, portalId, 'assembly', 'item/1', FAILURE),
  },
  'breakers.claimProbe': { call: ({ tx, portalId }) => breakers.claimProbe(tx, portalId, 'dropbox') },
  'breakers.workGround': { call: ({ tx, ref }) => breakers.workGround(tx, ref) },
  'breakers.openBreakers': { call: ({ tx, portalId }) => breakers.openBreakers(tx, portalId) },
  'callSlots.takeCallSlot': {
    call: ({ tx, portalId }) => callSlots.takeCallSlot(tx, portalId, 'assembly', 'list', 20),
  },
  'callSlots.meterCalls': {
    call: ({ tx, portalId }) => callSlots.meterCalls(tx, portalId, 'dropbox', [{ kind: 'x', calls: 1 }]),
  },
  'channelLabels.saveChannelLabels': {
    call: ({ store, portalId }) =>
      channelLabels.saveChannelLabels(store, portalId, [{ id: `${MARK}-channel`, label: 'Renamed' }]),
  },
  'connections.getConnection': { call: ({ store, portalId }) => connections.getConnection(store, portalId) },
  'connections.saveConnection': {
    call: ({ store, portalId, owner }) =>
      connections.saveConnection(store, portalId, {
        accountId: `dbid:${MARK}-${owner.portalId}`,
        email: 'other@example.com',
        refreshToken: 'cipher',
        rootNamespaceId: '1',
        homeNamespaceId: '1',
        connectedAt: new Date(),
      }),
  },
  'connections.markRevoked': {
    call: ({ store, portalId }) => connections.markRevoked(store, portalId, `cipher-${MARK}`),
  },
  'connections.eraseConnection': {
    call: ({ store, portalId }) => connections.eraseConnection(store, portalId),
  },
  'connections.sideTroubles': { call: ({ store, portalId }) => connections.sideTroubles(store, portalId) },
  'downloadUrls.readDownloadUrl': {
    call: ({ tx, ref }) => downloadUrls.readDownloadUrl(tx, ref, assemblyId('inside'), 'v1'),
  },
  'earlierUploads.unclaimedDropboxFiles': {
    call: ({ tx, item }) => earlierUploads.unclaimedDropboxFiles(tx, item('pending'), 1, []),
  },
  'earlierUploads.isUnclaimedAt': {
    call: ({ tx, ref }) => earlierUploads.isUnclaimedAt(tx, ref, PATHS.unmatched),
  },
  'eventEcho.weighEvent': {
    call: ({ store, ref }) => eventEcho.weighEvent(store, ref.portalId, ref.syncId, EVENT),
  },
  'eventEcho.eventIsEcho': {
    call: ({ store, ref }) => eventEcho.eventIsEcho(store, ref.portalId, ref.syncId, EVENT),
  },
  'eventEcho.weighForSyncs': {
    call: ({ store, portalId }) =>
      eventEcho.weighForSyncs(store, portalId, { ...EVENT, channelId: `${MARK}-channel` }),
  },
  'exchangeFolders.exchangeFolders': {
    call: async ({ tx, ref, record }) =>
      exchange.exchangeFolders(tx, ref, { ...(await record('folder')), pathKey: PATHS.gone }),
  },
  'foldAssemblyObjects.foldAssemblyObjects': {
    call: ({ tx, ref }) => assemblyFold.foldAssemblyObjects(tx, ref, [SEEN_ON_ASSEMBLY], 3),
  },
  'foldAssemblyObjects.removeAssemblyObjects': {
    call: ({ tx, ref }) => assemblyFold.removeAssemblyObjects(tx, ref, [assemblyId('inside')]),
  },
  'foldAssemblyObjects.beginAssemblyLook': { call: ({ tx, ref }) => assemblyFold.beginAssemblyLook(tx, ref) },
  'foldAssemblyObjects.saveAssemblyPosition': {
    call: ({ tx, ref }) => assemblyFold.saveAssemblyPosition(tx, ref, 'next'),
  },
  'foldAssemblyObjects.abandonAssemblyLook': {
    call: ({ tx, ref }) => assemblyFold.abandonAssemblyLook(tx, ref),
  },
  'foldAssemblyObjects.missingFromAssemblyLook': {
    call: ({ tx, ref }) => assemblyFold.missingFromAssemblyLook(tx, ref, 2),
  },
  'foldAssemblyObjects.finishAssemblyLook': {
    call: ({ tx, ref }) => assemblyFold.finishAssemblyLook(tx, ref),
  },
  'foldDropboxPage.foldDropboxPage': {
    call: ({ tx, ref }) =>
      dropboxFold.foldDropboxPage(tx, ref, {
        objects: [{ pathKey: PATHS.unmatched, seen: SEEN_ON_DROPBOX }],
        tombstones: [PATHS.folder],
        from: `${MARK}-cursor`,
        cursor: 'c',
        hasMore: false,
        look: 2,
      } as never),
  },
  'foldDropboxPage.isInDoubt': {
    call: ({ tx, ref }) => dropboxFold.isInDoubt(tx, ref, { tombstones: [CARRIED_FROM.file], objects: [] }),
  },
  'foldDropboxPage.storeDropboxObject': {
    call: ({ tx, ref }) => dropboxFold.storeDropboxObject(tx, ref, SEEN_ON_DROPBOX),
  },
  'foldDropboxPage.removeDropboxObject': {
    call: ({ tx, ref }) => dropboxFold.removeDropboxObject(tx, ref, SEEN_ON_DROPBOX.id),
  },
  'foldDropboxPage.dropboxFolderSpelling': {
    call: ({ tx, ref }) => dropboxFold.dropboxFolderSpelling(tx, ref, [PATHS.folder]),
  },
  'foldDropboxPage.beginDropboxLook': { call: ({ tx, ref }) => dropboxFold.beginDropboxLook(tx, ref) },
  'foldDropboxPage.abandonDropboxLook': { call: ({ tx, ref }) => dropboxFold.abandonDropboxLook(tx, ref) },
  'foldDropboxPage.finishDropboxLook': { call: ({ tx, ref }) => dropboxFold.finishDropboxLook(tx, ref, 2) },
  'guards.deleteLoad': { call: ({ tx, ref }) => guards.deleteLoad(tx, ref) },
  'guards.owedDeletePaths': { call: ({ tx, ref }) => guards.owedDeletePaths(tx, ref, 'assembly', 10) },
  'guards.haltSync': {
    call: ({ tx, ref }) => guards.haltSync(tx, ref, { id: HALT, reason: 'root_missing', items: null }),
  },
  'guards.spendApproval': {
    call: ({ tx, ref }) => guards.spendApproval(tx, ref),
    given: { approvedHaltId: HALT },
  },
  'history.listHistory': { call: ({ store, ref }) => history.listHistory(store, ref, { limit: 10 }) },
  'itemViews.listItems': { call: ({ store, ref }) => itemViews.listItems(store, ref, { limit: 10 }, RULES) },
  'itemViews.getItem': {
    call: ({ store, ref, owner }) => itemViews.getItem(store, ref, owner.items.inside, RULES),
  },
  'itemViews.rearmItem': {
    call: ({ store, ref, owner }) => itemViews.rearmItem(store, ref, owner.items.opened),
  },
  'itemViews.rearmStuck': { call: ({ store, ref }) => itemViews.rearmStuck(store, ref, 10) },
  'items.lockItem': { call: ({ tx, portalId, owner }) => items.lockItem(tx, portalId, owner.items.inside) },
  'items.readItem': { call: ({ tx, portalId, owner }) => items.readItem(tx, portalId, owner.items.inside) },
  'leftovers.leftUploads': {
    call: ({ tx, ref }) => leftovers.leftUploads(tx, ref, `${MARK}-channel`, 10),
    given: REMOVED,
  },
  'leftovers.forgetUpload': {
    call: ({ tx, portalId }) => leftovers.forgetUpload(tx, portalId, assemblyId('upload')),
    given: REMOVED,
  },
  'leftovers.stillFlows': { call: ({ tx, ref }) => leftovers.stillFlows(tx, ref, 1) },
  'matching.attachById': { call: ({ tx, ref }) => matching.attachById(tx, ref, 'dropbox') },
  'matching.isYetToBeLinked': { call: ({ tx, item }) => matching.isYetToBeLinked(tx, item('loose')) },
  'matching.releaseIds': { call: ({ tx, ref }) => matching.releaseIds(tx, ref, 'assembly') },
  'matching.unmatched': { call: ({ tx, ref }) => matching.unmatched(tx, ref, 'dropbox', '', 10) },
  'matching.folderGoals': { call: ({ tx, ref }) => matching.folderGoals(tx, ref, 'dropbox', [PATHS.folder]) },
  'matching.claims': { call: ({ tx, ref }) => matching.claims(tx, ref, [PATHS.inside]) },
  'matching.dirtyIn': { call: ({ tx, ref }) => matching.dirtyIn(tx, ref, 'dropbox', [dropboxId('folder')]) },
  'matching.attachToItems': {
    call: ({ tx, ref, owner }) =>
      matching.attachToItems(tx, ref, 'dropbox', [{ id: dropboxId('loose'), itemId: owner.items.loose }]),
  },
  'matching.insertItems': {
    call: ({ tx, ref }) =>
      matching.insertItems(
        tx,
        ref,
        'dropbox',
        [{ itemId: randomUUID(), id: dropboxId('unmatched'), object: 'file', path: '/n.txt', key: '/n.txt' }],
        'webhook',
      ),
  },
  'matching.retryCollisions': { call: ({ tx, ref }) => matching.retryCollisions(tx, ref) },
  'oauthStates.saveOauthState': {
    call: ({ store, portalId }) =>
      oauth.saveOauthState(
        store,
        portalId,
        { stateHash: randomUUID(), browserHash: 'b', codeVerifier: 'v', expiresAt: new Date('2100-01-01') },
        new Date(),
      ),
  },
  'observing.saveRootPath': { call: ({ tx, ref }) => observing.saveRootPath(tx, ref, '/Moved', '/moved') },
  'observing.assemblyFolderAt': {
    call: ({ tx, ref }) => observing.assemblyFolderAt(tx, ref, PATHS.folder),
  },
  'observing.isAnotherOnDropbox': {
    call: ({ tx, ref }) => observing.isAnotherOnDropbox(tx, ref, PATHS.folder, 'another'),
  },
  'observing.knownAssemblyFolder': {
    call: ({ tx, ref }) => observing.knownAssemblyFolder(tx, ref, assemblyId('folder')),
  },
  'observing.knownBelow': { call: ({ tx, ref }) => observing.knownBelow(tx, ref, PATHS.folder) },
  'observing.knownCount': { call: ({ tx, ref }) => observing.knownCount(tx, ref) },
  'observing.sharingPlace': { call: ({ tx, ref }) => observing.sharingPlace(tx, ref) },
  'observing.withoutFolder': { call: ({ tx, ref }) => observing.withoutFolder(tx, ref, 10) },
  'observing.outermostFirst': {
    call: ({ tx, ref }) => observing.outermostFirst(tx, ref, [assemblyId('inside'), assemblyId('folder')]),
  },
  'observing.completeAsListed': {
    call: ({ tx, ref }) =>
      observing.completeAsListed(tx, ref, [
        { id: assemblyId('inside'), path: PATHS.inside, version: 'v1', size: null },
      ]),
  },
  'manyRows.unplanned': { call: ({ tx, ref }) => manyRows.unplanned(tx, ref) },
  'observing.othersAt': { call: ({ tx, ref }) => observing.othersAt(tx, ref, 'x', PATHS.inside, 5) },
  'observing.looksAt': { call: ({ tx, ref }) => observing.looksAt(tx, ref, assemblyId('inside')) },
  'observing.lookDone': { call: ({ tx, ref }) => observing.lookDone(tx, ref), given: { lookWanted: true } },
  'observing.markPassed': { call: ({ tx, ref }) => observing.markPassed(tx, ref, true) },
  'observing.markSyncFailed': {
    call: ({ tx, ref }) => observing.markSyncFailed(tx, ref, FAILURE),
  },
  'operations.stampAttempt': {
    call: async ({ tx, record }) => {
      const { serial: _serial, attempt: _attempt, ...operation } = OPERATION;
      return operations.stampAttempt(tx, await record('pending'), operation);
    },
  },
  'operations.readOperation': { call: ({ tx, item }) => operations.readOperation(tx, item('opened'), '1') },
  'operations.mayWrite': { call: ({ tx, item }) => operations.mayWrite(tx, item('opened'), OPERATION) },
  'operations.stampUpload': {
    call: ({ tx, item }) => operations.stampUpload(tx, item('opened'), '1', { id: 'up', source: null }),
  },
  'operations.clearUpload': {
    call: ({ tx, item }) => operations.clearUpload(tx, item('opened'), assemblyId('upload')),
  },
  'operations.stampCreate': {
    call: ({ tx, item }) => operations.stampCreate(tx, item('opened'), '1', '/elsewhere.txt'),
  },
  'operations.stampDropboxCreate': {
    call: ({ tx, item }) => operations.stampDropboxCreate(tx, item('sending'), '1', '/elsewhere.txt'),
  },
  'operations.clearDropboxCreate': {
    call: ({ tx, item }) => operations.clearDropboxCreate(tx, item('opened'), '1'),
  },
  'operations.clearCreate': { call: ({ tx, item }) => operations.clearCreate(tx, item('opened'), '1') },
  'operations.voidOperation': { call: ({ tx, item }) => operations.voidOperation(tx, item('opened'), '1') },
  'operations.clearStaleRun': { call: ({ tx, item }) => operations.clearStaleRun(tx, item('stranded')) },
  'operations.giveBackOpen': { call: ({ tx, item }) => operations.giveBackOpen(tx, item('opened')) },
  'operations.giveBack': { call: ({ tx, item }) => operations.giveBack(tx, item('opened'), '1') },
  'operations.writeFailure': {
    call: ({ tx, item }) =>
      operations.writeFailure(tx, item('opened'), '1', {
        ...FAILURE,
        refusedSource: null,
      }),
  },
  'operatorLookups.findSyncs': {
    call: ({ store, portalId, owner }) => lookups.findSyncs(store, owner.syncId, portalId),
  },
  'operatorLookups.findItems': {
    call: ({ store, portalId, owner }) => lookups.findItems(store, owner.items.inside, portalId),
  },
  'owedOperations.owedOperations': { call: ({ tx, ref }) => owed.owedOperations(tx, ref, 10) },
  'plannable.dirtyItems': { call: ({ tx, ref }) => plannable.dirtyItems(tx, ref, 10) },
  'plannable.dirtyGoneFolders': { call: ({ tx, ref }) => plannable.dirtyGoneFolders(tx, ref, 10) },
  'plannable.occupiedFolders': {
    call: ({ tx, ref, owner }) =>
      plannable.occupiedFolders(tx, ref, [{ id: owner.items.folder, key: PATHS.folder }]),
  },
  'twins.twinsOnAssembly': {
    call: ({ tx, ref, owner }) => twins.twinsOnAssembly(tx, ref, [owner.items.twin]),
  },
  'twins.uniteTwins': {
    call: async ({ tx, ref, owner, record }) =>
      twins.uniteTwins(tx, ref, await record('twin'), { holderId: owner.items.held, hash: 'h' }),
  },
  'uniteFolders.uniteFolders': {
    call: async ({ tx, ref, record }) =>
      uniting.uniteFolders(tx, ref, await record('visited'), await record('folder')),
  },
  'movedFolders.carryDropboxSubtree': {
    call: async ({ tx, record }) =>
      movedFolders.carryDropboxSubtree(tx, await record('folder'), {
        from: PATHS.folder,
        aside: '/c',
        to: '/b',
      }),
  },
  'movedFolders.leaveOldFolder': {
    call: async ({ tx, record }) =>
      movedFolders.leaveOldFolder(tx, await record('folder'), '/b', {
        id: assemblyId('folder'),
        path: '/a',
        version: null,
      }),
  },
  'guests.lookForGuests': { call: ({ tx, ref }) => guests.lookForGuests(tx, ref) },
  'guests.dirtyForGuests': { call: ({ tx, ref }) => guests.dirtyForGuests(tx, ref) },
  'guests.partFromOldSelves': {
    call: async ({ tx, ref, owner }) => {
      return await guests.partFromOldSelves(tx, ref, {
        visited: new Set([owner.items.oldSelf]),
        blocked: new Set(),
      });
    },
  },
  'planConsequences.forgetBelow': {
    call: ({ tx, ref, owner }) => planConsequences.forgetBelow(tx, ref, [owner.items.gone]),
  },
  'planConsequences.unsyncedFoldersOf': {
    call: ({ tx, ref, owner }) => planConsequences.unsyncedFoldersOf(tx, ref, [owner.items.kept]),
  },
  'planning.writePlans': {
    call: ({ tx, ref, owner }) =>
      planning.writePlans(tx, ref, [plannedRow(owner.items.inside, '/taken.txt')], 'webhook'),
  },
  'planConsequences.rebaseBelow': {
    call: ({ tx, ref }) =>
      planConsequences.rebaseBelow(
        tx,
        ref,
        [{ fromKey: PATHS.folder, onlyIn: null, toPath: '/moved', toKey: '/moved' }],
        [],
      ),
  },
  'planConsequences.dirtyStranded': {
    call: ({ tx, ref, owner }) => planConsequences.dirtyStranded(tx, ref, [owner.items.folder]),
  },
  'planConsequences.dirtyAloneBelow': {
    call: ({ tx, ref, owner }) => planConsequences.dirtyAloneBelow(tx, ref, [owner.items.folder]),
  },
  'planConsequences.dirtyLeavingFolders': {
    call: async ({ tx, ref, owner }) => {
      await tx.fileFolderSync.update({ where: { id: owner.items.gone }, data: { dirty: false } });
      await planConsequences.dirtyLeavingFolders(tx, ref, [PATHS.gone], []);
      return (await tx.fileFolderSync.findUniqueOrThrow({ where: { id: owner.items.gone } })).dirty;
    },
  },
  'planning.releaseClaims': {
    call: ({ tx, ref, owner }) => planning.releaseClaims(tx, ref, [owner.items.inside]),
  },
  'planning.pinToPath': {
    call: ({ tx, ref, owner }) =>
      planning.pinToPath(tx, ref, owner.items.folder, { path: '/pinned', key: '/pinned' }),
  },
  'planConsequences.dirtyBelow': {
    call: ({ tx, ref, owner }) => planConsequences.dirtyBelow(tx, ref, [owner.items.folder]),
  },
  'planConsequences.dirtyBelowOnAssembly': {
    call: ({ tx, ref, owner }) => planConsequences.dirtyBelowOnAssembly(tx, ref, [owner.items.folder]),
  },
  'planConsequences.dirtySettledBelowOnAssembly': {
    call: ({ tx, ref, owner }) => planConsequences.dirtySettledBelowOnAssembly(tx, ref, [owner.items.folder]),
  },
  'planConsequences.dirtyHomeless': {
    call: ({ tx, ref, owner }) =>
      planConsequences.dirtyHomeless(tx, ref, [{ id: owner.items.unsynced, key: PATHS.unsynced }]),
  },
  'planConsequences.dirtyOldSelves': {
    call: ({ tx, ref, owner }) => planConsequences.dirtyOldSelves(tx, ref, [owner.items.folder]),
  },
  'planConsequences.dirtyBesideCollided': {
    call: ({ tx, ref, owner }) => planConsequences.dirtyBesideCollided(tx, ref, [owner.items.collides]),
  },
  'plannable.collidedKeys': {
    call: async ({ tx, ref }) => [...(await plannable.collidedKeys(tx, ref, [PATHS.collides]))],
  },
  'plannable.takenKeys': {
    call: ({ tx, ref }) => plannable.takenKeys(tx, ref, [PATHS.inside, PATHS.unmatched]),
  },
  'planning.splitConflictCopy': {
    call: async ({ tx, ref, record }) =>
      planning.splitConflictCopy(
        tx,
        ref,
        await record('inside'),
        { id: randomUUID(), path: '/copy.txt', key: '/copy.txt' },
        'webhook',
      ),
  },
  'ready.readyItems': {
    call: ({ tx, ref }) => ready.readyItems(tx, ref, { ...RULES, limit: 10, except: [] }),
  },
  'ready.staleRuns': { call: ({ tx, ref }) => ready.staleRuns(tx, ref, { limit: 10, except: [] }) },
  'ready.isReady': { call: ({ tx, portalId, owner }) => ready.isReady(tx, portalId, owner.items.pending) },
  'ready.waitsForLeavingFolder': {
    call: ({ tx, portalId, owner }) =>
      ready.waitsForLeavingFolder(tx, portalId, owner.items.follows, 'assembly'),
  },
  'outlook.outlook': { call: ({ tx, ref }) => outlook.outlook(tx, ref, RULES) },
  'review.reviewWaits': { call: ({ tx, ref }) => review.reviewWaits(tx, ref, RULES) },
  'review.reviewUnlike': { call: ({ tx, ref }) => review.reviewUnlike(tx, ref) },
  'settleOperation.settleOperation': {
    call: ({ tx, item }) => settling.settleOperation(tx, item('opened'), '1', EFFECT),
  },
  'sweeping.syncsToWake': {
    call: ({ tx, portalId }) =>
      sweeping.syncsToWake(tx, portalId, null, {
        ...RULES,
        budget: { calls: 1_000, pageSize: 100 },
        limit: 10,
      }),
  },
  'sweeping.rearmAll': { call: ({ tx, ref }) => sweeping.rearmAll(tx, ref) },
  'sweeping.wantLook': { call: ({ tx, ref }) => sweeping.wantLook(tx, ref) },
  'syncMapping.insertSync': {
    call: ({ store, portalId, owner }) =>
      mapping.insertSync(store, portalId, {
        accountId: `dbid:${MARK}-${owner.portalId}`,
        channelId: 'another',
        rootPath: '/Another',
        rootId: 'id:another',
      }),
  },
  'syncProgress.syncProgress': {
    call: async ({ store, portalId, owner }) =>
      (await progress.syncProgress(store, portalId, [owner.syncId], 10)).get(owner.syncId),
  },
  'syncRecords.readSync': { call: ({ tx, ref }) => syncRecords.readSync(tx, ref) },
  'syncState.pauseSync': { call: ({ store, ref }) => syncState.pauseSync(store, ref) },
  'syncState.pauseAllSyncs': { call: ({ tx, portalId }) => syncState.pauseAllSyncs(tx, portalId) },
  'syncState.resumeSync': {
    call: ({ store, ref }) => syncState.resumeSync(store, ref),
    given: { state: 'paused' },
  },
  'syncState.approveHalt': {
    call: ({ store, ref }) => syncState.approveHalt(store, ref, HALT),
    given: HALTED,
  },
  'syncState.removeSync': { call: ({ store, ref }) => syncState.removeSync(store, ref) },
  'syncState.beginResync': { call: ({ store, ref }) => syncState.beginResync(store, ref, 'key') },
  'syncState.setResyncing': { call: ({ store, ref }) => syncState.setResyncing(store, ref, true, 'key') },
  'syncState.wantLooks': { call: ({ store, portalId }) => syncState.wantLooks(store, portalId) },
  'syncs.getSync': { call: ({ store, ref }) => syncs.getSync(store, ref) },
  'syncs.listSyncs': { call: ({ store, portalId }) => syncs.listSyncs(store, portalId, { limit: 10 }) },
  'syncs.mappedPlaces': { call: ({ store, portalId }) => syncs.mappedPlaces(store, portalId) },
  'usage.readUsage': { call: ({ store, portalId }) => usage.readUsage(store, portalId, '2026-11') },
  'verifyRows.verifyRows': { call: ({ store, ref }) => verifyRows.verifyRows(store, ref, { limit: 10 }) },
  'writeHistory.writeHistory': {
    call: async ({ tx, record }) =>
      writeHistory.writeHistory(tx, await record('inside'), OPERATION, {
        outcome: 'done',
        dropboxId: null,
        assemblyId: null,
        hashAfter: null,
      }),
  },
};

/** Functions that have no portal to be told of, and why that is right. */
export const WITHOUT_PORTAL: Record<string, string> = {
  'ciphertexts.ciphertextsByKey': 'for an operator who rotates keys',
  'ciphertexts.ciphertextsOfOtherKeys': 'for an operator who rotates keys',
  'ciphertexts.replaceCiphertexts': 'for an operator who rotates keys',
  'analyzeTables.analyzeTables': 'statistics for the planner; touches no row',
  'breakers.disproved': 'a piece of SQL',
  'client.createStore': 'opens the database',
  'client.isUnreachable': 'pure',
  'client.poolConfig': 'settings of a connection',
  'client.inTransaction': 'runs what it is given',
  'connections.flowingSyncsOfAccount':
    'a webhook of Dropbox names an account; nothing of a portal is told to its sender',
  'countStatements.countStatements': 'touches no row',
  'eventEcho.judgeEvent': 'pure',
  'foldDropboxPage.below': 'a piece of SQL',
  'items.itemRecord': 'pure',
  'manyRows.expectRows': 'a setting of the planner for the rest of the transaction',
  'manyRows.isMany': 'a comparison of numbers',
  'migrate.migrate': 'the schema',
  'migrate.pendingMigrations': 'the schema',
  'migrate.pendingMigrationsOf': 'the schema',
  'oauthStates.consumeOauthState': 'the state, bound to a browser, says which portal; the caller can not',
  'operatorLookups.listPortals': 'for an operator at the command line',
  'oldSelves.isOldSelf': 'a piece of SQL',
  'oldSelves.placeOf': 'a piece of SQL',
  'oldSelves.selfOf': 'a piece of SQL',
  'oldSelves.selvesOf': 'a piece of SQL',
  'ready.due': 'a piece of SQL',
  'ready.needsAny': 'a piece of SQL',
  'ready.parentOf': 'a piece of SQL',
  'ready.placeIsToBeLeft': 'a piece of SQL',
  'schemaEngine.withSchemaEngine': 'the schema',
  'seenIn.isInOnEither': 'a piece of SQL',
  'sweeping.portalsAfter': 'the sweep goes through all portals',
  'syncMapping.lockMappings': 'a lock named after the portal; touches no row',
  'syncProgress.itemStateCondition': 'a piece of SQL',
  'syncRecords.flows': 'pure',
  'usage.usageMonth': 'pure',
};
