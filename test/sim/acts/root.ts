import type { Random } from '../random';
import type { Perform } from './scene';
import { restoreRoot, type Stage } from './stage';

/** Where the synced folder may be put; the second half lies in a folder of its own. */
const PLACES = [
  '/Clients',
  '/Customers',
  '/CLIENTS',
  '/Archive/Clients',
  '/Archive/2026/Clients',
  '/Store/Clients',
];
const ABOVE = ['/Archive', '/Store', '/Archive/2026', '/archive'];

/** People act on the synced folder itself. */
export async function actOnRoot(stage: Stage, random: Random): Promise<string | null> {
  switch (random.weighted({ move: 4, above: 2, share: 2, unshare: 1, remove: 2 })) {
    case 'move': {
      const to = random.pick(PLACES);
      await stage.sim.dropbox.moveRoot(to);
      return `the root becomes ${to}`;
    }
    case 'above': {
      const [, top, below] = stage.sim.dropbox.root().split('/');
      if (below === undefined) return null;
      const to = random.pick(ABOVE);
      await stage.sim.dropbox.renameOutside(`/${top}`, to);
      return `/${top}, which holds the root, becomes ${to}`;
    }
    case 'share':
      await stage.sim.dropbox.share('', 'share');
      return 'the root is shared';
    case 'unshare':
      await stage.sim.dropbox.share('', 'unshare');
      return 'the root is not shared any more';
    case 'remove':
      stage.lostRoot = await stage.sim.dropbox.tree();
      await stage.sim.dropbox.removeRoot();
      return 'the root is deleted';
  }
}

/** Without the folder nothing can be done on Dropbox but to restore it. */
export async function missRoot(stage: Stage, random: Random): Promise<string | null> {
  if (!random.chance(0.3)) return null;
  await restoreRoot(stage);
  if (random.chance(0.5)) stage.sim.resume();
  return 'the root is restored';
}

/** A folder is shared: Dropbox tells of it as gone and then as new, perhaps a while later. */
export const share: Perform = async ({ side, folders, random, sim, stage }) => {
  if (side === 'assembly' || folders.length === 0) return null;
  const { path, id } = random.pick(folders);
  const half = random.chance(0.4) ? 'gone' : 'both';
  await sim.dropbox.share(path, 'share', half);
  if (half === 'gone') stage.halfShared.add(id);
  return `share ${path}${half === 'gone' ? ', half told' : ''}`;
};

export const unshare: Perform = async ({ side, folders, random, sim }) => {
  if (side === 'assembly' || folders.length === 0) return null;
  const { path } = random.pick(folders);
  await sim.dropbox.share(path, 'unshare');
  return `unshare ${path}`;
};
