import { runHistory } from './history';
import { DAILY, writeScript } from './script';
import { useGrounds } from './useGrounds';

const grounds = useGrounds();

/** Always the same, with `DAILY` acts; those of fresh seeds are in `fresh.*.test.ts`. */
const SEEDS = [
  3, 5, 16, 19, 105, 110, 112, 114, 129, 130, 131, 136, 1020, 1024, 1027, 2028, 4005, 5000, 9023, 20004,
];
/** Longer than those of the storm. */
const LENGTH = 40;

test.each(SEEDS)(
  'after history %i both sides are equal, nothing is lost or doubled, and a further pass is silent',
  async (seed) => {
    await runHistory(grounds, writeScript(seed, LENGTH, DAILY));
  },
  120_000,
);

test('the same seed is the same history, turn by turn', async () => {
  const first = await runHistory(grounds, writeScript(16, LENGTH, DAILY));
  expect(await runHistory(grounds, writeScript(16, LENGTH, DAILY))).toEqual(first);
}, 120_000);
