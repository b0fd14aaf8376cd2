/** Resolves at SIGTERM, at SIGINT, and when a parent process that holds an IPC channel to this one is gone. */
export function untilStopped(source: NodeJS.Process = process): Promise<void> {
  return new Promise((resolve) => {
    const stop = (): void => {
      source.off('SIGTERM', stop);
      source.off('SIGINT', stop);
      source.off('disconnect', stop);
      resolve();
    };
    source.on('SIGTERM', stop);
    source.on('SIGINT', stop);
    if (source.connected) source.on('disconnect', stop);
  });
}
