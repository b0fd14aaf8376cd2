import type { FileRecord } from '../state/records';
import type { Timers } from '../timers';

export interface StalePaths {
  /** For so long the object is still told with the path it had. */
  keep(before: FileRecord, lagMs: number): void;
  /** The path as the API tells it now. */
  pathOf(file: FileRecord): string;
}

/** What was in a renamed folder may be listed under its old path for a while; lookups go by the new one at once. */
export const createStalePaths = (timers: Timers): StalePaths => {
  const paths = new Map<string, string>();
  return {
    keep: (before, lagMs) => {
      if (lagMs === 0) return;
      paths.set(before.id, before.path);
      timers.after(lagMs, () => {
        if (paths.get(before.id) === before.path) paths.delete(before.id);
      });
    },
    pathOf: (file) => paths.get(file.id) ?? file.path,
  };
};
