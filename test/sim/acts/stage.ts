import type { BegunUpload } from '../assemblyPerson';
import type { Oracle } from '../oracle';
import type { Shown } from '../people';
import type { Sim } from '../sim';

/** What people remember from one act to the next. */
export interface Stage {
  readonly sim: Sim;
  readonly oracle: Oracle;
  /** Assembly lets no two objects stand at one path. */
  readonly exclusive: boolean;
  /** Folders that somebody deleted on Dropbox, and files of many that went at once. */
  readonly removedFolders: string[];
  removedAtOnce: string[];
  /** Paths of the account, on Dropbox, to which something was moved out of the synced folder. */
  readonly movedOut: string[];
  /** Uploads of other clients of Assembly whose bytes have not come yet. */
  readonly begun: BegunUpload[];
  /** Ids of folders of which only the deletes of their sharing have been told. */
  readonly halfShared: Set<string>;
  /** What was in the synced folder when somebody deleted it; `null`: it is there. */
  lostRoot: readonly Shown[] | null;
  /** After all that happened: only what the other side can follow to the letter is done any more. */
  quiet: boolean;
}

export const createStage = (sim: Sim, oracle: Oracle, exclusive: boolean): Stage => ({
  sim,
  oracle,
  exclusive,
  removedFolders: [],
  removedAtOnce: [],
  movedOut: [],
  begun: [],
  halfShared: new Set(),
  lostRoot: null,
  quiet: false,
});

/** What the second has more of than the first was brought by somebody: a version like any other. */
export function gained(oracle: Oracle, before: readonly Shown[], after: readonly Shown[]): void {
  const known = before.map(({ hash }) => hash);
  for (const { hash } of after) {
    if (hash === null) continue;
    const index = known.indexOf(hash);
    if (index === -1) oracle.made(hash);
    else known.splice(index, 1);
  }
}

/** What nobody wants to leave as it is: a deleted root is restored, what Dropbox has half told is told to its end. */
export async function tidyUp(stage: Stage): Promise<void> {
  if (stage.lostRoot !== null) await restoreRoot(stage);
  await completeShares(stage);
}

export async function restoreRoot(stage: Stage): Promise<void> {
  const { sim, oracle, lostRoot } = stage;
  await sim.dropbox.restoreRoot();
  gained(oracle, lostRoot ?? [], await sim.dropbox.tree());
  stage.lostRoot = null;
}

export async function completeShares({ sim, halfShared }: Stage): Promise<void> {
  if (halfShared.size === 0) return;
  const tree = await sim.dropbox.tree();
  for (const { id, path } of tree) if (halfShared.has(id)) await sim.dropbox.share(path, 'share', 'complete');
  halfShared.clear();
}
