import { useState } from 'preact/hooks';
import { Button } from '../../ui/Button';
import { Notice } from '../../ui/Notice';
import { useTask } from '../../ui/useTask';
import { ConfirmDialog } from '../ConfirmDialog';
import { usePage } from '../context';
import type { Sync } from '../json';

const nameOf = (sync: Sync): string => sync.assemblyChannelLabel ?? sync.dropboxPath;

/** What a person may do to a sync. Each button names its sync, for those who hear them out of their row. */
export function SyncActions({ sync }: { readonly sync: Sync }) {
  const { api, dispatch, announce } = usePage();
  const task = useTask();
  const [asking, setAsking] = useState<'resync' | 'remove' | null>(null);
  const name = nameOf(sync);
  const set = (state: 'paused' | 'active') =>
    task.run(async () => {
      dispatch({ type: 'sync', sync: await api.send<Sync>('PATCH', `api/syncs/${sync.id}`, { state }) });
      announce(state === 'paused' ? `${name} is paused` : `${name} goes on`);
    });
  const flows = sync.state === 'initial' || sync.state === 'active';
  return (
    <div class="row actions">
      {sync.state === 'active' ? (
        <Button
          busy={sync.resyncing}
          label={sync.resyncing ? `Checking ${name}` : `Check ${name}`}
          onClick={() => setAsking('resync')}
        >
          {sync.resyncing ? 'Checking' : 'Check'}
        </Button>
      ) : null}
      {flows ? (
        <Button busy={task.busy} label={`Pause ${name}`} onClick={() => void set('paused')}>
          Pause
        </Button>
      ) : null}
      {sync.state === 'paused' ? (
        <Button busy={task.busy} label={`Resume ${name}`} onClick={() => void set('active')}>
          Resume
        </Button>
      ) : null}
      <Button label={`Remove ${name}`} onClick={() => setAsking('remove')}>
        Remove
      </Button>
      {task.error === null ? null : (
        <Notice tone="bad" alert>
          <p>{task.error}</p>
        </Notice>
      )}
      {asking === 'resync' ? <ResyncDialog sync={sync} onClose={() => setAsking(null)} /> : null}
      {asking === 'remove' ? <RemoveDialog sync={sync} onClose={() => setAsking(null)} /> : null}
    </div>
  );
}

interface AskProps {
  readonly sync: Sync;
  readonly onClose: () => void;
}

function ResyncDialog({ sync, onClose }: AskProps) {
  const { api, dispatch, announce } = usePage();
  return (
    <ConfirmDialog
      title={`Check all of ${nameOf(sync)}?`}
      action="Check everything"
      onClose={onClose}
      onConfirm={async () => {
        await api.send('POST', `api/syncs/${sync.id}/resync`);
        dispatch({ type: 'sync', sync: { ...sync, resyncing: true } });
        announce(`${nameOf(sync)} is being checked`);
      }}
    >
      <p>Both sides are read in full and compared, and items that are stuck are tried again.</p>
      <p>
        Changes sync by themselves; this is for when something looks wrong. It uses calls of the month's
        budget.
      </p>
    </ConfirmDialog>
  );
}

function RemoveDialog({ sync, onClose }: AskProps) {
  const { api, dispatch, announce, goTo } = usePage();
  return (
    <ConfirmDialog
      title={`Remove the sync of ${nameOf(sync)}?`}
      action="Remove"
      danger
      onClose={onClose}
      onConfirm={async () => {
        await api.send('DELETE', `api/syncs/${sync.id}`);
        announce(`The sync of ${nameOf(sync)} is removed`);
        goTo({ at: 'syncs' });
        dispatch({ type: 'removed', syncId: sync.id });
      }}
    >
      <p>
        The channel and <strong>{sync.dropboxPath}</strong> are no longer kept the same. All files stay on
        both sides.
      </p>
      <p>Setting the same pair up again later goes on from what is equal.</p>
    </ConfirmDialog>
  );
}
