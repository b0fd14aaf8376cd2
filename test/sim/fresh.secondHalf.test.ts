import { FRESH, FRESH_MS, runHistories } from './histories';

test(
  `${FRESH / 2} of ${FRESH} histories of fresh seeds go well, on another core`,
  () => runHistories(FRESH, 1, 'plain'),
  FRESH_MS,
);
