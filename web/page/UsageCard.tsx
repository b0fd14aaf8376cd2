import { useEffect, useState } from 'preact/hooks';
import { Button } from '../ui/Button';
import { usePage } from './context';
import type { Usage } from './json';
import { count } from './words';

const EVERY_MS = 15_000;

/** What Assembly counts by the month, against what full listings may use of it. */
export function UsageCard() {
  const { api } = usePage();
  const [usage, setUsage] = useState<Usage | null>(null);
  const [failed, setFailed] = useState(false);
  const [round, setRound] = useState(0);
  // Dependencies: a new round is a reason to read again
  useEffect(() => {
    const stop = new AbortController();
    const read = () => {
      if (document.hidden) return;
      api.get<Usage>('api/usage', stop.signal).then(
        (now) => {
          setUsage(now);
          setFailed(false);
        },
        () => setFailed(!stop.signal.aborted),
      );
    };
    read();
    const timer = setInterval(read, EVERY_MS);
    return () => {
      clearInterval(timer);
      stop.abort();
    };
  }, [api, round]);
  return (
    <section class="card stack" aria-labelledby="usage-title">
      <h2 id="usage-title">API calls this month</h2>
      {usage === null ? (
        failed ? (
          <div class="row">
            <p>The meter could not be read.</p>
            <Button onClick={() => setRound(round + 1)}>Try again</Button>
          </div>
        ) : (
          <div class="skeleton" aria-hidden="true" />
        )
      ) : (
        <Meter usage={usage} />
      )}
    </section>
  );
}

function Meter({ usage: { month, assembly, dropbox } }: { readonly usage: Usage }) {
  const listings = assembly.byKind.list ?? 0;
  const share = assembly.budget === 0 ? 1 : listings / assembly.budget;
  return (
    <>
      <div class="stack">
        <div class="row spread small">
          <label for="budget">Full listings of Assembly channels</label>
          <span>
            {count(listings)} of {count(assembly.budget)}
          </span>
        </div>
        <meter
          id="budget"
          min={0}
          max={Math.max(1, assembly.budget)}
          low={assembly.budget * 0.75}
          high={assembly.budget * 0.95}
          optimum={0}
          value={Math.min(listings, Math.max(1, assembly.budget))}
        >
          {Math.round(share * 100)}%
        </meter>
        {share >= 0.95 ? (
          <p class="small">
            The budget for full listings is nearly spent. Changes still sync; full checks wait for the next
            month.
          </p>
        ) : null}
      </div>
      <details>
        <summary>
          {count(assembly.calls)} calls to Assembly and {count(dropbox.calls)} to Dropbox in{' '}
          {monthName(month)}
        </summary>
        <div class="kinds">
          <Kinds side="Assembly" byKind={assembly.byKind} />
          <Kinds side="Dropbox" byKind={dropbox.byKind} />
        </div>
      </details>
    </>
  );
}

function Kinds({
  side,
  byKind,
}: {
  readonly side: string;
  readonly byKind: Readonly<Record<string, number>>;
}) {
  const rows = Object.entries(byKind).sort(([, a], [, b]) => b - a);
  return (
    <table class="small">
      <caption>{side}</caption>
      <thead>
        <tr>
          <th scope="col">Kind of call</th>
          <th scope="col" class="number">
            Calls
          </th>
        </tr>
      </thead>
      <tbody>
        {rows.length === 0 ? (
          <tr>
            <td colSpan={2}>None yet</td>
          </tr>
        ) : null}
        {rows.map(([kind, calls]) => (
          <tr key={kind}>
            <td>{kind}</td>
            <td class="number">{count(calls)}</td>
          </tr>
        ))}
      </tbody>
    </table>
  );
}

const monthName = (month: string): string =>
  new Intl.DateTimeFormat('en', { month: 'long', year: 'numeric', timeZone: 'UTC' }).format(
    new Date(`${month}-01T00:00:00Z`),
  );
