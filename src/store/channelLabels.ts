import type { Store } from './client';

/** Keeps what channels are called with the portal's live syncs of them; writes only what has changed. */
export async function saveChannelLabels(
  store: Store,
  portalId: string,
  labels: readonly { readonly id: string; readonly label: string }[],
): Promise<number> {
  return store.prisma.$executeRaw`
    UPDATE channel_sync c SET assembly_channel_label = l.label, updated_at = now()
    FROM unnest(${labels.map(({ id }) => id)}::text[], ${labels.map(({ label }) => label)}::text[]) AS l(id, label)
    WHERE c.portal_id = ${portalId} AND c.assembly_channel_id = l.id AND c.deleted_at IS NULL
      AND c.assembly_channel_label IS DISTINCT FROM l.label`;
}
