import { usePage } from '../context';
import type { HistoryEntry, List, Sync } from '../json';
import { Time } from '../Time';
import { historyWords, originWords, outcomeWords, reason, splitPath } from '../words';
import { PagedList } from './PagedList';
import { usePages } from './usePages';
import { WorkflowLink } from './WorkflowLink';

const PAGE = 50;
/** The largest page that the API gives. */
const MOST = 200;

/** Every settled operation, newest first. */
export function HistoryList({ sync }: { readonly sync: Sync }) {
  const { api } = usePage();
  const pages = usePages<HistoryEntry>({
    query: '',
    version: JSON.stringify([sync.progress, sync.lastConvergedAt]),
    pageSize: PAGE,
    read: ({ cursor, limit }, signal) => {
      const search = new URLSearchParams({ cursor: cursor ?? '', limit: `${Math.min(MOST, limit)}` });
      return api.get<List<HistoryEntry>>(`api/syncs/${sync.id}/history?${search}`, signal);
    },
  });
  return (
    <PagedList pages={pages} what="operations" empty="Nothing has been done yet.">
      {(entry) => <Entry key={entry.id} entry={entry} />}
    </PagedList>
  );
}

function Entry({ entry }: { readonly entry: HistoryEntry }) {
  const outcome = outcomeWords(entry);
  const { folder, name } = splitPath(entry.itemPath ?? '');
  return (
    <li class="item">
      <div class="item-main">
        <p>
          <span class="muted">{folder}</span>
          <strong>{name}</strong>
        </p>
        <p class="small muted">
          {historyWords(entry)} <Time at={entry.at} />, because of {originWords(entry.origin)}
          {entry.attempts > 1 ? `, at try ${entry.attempts}` : ''}
        </p>
        {entry.errorCode === null ? null : <p class="small">{reason(entry.errorCode)}</p>}
      </div>
      <div class="row actions">
        <span class={`pill ${outcome.tone}`}>{outcome.label}</span>
        <WorkflowLink url={entry.workflowUrl} of={name} />
      </div>
    </li>
  );
}
