import { randomUUID } from 'node:crypto';
import { refusal } from '../http/refusal';
import { ancestorsOf, freePath, parentOf } from '../paths';
import type { Sandbox } from '../sandbox';
import { type Actor, type Channel, type Content, type FileRecord, put } from '../state/records';
import { folderAt, objectsAt } from './find';

export interface NewObject {
  readonly object: FileRecord['object'];
  /** In stored form. */
  readonly path: string;
  readonly actor: Actor;
  readonly linkUrl?: string | undefined;
  readonly clientPermissions?: 'read_write' | 'read_only' | undefined;
  /** A file that is complete from the start. */
  readonly content?: Content;
}

/** Stores a new object at the path as given, without asking who else is there. Sends no event. */
export const storeObject = (sandbox: Sandbox, channel: Channel, input: NewObject): FileRecord => {
  const at = sandbox.clock.stamp();
  const status = input.content === undefined ? 'pending' : 'completed';
  const file: FileRecord = {
    id: randomUUID(),
    seq: sandbox.store.nextSeq(),
    workspaceId: channel.workspaceId,
    channelId: channel.id,
    object: input.object,
    path: input.path,
    status: input.object === 'file' ? status : null,
    content: input.content ?? null,
    linkUrl: input.linkUrl ?? '',
    clientPermissions: input.object === 'folder' ? (input.clientPermissions ?? 'read_write') : null,
    creator: input.actor,
    modifiedBy: input.actor,
    createdAt: at,
    updatedAt: at,
  };
  sandbox.store.commit([put('file', file)]);
  return file;
};

/** Creates by the rules of the API: the parent must be there, and an occupied path is treated by switch. */
export const createByRules = (sandbox: Sandbox, channel: Channel, input: NewObject): FileRecord => {
  refuseBelowReadOnly(sandbox, channel, input.path);
  const parent = parentOf(input.path);
  if (parent !== '' && folderAt(sandbox, channel, parent) === undefined) {
    throw refusal(400, `Parent folder does not exist: ${parent}`);
  }
  return storeObject(sandbox, channel, { ...input, path: placeFor(sandbox, channel, input) });
};

const placeFor = (sandbox: Sandbox, channel: Channel, { object, path }: NewObject): string => {
  const { occupiedPath, pendingOccupies, folderNamesIgnoreCase } = sandbox.switches;
  const occupants = (at: string): FileRecord[] =>
    objectsAt(sandbox, channel, at).filter((file) => pendingOccupies || file.status !== 'pending');
  const found = occupants(path);
  if (object === 'folder') {
    const twin = folderNamesIgnoreCase ? sandbox.store.index(channel.id).folderIgnoringCase(path) : undefined;
    if (twin !== undefined || found.some((file) => file.object === 'folder')) {
      throw refusal(400, 'Folder already exists');
    }
  }
  if (found.length === 0 || occupiedPath === 'duplicate') return path;
  if (occupiedPath === 'reject') throw refusal(400, 'File already exists');
  return freePath(path, (candidate) => occupants(candidate).length > 0);
};

const refuseBelowReadOnly = (sandbox: Sandbox, channel: Channel, path: string): void => {
  if (sandbox.switches.readOnlyFolders === 'ignore') return;
  const readOnly = ancestorsOf(path).some(
    (folder) => folderAt(sandbox, channel, folder)?.clientPermissions === 'read_only',
  );
  if (readOnly || channel.rootPermissions === 'read_only') {
    const why = sandbox.switches.readOnlyFolders === 'forbid' ? 'The folder is read-only' : '';
    throw refusal(403, why);
  }
};
