import { ask, type Named, type Shown, type SimPerson, upload } from './people';
import { API_KEY, type Place, type Sides } from './sides';

/** A file that another client of the API has announced: its bytes may come, or not. */
export interface BegunUpload {
  readonly id: string;
  /** Resolves with whether the bytes were taken: the link may be too old by now. */
  complete(content: string): Promise<boolean>;
}

export interface AssemblyPerson extends SimPerson {
  link(path: string): Promise<void>;
  /** Another client of the API makes a file as ours does: first the object, later the bytes. */
  begin(path: string): Promise<BegunUpload>;
  /** To another channel of the same workspace, and back. */
  moveOut(from: Named, to: string): Promise<void>;
  moveIn(from: Named, to: string): Promise<void>;
  /** All that is in the other channel. */
  outside(): Promise<Shown[]>;
}

const movedFrom = (what: Named) => (typeof what === 'string' ? { from: what } : { id: what.id });

export function assemblyPerson(sides: Sides, { channelId, portalId }: Place): AssemblyPerson {
  const side = sides.assembly;
  const at = (path: string) => `channelId=${encodeURIComponent(channelId)}&path=${encodeURIComponent(path)}`;
  const post = (route: string, body: object): Promise<void> =>
    ask(side, 'POST', `/${route}`, { channelId, ...body });
  const treeOf = async (channel: string): Promise<Shown[]> => {
    const { entries } = await ask<{ entries: (Shown & { status: string | null })[] }>(
      side,
      'GET',
      `/tree?channelId=${encodeURIComponent(channel)}`,
    );
    return entries.map(({ path, object, id, hash, status }) => ({
      path,
      object,
      id,
      hash: hash ?? null,
      pending: object === 'file' && status !== 'completed',
    }));
  };
  let otherChannel: Promise<string> | null = null;
  const other = () => {
    otherChannel ??= makeChannel(sides, portalId);
    return otherChannel;
  };
  return {
    put: (path, content) => upload(side, `/files?${at(path)}&mode=edit`, content),
    replace: (path, content) => upload(side, `/files?${at(path)}&mode=replace`, content),
    folder: (path) => post('folders', { path }),
    rename: (from, to) => post('move', { ...movedFrom(from), to }),
    remove: (what) => post('delete', typeof what === 'string' ? { path: what } : { id: what.id }),
    link: (path) => post('links', { path, linkUrl: 'https://example.com/' }),
    begin: (path) => beginUpload(sides, { portalId, channelId }, path),
    moveOut: async (from, to) => post('move', { ...movedFrom(from), to, toChannelId: await other() }),
    moveIn: async (from, to) =>
      post('move', { channelId: await other(), ...movedFrom(from), to, toChannelId: channelId }),
    outside: async () => (otherChannel === null ? [] : await treeOf(await other())),
    tree: () => treeOf(channelId),
    trouble: (rule) => ask(side, 'POST', '/faults', { rules: [{ workspace: portalId, ...rule }] }),
    calm: () => ask(side, 'DELETE', '/faults'),
  };
}

async function makeChannel({ assembly }: Sides, workspaceId: string): Promise<string> {
  const company = await ask<{ id: string }>(assembly, 'POST', '/companies', { workspaceId, name: 'Other' });
  const channel = await ask<{ id: string }>(assembly, 'POST', '/channels', {
    workspaceId,
    membershipType: 'company',
    companyId: company.id,
  });
  return channel.id;
}

async function beginUpload(
  { assembly }: Sides,
  { portalId, channelId }: Pick<Place, 'portalId' | 'channelId'>,
  path: string,
): Promise<BegunUpload> {
  const response = await fetch(`${assembly.apiUrl}/v1/files/file`, {
    method: 'POST',
    headers: { 'X-API-Key': `${portalId}/${API_KEY}`, 'content-type': 'application/json' },
    body: JSON.stringify({ path: path.slice(1), channelId }),
  });
  if (!response.ok) throw new Error(`another client's create: ${response.status} ${await response.text()}`);
  const { id, uploadUrl } = (await response.json()) as { id: string; uploadUrl: string };
  return {
    id,
    async complete(content) {
      const put = await fetch(uploadUrl, {
        method: 'PUT',
        body: content,
        headers: { 'content-type': 'application/octet-stream' },
      });
      await put.arrayBuffer();
      return put.ok;
    },
  };
}
