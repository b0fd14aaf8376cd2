import { operationsFrom, runTable } from './faultTable';
import { type Grounds, openGrounds } from './sim';

let grounds: Grounds;
beforeAll(async () => {
  grounds = await openGrounds();
});
afterAll(() => grounds.close());

const counts: number[] = [];

test.each(operationsFrom('assembly'))(
  '$name: recovers by itself from every fault at every step',
  async (operation) => {
    const { cells, wrong } = await runTable(grounds, operation);
    expect(wrong).toEqual([]);
    counts.push(cells);
  },
  180_000,
);

test('no operation is without its steps: each opens, calls, and settles', () => {
  expect(counts).toHaveLength(7);
  // Two transactions with two faults before and after their commit, and one call with two on either side.
  expect(Math.min(...counts)).toBeGreaterThanOrEqual(12);
});
