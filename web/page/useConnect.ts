import { useEffect, useRef, useState } from 'preact/hooks';
import { usePage } from './context';
import type { Connection } from './json';

const LOOK_MS = 1_000;
/** As long as the link that the window has opened is good for. */
const LONGEST_MS = 10 * 60_000;

export type ConnectProblem = 'blocked' | 'closed';

/**
 * Connecting in a window of its own, since Dropbox is not shown inside frames. Its end is seen by asking the API:
 * inside Assembly's frame no window may leave us a message.
 */
export function useConnect() {
  const { api, dispatch } = usePage();
  const [waiting, setWaiting] = useState(false);
  const [problem, setProblem] = useState<ConnectProblem | null>(null);
  const opened = useRef<Window | null>(null);

  useEffect(() => {
    if (!waiting) return;
    const deadline = Date.now() + LONGEST_MS;
    let over = false;
    let timer: ReturnType<typeof setTimeout>;
    const look = async () => {
      // Read before asking: a window that closes after that is asked about once more.
      const closed = opened.current?.closed === true;
      const now = await api.get<Connection>('api/connection').catch(() => null);
      if (over) return;
      if (now?.status === 'connected') {
        setWaiting(false);
        dispatch({ type: 'connection', connection: now });
      } else if ((now !== null && closed) || Date.now() > deadline) {
        setWaiting(false);
        setProblem('closed');
      } else timer = setTimeout(() => void look(), LOOK_MS);
    };
    timer = setTimeout(() => void look(), LOOK_MS);
    return () => {
      over = true;
      clearTimeout(timer);
    };
  }, [waiting, api, dispatch]);

  const start = () => {
    // With an opener, because a window without one may not close itself at the end.
    opened.current = window.open(api.connectUrl(), 'cairn-connect', 'popup,width=720,height=800');
    setProblem(opened.current === null ? 'blocked' : null);
    setWaiting(opened.current !== null);
  };
  /** For a window that the person opens by a link. */
  const startByLink = () => {
    opened.current = null;
    setProblem(null);
    setWaiting(true);
  };
  return { waiting, problem, start, startByLink, stop: () => setWaiting(false), url: api.connectUrl() };
}
