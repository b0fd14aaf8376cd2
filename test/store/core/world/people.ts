import type { Side } from '../../../../src/domain/types';
import type { FakeAssembly } from './fakeAssembly';
import { type FakeDropbox, ROOT } from './fakeDropbox';

/** What a person does on a side. Paths are relative to what is synced; missing parents are made. */
export interface Person {
  /** A new file, or other bytes for the one that is there. Returns its id. */
  put(path: string, content: string): string;
  folder(path: string): string;
  rename(from: string, to: string): void;
  /** With all that is in it. */
  remove(path: string): void;
}

export const createPeople = (dropbox: FakeDropbox, assembly: FakeAssembly): Record<Side, Person> => ({
  dropbox: {
    put: (path, content) => dropbox.put(ROOT + path, content),
    folder: (path) => dropbox.folder(ROOT + path),
    rename: (from, to) => dropbox.rename(ROOT + from, ROOT + to),
    remove: (path) => dropbox.remove(ROOT + path),
  },
  assembly: {
    put: (path, content) =>
      assembly.idAt(path) ? assembly.edit(path, content) : assembly.put(path, content),
    folder: (path) => assembly.folder(path),
    rename: (from, to) => assembly.rename(from, to),
    remove: (path) => assembly.remove(path),
  },
});
