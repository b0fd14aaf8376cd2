import type { FaultPoint } from '../../src/activities/deps';
import type { FaultKind } from './faults';
import type { Sim } from './sim';

/** The activities of one item's operation. */
const STEPS = ['openOperation', 'applyOperation', 'settleOperation'];

/** Where in an operation something can go wrong: the nth time that a step comes to a point. */
export interface Place {
  readonly step: string;
  readonly point: FaultPoint;
  readonly detail: string;
  readonly nth: number;
}

/** What can go wrong there. `cut`: the connection breaks in the middle of a body. */
export type Trouble = FaultKind | 'cut';

/**
 * Before a call nothing has happened; after it, it has, and nobody is told. What dies or is lost before a call or a
 * transaction is the same as right after the step before, which every operation has.
 */
const TROUBLES: Partial<Record<FaultPoint, readonly Trouble[]>> = {
  beforeCall: ['server', 'timeout'],
  afterCall: ['reset', 'crash'],
  beforeCommit: ['lost', 'crash'],
  afterCommit: ['lost', 'crash'],
};

/** Routes of the simulators whose bodies can be cut, by the call that moves them. */
const BODIES: Readonly<Record<string, (sim: Sim) => Promise<void>>> = {
  'dropbox.download': (sim) =>
    sim.dropbox.trouble({ route: 'files/download', times: 1, action: 'truncate', afterBytes: 1 }),
  'dropbox.upload': (sim) =>
    sim.dropbox.trouble({ route: 'files/upload', times: 1, action: 'cut', afterBytes: 1 }),
  'assembly.download': (sim) =>
    sim.assembly.trouble({ route: 'storage GET*', times: 1, action: 'truncate', afterBytes: 1 }),
  'assembly.upload': (sim) =>
    sim.assembly.trouble({ route: 'storage PUT*', times: 1, action: 'reset', afterBytes: 1 }),
};

export interface Cell {
  readonly place: Place;
  readonly trouble: Trouble;
}

export const cellName = ({ place, trouble }: Cell): string =>
  `${trouble} ${place.point} ${place.detail} (${place.step}, ${place.nth})`;

/** Notes every place that the operations pass until `stop` is called. */
export function recordPlaces(sim: Sim): { stop(): Place[] } {
  const places: Place[] = [];
  const original = watchPlaces(sim, (place) => {
    places.push(place);
    return null;
  });
  return {
    stop() {
      original();
      return places;
    },
  };
}

/** Every fault at every place. */
export const cellsOf = (places: readonly Place[]): Cell[] =>
  places.flatMap((place) => {
    const troubles: readonly Trouble[] = TROUBLES[place.point] ?? [];
    const cut = place.point === 'beforeCall' && place.detail in BODIES;
    return (cut ? [...troubles, 'cut' as const] : troubles).map((trouble) => ({ place, trouble }));
  });

/** Arms one cell; the returned function takes it off and says whether it struck. */
export function armCell(sim: Sim, { place, trouble }: Cell): () => Promise<boolean> {
  let struck = false;
  let cutting: Promise<void> = Promise.resolve();
  const restore = watchPlaces(sim, (passed) => {
    if (struck || !same(passed, place)) return null;
    struck = true;
    if (trouble !== 'cut') return trouble;
    cutting = BODIES[place.detail]!(sim);
    return null;
  });
  return async () => {
    restore();
    await cutting;
    return struck;
  };
}

const same = (one: Place, two: Place): boolean =>
  one.step === two.step && one.point === two.point && one.detail === two.detail && one.nth === two.nth;

/** Asks `judge` at every place that an item's step comes to; returns how to stop. */
function watchPlaces(sim: Sim, judge: (place: Place) => FaultKind | null): () => void {
  const passed = new Map<string, number>();
  const { take } = sim.faults;
  sim.faults.take = (point, detail) => {
    const step = sim.scheduler.current()?.name ?? '';
    if (STEPS.includes(step) && point in TROUBLES) {
      const key = `${step} ${point} ${detail}`;
      const nth = (passed.get(key) ?? 0) + 1;
      passed.set(key, nth);
      const kind = judge({ step, point, detail, nth });
      if (kind !== null) return { point, detail, kind };
    }
    return take(point, detail);
  };
  return () => {
    sim.faults.take = take;
  };
}
