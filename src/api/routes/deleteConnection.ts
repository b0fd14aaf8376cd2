import { eraseConnection, getConnection } from '../../store/connections';
import { pauseAllSyncs } from '../../store/syncState';
import { writesHaveStopped } from '../actions';
import type { RouteDeps } from '../deps';
import { portalRoute, type Route } from '../route';

const REVOKE_TIMEOUT_MS = 10_000;

export const deleteConnection = (deps: RouteDeps): Route =>
  portalRoute({
    method: 'delete',
    path: '/api/connection',
    summary: 'Ends the Dropbox connection: revokes it, erases its tokens, pauses all syncs.',
    answers: { 204: { description: 'Ended, or there was none.' } },
    async handle({ portalId, requestId }) {
      const connection = await getConnection(deps.store, portalId);
      if (connection === null || connection.status === 'disconnected') return { status: 204 };
      // Work stops before the token dies, so that no item fails for it; the token dies before we forget it, so that a
      // process that ends in between leaves a connection that can be ended again.
      if ((await pauseAllSyncs(deps.store.prisma, portalId)) > 0) await writesHaveStopped();
      await revoke(deps, portalId, requestId);
      if ((await eraseConnection(deps.store, portalId)) > 0) await writesHaveStopped();
      deps.remotes.forget(portalId);
      return { status: 204 };
    },
  });

/** That Dropbox can't be told must not keep our copy of the token alive. */
async function revoke(deps: RouteDeps, portalId: string, requestId: string): Promise<void> {
  try {
    const dropbox = await deps.remotes.dropbox(portalId);
    await dropbox.revoke(AbortSignal.timeout(REVOKE_TIMEOUT_MS));
  } catch (error) {
    deps.logger.warn({ requestId, portalId, err: error }, 'the token was erased but not revoked at Dropbox');
  }
}
