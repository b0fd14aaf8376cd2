import { conflictName } from '../../domain/names';
import { joinPath, nameOf, parentOf, pathKey } from '../../domain/paths';
import type { ItemPath, SyncRef } from '../../domain/types';
import type { Tx } from '../../store/client';
import { takenKeys } from '../../store/plannable';

const MAX_COUNTER = 1_000;
const STEP = 20;

/** The first conflict name beside `path` that neither an item nor an object of either side holds. */
export async function freeConflictPath(
  tx: Tx,
  ref: SyncRef,
  path: ItemPath,
  date: Date,
): Promise<{ path: ItemPath; key: string }> {
  for (let first = 1; first <= MAX_COUNTER; first += STEP) {
    const candidates = Array.from({ length: STEP }, (_, step) => {
      const candidate = joinPath(parentOf(path), conflictName(nameOf(path), date, first + step));
      return { path: candidate, key: pathKey(candidate) };
    });
    const taken = await takenKeys(
      tx,
      ref,
      candidates.map((one) => one.key),
    );
    const free = candidates.find((one) => !taken.has(one.key));
    if (free) return free;
  }
  throw new Error(`more than ${MAX_COUNTER} conflict copies of one name on one day`);
}
