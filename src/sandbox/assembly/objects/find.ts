import type { Sandbox } from '../sandbox';
import type { Channel, FileRecord } from '../state/records';

/** The objects at exactly this path; several, where the API let a path be taken twice. */
export const objectsAt = (sandbox: Sandbox, channel: Channel, path: string): FileRecord[] =>
  records(sandbox, sandbox.store.index(channel.id).at(path));

/** What lies below a folder, parents first, without the folder. */
export const objectsBelow = (sandbox: Sandbox, folder: FileRecord): FileRecord[] =>
  folder.object === 'folder'
    ? records(sandbox, sandbox.store.index(folder.channelId).below(folder.path))
    : [];

export const folderAt = (sandbox: Sandbox, channel: Channel, path: string): FileRecord | undefined =>
  objectsAt(sandbox, channel, path).find((file) => file.object === 'folder');

export const records = (sandbox: Sandbox, ids: readonly string[]): FileRecord[] =>
  ids.flatMap((id) => sandbox.store.file.get(id) ?? []);
