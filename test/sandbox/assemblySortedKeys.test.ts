import fc from 'fast-check';
import { createSortedKeys } from '../../src/sandbox/assembly/state/sortedKeys';

const byUnit = (a: string, b: string): number => (a < b ? -1 : a > b ? 1 : 0);

test('it behaves like a sorted array under any additions and removals', () => {
  const key = fc.string({ unit: fc.constantFrom('a', 'b', '/', '\u0000', 'é', '\uffff'), maxLength: 4 });
  const step = fc.record({ add: fc.boolean(), key });
  fc.assert(
    fc.property(fc.array(step, { maxLength: 60 }), key, (steps, probe) => {
      const keys = createSortedKeys();
      const model = new Set<string>();
      for (const { add, key: one } of steps) {
        if (add) keys.add(one);
        else keys.delete(one);
        if (add) model.add(one);
        else model.delete(one);
      }
      const sorted = [...model].sort(byUnit);
      expect(keys.size()).toBe(sorted.length);
      expect([...keys.up(probe)]).toEqual(sorted.filter((one) => one >= probe));
      expect([...keys.down(probe)]).toEqual(sorted.filter((one) => one < probe).reverse());
    }),
  );
});

test('many keys in any order split and vanish without a trace', () => {
  const keys = createSortedKeys();
  const all = Array.from({ length: 20_000 }, (_, i) => `key ${String((i * 7919) % 20_000).padStart(5, '0')}`);
  for (const key of all) keys.add(key);
  expect([...keys.up('')]).toEqual([...all].sort(byUnit));
  expect([...keys.down('\uffff')]).toEqual([...all].sort(byUnit).reverse());
  for (const key of all) keys.delete(key);
  expect(keys.size()).toBe(0);
  keys.add('again');
  expect([...keys.up('')]).toEqual(['again']);
});
