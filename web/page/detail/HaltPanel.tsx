import { useState } from 'preact/hooks';
import { Button } from '../../ui/Button';
import { useTask } from '../../ui/useTask';
import { ConfirmDialog } from '../ConfirmDialog';
import { usePage } from '../context';
import type { Sync } from '../json';
import { count, counted, reason, sideName } from '../words';

/** Why a sync has stopped, and the ways on. */
export function HaltPanel({ sync }: { readonly sync: Sync }) {
  const { api, dispatch, announce } = usePage();
  const task = useTask();
  const look = () =>
    task.run(async () => {
      const next = await api.send<Sync>('PATCH', `api/syncs/${sync.id}`, { state: 'active' });
      dispatch({ type: 'sync', sync: next });
      announce('Both sides are looked at again');
    });
  const massDelete = sync.haltReason === 'mass_delete' && sync.haltId !== undefined;
  return (
    <section class="card halt stack" aria-labelledby="halt-title">
      <h2 id="halt-title">This sync has stopped</h2>
      <p>{reason(sync.haltReason ?? 'unexpected')}</p>
      {massDelete ? <Deletes sync={sync} /> : <p>Nothing is written on either side until it goes on.</p>}
      <div class="row">
        {massDelete ? <Approve sync={sync} /> : null}
        <Button busy={task.busy} onClick={() => void look()}>
          {massDelete ? 'The files are back: look again' : 'Look again'}
        </Button>
      </div>
      {task.error === null ? null : <p role="alert">{task.error}</p>}
    </section>
  );
}

function Deletes({ sync }: { readonly sync: Sync }) {
  const { haltItems: items } = sync;
  if (items === undefined) return null;
  const [from, on] =
    items.target === 'dropbox' ? (['assembly', 'dropbox'] as const) : (['dropbox', 'assembly'] as const);
  return (
    <>
      <p>
        {counted(items.count, 'item')} disappeared
        {items.target === undefined ? '' : ` from ${sideName(from)}`}. If that was meant, approve it, and{' '}
        {items.count === 1 ? 'it is' : 'they are'} deleted
        {items.target === undefined ? ' on the other side' : ` on ${sideName(on)}`} too. If not, bring them
        back first and look again.
      </p>
      <details open={items.items.length <= 10}>
        <summary>
          {items.items.length < items.count
            ? `The first ${count(items.items.length)} of ${counted(items.count, 'item')}`
            : counted(items.count, 'item')}
        </summary>
        {/* biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls must be reachable by keyboard */}
        <ul class="halt-list small" tabIndex={0} aria-label="Items that would be deleted">
          {items.items.map(({ path, object }) => (
            <li key={`${path} ${object}`}>
              {path}
              {object === 'folder' ? '/' : ''}
            </li>
          ))}
        </ul>
      </details>
    </>
  );
}

function Approve({ sync }: { readonly sync: Sync }) {
  const { api, dispatch, announce } = usePage();
  const [asking, setAsking] = useState(false);
  const total = sync.haltItems?.count ?? 0;
  const side = sync.haltItems?.target;
  return (
    <>
      <Button kind="danger" onClick={() => setAsking(true)}>
        Approve the deletes
      </Button>
      {asking ? (
        <ConfirmDialog
          title={`Delete ${counted(total, 'item')}?`}
          action={`Delete ${counted(total, 'item')}`}
          danger
          onClose={() => setAsking(false)}
          onConfirm={async () => {
            const body = { haltId: sync.haltId };
            dispatch({
              type: 'sync',
              sync: await api.send<Sync>('POST', `api/syncs/${sync.id}/approve`, body),
            });
            announce('The deletes go ahead');
          }}
        >
          <p>
            They are deleted on {side === undefined ? 'the other side' : sideName(side)} as well. Items that
            have changed there meanwhile are kept.
          </p>
        </ConfirmDialog>
      ) : null}
    </>
  );
}
