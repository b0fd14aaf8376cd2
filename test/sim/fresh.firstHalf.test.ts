import { FRESH, FRESH_MS, runHistories } from './histories';

test(
  `${FRESH / 2} of ${FRESH} histories of fresh seeds go well, on one core`,
  () => runHistories(FRESH, 0, 'plain'),
  FRESH_MS,
);
