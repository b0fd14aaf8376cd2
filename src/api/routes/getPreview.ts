import { CairnError } from '../../domain/errors';
import { getConnection } from '../../store/connections';
import { countAssembly, countDropbox, judgePair } from '../countPair';
import type { RouteDeps } from '../deps';
import { findChannel, findFolder } from '../mappable';
import { portalRoute, type Route } from '../route';
import { NewSyncBody, PreviewBody } from '../schemas';

const PATIENCE_MS = 20_000;

export const getPreview = (deps: RouteDeps): Route =>
  portalRoute({
    method: 'get',
    path: '/api/preview',
    summary: 'What a mapping would hold on each side, counted up to a bound, before it is made.',
    query: NewSyncBody.strip(),
    answers: { 200: { description: 'The counts.', schema: PreviewBody } },
    errors: ['not_connected', 'not_a_folder', 'root_not_allowed', 'not_found'],
    async handle({ portalId, query }) {
      const connection = await getConnection(deps.store, portalId);
      if (connection?.status !== 'connected') throw new CairnError('not_connected');
      const { id } = await findFolder(deps, portalId, query.dropboxPath);
      await findChannel(deps, portalId, query.assemblyChannelId);
      const signal = AbortSignal.timeout(PATIENCE_MS);
      const [dropbox, assembly] = await Promise.all([
        deps.remotes.dropbox(portalId).then((client) => countDropbox(client, id, signal)),
        countAssembly(deps.remotes.assembly(portalId), query.assemblyChannelId, signal),
      ]);
      return {
        status: 200,
        body: { dropbox, assembly, ...judgePair(dropbox, assembly, deps.config.assembly.rps) },
      };
    },
  });
