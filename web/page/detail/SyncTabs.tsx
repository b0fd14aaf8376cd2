import { useRef } from 'preact/hooks';
import { usePage } from '../context';
import type { Sync } from '../json';
import { TABS, type Tab } from '../route';
import { count } from '../words';

const LABELS: Readonly<Record<Tab, string>> = {
  pending: 'Pending',
  retrying: 'Retrying',
  stuck: 'Stuck',
  unsyncable: 'Not syncable',
  conflicts: 'Conflicts',
  history: 'History',
};

const STEPS: Readonly<Record<string, (index: number) => number>> = {
  ArrowRight: (index) => (index + 1) % TABS.length,
  ArrowLeft: (index) => (index + TABS.length - 1) % TABS.length,
  Home: () => 0,
  End: () => TABS.length - 1,
};

/** One stop for Tab, arrows within, as screen readers expect of tabs. */
export function SyncTabs({ sync, tab }: { readonly sync: Sync; readonly tab: Tab }) {
  const { goTo } = usePage();
  const list = useRef<HTMLDivElement>(null);
  const open = (next: Tab) => goTo({ at: 'sync', id: sync.id, tab: next });
  const onKeyDown = (event: KeyboardEvent) => {
    const step = STEPS[event.key];
    if (step === undefined) return;
    event.preventDefault();
    const next = TABS[step(TABS.indexOf(tab))];
    if (next === undefined) return;
    open(next);
    list.current?.querySelector<HTMLElement>(`#tab-${next}`)?.focus();
  };
  return (
    <div class="tabs" role="tablist" aria-label="Items of the sync" ref={list}>
      {TABS.map((one) => (
        <button
          key={one}
          type="button"
          role="tab"
          id={`tab-${one}`}
          aria-selected={one === tab}
          aria-controls="tab-panel"
          tabIndex={one === tab ? 0 : -1}
          onClick={() => open(one)}
          onKeyDown={onKeyDown}
        >
          {LABELS[one]}
          {one === 'history' || sync.progress[one] === 0 ? null : (
            <span class="badge">{count(sync.progress[one])}</span>
          )}
        </button>
      ))}
    </div>
  );
}
