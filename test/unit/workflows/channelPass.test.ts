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
