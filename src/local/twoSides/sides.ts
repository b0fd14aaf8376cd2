import { createHash } from 'node:crypto';
import { z } from 'zod';
import { ask } from '../localHttp';

/** Acting on both simulators as a person would, in one shape for both. */

export const SIDES = ['dropbox', 'assembly'] as const;
export type Side = (typeof SIDES)[number];

/** The pair that is looked at. */
export interface Pair {
  readonly folder: string;
  readonly channel: string;
}

export interface Controls {
  readonly dropboxControl: string;
  readonly assemblyControl: string;
}

const Entry = z.object({
  path: z.string(),
  object: z.enum(['file', 'folder', 'link']),
  id: z.string(),
  size: z.number().nullable(),
  hash: z.string().nullable(),
});
export type Entry = z.infer<typeof Entry>;
const Tree = z.object({ entries: z.array(Entry) });

/** What both sides hold, by path within the pair. */
export async function readTrees(controls: Controls, pair: Pair): Promise<Record<Side, Entry[]>> {
  const [dropbox, assembly] = await Promise.all([
    ask(`${controls.dropboxControl}/tree?${new URLSearchParams({ path: pair.folder })}`, Tree),
    ask(`${controls.assemblyControl}/tree?${new URLSearchParams({ channelId: pair.channel })}`, Tree),
  ]);
  const within = dropbox.entries
    .filter(({ path }) => path.length > pair.folder.length)
    .map((entry) => ({ ...entry, path: entry.path.slice(pair.folder.length) }));
  return { dropbox: within, assembly: assembly.entries };
}

/** A text that is the same exactly as long as the trees are. */
export const versionOf = (trees: Record<Side, Entry[]>): string =>
  createHash('sha256').update(JSON.stringify(trees)).digest('base64url');

/** Where a simulator takes or gives the bytes of a file. */
export function fileUrl(controls: Controls, pair: Pair, side: Side, path: string): string {
  return side === 'dropbox'
    ? `${controls.dropboxControl}/files?${new URLSearchParams({ path: `${pair.folder}${path}` })}`
    : `${controls.assemblyControl}/files?${new URLSearchParams({ channelId: pair.channel, path })}`;
}

export const Deed = z.discriminatedUnion('do', [
  z.strictObject({ do: z.literal('folder'), path: z.string().startsWith('/') }),
  z.strictObject({ do: z.literal('move'), path: z.string().startsWith('/'), to: z.string().startsWith('/') }),
  z.strictObject({ do: z.literal('delete'), path: z.string().startsWith('/') }),
]);
export type Deed = z.infer<typeof Deed>;

const ROUTES = { folder: 'folders', move: 'move', delete: 'delete' } as const;

/** @throws with the simulator's own words when it refuses */
export async function act(controls: Controls, pair: Pair, side: Side, deed: Deed): Promise<void> {
  const control = side === 'dropbox' ? controls.dropboxControl : controls.assemblyControl;
  const at = (path: string) => (side === 'dropbox' ? `${pair.folder}${path}` : path);
  const place = deed.do === 'move' ? { from: at(deed.path), to: at(deed.to) } : { path: at(deed.path) };
  const json = side === 'dropbox' ? place : { channelId: pair.channel, ...place };
  await ask(`${control}/${ROUTES[deed.do]}`, z.unknown(), { method: 'POST', json });
}

const Channels = z.object({
  channels: z.array(
    z.object({ id: z.string(), membershipType: z.string(), clientId: z.string().optional() }),
  ),
});
const Clients = z.object({
  clients: z.array(z.object({ id: z.string(), givenName: z.string(), familyName: z.string() })),
});

/** The folders and channels that can be looked at: top folders of Dropbox, all channels. */
export async function readPlaces({ dropboxControl, assemblyControl }: Controls) {
  const [{ entries }, { channels }, { clients }] = await Promise.all([
    ask(`${dropboxControl}/tree`, Tree),
    ask(`${assemblyControl}/channels`, Channels),
    ask(`${assemblyControl}/clients`, Clients),
  ]);
  const names = new Map(clients.map((one) => [one.id, `${one.givenName} ${one.familyName}`]));
  return {
    folders: entries
      .filter(({ path, object }) => object === 'folder' && path.lastIndexOf('/') === 0)
      .map(({ path }) => path),
    channels: channels.map(({ id, clientId, membershipType }) => ({
      id,
      label: (clientId === undefined ? undefined : names.get(clientId)) ?? `${membershipType} channel`,
    })),
  };
}
