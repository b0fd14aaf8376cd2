import { useEffect, useState } from 'preact/hooks';
import { Notice } from '../../ui/Notice';
import { usePage } from '../context';
import type { Sync } from '../json';
import { firstTab, fragmentOf, type Tab } from '../route';
import { SyncActions } from '../syncs/SyncActions';
import { SyncProgress } from '../syncs/SyncProgress';
import { Time } from '../Time';
import { useSyncStream } from '../useLive';
import { reason, syncStatus } from '../words';
import { HaltPanel } from './HaltPanel';
import { HistoryList } from './HistoryList';
import { ItemList } from './ItemList';
import { SyncTabs } from './SyncTabs';

interface SyncDetailProps {
  readonly id: string;
  readonly sync: Sync | undefined;
  /** The portal's stream does not tell of it: it is one of very many. */
  readonly far: boolean;
  readonly tab: Tab | null;
}

export function SyncDetail({ id, sync, far, tab }: SyncDetailProps) {
  const { api, dispatch } = usePage();
  useSyncStream(api, far ? id : null, dispatch);
  return (
    <>
      <nav aria-label="Back">
        <a href={fragmentOf({ at: 'syncs' })}>← All syncs</a>
      </nav>
      {sync === undefined ? <Unknown /> : <Known sync={sync} tab={tab} />}
    </>
  );
}

/** The browser's own list of tabs and pages shows which sync this is. */
function useTitle(name: string): void {
  useEffect(() => {
    const before = document.title;
    document.title = `${name} - ${before}`;
    return () => {
      document.title = before;
    };
  }, [name]);
}

const Unknown = () => (
  <div class="card empty">
    <h1 tabIndex={-1}>This sync is not here</h1>
    <p>It may have been removed. The list shows the syncs that there are.</p>
  </div>
);

function Known({ sync, tab: asked }: { readonly sync: Sync; readonly tab: Tab | null }) {
  // What needs a person first, and then it stays: a list must not change under whoever reads it.
  const [first] = useState(() => firstTab(sync.progress));
  const tab = asked ?? first;
  const { blocked } = usePage();
  const status = syncStatus(sync, blocked);
  const name = sync.assemblyChannelLabel ?? sync.assemblyChannelId;
  useTitle(name);
  return (
    <>
      <h1 tabIndex={-1}>{name}</h1>
      <section class="card stack" aria-label="State">
        <div class="row spread">
          <p>
            <span class={`pill ${status.tone}`}>{status.label}</span> with{' '}
            <strong>Dropbox {sync.dropboxPath}</strong>
          </p>
          <SyncActions sync={sync} />
        </div>
        <SyncProgress sync={sync} />
        <p class="small muted">
          {sync.lastConvergedAt === null ? (
            'Both sides have not been the same yet.'
          ) : (
            <>
              Both sides were last the same <Time at={sync.lastConvergedAt} />.
            </>
          )}{' '}
          Set up <Time at={sync.createdAt} />.
        </p>
        {sync.error === undefined ? null : (
          <Notice tone="warn" title="Work is waiting">
            <p>{reason(sync.error.code)}</p>
          </Notice>
        )}
      </section>
      {sync.state === 'halted' ? <HaltPanel sync={sync} /> : null}
      <section class="card stack" aria-label="Items">
        <SyncTabs sync={sync} tab={tab} />
        <div role="tabpanel" id="tab-panel" aria-labelledby={`tab-${tab}`} class="stack">
          {tab === 'history' ? <HistoryList sync={sync} /> : <ItemList key={tab} sync={sync} tab={tab} />}
        </div>
      </section>
    </>
  );
}
