import type { startTemporal } from '../../src/local/temporal';

type RunningTemporal = Awaited<ReturnType<typeof startTemporal>>;

/** What the e2e set-up has started, for its teardown: both run in one process, as separate modules. */
export const holder = globalThis as typeof globalThis & { cairnTestTemporal?: RunningTemporal };
