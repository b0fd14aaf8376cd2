import type { SweepActivities } from './activities';

/** All that a sweep asks of whatever runs it. */
export interface SweepEngine {
  readonly steps: SweepActivities;
  /** Starts the portal's own sweep, which runs on by itself; nothing where its last one still runs. */
  startPortal(portalId: string): Promise<void>;
  shouldContinueAsNew(): boolean;
}

/** Portals that are being started at once. */
const STARTS = 20;

/**
 * Lists portals in pages and starts a sweep for each: one slow portal delays no other. Returns where to go on in a new
 * run, or `null` at the end.
 */
export async function sweepPortals(engine: SweepEngine, after: string): Promise<string | null> {
  let position = after;
  for (;;) {
    const portals = await engine.steps.listPortals(position);
    if (portals.length === 0) return null;
    for (let first = 0; first < portals.length; first += STARTS) {
      await Promise.all(portals.slice(first, first + STARTS).map(engine.startPortal));
    }
    position = portals[portals.length - 1]!;
    if (engine.shouldContinueAsNew()) return position;
  }
}

/** Wakes the portal's syncs: owed tombstones that are due, feeds, audits, an initial look that died. */
export async function wakePortal(
  engine: Pick<SweepEngine, 'steps' | 'shouldContinueAsNew'>,
  portalId: string,
  after: string | null,
): Promise<{ woken: number; next: string | null }> {
  let position = after;
  let woken = 0;
  for (;;) {
    const page = await engine.steps.wakeSyncs(portalId, position);
    woken += page.woken;
    position = page.next;
    if (position === null || engine.shouldContinueAsNew()) return { woken, next: position };
  }
}
