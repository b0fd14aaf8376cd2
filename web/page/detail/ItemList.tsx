import { useEffect, useState } from 'preact/hooks';
import { useNow } from '../../ui/useNow';
import { usePage } from '../context';
import type { Item, List, Sync } from '../json';
import type { Tab } from '../route';
import { ItemRow } from './ItemRow';
import { PagedList } from './PagedList';
import { usePages } from './usePages';

const PAGE = 50;
const TYPING_MS = 350;

const FILTERS: Readonly<Record<Exclude<Tab, 'history'>, Readonly<Record<string, string>>>> = {
  pending: { state: 'pending' },
  retrying: { state: 'retrying' },
  stuck: { state: 'stuck' },
  unsyncable: { state: 'unsyncable' },
  conflicts: { conflictCopy: 'true' },
};

const MEANINGS: Readonly<Record<Exclude<Tab, 'history'>, string>> = {
  pending: 'These wait for their turn.',
  retrying: 'These failed and are tried again by themselves.',
  stuck: 'These failed so often that they wait for you. See the reason, mend it, then retry.',
  unsyncable:
    'The other side can not hold these as they are. They sync once the name, type or size is changed.',
  conflicts:
    'Both sides changed these files at once, so both versions are kept. Compare them, then delete or rename one.',
};

const NONE: Readonly<Record<Exclude<Tab, 'history'>, string>> = {
  pending: 'Nothing waits.',
  retrying: 'Nothing is being retried.',
  stuck: 'Nothing is stuck.',
  unsyncable: 'Everything can be held by both sides.',
  conflicts: 'There are no conflict copies.',
};

interface ItemListProps {
  readonly sync: Sync;
  readonly tab: Exclude<Tab, 'history'>;
}

export function ItemList({ sync, tab }: ItemListProps) {
  const { api } = usePage();
  const now = useNow(1_000);
  const [prefix, setPrefix] = useState('');
  const wanted = useSettledPrefix(prefix);
  const pages = usePages<Item>({
    query: wanted,
    // Whatever changes an item changes these counts; one that fails again has its next try for that.
    version: JSON.stringify([sync.state, sync.progress]),
    pageSize: PAGE,
    read: ({ cursor, limit }, signal) => {
      const search = new URLSearchParams({
        ...FILTERS[tab],
        prefix: wanted,
        cursor: cursor ?? '',
        limit: `${limit}`,
      });
      return api.get<List<Item>>(`api/syncs/${sync.id}/items?${search}`, signal);
    },
  });
  useRereadWhenDue(pages.items, now, pages.touch);
  return (
    <>
      <p class="muted small">{MEANINGS[tab]}</p>
      {sync.progress[tab] > PAGE || prefix !== '' ? (
        <label class="field">
          <span>Only paths that begin with</span>
          <input
            class="input"
            autocomplete="off"
            placeholder="/"
            value={prefix}
            onInput={(event) => setPrefix(event.currentTarget.value)}
          />
        </label>
      ) : null}
      <PagedList
        pages={pages}
        what="items"
        empty={wanted === '' ? NONE[tab] : `Nothing here begins with ${wanted}.`}
      >
        {(item) => <ItemRow key={item.id} sync={sync} item={item} now={now} onChanged={pages.again} />}
      </PagedList>
    </>
  );
}

/** Paths begin with a slash, whether or not it is typed. */
function useSettledPrefix(typed: string): string {
  const [settled, setSettled] = useState('');
  useEffect(() => {
    const prefix = typed === '' || typed.startsWith('/') ? typed : `/${typed}`;
    const timer = setTimeout(() => setSettled(prefix), TYPING_MS);
    return () => clearTimeout(timer);
  }, [typed]);
  return settled;
}

const REREAD_MS = 3_000;

/** An item that fails again keeps its state, so no count tells of it: its new try shows only by reading it again. */
function useRereadWhenDue(items: readonly Item[] | null, now: number, touch: () => void): void {
  const due = items?.some(
    ({ nextAttemptAt }) => nextAttemptAt !== undefined && Date.parse(nextAttemptAt) <= now,
  );
  // Dependencies: set up once for as long as something is due
  useEffect(() => {
    if (due !== true) return;
    const timer = setInterval(touch, REREAD_MS);
    return () => clearInterval(timer);
  }, [due]);
}
