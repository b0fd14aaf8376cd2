import type { NextWork } from '../../../src/activities/channel';
import { type ChannelEngine, type ItemEnd, runChannel } from '../../../src/workflows/channelPass';
import { type Agenda, addHint, emptyAgenda } from '../../../src/workflows/hints';
import type { ChannelHint } from '../../../src/workflows/messages';

const REF = { portalId: 'ws_1', syncId: '00000000-0000-4000-8000-000000000001' };
const ITEM = { itemId: '00000000-0000-4000-9000-000000000001', label: 'move a.txt on assembly' };
const NOTHING: NextWork = { items: [], dirty: false, dueInMs: null, blockedMove: null, pending: 0, stuck: 0 };

const never = () => Promise.reject(new Error('not asked for here'));

/** One that runs nothing and owes nothing, but for the parts that a test gives. */
const engineWith = ({
  steps,
  ...parts
}: Partial<Omit<ChannelEngine, 'steps'>> & { steps?: Partial<ChannelEngine['steps']> }): ChannelEngine => ({
  steps: {
    startPass: async () => ({ flows: true, look: false, state: 'active' }),
    observeDropbox: never,
    observeAssembly: never,
    observationFailed: never,
    planSync: async () => true,
    nextWork: async () => NOTHING,
    endPass: async () => ({ pending: 0, stuck: 0, unsyncable: 0, state: 'active' }),
    ...steps,
  },
  async condition(holds) {
    while (!holds()) await new Promise(setImmediate);
  },
  sleep: never,
  letGather: never,
  holdBack: never,
  runItem: never,
  askItemToLookAgain: never,
  tellResync: never,
  shouldContinueAsNew: () => false,
  continueAsNew: never,
  failureOf: (error) => {
    throw error;
  },
  heard: () => 0,
  heedsLateHints: () => true,
  details: () => {},
  ...parts,
});

/** Runs a pass over one item that ends like that; returns after how many of its runs it was held back. */
async function heldBackAfter(ends: readonly ItemEnd[]): Promise<number[]> {
  const held: number[] = [];
  let runs = 0;
  const engine = engineWith({
    steps: { nextWork: async () => (runs < ends.length ? { ...NOTHING, items: [ITEM] } : NOTHING) },
    holdBack: async () => void held.push(runs),
    runItem: async () => ends[runs++]!,
  });
  await runChannel(engine, REF, emptyAgenda());
  expect(runs).toBe(ends.length);
  return held;
}

const times = (count: number, end: ItemEnd): ItemEnd[] => Array.from({ length: count }, () => end);

test('an item that calls for one plan after the other, and gets nowhere, is held back each time', async () => {
  expect(await heldBackAfter(times(20, 'replan'))).toEqual([]);
  expect(await heldBackAfter(times(22, 'replan'))).toEqual([21, 22]);
});

test('once it got somewhere the count begins anew', async () => {
  expect(await heldBackAfter([...times(20, 'replan'), 'settled', ...times(20, 'replan')])).toEqual([]);
});

