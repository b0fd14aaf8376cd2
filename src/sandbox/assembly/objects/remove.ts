import type { Sandbox } from '../sandbox';
import { type Change, drop, type FileRecord } from '../state/records';

/** Removes objects and their bytes, with whatever else has to change at the same instant. Sends no event. */
export const removeObjects = (
  sandbox: Sandbox,
  files: readonly FileRecord[],
  alongside: readonly Change[] = [],
): void => {
  sandbox.store.commit([...files.map((file) => drop('file', file.id)), ...alongside]);
  for (const file of files) discardContent(sandbox, file);
};

/** Call it after the commit: until then the record needs the bytes. */
export const discardContent = (sandbox: Sandbox, file: FileRecord): void => {
  if (file.content !== null) void sandbox.blobs.discard(file.content.blob);
};
