import { mappedPlaces } from '../../store/syncs';
import { createChannelPicker } from '../channelPicker';
import { portalRoute, type Route } from '../route';
import { ChannelBody, listOf } from '../schemas';
import type { RouteDeps } from './index';

export const getChannels = ({ store, remotes, now }: RouteDeps): Route => {
  const picker = createChannelPicker(remotes, now);
  return portalRoute({
    method: 'get',
    path: '/api/assembly/channels',
    summary: 'File channels of the portal, with the sync that uses each.',
    answers: { 200: { description: 'All of them.', schema: listOf(ChannelBody) } },
    async handle({ portalId }) {
      const [channels, mapped] = await Promise.all([picker(portalId), mappedPlaces(store, portalId)]);
      const syncOf = new Map(mapped.map(({ channelId, syncId }) => [channelId, syncId]));
      const items = channels.map((channel) => ({ ...channel, syncId: syncOf.get(channel.id) ?? null }));
      return { status: 200, body: { items } };
    },
  });
};
