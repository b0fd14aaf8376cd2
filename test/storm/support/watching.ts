import { writeFileSync } from 'node:fs';
import { setTimeout as delay } from 'node:timers/promises';
import type { TreeEntry } from '../../support/people';
import { firstDifference, waitFor } from '../../support/system';
import type { StormSystem } from './stormSystem';

/** Looking costs the database that is looked at. */
const LOOK_EVERY_MS = 1_000;

/** Like `waitFor`, at a pace that a system at its limits can bear. */
export const patiently = <T>(look: () => Promise<T | string>, ms: number): Promise<T> =>
  waitFor(async () => {
    await delay(LOOK_EVERY_MS);
    return await look();
  }, ms);

/** Files that are the same on both sides, and of which nothing is to be weighed any more. */
export const settledFiles = ({ store }: StormSystem, syncId: string): Promise<number> =>
  store.prisma.fileFolderSync.count({
    where: {
      channelSyncId: syncId,
      object: 'file',
      deletedAt: null,
      pendingAction: null,
      dirty: false,
      baseAt: { not: null },
    },
  });

/** Items with an operation that is owed, or that are to be planned. */
export const owed = ({ store }: StormSystem, syncId: string): Promise<number> =>
  store.prisma.fileFolderSync.count({
    where: {
      channelSyncId: syncId,
      deletedAt: null,
      OR: [{ pendingAction: { not: null } }, { dirty: true }],
    },
  });

/** Both trees once nothing is owed and they are equal, or what stands in the way. */
export async function treesAtRest(
  system: StormSystem,
  syncId: string,
): Promise<{ dropbox: TreeEntry[]; assembly: TreeEntry[] } | string> {
  const left = await owed(system, syncId);
  if (left > 0) return `${left} are still owed`;
  const [dropbox, assembly] = [await system.dropbox.tree(), await system.assembly.tree()];
  return firstDifference(dropbox, assembly) ?? { dropbox, assembly };
}

/** Prints the figures, and writes them to the file that `STORM_JSON` names. */
export function report(figures: Record<string, unknown>): void {
  const text = `${JSON.stringify(figures, null, 2)}\n`;
  process.stdout.write(text);
  if (process.env.STORM_JSON) writeFileSync(process.env.STORM_JSON, text);
}
