import type { Sync } from '../json';
import { count, doneShare, progressWords } from '../words';

/** How far a sync is, and what is in its way. */
export function SyncProgress({ sync }: { readonly sync: Sync }) {
  const share = doneShare(sync);
  const { retrying, stuck, unsyncable, conflicts } = sync.progress;
  const notable = Object.entries({ retrying, stuck, unsyncable, conflicts }).filter(([, value]) => value > 0);
  const working = sync.state === 'initial' || (share !== null && share < 1);
  return (
    <div class="progress">
      {working ? (
        <progress
          aria-label={`Progress of ${sync.dropboxPath}`}
          {...(share === null ? {} : { max: 1, value: share })}
        />
      ) : null}
      <span class="small">
        {share === null ? 'Looking at both sides' : progressWords(sync)}
        {notable.map(([name, value]) => `, ${count(value)} ${name}`)}
      </span>
    </div>
  );
}
