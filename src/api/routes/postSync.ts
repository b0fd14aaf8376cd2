import { CairnError } from '../../domain/errors';
import { RemoteError } from '../../domain/remoteError';
import type { DropboxFolder } from '../../dropbox/types';
import { getConnection } from '../../store/connections';
import { insertSync } from '../../store/syncMapping';
import { giveHint } from '../actions';
import type { ApiDeps } from '../deps';
import { portalRoute, type Route } from '../route';
import { NewSyncBody, SyncBody } from '../schemas';
import { readSyncJson } from '../views';
import type { RouteDeps } from './index';

export const postSync = (deps: RouteDeps): Route =>
  portalRoute({
    method: 'post',
    path: '/api/syncs',
    summary: 'Maps a channel to a Dropbox folder and starts to sync them.',
    body: NewSyncBody,
    answers: { 201: { description: 'The new sync.', schema: SyncBody } },
    errors: ['mapping_taken', 'not_connected', 'not_a_folder', 'root_not_allowed', 'not_found'],
    async handle({ portalId, body, requestId }) {
      if (/^\/*$/.test(body.dropboxPath)) throw new CairnError('root_not_allowed');
      const connection = await getConnection(deps.store, portalId);
      if (connection?.status !== 'connected') throw new CairnError('not_connected');
      const folder = await findFolder(deps, portalId, body.dropboxPath.replace(/\/+$/, ''));
      await findChannel(deps, portalId, body.assemblyChannelId);
      const syncId = await insertSync(deps.store, portalId, {
        accountId: connection.accountId,
        channelId: body.assemblyChannelId,
        rootPath: folder.pathDisplay ?? body.dropboxPath,
        rootId: folder.id,
      });
      await startFirstLook(deps, portalId, syncId, requestId);
      const sync = await readSyncJson(deps.store, { portalId, syncId }, deps.config.maxAttempts);
      if (sync === null) throw new CairnError('not_found');
      return { status: 201, body: sync, headers: { Location: `/api/syncs/${syncId}` } };
    },
  });

async function findFolder({ remotes }: ApiDeps, portalId: string, path: string): Promise<DropboxFolder> {
  const dropbox = await remotes.dropbox(portalId);
  const entry = await dropbox.metadata(path).catch((error: unknown) => {
    // A path that Dropbox can't have is one that nothing is at.
    if (error instanceof RemoteError && error.code === 'name_not_allowed') return null;
    throw error;
  });
  if (entry === null) throw new CairnError('not_found', 'There is no such Dropbox folder.');
  if (entry.tag !== 'folder') throw new CairnError('not_a_folder');
  return entry;
}

async function findChannel({ remotes }: ApiDeps, portalId: string, channelId: string): Promise<void> {
  const channel = await remotes.assembly(portalId).retrieveChannel(channelId);
  if (channel === null) throw new CairnError('not_found', 'There is no such Assembly channel.');
}

/** The row says that a look is wanted, and a sweep wakes what was not told: the mapping stands either way. */
async function startFirstLook(
  deps: ApiDeps,
  portalId: string,
  syncId: string,
  requestId: string,
): Promise<void> {
  try {
    await giveHint(deps.temporal, { portalId, syncId }, { kind: 'look', origin: 'initial' });
  } catch (error) {
    deps.logger.warn({ requestId, portalId, syncId, err: error }, 'a new sync waits for the next sweep');
  }
}
