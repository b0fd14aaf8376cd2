import { type ApplyContext, lookAgain, Replan } from './context';

/**
 * What is created or moved is named by its path, and Dropbox makes whatever folder of a path is missing: where somebody
 * has moved or deleted the synced folder, another one would come to be in its old place. No call joins the two, so the
 * folder is asked for right before.
 */
export async function rootStands(context: ApplyContext): Promise<void> {
  const { dropbox, sync, run } = context;
  const root = await dropbox.metadata(sync.rootId, run.signal);
  if (root?.tag === 'folder' && (root.pathDisplay ?? root.pathLower) === sync.rootPath) return;
  await lookAgain(context, 'dropbox');
  throw new Replan('the synced folder is not where it was');
}
