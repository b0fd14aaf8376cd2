import { useState } from 'preact/hooks';
import { Button } from '../../ui/Button';
import { useTask } from '../../ui/useTask';
import { usePage } from '../context';
import type { List, Portal, Sync } from '../json';
import { MappingDialog } from '../mapping/MappingDialog';
import { SyncTable } from './SyncTable';

interface SyncsPageProps {
  readonly portal: Portal;
  readonly syncs: readonly Sync[];
  readonly furtherCursor: string | null | undefined;
}

export function SyncsPage({ portal, syncs, furtherCursor }: SyncsPageProps) {
  const [mapping, setMapping] = useState(false);
  const connected = portal.connection.status === 'connected';
  return (
    <section class="card stack" aria-labelledby="syncs-title">
      <div class="row spread">
        <h2 id="syncs-title">Syncs</h2>
        {connected && syncs.length > 0 ? <Button onClick={() => setMapping(true)}>Add a sync</Button> : null}
      </div>
      {syncs.length > 0 ? (
        <SyncTable syncs={syncs} />
      ) : (
        <div class="empty">
          <p>
            {connected
              ? 'No channel is synced yet. Choose a file channel and a Dropbox folder, and they become the same.'
              : 'Once Dropbox is connected you choose which file channel goes with which folder.'}
          </p>
          {connected ? (
            <Button kind="primary" onClick={() => setMapping(true)}>
              Set up the first sync
            </Button>
          ) : null}
        </div>
      )}
      {portal.more && furtherCursor !== null ? (
        <More after={furtherCursor ?? portal.syncs.at(-1)?.id} />
      ) : null}
      {mapping ? <MappingDialog onClose={() => setMapping(false)} /> : null}
    </section>
  );
}

/** The stream tells of the oldest hundred; others are read when asked for. */
function More({ after }: { readonly after: string | undefined }) {
  const { api, dispatch } = usePage();
  const task = useTask();
  const read = () =>
    task.run(async () => {
      const page = await api.get<List<Sync>>(`api/syncs?${new URLSearchParams({ cursor: after ?? '' })}`);
      dispatch({ type: 'further', syncs: page.items, nextCursor: page.nextCursor ?? null });
    });
  return (
    <div class="row">
      <Button busy={task.busy} onClick={() => void read()}>
        Show more
      </Button>
      {task.error === null ? null : <p role="alert">{task.error}</p>}
    </div>
  );
}
