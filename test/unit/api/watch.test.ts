import { createWatch } from '../../../src/api/watch';
import { until } from '../local/support/until';

const REF = { portalId: 'p', syncId: 's' };

function setUp(options: { maxWatchers?: number } = {}) {
  const world = { value: 1 as number | null, reads: 0, errors: 0, fail: false };
  const watch = createWatch({
    keyOf: (ref: { portalId: string; syncId: string }) => `${ref.portalId}/${ref.syncId}`,
    async read() {
      world.reads += 1;
      if (world.fail) throw new Error('no');
      return world.value;
    },
    intervalMs: 1,
    maxWatchers: options.maxWatchers ?? 10,
    draining: () => false,
    onError: () => {
      world.errors += 1;
    },
  });
  const listen = () => {
    const told: string[] = [];
    const stop = watch(REF, { changed: (json) => told.push(json), ended: () => told.push('end') });
    return { told, stop };
  };
  return { world, listen };
}

test('watchers are told at once, of changes only, and share the looks', async () => {
  const { world, listen } = setUp();
  const first = listen();
  await until(() => world.reads >= 3);
  const second = listen();
  expect([first.told, second.told]).toEqual([['1'], ['1']]);
  world.value = 2;
  await until(() => second.told.length === 2);
  expect([first.told, second.told]).toEqual([
    ['1', '2'],
    ['1', '2'],
  ]);
  first.stop?.();
  second.stop?.();
});

test('nobody watching means nobody looking', async () => {
  const { world, listen } = setUp();
  listen().stop?.();
  await until(() => world.reads === 1);
  const other = listen();
  await until(() => world.reads >= 3);
  other.stop?.();
  expect(other.told).toEqual(['1']);
});

test('a look that fails is tried again', async () => {
  const { world, listen } = setUp();
  world.fail = true;
  const { told, stop } = listen();
  await until(() => world.errors >= 2);
  world.fail = false;
  await until(() => told.length === 1);
  stop?.();
});

test('what is gone ends its watchers, and places become free', async () => {
  const { world, listen } = setUp({ maxWatchers: 1 });
  world.value = null;
  const { told, stop } = listen();
  expect(listen().stop).toBeNull();
  await until(() => told.includes('end'));
  stop?.();
  stop?.();
  const again = listen();
  expect(again.stop).not.toBeNull();
  again.stop?.();
});
