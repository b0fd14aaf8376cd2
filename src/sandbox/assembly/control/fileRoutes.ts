import { z } from 'zod';
import { emitFileEvent } from '../events/emit';
import type { Asked } from '../http/call';
import { refusal } from '../http/refusal';
import { json, type Reply } from '../http/reply';
import { storeObject } from '../objects/create';
import { objectsAt } from '../objects/find';
import { moveObject } from '../objects/move';
import { deleteAsPerson, ensureFolder, ensureParents, personOf, placeUpload } from '../objects/person';
import { storedPath } from '../paths';
import type { Sandbox } from '../sandbox';
import type { FileRecord } from '../state/records';
import { bodyOf, channelOf, objectOf, queryOf } from './input';
import type { ControlRoute } from './route';
import { seedChannel } from './seed';

const named = { channelId: z.string(), id: z.string().optional(), path: z.string().optional() };
const uploadQuery = z.object({
  channelId: z.string(),
  path: z.string(),
  mode: z.enum(['replace', 'edit', 'duplicate']).default('replace'),
});
const folderBody = z.strictObject({ channelId: z.string(), path: z.string() });
const linkBody = z.strictObject({ channelId: z.string(), path: z.string(), linkUrl: z.url() });
const moveBody = z.strictObject({
  channelId: z.string(),
  id: z.string().optional(),
  from: z.string().optional(),
  to: z.string(),
  toChannelId: z.string().optional(),
});
const seedBody = z.strictObject({
  dir: z.string(),
  channelId: z.string(),
  /** Whether it is told to the app, as a person's uploads are. */
  events: z.boolean().default(false),
});

/** An object as the control routes show it, hash included. */
const entry = (file: FileRecord): Record<string, unknown> => ({
  path: `/${file.path}`,
  object: file.object,
  id: file.id,
  size: file.content?.size ?? null,
  hash: file.content?.hash ?? null,
  status: file.status,
  updatedAt: file.updatedAt,
});

const upload = async (sandbox: Sandbox, call: Asked): Promise<Reply> => {
  const query = queryOf(call, uploadQuery);
  channelOf(sandbox, query.channelId);
  storedPath(query.path, sandbox.switches);
  const content = await sandbox.blobs.write(call.body());
  try {
    // Looked up after the body: it took its time.
    const channel = channelOf(sandbox, query.channelId);
    return json(entry(placeUpload(sandbox, channel, { ...query, content })));
  } catch (error) {
    await sandbox.blobs.discard(content.blob);
    throw error;
  }
};

const download = (sandbox: Sandbox, call: Asked): Reply => {
  const query = queryOf(call, z.object(named));
  const channel = channelOf(sandbox, query.channelId);
  const path = query.path === undefined ? undefined : storedPath(query.path, sandbox.switches);
  const complete =
    query.id === undefined && path !== undefined
      ? objectsAt(sandbox, channel, path).find((one) => one.status === 'completed')
      : undefined;
  const file = complete ?? objectOf(sandbox, channel, query);
  if (file.content === null) throw refusal(404, 'path: no bytes there');
  return {
    status: 200,
    headers: { 'content-type': 'application/octet-stream' },
    body: { file: sandbox.blobs.path(file.content.blob), size: file.content.size },
  };
};

const makeFolder = async (sandbox: Sandbox, call: Asked): Promise<Reply> => {
  const { channelId, path } = await bodyOf(call, folderBody);
  const channel = channelOf(sandbox, channelId);
  return json(entry(ensureFolder(sandbox, channel, storedPath(path, sandbox.switches))));
};

const makeLink = async (sandbox: Sandbox, call: Asked): Promise<Reply> => {
  const { channelId, linkUrl, ...body } = await bodyOf(call, linkBody);
  const channel = channelOf(sandbox, channelId);
  const path = storedPath(body.path, sandbox.switches);
  ensureParents(sandbox, channel, path);
  const actor = personOf(sandbox, channel);
  const link = storeObject(sandbox, channel, { object: 'link', path, actor, linkUrl });
  void emitFileEvent(sandbox, 'created', link);
  return json(entry(link));
};

const move = async (sandbox: Sandbox, call: Asked): Promise<Reply> => {
  const body = await bodyOf(call, moveBody);
  const source = channelOf(sandbox, body.channelId);
  const channel = channelOf(sandbox, body.toChannelId ?? body.channelId);
  const path = storedPath(body.to, sandbox.switches);
  const file = objectOf(sandbox, source, { id: body.id, path: body.from });
  if (channel.workspaceId !== source.workspaceId) throw refusal(400, 'toChannelId: in another workspace');
  if (path.startsWith(`${file.path}/`) && channel.id === source.id) {
    throw refusal(400, 'to: a folder cannot be moved into itself');
  }
  ensureParents(sandbox, channel, path);
  return json(entry(moveObject(sandbox, file, { channel, path, actor: personOf(sandbox, channel) })));
};

const remove = async (sandbox: Sandbox, call: Asked): Promise<Reply> => {
  const body = await bodyOf(call, z.strictObject(named));
  const file = objectOf(sandbox, channelOf(sandbox, body.channelId), body);
  return json({ deleted: deleteAsPerson(sandbox, file) });
};

const tree = (sandbox: Sandbox, call: Asked): Reply => {
  const { channelId } = queryOf(call, z.object({ channelId: z.string() }));
  const channel = channelOf(sandbox, channelId);
  const everything = { prefixes: [''], after: null, limit: Number.POSITIVE_INFINITY, reverse: false };
  const { ids } = sandbox.store.index(channel.id).page(everything);
  return json({ entries: ids.flatMap((id) => sandbox.store.file.get(id) ?? []).map(entry) });
};

const seed = async (sandbox: Sandbox, call: Asked): Promise<Reply> => {
  const { dir, channelId, events } = await bodyOf(call, seedBody);
  return json(await seedChannel(sandbox, channelOf(sandbox, channelId), dir, events));
};

export const fileControl: readonly ControlRoute[] = [
  { method: 'PUT', path: '/files', handle: upload },
  { method: 'GET', path: '/files', handle: download },
  { method: 'POST', path: '/folders', handle: makeFolder },
  { method: 'POST', path: '/links', handle: makeLink },
  { method: 'POST', path: '/move', handle: move },
  { method: 'POST', path: '/delete', handle: remove },
  { method: 'GET', path: '/tree', handle: tree },
  { method: 'POST', path: '/seed', handle: seed },
];
