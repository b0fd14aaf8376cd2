import { FRESH, runHistories } from './histories';

test(
  'after fresh histories both sides are equal, nothing is lost or doubled, and a further pass is silent (second half)',
  () => runHistories(FRESH, 1, 'daily'),
  20 * 60_000,
);
