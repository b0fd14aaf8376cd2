import { createChannelPicker } from '../channelPicker';
import type { RouteDeps } from '../deps';
import type { Route } from '../route';
import { deleteConnection } from './deleteConnection';
import { deleteSync } from './deleteSync';
import { getAsset } from './getAsset';
import { getChannels } from './getChannels';
import { getConnection } from './getConnection';
import { getDropboxCallback } from './getDropboxCallback';
import { getDropboxStart } from './getDropboxStart';
import { getDropboxWebhook } from './getDropboxWebhook';
import { getEvents } from './getEvents';
import { getFolders } from './getFolders';
import { getHealthz } from './getHealthz';
import { getHistory } from './getHistory';
import { getItems } from './getItems';
import { getMetrics } from './getMetrics';
import { getOpenapi } from './getOpenapi';
import { getPage } from './getPage';
import { getPlan } from './getPlan';
import { getPortalEvents } from './getPortalEvents';
import { getPreview } from './getPreview';
import { getReadyz } from './getReadyz';
import { getSync } from './getSync';
import { getSyncs } from './getSyncs';
import { getUsage } from './getUsage';
import { patchSync } from './patchSync';
import { postApprove } from './postApprove';
import { postAssemblyWebhook } from './postAssemblyWebhook';
import { postDropboxWebhook } from './postDropboxWebhook';
import { postResync } from './postResync';
import { postRetry } from './postRetry';
import { postSync } from './postSync';

/** Every route that is served: the application and `/openapi.json` both take this list. */
export function createRoutes(deps: RouteDeps): Route[] {
  const channels = createChannelPicker(deps.remotes, deps.now);
  const routes: Route[] = [
    getPage(deps),
    getAsset(deps),
    getHealthz(),
    getReadyz(deps),
    getMetrics(deps),
    getOpenapi(() => routes),
    getDropboxWebhook(),
    postDropboxWebhook(deps),
    postAssemblyWebhook(deps),
    getDropboxStart(deps),
    getDropboxCallback(deps),
    getConnection(deps),
    deleteConnection(deps),
    getChannels(deps, channels),
    getFolders(deps),
    getPreview(deps),
    postSync(deps, channels),
    getSyncs(deps),
    getSync(deps),
    patchSync(deps),
    deleteSync(deps),
    postResync(deps),
    postApprove(deps),
    getItems(deps),
    postRetry(deps),
    getPlan(deps),
    getHistory(deps),
    getEvents(deps),
    getPortalEvents(deps),
    getUsage(deps),
  ];
  return routes;
}
