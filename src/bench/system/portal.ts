import { z } from 'zod';
import { connectDropbox, ensureSync, type LocalApi, staffToken } from '../../local/connect';
import { ask } from '../../local/localHttp';
import type { SandboxUrls } from '../../local/sandboxServers';

/** The one portal that a row works in: a workspace with a channel, and a Dropbox folder. */
export interface Portal {
  readonly portalId: string;
  readonly channelId: string;
  readonly folder: string;
  readonly api: LocalApi;
  /** Maps the channel with the folder; resolves with the sync's id as soon as it is accepted. */
  map(signal: AbortSignal): Promise<string>;
}

const PORTAL_ID = 'bench';
const FOLDER = '/Bench';

const Client = z.object({ id: z.string(), companyIds: z.array(z.string()).optional() });
const Channel = z.object({ id: z.string() });

/** Makes both sides, empty, and connects Dropbox as a person would. */
export async function createPortal(
  apiUrl: string,
  { dropbox, assembly }: SandboxUrls,
  signal: AbortSignal,
): Promise<Portal> {
  const post = <S extends z.ZodType>(url: string, schema: S, json: object) =>
    ask(url, schema, { method: 'POST', json, signal });
  const { controlUrl } = assembly;
  await post(`${controlUrl}/workspaces`, z.unknown(), { id: PORTAL_ID, name: 'Bench' });
  const client = await post(`${controlUrl}/clients`, Client, { workspaceId: PORTAL_ID });
  const { id: channelId } = await post(`${controlUrl}/channels`, Channel, {
    workspaceId: PORTAL_ID,
    membershipType: 'individual',
    clientId: client.id,
    companyId: client.companyIds?.[0],
  });
  await post(`${dropbox.controlUrl}/folders`, z.unknown(), { path: FOLDER });
  const api = { url: apiUrl, token: await staffToken(controlUrl, PORTAL_ID) };
  await connectDropbox(api, signal);
  const mapping = {
    portalId: PORTAL_ID,
    channelId,
    dropboxPath: FOLDER,
    dropboxDir: null,
    assemblyDir: null,
  };
  return {
    portalId: PORTAL_ID,
    channelId,
    folder: FOLDER,
    api,
    map: (stop) => ensureSync(api, mapping, stop),
  };
}
