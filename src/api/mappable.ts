import type { AssemblyChannel } from '../assembly/types';
import { CairnError } from '../domain/errors';
import { RemoteError } from '../domain/remoteError';
import type { DropboxFolder } from '../dropbox/types';
import type { ApiDeps } from './deps';

/** The two ends of a mapping, as the remote sides know them. */
type Deps = Pick<ApiDeps, 'remotes'>;

/** Rejects with `root_not_allowed`, `not_found` or `not_a_folder`. */
export async function findFolder({ remotes }: Deps, portalId: string, given: string): Promise<DropboxFolder> {
  const path = given.replace(/\/+$/, '');
  if (path === '') throw new CairnError('root_not_allowed');
  const dropbox = await remotes.dropbox(portalId);
  const entry = await dropbox.metadata(path).catch((error: unknown) => {
    // A path that Dropbox can't have is one that nothing is at.
    if (error instanceof RemoteError && error.code === 'name_not_allowed') return null;
    throw error;
  });
  if (entry === null) throw new CairnError('not_found', 'There is no such Dropbox folder.');
  if (entry.tag !== 'folder') throw new CairnError('not_a_folder');
  return entry;
}

/** Rejects with `not_found`. */
export async function findChannel(
  { remotes }: Deps,
  portalId: string,
  channelId: string,
): Promise<AssemblyChannel> {
  const channel = await remotes.assembly(portalId).retrieveChannel(channelId);
  if (channel === null) throw new CairnError('not_found', 'There is no such Assembly channel.');
  return channel;
}
