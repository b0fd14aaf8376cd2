import type { AssemblyChannel } from '../../assembly/types';
import { CairnError } from '../../domain/errors';
import { getConnection } from '../../store/connections';
import { insertSync } from '../../store/syncMapping';
import { giveHint } from '../actions';
import type { ChannelPicker } from '../channelPicker';
import type { ApiDeps, RouteDeps } from '../deps';
import { findChannel, findFolder } from '../mappable';
import { portalRoute, type Route } from '../route';
import { NewSyncBody, SyncBody } from '../schemas';
import { readSyncJson } from '../views';

export const postSync = (deps: RouteDeps, channels: ChannelPicker): Route =>
  portalRoute({
    method: 'post',
    path: '/api/syncs',
    summary: 'Maps a channel to a Dropbox folder and starts to sync them.',
    body: NewSyncBody,
    answers: { 201: { description: 'The new sync.', schema: SyncBody } },
    errors: ['mapping_taken', 'not_connected', 'not_a_folder', 'root_not_allowed', 'not_found'],
    async handle({ portalId, body, requestId }) {
      /** Only words for people: that they can't be read must not keep anyone from mapping. */
      const labelOf = (channel: AssemblyChannel) =>
        channels.label(portalId, channel).catch((error: unknown) => {
          deps.logger.warn({ requestId, portalId, err: error }, 'a channel was mapped without its label');
          return null;
        });
      if (/^\/*$/.test(body.dropboxPath)) throw new CairnError('root_not_allowed');
      const connection = await getConnection(deps.store, portalId);
      if (connection?.status !== 'connected') throw new CairnError('not_connected');
      const folder = await findFolder(deps, portalId, body.dropboxPath);
      const channel = await findChannel(deps, portalId, body.assemblyChannelId);
      const label = await labelOf(channel);
      const syncId = await insertSync(deps.store, portalId, {
        accountId: connection.accountId,
        channelId: body.assemblyChannelId,
        ...(label === null ? {} : { channelLabel: label }),
        rootPath: folder.pathDisplay ?? body.dropboxPath,
        rootId: folder.id,
      });
      await startFirstLook(deps, portalId, syncId, requestId);
      const sync = await readSyncJson(deps.store, { portalId, syncId }, deps.config.maxAttempts);
      if (sync === null) throw new CairnError('not_found');
      return { status: 201, body: sync, headers: { Location: `/api/syncs/${syncId}` } };
    },
  });

/** The row says that a look is wanted, and a sweep wakes what was not told: the mapping stands either way. */
async function startFirstLook(
  deps: ApiDeps,
  portalId: string,
  syncId: string,
  requestId: string,
): Promise<void> {
  try {
    await giveHint(deps.temporal, { portalId, syncId }, { kind: 'look', origin: 'initial' }, requestId);
  } catch (error) {
    deps.logger.warn({ requestId, portalId, syncId, err: error }, 'a new sync waits for the next sweep');
  }
}
