import { emitFileEvent } from '../events/emit';
import type { Sandbox } from '../sandbox';
import { type Content, type FileRecord, put } from '../state/records';
import { discardContent } from './remove';

/** Bytes have arrived at the upload URL of an object. */
export const receiveContent = (sandbox: Sandbox, file: FileRecord, content: Content): void => {
  if (file.status === 'completed') {
    replaceContent(sandbox, file, { content });
    return;
  }
  sandbox.store.commit([put('file', { ...file, content })]);
  discardContent(sandbox, file);
  if (file.content === null) scheduleCompletion(sandbox, file.id);
};

/** New bytes under the same id, told by a bare `updated`. */
export const replaceContent = (
  sandbox: Sandbox,
  file: FileRecord,
  changes: Pick<FileRecord, 'content'> & Partial<Pick<FileRecord, 'modifiedBy'>>,
): FileRecord => {
  const updated = { ...file, ...changes, updatedAt: sandbox.clock.stamp() };
  sandbox.store.commit([put('file', updated)]);
  discardContent(sandbox, file);
  void emitFileEvent(sandbox, 'updated', updated);
  return updated;
};

/** What a crash left between the upload and its completion. */
export const resumeCompletions = (sandbox: Sandbox): void => {
  for (const file of sandbox.store.file.values()) {
    if (file.status === 'pending' && file.content !== null) scheduleCompletion(sandbox, file.id);
  }
};

const scheduleCompletion = (sandbox: Sandbox, id: string): void => {
  const delay = sandbox.switches.completionDelayMs;
  if (delay !== 'never') sandbox.timers.after(delay, () => complete(sandbox, id));
};

const complete = (sandbox: Sandbox, id: string): void => {
  const file = sandbox.store.file.get(id);
  if (file?.status !== 'pending' || file.content === null) return;
  if (file.content.size === 0 && sandbox.switches.zeroBytes === 'stayPending') return;
  const completed: FileRecord = { ...file, status: 'completed', updatedAt: sandbox.clock.stamp() };
  sandbox.store.commit([put('file', completed)]);
  void emitFileEvent(sandbox, 'updated', completed);
};
