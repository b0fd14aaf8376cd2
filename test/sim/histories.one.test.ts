import { runHistories } from './histories';

// In two files, so that two workers of jest share them.
test('after any history both sides are equal, nothing is lost or doubled, and a further pass is silent', async () => {
  await runHistories({ seconds: 60, atLeast: 250 });
}, 1_800_000);
