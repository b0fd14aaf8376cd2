import { pathKey } from '../../domain/paths';
import type { ItemPath } from '../../domain/types';

/**
 * What is known of the folders of one side, by path. On Assembly letter case tells folders apart, so the one counts that is
 * spelled as the path is; where none is, the one that Dropbox can't tell from it.
 */
export interface ByFolder<T> {
  get(path: ItemPath): T | undefined;
  /** `known` before others that Dropbox can't tell from it. */
  set(path: ItemPath, value: T, known: boolean): void;
}

export function byFolder<T>(): ByFolder<T> {
  const exact = new Map<string, T>();
  const alike = new Map<string, { value: T; known: boolean }>();
  return {
    get: (path) => {
      const spelled = path.normalize('NFC');
      return exact.has(spelled) ? exact.get(spelled) : alike.get(pathKey(path))?.value;
    },
    set(path, value, known) {
      exact.set(path.normalize('NFC'), value);
      const key = pathKey(path);
      if (known || !alike.get(key)?.known) alike.set(key, { value, known });
    },
  };
}
