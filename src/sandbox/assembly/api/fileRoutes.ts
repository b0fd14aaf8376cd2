import { z } from 'zod';
import { emitFileEvent } from '../events/emit';
import { decodeSegment, readJson } from '../http/call';
import { refusal } from '../http/refusal';
import { empty, json, type Reply } from '../http/reply';
import { createByRules, type NewObject } from '../objects/create';
import { removeObjects } from '../objects/remove';
import { storedPath } from '../paths';
import type { Sandbox } from '../sandbox';
import { type Channel, type FileRecord, put } from '../state/records';
import { fileView } from '../views/fileView';
import { parseBody } from './body';
import { listFiles } from './listFiles';
import { channelOf, fileOf } from './lookups';
import type { ApiCall, ApiRoute } from './route';

const permissions = z.enum(['read_write', 'read_only']);
// Names in lower case: the backend reads keys without regard to case, so `channelID` works too.
const createBody = z.object({
  path: z.string().min(1),
  channelid: z.string().min(1),
  linkurl: z.string().optional(),
  clientpermissions: permissions.optional(),
});
const permissionsBody = z.object({ clientpermissions: permissions, channelid: z.string().optional() });

const create =
  (object: FileRecord['object']) =>
  async (sandbox: Sandbox, { call, workspace }: ApiCall): Promise<Reply> => {
    const body = parseBody(createBody, await readJson(call));
    const channel = channelOf(sandbox, workspace, body.channelid, sandbox.switches.missingChannelStatus);
    if (object === 'link' && !body.linkurl) throw refusal(400, 'linkUrl is required');
    const { file, made } = await createOnce(sandbox, channel, {
      object,
      path: storedPath(body.path, sandbox.switches),
      actor: { id: workspace.appUserId, object: 'internalUser' },
      linkUrl: object === 'link' ? body.linkurl : undefined,
      clientPermissions: body.clientpermissions,
    });
    const delivered = made ? emitFileEvent(sandbox, 'created', file) : Promise.resolve();
    if (sandbox.switches.createdEventBeforeResponse) await delivered;
    return json(fileView(sandbox, file, 'create'));
  };

const createOnce = async (
  sandbox: Sandbox,
  channel: Channel,
  input: NewObject,
): Promise<{ file: FileRecord; made: boolean }> => {
  if (input.object !== 'folder' || sandbox.switches.folderRace === 'reject') {
    return { file: createByRules(sandbox, channel, input), made: true };
  }
  const { file, first } = await sandbox.folderRaces.join(
    `${channel.id} ${input.path}`,
    sandbox.switches.folderRaceWindowMs,
    () => createByRules(sandbox, channel, input),
  );
  return { file, made: first };
};

const retrieve = (sandbox: Sandbox, { workspace, id }: ApiCall): Reply =>
  json(fileView(sandbox, fileOf(sandbox, workspace, decodeSegment(id)), 'retrieve'));

const remove = (sandbox: Sandbox, { workspace, id }: ApiCall): Reply => {
  const file = fileOf(sandbox, workspace, decodeSegment(id));
  if (file.object === 'folder' && sandbox.store.index(file.channelId).hasChildren(file.path)) {
    throw refusal(400, 'Folder is not empty');
  }
  removeObjects(sandbox, [file]);
  void emitFileEvent(sandbox, 'deleted', file);
  return json({ id: file.id, object: file.object, deleted: true });
};

const setPermissions = async (sandbox: Sandbox, { call, workspace, id }: ApiCall): Promise<Reply> => {
  const body = parseBody(permissionsBody, await readJson(call));
  if (id === 'root') {
    if (!body.channelid) throw refusal(400, 'channelId is required for root');
    const channel = channelOf(sandbox, workspace, body.channelid, sandbox.switches.missingChannelStatus);
    sandbox.store.commit([put('channel', { ...channel, rootPermissions: body.clientpermissions })]);
    return empty();
  }
  const folder = fileOf(sandbox, workspace, decodeSegment(id));
  if (folder.object !== 'folder') throw refusal(400, 'Only folders have permissions');
  const changed = { ...folder, clientPermissions: body.clientpermissions, updatedAt: sandbox.clock.stamp() };
  sandbox.store.commit([put('file', changed)]);
  return json(fileView(sandbox, changed, 'retrieve'));
};

export const fileRoutes: readonly ApiRoute[] = [
  { name: 'POST /v1/files/file', handle: create('file') },
  { name: 'POST /v1/files/folder', handle: create('folder') },
  { name: 'POST /v1/files/link', handle: create('link') },
  { name: 'GET /v1/files', handle: listFiles },
  { name: 'GET /v1/files/{id}', handle: retrieve },
  { name: 'DELETE /v1/files/{id}', handle: remove },
  { name: 'PUT /v1/files/{id}/permissions/', handle: setPermissions },
];
