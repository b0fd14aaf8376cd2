import { useEffect, useState } from 'preact/hooks';
import { Notice } from '../ui/Notice';
import { differences } from './model';
import { SidePanel } from './SidePanel';
import { type Pair, type Places, readPlaces } from './sandboxApi';
import { useTrees } from './useTrees';

/** Both sides of a pair next to each other, to act on either and watch the other follow. */
export function BothSides() {
  const [places, setPlaces] = useState<Places | null>(null);
  const [problem, setProblem] = useState<string | null>(null);
  const [pair, setPair] = useState<Pair | null>(null);
  useEffect(() => {
    readPlaces().then(
      (found) => {
        setPlaces(found);
        setPair(firstPair(found));
      },
      (error: unknown) => setProblem(error instanceof Error ? error.message : String(error)),
    );
  }, []);
  const choose = (changed: Partial<Pair>) => {
    if (pair === null) return;
    const next = { ...pair, ...changed };
    history.replaceState(null, '', `?${new URLSearchParams({ ...next })}`);
    setPair(next);
  };
  const { trees, fresh, error, look } = useTrees(pair);
  return (
    <main class="sides-page">
      <header class="stack">
        <h1>Both sides of the sandbox</h1>
        <p class="muted">
          Act as a person on either side and watch the other follow. These are simulators on this machine: no
          real Dropbox or Assembly is touched.
        </p>
      </header>
      {problem === null ? null : <Trouble text={problem} />}
      {places !== null && pair === null ? (
        <Notice tone="warn" title="There is nothing to show yet">
          <p>The sandbox has no Dropbox folder or no file channel.</p>
        </Notice>
      ) : null}
      {places === null || pair === null ? null : (
        <>
          <div class="card places">
            <label class="field">
              <span>Dropbox folder</span>
              <select
                class="select"
                value={pair.folder}
                onChange={(event) => choose({ folder: event.currentTarget.value })}
              >
                {places.folders.map((path) => (
                  <option key={path} value={path}>
                    {path}
                  </option>
                ))}
              </select>
            </label>
            <label class="field">
              <span>File channel in Assembly</span>
              <select
                class="select"
                value={pair.channel}
                onChange={(event) => choose({ channel: event.currentTarget.value })}
              >
                {places.channels.map(({ id, label }) => (
                  <option key={id} value={id}>
                    {label}
                  </option>
                ))}
              </select>
            </label>
          </div>
          {error === null ? null : <Trouble text={error} />}
          <p class="verdict" role="status">
            {trees === null ? 'Looking at both sides' : <Verdict count={differences(trees)} />}
          </p>
          {trees === null ? null : (
            <div class="sides">
              {(['dropbox', 'assembly'] as const).map((side) => (
                <SidePanel
                  key={`${side} ${pair.folder} ${pair.channel}`}
                  side={side}
                  pair={pair}
                  own={trees[side]}
                  other={trees[side === 'dropbox' ? 'assembly' : 'dropbox']}
                  fresh={fresh}
                  onDone={look}
                />
              ))}
            </div>
          )}
        </>
      )}
    </main>
  );
}

const Trouble = ({ text }: { readonly text: string }) => (
  <Notice tone="bad" title="The sandbox does not answer as it should" alert>
    <p>{text}</p>
  </Notice>
);

const Verdict = ({ count }: { readonly count: number }) =>
  count === 0 ? (
    <span class="pill good">Both sides are the same</span>
  ) : (
    <span class="pill busy">{count === 1 ? '1 difference' : `${count} differences`}</span>
  );

/** The pair of the address, as far as it is there; else the first of each. */
function firstPair({ folders, channels }: Places): Pair | null {
  const asked = new URLSearchParams(location.search);
  const folder = folders.find((path) => path === asked.get('folder')) ?? folders[0];
  const channel = (channels.find(({ id }) => id === asked.get('channel')) ?? channels[0])?.id;
  return folder === undefined || channel === undefined ? null : { folder, channel };
}
