import { type Decision, describeDecision, type PlanInput } from '../../../src/domain/plan';
import type { AssemblySeen, Base, DropboxSeen, ObjectKind } from '../../../src/domain/types';

/** A side's state against the base, as in the table of the plan; `?` is an edit that only the bytes can confirm. */
export type FileState = '=' | 'E' | 'M' | 'E+M' | 'X' | '?' | '?+M';
export type FolderState = '=' | 'M' | 'X';

export const onDropbox = (over: Partial<DropboxSeen> = {}): DropboxSeen => ({
  id: 'id:d',
  path: '/a.txt',
  object: 'file',
  rev: 'rev0',
  size: 10,
  hash: 'h0',
  downloadable: true,
  ...over,
});

export const onAssembly = (over: Partial<AssemblySeen> = {}): AssemblySeen => ({
  id: 'a',
  path: '/a.txt',
  object: 'file',
  version: 'v0',
  size: 10,
  hash: null,
  ...over,
});

export const agreed = (over: Partial<Base> = {}): Base => ({
  hash: 'h0',
  size: 10,
  dropbox: { id: 'id:d', path: '/a.txt', rev: 'rev0' },
  assembly: { id: 'a', path: '/a.txt', version: 'v0' },
  ...over,
});

/** Agreed on `h0` with a path of its own on each side. */
export const agreedAt = (dropbox: string, assembly: string): Base =>
  agreed({
    dropbox: { id: 'id:d', path: dropbox, rev: 'rev0' },
    assembly: { id: 'a', path: assembly, version: 'v0' },
  });

/** An agreed, unchanged file `/a.txt`; `placed` follows the sides unless given. */
export const fileInput = (over: Partial<PlanInput> = {}): PlanInput => {
  const input = {
    object: 'file' as ObjectKind,
    itemPath: '/a.txt',
    pinned: false,
    base: agreed(),
    dropbox: onDropbox(),
    assembly: onAssembly(),
    occupied: false,
    ...over,
  };
  return {
    ...input,
    placed: over.placed ?? { dropbox: input.dropbox?.path ?? null, assembly: input.assembly?.path ?? null },
  };
};

const FOLDER = { object: 'folder', size: null, hash: null, path: '/a' } as const;
export const folderOnDropbox = (over: Partial<DropboxSeen> = {}): DropboxSeen =>
  onDropbox({ ...FOLDER, rev: null, ...over });
export const folderOnAssembly = (over: Partial<AssemblySeen> = {}): AssemblySeen =>
  onAssembly({ ...FOLDER, version: null, ...over });

/** An agreed, unchanged, empty folder `/a`. */
export const folderInput = (over: Partial<PlanInput> = {}): PlanInput =>
  fileInput({
    object: 'folder',
    itemPath: '/a',
    base: agreed({
      hash: null,
      size: null,
      dropbox: { id: 'id:d', path: '/a', rev: null },
      assembly: { id: 'a', path: '/a', version: null },
    }),
    dropbox: folderOnDropbox(),
    assembly: folderOnAssembly(),
    ...over,
  });

const moves = (state: FileState | FolderState): boolean =>
  state === 'M' || state === 'E+M' || state === '?+M';

/** Dropbox moves to `/d…`, Assembly to `/b…`, each edit makes bytes of its own. */
export const dropboxIn = (state: FileState): DropboxSeen | null => {
  if (state === 'X') return null;
  const edit = state.startsWith('E') ? { hash: 'hD', rev: 'rev1', size: 11 } : {};
  return onDropbox({ ...edit, ...(moves(state) ? { path: '/d.txt' } : {}) });
};

export const assemblyIn = (state: FileState): AssemblySeen | null => {
  if (state === 'X') return null;
  const edit = state.startsWith('E') ? { hash: 'hA', version: 'v1', size: 12 } : {};
  const doubt = state.startsWith('?') ? { version: 'v1' } : {};
  return onAssembly({ ...edit, ...doubt, ...(moves(state) ? { path: '/b.txt' } : {}) });
};

export const folderDropboxIn = (state: FolderState): DropboxSeen | null =>
  state === 'X' ? null : folderOnDropbox(moves(state) ? { path: '/d' } : {});
export const folderAssemblyIn = (state: FolderState): AssemblySeen | null =>
  state === 'X' ? null : folderOnAssembly(moves(state) ? { path: '/b' } : {});

/** `<rule> <what> <path>`, the form in which the tests state what they expect. */
export const say = (decision: Decision, object: ObjectKind): string => {
  const path = decision.do === 'close' ? '' : ` ${decision.path}`;
  return `${decision.rule} ${describeDecision(decision, object)}${path}`;
};
