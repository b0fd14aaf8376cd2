import { useEffect, useReducer, useState } from 'preact/hooks';
import type { Api } from './api';
import type { Portal, Sync } from './json';
import { keepStreaming, type LinkState } from './liveStream';
import { INITIAL, type PageAction, type PageState, reduce } from './pageState';

/** A page that nobody looks at gives its connection back after this long. */
const HIDDEN_MS = 60_000;

/** What the page knows, kept up by the portal's event stream. */
export function useLive(): [PageState, (action: PageAction) => void] {
  return useReducer(reduce, INITIAL);
}

/** Keeps the portal's stream open while the page is looked at. */
export function usePortalStream(api: Api, dispatch: (action: PageAction) => void): void {
  const looking = useLooking();
  useEffect(() => {
    if (!looking) return;
    return stream(
      (signal) => api.stream('api/events', signal),
      (data) => dispatch({ type: 'portal', portal: JSON.parse(data) as Portal }),
      (link, status) => dispatch({ type: 'link', link, status, at: Date.now() }),
    );
  }, [api, dispatch, looking]);
}

/** For a sync that the portal's stream does not tell of: its own. */
export function useSyncStream(api: Api, syncId: string | null, dispatch: (action: PageAction) => void): void {
  const looking = useLooking();
  useEffect(() => {
    if (syncId === null || !looking) return;
    return stream(
      (signal) => api.stream(`api/syncs/${syncId}/events`, signal),
      (data) => dispatch({ type: 'further', syncs: [JSON.parse(data) as Sync] }),
      () => undefined,
    );
  }, [api, syncId, dispatch, looking]);
}

function stream(
  connect: (signal: AbortSignal) => Promise<Response>,
  onData: (data: string) => void,
  onState: (link: LinkState, status?: number) => void,
): () => void {
  const stop = new AbortController();
  void keepStreaming(
    { connect, onEvent: ({ data }) => onData(data), onState, pause: pauseOrOnline },
    stop.signal,
  );
  return () => stop.abort();
}

/** Waits, but no longer than until the browser is back on a network. */
function pauseOrOnline(ms: number, signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    const done = () => {
      clearTimeout(timer);
      removeEventListener('online', done);
      signal.removeEventListener('abort', done);
      resolve();
    };
    const timer = setTimeout(done, ms);
    addEventListener('online', done);
    signal.addEventListener('abort', done);
  });
}

function useLooking(): boolean {
  const [looking, setLooking] = useState(true);
  useEffect(() => {
    let timer: ReturnType<typeof setTimeout> | undefined;
    const look = () => {
      clearTimeout(timer);
      if (document.hidden) timer = setTimeout(() => setLooking(false), HIDDEN_MS);
      else setLooking(true);
    };
    document.addEventListener('visibilitychange', look);
    return () => {
      clearTimeout(timer);
      document.removeEventListener('visibilitychange', look);
    };
  }, []);
  return looking;
}
