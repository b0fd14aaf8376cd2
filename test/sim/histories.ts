import { randomInt } from 'node:crypto';
import { HistoryFailed, runHistory, writeScript } from './history';
import { shrink, tell } from './shrink';
import { type Grounds, openGrounds } from './sim';

/** Histories are run for so long, and at least so many however long they take. */
export interface Budget {
  readonly seconds: number;
  readonly atLeast: number;
}

/**
 * Runs histories of fresh seeds; throws at the first that fails, shrunk to what it needs. `SIM_SEED` names one to run
 * instead, `SIM_SHRINK=0` leaves it as it is. Resolves with how many there were.
 */
export async function runHistories(budget: Budget): Promise<number> {
  const named = process.env.SIM_SEED;
  const grounds = await openGrounds();
  try {
    if (named !== undefined) {
      await runOne(grounds, Number(named));
      return 1;
    }
    const first = randomInt(2 ** 30);
    const until = Date.now() + budget.seconds * 1_000;
    let done = 0;
    while (done < budget.atLeast || Date.now() < until) {
      await runOne(grounds, first + done);
      done += 1;
    }
    return done;
  } finally {
    await grounds.close();
  }
}

async function runOne(grounds: Grounds, seed: number): Promise<void> {
  try {
    await runHistory(grounds, writeScript(seed));
  } catch (error) {
    if (!(error instanceof HistoryFailed)) throw error;
    throw new Error(tell(process.env.SIM_SHRINK === '0' ? error : await shrink(grounds, error)));
  }
}
