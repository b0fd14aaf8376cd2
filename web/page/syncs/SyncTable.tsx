import { usePage } from '../context';
import type { Sync } from '../json';
import { fragmentOf } from '../route';
import { Time } from '../Time';
import { reason, syncStatus } from '../words';
import { SyncActions } from './SyncActions';
import { SyncProgress } from './SyncProgress';

export const SyncTable = ({ syncs }: { readonly syncs: readonly Sync[] }) => (
  <table class="syncs">
    <thead>
      <tr>
        <th scope="col">Channel and folder</th>
        <th scope="col">State</th>
        <th scope="col">Progress</th>
        <th scope="col">Last the same</th>
        <th scope="col">
          <span class="visually-hidden">Actions</span>
        </th>
      </tr>
    </thead>
    <tbody>
      {syncs.map((sync) => (
        <SyncRow key={sync.id} sync={sync} />
      ))}
    </tbody>
  </table>
);

function SyncRow({ sync }: { readonly sync: Sync }) {
  const { blocked } = usePage();
  const status = syncStatus(sync, blocked);
  const why = sync.haltReason ?? sync.error?.code;
  return (
    <tr>
      <th scope="row">
        <a class="name" href={fragmentOf({ at: 'sync', id: sync.id, tab: null })}>
          {sync.assemblyChannelLabel ?? sync.assemblyChannelId}
        </a>
        <span class="small muted path">Dropbox {sync.dropboxPath}</span>
      </th>
      <td>
        <span class={`pill ${status.tone}`}>{status.label}</span>
        {why === undefined ? null : <p class="small why">{reason(why)}</p>}
      </td>
      <td>
        <SyncProgress sync={sync} />
      </td>
      <td class="small">
        <span class="only-narrow muted">Last the same </span>
        {sync.lastConvergedAt === null ? 'Not yet' : <Time at={sync.lastConvergedAt} />}
      </td>
      <td>
        <SyncActions sync={sync} />
      </td>
    </tr>
  );
}
