import { randomUUID } from 'node:crypto';
import { emitFileEvent } from '../events/emit';
import { refusal } from '../http/refusal';
import type { Sandbox } from '../sandbox';
import { type Actor, type Channel, drop, type FileRecord, put } from '../state/records';
import { objectsAt, objectsBelow } from './find';

interface Move {
  readonly before: FileRecord;
  readonly after: FileRecord;
}

/**
 * A person renames or moves an object to `path` (stored form, parents there). The id stays, and so do those of what
 * lies in a folder; to another channel it depends on the switch. Refuses with 409 an occupied target, with 400 a
 * folder that would end up in itself.
 */
export const moveObject = (
  sandbox: Sandbox,
  file: FileRecord,
  target: { channel: Channel; path: string; actor: Actor },
): FileRecord => {
  const { channel, path } = target;
  if (channel.id === file.channelId && file.object === 'folder' && path.startsWith(`${file.path}/`)) {
    throw refusal(400, 'to: a folder cannot be moved into itself');
  }
  if (objectsAt(sandbox, channel, path).some((other) => other.id !== file.id)) {
    throw refusal(409, 'to: something is there already');
  }
  const reborn = channel.id !== file.channelId && sandbox.switches.crossChannelMove === 'newId';
  const at = sandbox.clock.stamp();
  const place = (before: FileRecord, isRoot: boolean): Move => {
    const touched = isRoot || reborn || sandbox.switches.descendantUpdatedAt;
    const after = {
      ...before,
      channelId: channel.id,
      path: path + before.path.slice(file.path.length),
      ...(touched ? { updatedAt: at, modifiedBy: target.actor } : {}),
      ...(reborn ? { id: randomUUID(), seq: sandbox.store.nextSeq(), createdAt: at } : {}),
    };
    return { before, after };
  };
  const root = place(file, true);
  const below = objectsBelow(sandbox, file).map((child) => place(child, false));
  const moves = [root, ...below];
  const gone = reborn ? moves.map(({ before }) => drop('file', before.id)) : [];
  sandbox.store.commit([...gone, ...moves.map(({ after }) => put('file', after))]);
  for (const { before } of below) sandbox.stalePaths.keep(before, sandbox.switches.descendantPathLagMs);
  for (const move of sandbox.switches.descendantEvents ? moves : [root]) tell(sandbox, move, reborn);
  return root.after;
};

const tell = (sandbox: Sandbox, { before, after }: Move, reborn: boolean): void => {
  if (reborn) {
    void emitFileEvent(sandbox, 'deleted', before);
    void emitFileEvent(sandbox, 'created', after);
  } else {
    void emitFileEvent(sandbox, 'updated', after, before);
  }
};
