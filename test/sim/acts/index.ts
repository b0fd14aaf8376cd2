import type { Random } from '../random';
import type { Act } from './act';
import * as borders from './borders';
import * as files from './files';
import * as places from './places';
import { actOnRoot, missRoot, share, unshare } from './root';
import { type Perform, setScene } from './scene';
import type { Stage } from './stage';

export { type Act, ALL_ACTS, DAILY_ACTS, PLAIN_ACTS, type Weights } from './act';
export { createStage, type Stage, tidyUp } from './stage';
export type Side = 'dropbox' | 'assembly';

const ACTS: Readonly<Record<Exclude<Act, 'root'>, Perform>> = {
  create: files.create,
  edit: files.edit,
  replace: files.replace,
  rename: places.rename,
  move: places.move,
  renameCase: places.renameCase,
  swap: places.swap,
  remove: places.remove,
  removeFolder: places.removeFolder,
  folder: files.folder,
  nested: files.nested,
  changeType: places.changeType,
  restore: places.restore,
  twins: files.twins,
  empty: files.empty,
  refused: files.refused,
  collide: files.collide,
  unicode: files.unicode,
  reform: files.reform,
  otherCase: files.spelledOtherwise,
  deep: files.deep,
  restoreFolder: places.restoreFolder,
  moveOut: borders.moveOut,
  moveIn: borders.moveIn,
  share,
  unshare,
  unreadable: files.unreadable,
  link: borders.link,
  begin: borders.begin,
  complete: borders.complete,
  removeMany: places.removeMany,
  undoMany: places.undoMany,
};

/** A person does one thing on one side, as the oracle watches. Rejects with what the side itself refuses. */
export async function perform(stage: Stage, side: Side, act: Act, random: Random): Promise<string> {
  return (await attempt(stage, side, act, random)) ?? 'nothing to do';
}

async function attempt(stage: Stage, side: Side, act: Act, random: Random): Promise<string | null> {
  if (side === 'dropbox' && stage.lostRoot !== null) return await missRoot(stage, random);
  if (act !== 'root') return await ACTS[act](await setScene(stage, side, random));
  return side === 'dropbox' ? await actOnRoot(stage, random) : null;
}
