import { setTimeout as delay } from 'node:timers/promises';
import type { FileRecord } from '../state/records';

export interface FolderRaces {
  /**
   * Makes the folder after the window; whoever asks for the same key within it gets the same folder. `first` is true
   * for the one whose call made it.
   */
  join(key: string, windowMs: number, make: () => FileRecord): Promise<{ file: FileRecord; first: boolean }>;
}

export const createFolderRaces = (): FolderRaces => {
  const running = new Map<string, Promise<FileRecord>>();
  return {
    join: async (key, windowMs, make) => {
      const joined = running.get(key);
      if (joined !== undefined) return { file: await joined, first: false };
      const made = delay(windowMs)
        .then(make)
        .finally(() => running.delete(key));
      running.set(key, made);
      return { file: await made, first: true };
    },
  };
};
