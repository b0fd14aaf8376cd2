import { CairnError } from '../domain/errors';
import type { ItemRef, SyncRef } from '../domain/types';
import type { Store } from '../store/client';
import { findItems, findSyncs } from '../store/operatorLookups';
import { UsageError } from './exitCodes';

/** What starts no id at all. */
const ID_START = /^[0-9a-f][0-9a-f-]{0,35}$/i;

/** The sync whose id is, or starts with, what was typed. Throws `not_found`; a `UsageError` where several do. */
export const locateSync = (store: Store, typed: string, portal?: string): Promise<SyncRef> =>
  one(
    typed,
    'sync',
    (prefix) => findSyncs(store, prefix, portal),
    ({ portalId, syncId }) => `${syncId} (${portalId})`,
  );

/** The same for an item. */
export const locateItem = (store: Store, typed: string, portal?: string): Promise<ItemRef> =>
  one(
    typed,
    'item',
    (prefix) => findItems(store, prefix, portal),
    ({ portalId, itemId }) => `${itemId} (${portalId})`,
  );

async function one<T>(
  typed: string,
  what: string,
  find: (prefix: string) => Promise<T[]>,
  name: (match: T) => string,
): Promise<T> {
  const matches = ID_START.test(typed) ? await find(typed) : [];
  const [match, ...others] = matches;
  if (match === undefined)
    throw new CairnError('not_found', `There is no ${what} whose id starts with "${typed}".`);
  if (others.length > 0) {
    throw new UsageError(
      `Several ids start with "${typed}"; type more of one:\n${matches.map(name).join('\n')}`,
    );
  }
  return match;
}
