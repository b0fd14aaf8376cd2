import { saveChannelLabels } from '../../store/channelLabels';
import { mappedPlaces } from '../../store/syncs';
import type { ChannelPicker } from '../channelPicker';
import type { RouteDeps } from '../deps';
import { portalRoute, type Route } from '../route';
import { ChannelBody, listOf } from '../schemas';

export const getChannels = ({ store }: RouteDeps, picker: ChannelPicker): Route =>
  portalRoute({
    method: 'get',
    path: '/api/assembly/channels',
    summary: 'File channels of the portal, with the sync that uses each.',
    answers: { 200: { description: 'All of them.', schema: listOf(ChannelBody) } },
    async handle({ portalId }) {
      const [channels, mapped] = await Promise.all([picker.list(portalId), mappedPlaces(store, portalId)]);
      const syncOf = new Map(mapped.map(({ channelId, syncId }) => [channelId, syncId]));
      const items = channels.map((channel) => ({ ...channel, syncId: syncOf.get(channel.id) ?? null }));
      // Clients are renamed now and then, and this is when we learn of it.
      await saveChannelLabels(
        store,
        portalId,
        channels.filter(({ id }) => syncOf.has(id)),
      );
      return { status: 200, body: { items } };
    },
  });
