import type { NextWork } from '../../../src/activities/channel';
import { type ChannelEngine, type ItemEnd, runChannel } from '../../../src/workflows/channelPass';
import { emptyAgenda } from '../../../src/workflows/hints';

const REF = { portalId: 'ws_1', syncId: '00000000-0000-4000-8000-000000000001' };
const ITEM = { itemId: '00000000-0000-4000-9000-000000000001', label: 'move a.txt on assembly' };
const NOTHING: NextWork = { items: [], dirty: false, dueInMs: null, blockedMove: null, pending: 0, stuck: 0 };

/** Runs a pass over one item that ends like that; returns after how many of its runs it was held back. */
async function heldBackAfter(ends: readonly ItemEnd[]): Promise<number[]> {
  const held: number[] = [];
  let runs = 0;
  const never = () => Promise.reject(new Error('not asked for here'));
  const engine: ChannelEngine = {
    steps: {
      startPass: async () => ({ flows: true, look: false, state: 'active' }),
      observeDropbox: never,
      observeAssembly: never,
      observationFailed: never,
      planSync: async () => true,
      nextWork: async () => (runs < ends.length ? { ...NOTHING, items: [ITEM] } : NOTHING),
      endPass: async () => ({ pending: 0, stuck: 0, unsyncable: 0, state: 'active' }),
    },
    async condition(holds) {
      while (!holds()) await new Promise(setImmediate);
    },
    sleep: never,
    letGather: never,
    holdBack: async () => void held.push(runs),
    runItem: async () => ends[runs++]!,
    askItemToLookAgain: never,
    tellResync: never,
    shouldContinueAsNew: () => false,
    continueAsNew: never,
    failureOf: (error) => {
      throw error;
    },
    details: () => {},
  };
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
