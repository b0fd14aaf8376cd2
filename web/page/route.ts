/** Where in the page a person is; kept in the address's fragment, so that Back works and no server sees it. */

export const TABS = ['pending', 'retrying', 'stuck', 'unsyncable', 'conflicts', 'history'] as const;
export type Tab = (typeof TABS)[number];

export type Place =
  | { readonly at: 'syncs' }
  | { readonly at: 'sync'; readonly id: string; readonly tab: Tab | null };

const SYNC = /^#\/syncs\/([0-9a-f-]{36})(?:\/(\w+))?$/;

/** Anything that is no place of ours leads to the list. */
export function placeOf(fragment: string): Place {
  const [, id, tab] = SYNC.exec(fragment) ?? [];
  if (id === undefined) return { at: 'syncs' };
  return { at: 'sync', id, tab: TABS.find((one) => one === tab) ?? null };
}

export function fragmentOf(place: Place): string {
  if (place.at === 'syncs') return '#/';
  return `#/syncs/${place.id}${place.tab === null ? '' : `/${place.tab}`}`;
}

/** Which list of a sync to open first: what needs a person before what doesn't. */
export function firstTab(
  progress: Readonly<Record<'stuck' | 'retrying' | 'pending' | 'unsyncable', number>>,
): Tab {
  for (const tab of ['stuck', 'retrying', 'pending', 'unsyncable'] as const)
    if (progress[tab] > 0) return tab;
  return 'history';
}

/** The address without the app token, which must not stay where it is seen, kept or passed on. */
export function withoutToken(address: string): { readonly token: string | null; readonly address: string } {
  const url = new URL(address);
  const token = url.searchParams.get('token');
  url.searchParams.delete('token');
  return { token, address: `${url.pathname}${url.search}${url.hash}` };
}
