import { emitFileEvent } from '../events/emit';
import { refusal } from '../http/refusal';
import { ancestorsOf, storedPath } from '../paths';
import type { Sandbox } from '../sandbox';
import type { Actor, Channel, Content, FileRecord } from '../state/records';
import { storeObject } from './create';
import { folderAt, objectsAt, objectsBelow } from './find';
import { receiveContent, replaceContent } from './receive';
import { removeObjects } from './remove';

export type UploadMode = 'replace' | 'edit' | 'duplicate';

/** The member of staff as whom the control routes act. */
export const personOf = (sandbox: Sandbox, channel: Channel): Actor => ({
  id: sandbox.store.workspace.get(channel.workspaceId)?.staffId ?? '',
  object: 'internalUser',
});

/** The folder at the path (stored form) and all above it, made where missing. `quiet` sends no events. */
export const ensureFolder = (sandbox: Sandbox, channel: Channel, path: string, quiet = false): FileRecord => {
  const [found] = [...ancestorsOf(path), path]
    .map((folder) => ensureOne(sandbox, channel, folder, quiet))
    .slice(-1);
  if (found === undefined) throw refusal(400, 'path has an empty name');
  return found;
};

const ensureOne = (sandbox: Sandbox, channel: Channel, path: string, quiet: boolean): FileRecord => {
  const present = objectsAt(sandbox, channel, path);
  const folder = present.find((file) => file.object === 'folder');
  if (folder !== undefined) return folder;
  if (present.length > 0) throw refusal(409, `path: ${path} is not a folder`);
  const made = storeObject(sandbox, channel, { object: 'folder', path, actor: personOf(sandbox, channel) });
  if (!quiet) void emitFileEvent(sandbox, 'created', made);
  return made;
};

export const ensureParents = (sandbox: Sandbox, channel: Channel, path: string, quiet = false): void => {
  const parent = ancestorsOf(path).at(-1);
  if (parent !== undefined && folderAt(sandbox, channel, parent) === undefined) {
    ensureFolder(sandbox, channel, parent, quiet);
  }
};

/**
 * A person uploads a file whose bytes are stored already. Where a complete file is at the path: `replace` deletes it
 * and creates another, `edit` changes it under its id, `duplicate` puts a second one beside it.
 */
export const placeUpload = (
  sandbox: Sandbox,
  channel: Channel,
  upload: { path: string; content: Content; mode: UploadMode; quiet?: boolean },
): FileRecord => {
  const path = storedPath(upload.path, sandbox.switches);
  const actor = personOf(sandbox, channel);
  ensureParents(sandbox, channel, path, upload.quiet);
  const current = objectsAt(sandbox, channel, path).find((file) => file.status === 'completed');
  if (current !== undefined && upload.mode === 'edit') {
    return replaceContent(sandbox, current, { content: upload.content, modifiedBy: actor });
  }
  if (current !== undefined && upload.mode === 'replace') {
    removeObjects(sandbox, [current]);
    void emitFileEvent(sandbox, 'deleted', current);
  }
  if (sandbox.switches.personUpload === 'twoStep' && !upload.quiet) {
    const pending = storeObject(sandbox, channel, { object: 'file', path, actor });
    void emitFileEvent(sandbox, 'created', pending);
    receiveContent(sandbox, pending, upload.content);
    return sandbox.store.file.get(pending.id) ?? pending;
  }
  const created = storeObject(sandbox, channel, { object: 'file', path, actor, content: upload.content });
  if (!upload.quiet) void emitFileEvent(sandbox, 'created', created);
  return created;
};

/** A person deletes an object; a folder goes with all that is in it. Returns how many objects went. */
export const deleteAsPerson = (sandbox: Sandbox, file: FileRecord): number => {
  const below = objectsBelow(sandbox, file);
  removeObjects(sandbox, [...below, file]);
  void emitFileEvent(sandbox, 'deleted', file);
  if (sandbox.switches.descendantEvents) {
    for (const child of below.reverse()) void emitFileEvent(sandbox, 'deleted', child);
  }
  return below.length + 1;
};
