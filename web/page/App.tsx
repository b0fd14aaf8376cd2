import { useCallback, useEffect, useMemo, useRef, useState } from 'preact/hooks';
import { createApi } from './api';
import { ConnectionCard } from './ConnectionCard';
import { PageProvider } from './context';
import { SyncDetail } from './detail/SyncDetail';
import { LinkBanner } from './LinkBanner';
import { allSyncs, isBlocked } from './pageState';
import { fragmentOf, type Place, placeOf } from './route';
import { SessionEnded } from './SessionEnded';
import { Skeleton } from './Skeleton';
import { SyncsPage } from './syncs/SyncsPage';
import { UsageCard } from './UsageCard';
import { useLive, usePortalStream } from './useLive';

const TOAST_MS = 6_000;

export function App({ token }: { readonly token: string }) {
  const [state, dispatch] = useLive();
  const api = useMemo(
    () => createApi(token, document.baseURI, () => dispatch({ type: 'session-ended' })),
    [token, dispatch],
  );
  usePortalStream(api, dispatch);
  const [place, goTo] = usePlace();
  const [toast, announce] = useToast();
  const blocked = isBlocked(state);
  const context = useMemo(
    () => ({ api, dispatch, announce, goTo, blocked }),
    [api, dispatch, announce, goTo, blocked],
  );

  if (state.session === 'ended') return <SessionEnded />;
  const { portal } = state;
  const syncs = allSyncs(state);
  return (
    <PageProvider value={context}>
      <LinkBanner state={state} />
      <main class="page">
        {portal === null ? (
          <Skeleton lost={state.link === 'lost'} />
        ) : place.at === 'sync' ? (
          <SyncDetail
            key={place.id}
            id={place.id}
            tab={place.tab}
            sync={syncs.find(({ id }) => id === place.id)}
            far={!portal.syncs.some(({ id }) => id === place.id)}
          />
        ) : (
          <>
            <h1 tabIndex={-1}>Assembly and Dropbox</h1>
            <ConnectionCard connection={portal.connection} syncs={syncs} />
            <SyncsPage portal={portal} syncs={syncs} furtherCursor={state.furtherCursor} />
            <UsageCard />
          </>
        )}
      </main>
      <div class="toast" role="status">
        {toast}
      </div>
    </PageProvider>
  );
}

/** The place in the address's fragment. Going to another one moves the focus to its heading, as a page load would. */
function usePlace(): [Place, (place: Place) => void] {
  const [place, setPlace] = useState(() => placeOf(location.hash));
  useEffect(() => {
    const changed = () => setPlace(placeOf(location.hash));
    addEventListener('hashchange', changed);
    return () => removeEventListener('hashchange', changed);
  }, []);
  const key = place.at === 'sync' ? place.id : '';
  const before = useRef(key);
  useEffect(() => {
    if (before.current === key) return;
    before.current = key;
    scrollTo(0, 0);
    document.querySelector<HTMLElement>('h1')?.focus();
  }, [key]);
  const goTo = useCallback((next: Place) => {
    location.hash = fragmentOf(next);
  }, []);
  return [place, goTo];
}

function useToast(): [string, (text: string) => void] {
  const [toast, setToast] = useState('');
  const timer = useRef<ReturnType<typeof setTimeout>>(undefined);
  const announce = useCallback((text: string) => {
    clearTimeout(timer.current);
    setToast(text);
    timer.current = setTimeout(() => setToast(''), TOAST_MS);
  }, []);
  return [toast, announce];
}
