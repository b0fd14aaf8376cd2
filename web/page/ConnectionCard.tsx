import type { RefObject } from 'preact';
import { useEffect, useRef, useState } from 'preact/hooks';
import { Button } from '../ui/Button';
import { Notice } from '../ui/Notice';
import { useTask } from '../ui/useTask';
import { ConfirmDialog } from './ConfirmDialog';
import { usePage } from './context';
import type { Connection, Sync } from './json';
import { Time } from './Time';
import { useConnect } from './useConnect';
import { counted, reason, sideName } from './words';

interface ConnectionCardProps {
  readonly connection: Connection;
  readonly syncs: readonly Sync[];
}

export function ConnectionCard({ connection, syncs }: ConnectionCardProps) {
  const heading = useRef<HTMLHeadingElement>(null);
  useNewsOf(connection, heading);
  return (
    <section class="card stack" aria-labelledby="connection-title">
      <h2 id="connection-title" tabIndex={-1} ref={heading}>
        Dropbox account
      </h2>
      <Status connection={connection} syncs={syncs} />
      {worthSaying(connection).map((trouble) => (
        <Notice key={trouble.side} tone="warn" title={`${sideName(trouble.side)} can't be used right now`}>
          <p>{reason(trouble.code)}</p>
          <p class="small">
            Since <Time at={trouble.since} />. Tried again <Time at={trouble.nextTryAt} ahead />.
          </p>
        </Notice>
      ))}
    </section>
  );
}

/** A connection that has ended says so above, and is not tried again by itself. */
const worthSaying = ({ status, troubles = [] }: Connection) =>
  troubles.filter(({ side }) => side !== 'dropbox' || status === 'connected');

/** Says that Dropbox has been connected, and takes up the focus that its button has lost by vanishing. */
function useNewsOf(connection: Connection, heading: RefObject<HTMLElement | null>): void {
  const { announce } = usePage();
  const before = useRef(connection.status);
  const { status, email } = connection;
  useEffect(() => {
    if (before.current !== status && status === 'connected') {
      announce(`Dropbox is connected${email === undefined ? '' : ` as ${email}`}`);
      if (document.activeElement === document.body) heading.current?.focus();
    }
    before.current = status;
  }, [status, email, announce, heading]);
}

function Status({ connection, syncs }: ConnectionCardProps) {
  const paused = syncs.filter(({ state }) => state === 'paused');
  switch (connection.status) {
    case 'none':
      return (
        <>
          <p>
            Connect the Dropbox account that holds the folders you want to keep the same as file channels.
          </p>
          <Connect label="Connect Dropbox" />
        </>
      );
    case 'connected':
      return (
        <>
          <div class="row spread">
            <p>
              <span class="pill good">Connected</span> {connection.email ?? connection.accountId}
              {connection.connectedAt === undefined ? null : (
                <span class="muted small">
                  {' '}
                  since <Time at={connection.connectedAt} />
                </span>
              )}
            </p>
            <Disconnect />
          </div>
          {paused.length > 0 && paused.length === syncs.length ? <ResumeAll paused={paused} /> : null}
        </>
      );
    case 'needs_reauth':
      return (
        <>
          <Notice tone="bad" title="Dropbox has ended the connection">
            <p>
              {reason('auth_revoked')} Work waits and nothing is lost: it goes on by itself once the same
              account
              {connection.email === undefined ? '' : ` (${connection.email})`} is connected again.
            </p>
          </Notice>
          <div class="row top">
            <Connect label="Connect again" />
            <Disconnect />
          </div>
        </>
      );
    case 'disconnected':
      return (
        <>
          <p>
            <span class="pill quiet">Disconnected</span>{' '}
            {syncs.length === 0
              ? 'No account is connected.'
              : 'All syncs are paused; the files stay where they are.'}
          </p>
          <Connect label="Connect Dropbox" />
        </>
      );
  }
}

function Connect({ label }: { readonly label: string }) {
  const { waiting, problem, start, startByLink, stop, url } = useConnect();
  return (
    <div class="stack">
      <div class="row">
        <Button kind="primary" busy={waiting} onClick={start}>
          {waiting ? 'Waiting for Dropbox' : label}
        </Button>
        {waiting ? <Button onClick={stop}>Cancel</Button> : null}
      </div>
      <div role="status" class="stack">
        {waiting ? <p class="small muted">Allow the access in the window that has opened.</p> : null}
        {problem === 'blocked' ? (
          <p>
            Your browser kept the window from opening.{' '}
            <a href={url} target="_blank" rel="noopener opener" onClick={startByLink}>
              Open Dropbox here
            </a>
            .
          </p>
        ) : null}
        {problem === 'closed' ? (
          <p>The window was closed before Dropbox was connected. Nothing has changed; you can try again.</p>
        ) : null}
      </div>
    </div>
  );
}

function Disconnect() {
  const { api, announce } = usePage();
  const [asking, setAsking] = useState(false);
  return (
    <>
      <Button onClick={() => setAsking(true)}>Disconnect</Button>
      {asking ? (
        <ConfirmDialog
          title="Disconnect Dropbox?"
          action="Disconnect"
          danger
          onClose={() => setAsking(false)}
          onConfirm={async () => {
            await api.send('DELETE', 'api/connection');
            announce('Dropbox is disconnected');
          }}
        >
          <p>The access is given back to Dropbox and erased here. All syncs are paused.</p>
          <p>No file is deleted on either side. You can connect the same account again and go on.</p>
        </ConfirmDialog>
      ) : null}
    </>
  );
}

/** After a disconnect every sync is paused, and stays so until a person says otherwise. */
function ResumeAll({ paused }: { readonly paused: readonly Sync[] }) {
  const { api, dispatch, announce } = usePage();
  const task = useTask();
  const resume = () =>
    task.run(async () => {
      for (const { id } of paused) {
        dispatch({
          type: 'sync',
          sync: await api.send<Sync>('PATCH', `api/syncs/${id}`, { state: 'active' }),
        });
      }
      announce(`${counted(paused.length, 'sync')} resumed`);
    });
  return (
    <Notice tone="busy" title={paused.length === 1 ? 'Your sync is paused' : 'All syncs are paused'}>
      <div class="row spread">
        <p>Resuming looks at both sides in full and goes on from there.</p>
        <Button kind="primary" busy={task.busy} onClick={() => void resume()}>
          {paused.length === 1 ? 'Resume it' : 'Resume all'}
        </Button>
      </div>
      {task.error === null ? null : <p role="alert">{task.error}</p>}
    </Notice>
  );
}
