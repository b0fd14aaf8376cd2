import { Button } from '../../ui/Button';
import { useTask } from '../../ui/useTask';
import { usePage } from '../context';
import type { Item, Sync } from '../json';
import { itemReason, nextTry, operationWords, splitPath, triesWords } from '../words';
import { WorkflowLink } from './WorkflowLink';

interface ItemRowProps {
  readonly sync: Sync;
  readonly item: Item;
  readonly now: number;
  readonly onChanged: () => void;
}

export function ItemRow({ sync, item, now, onChanged }: ItemRowProps) {
  const { folder, name } = splitPath(item.path);
  const why = itemReason(item);
  const next = nextTry(item, now);
  const tries = triesWords(item);
  return (
    <li class="item">
      <div class="item-main">
        <p>
          <span class="muted">{folder}</span>
          <strong>{name}</strong>
          {item.object === 'folder' ? <span class="muted small"> folder</span> : null}
        </p>
        {item.operation === undefined || item.target === undefined ? null : (
          <p class="small muted">
            {operationWords(item.operation, item.target, item.object)}
            {tries === null ? '' : `, ${tries}`}
          </p>
        )}
        {why === null ? null : <p>{why}</p>}
        {next === null ? null : <p class="small">{next}</p>}
        {item.error === undefined || item.error.message === '' ? null : (
          <details class="small">
            <summary>What exactly was said</summary>
            <p class="mono">
              {item.error.code}: {item.error.message}
            </p>
          </details>
        )}
      </div>
      <div class="row actions">
        {item.state === 'settled' || item.state === 'pending' ? null : (
          <Retry sync={sync} item={item} onChanged={onChanged} />
        )}
        <WorkflowLink url={item.workflowUrl} of={name} />
      </div>
    </li>
  );
}

function Retry({ sync, item, onChanged }: Omit<ItemRowProps, 'now'>) {
  const { api, announce } = usePage();
  const task = useTask();
  const { name } = splitPath(item.path);
  const retry = () =>
    task.run(async () => {
      await api.send('POST', `api/syncs/${sync.id}/items/${item.id}/retry`);
      announce(
        sync.state === 'initial' || sync.state === 'active'
          ? `${name} is tried again now`
          : `${name} is tried again once the sync goes on`,
      );
      onChanged();
    });
  return (
    <>
      <Button busy={task.busy} label={`Retry ${name}`} onClick={() => void retry()}>
        Retry
      </Button>
      {task.error === null ? null : (
        <p class="small" role="alert">
          {task.error}
        </p>
      )}
    </>
  );
}
