import { spawn } from 'node:child_process';

export type WatchdogOptions = {
  /** What ends the process politely. */
  readonly signal?: 'TERM' | 'INT';
  /** Seconds from the polite signal to SIGKILL. */
  readonly graceSeconds?: number;
};

// `read` returns when this process writes a line or, as its end of the pipe closes then, dies by whatever means.
const SCRIPT = `
read -r word
[ "$word" = released ] && exit 0
kill -s "$2" "$1" 2>/dev/null
tries=0
while kill -0 "$1" 2>/dev/null && [ "$tries" -lt "$3" ]; do sleep 0.2; tries=$((tries + 1)); done
kill -s KILL "$1" 2>/dev/null
exit 0
`;

/**
 * Sees to it that a process we started ends when we do, also when we are killed. A shell of about a megabyte waits on a
 * pipe from us; it is in a group of its own, so that Ctrl-C in the terminal does not reach it.
 * @returns call it when the process has ended or is no longer ours: its id may belong to another one soon
 */
export function endWithUs(pid: number, options: WatchdogOptions = {}): () => void {
  if (process.platform === 'win32') return () => undefined;
  const { signal = 'TERM', graceSeconds = 10 } = options;
  const arguments_ = [String(pid), signal, String(graceSeconds * 5)];
  const child = spawn('/bin/sh', ['-c', SCRIPT, 'watchdog', ...arguments_], {
    stdio: ['pipe', 'ignore', 'ignore'],
    detached: true,
    env: { PATH: process.env.PATH },
  });
  // Neither a shell that is gone nor a full process table is a reason to fail: the watchdog is the second line.
  child.on('error', () => undefined);
  child.stdin.on('error', () => undefined);
  child.unref();
  (child.stdin as typeof child.stdin & { unref?: () => void }).unref?.();
  let released = false;
  return () => {
    if (!released) child.stdin.end('released\n');
    released = true;
  };
}