describe('the review at the end of a pass', () => {
  const END = { pending: 0, stuck: 0, unsyncable: 0, state: 'active' };

  /**
   * What a pass that begins with this agenda plans, carries out and reviews, in order. Each review finds something while there
   * are `finds`: an item that is then run and ends so, or nothing to run.
   */
  async function reviewsOf(agenda: Partial<Agenda>, finds: (ItemEnd | null)[] = []): Promise<string[]> {
    const told: string[] = [];
    const owed: ItemEnd[] = [];
    const looked = async () => 'observed' as const;
    const engine = engineWith({
      steps: {
        observeDropbox: looked,
        observeAssembly: looked,
        async planSync() {
          told.push('plan');
          return true;
        },
        nextWork: async () => (owed.length > 0 ? { ...NOTHING, items: [ITEM] } : NOTHING),
        async endPass(_ref, review) {
          told.push(`review ${review}`);
          const found = review === 'none' ? undefined : finds.shift();
          if (found) owed.push(found);
          return { ...END, reviewed: found === undefined ? 0 : 1 };
        },
      },
      async runItem() {
        told.push('run');
        return owed.shift()!;
      },
      tellResync: async (_, { outcome }) => void told.push(outcome),
    });
    await runChannel(engine, REF, { ...emptyAgenda(), ...agenda });
    return told;
  }

  test('is of what waits, and of all that is not alike where both sides were looked at in full', async () => {
    expect(await reviewsOf({ work: true })).toEqual(['plan', 'review waits']);
    expect(await reviewsOf({ dropbox: true })).toEqual(['plan', 'review waits']);
    expect(await reviewsOf({ look: true })).toEqual(['plan', 'review all']);
  });

  test('is followed by another plan where it has found anything, before a resync is told', async () => {
    expect(await reviewsOf({ look: true, waiting: ['resync'] }, [null])).toEqual([
      'plan',
      'review all',
      'plan',
      'review none',
      'converged',
    ]);
  });

  test('comes once, however much it would find, and again only once something was settled', async () => {
    expect(await reviewsOf({}, [null, null])).toEqual(['plan', 'review waits', 'plan', 'review none']);
    expect(await reviewsOf({}, ['wait', null])).toEqual([
      'plan',
      'review waits',
      'plan',
      'run',
      'review none',
    ]);
    expect(await reviewsOf({}, ['settled', null])).toEqual([
      'plan',
      'review waits',
      'plan',
      'run',
      'review waits',
      'plan',
      'review none',
    ]);
  });

  test('comes ten times at most between two observations', async () => {
    const told = await reviewsOf({}, times(30, 'settled'));
    expect(told.filter((step) => step === 'run')).toHaveLength(10);
    expect(told.at(-1)).toBe('review none');
  });

  test('of a full look is not forgotten for a smaller one that comes meanwhile, nor by the run that goes on', async () => {
    expect(await reviewsOf({ dropbox: true, review: 'all' })).toEqual(['plan', 'review all']);
    expect(await reviewsOf({ review: undefined })).toEqual(['plan', 'review waits']);
  });
});

describe('a resync that comes while a sync which may not flow waits for its last operation', () => {
  /** The sync is halted while an item runs, and flows again, with a resync's hint, before that item has ended. */
  async function resyncedWhileHalted(heeds: boolean) {
    const agenda: Agenda = { ...emptyAgenda(), work: true };
    const looks: string[] = [];
    const told: string[] = [];
    let heard = 0;
    let state: 'active' | 'halted' = 'active';
    let running = false;
    let end: (how: ItemEnd) => void;
    const hint = (what: ChannelHint) => {
      heard += 1;
      addHint(agenda, what);
    };
    const resync = () => {
      state = 'active';
      hint({ kind: 'look', origin: 'resync', resyncWorkflowId: 'resync' });
      setImmediate(() => end('settled'));
    };
    const engine = engineWith({
      steps: {
        async startPass() {
          const seen = state;
          if (seen === 'halted') setImmediate(resync);
          return { flows: seen === 'active', look: false, state: seen };
        },
        observeDropbox: async () => {
          looks.push('dropbox');
          return 'observed';
        },
        observeAssembly: async () => {
          looks.push('assembly');
          return 'observed';
        },
        nextWork: async () => (running ? NOTHING : { ...NOTHING, items: [ITEM] }),
      },
      runItem() {
        running = true;
        state = 'halted';
        hint({ kind: 'dropbox', origin: 'webhook' });
        return new Promise((resolve) => {
          end = resolve;
        });
      },
      tellResync: async (_, { outcome }) => void told.push(outcome),
      heard: () => heard,
      heedsLateHints: () => heeds,
    });
    await runChannel(engine, REF, agenda);
    return { looks, told };
  }

  test('is looked at once that has ended', async () => {
    expect(await resyncedWhileHalted(true)).toEqual({ looks: ['dropbox', 'assembly'], told: ['converged'] });
  });

  test('is told so by a run that began before this rule, and not looked at', async () => {
    expect(await resyncedWhileHalted(false)).toEqual({ looks: [], told: ['halted'] });
  });
});
