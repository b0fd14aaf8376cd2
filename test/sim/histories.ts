import { randomInt } from 'node:crypto';
import { HistoryFailed, runHistory } from './history';
import { ALL, DAILY, LENGTH, PLAIN, type Repertoire, writeScript } from './script';
import { shrink, tell } from './shrink';
import { type Grounds, openGrounds } from './sim';

/** So many that went wrong end a run: what they share is in the first few. */
const MOST_FAILED = 20;

/** So many of fresh seeds are part of every `npm test`. */
export const FRESH = 20;

/** Histories are told in halves, one for each of two cores. */
export type Half = 0 | 1;

const REPERTOIRES = { plain: PLAIN, daily: DAILY, all: ALL };
export type RepertoireName = keyof typeof REPERTOIRES;

/**
 * Runs one half of `count` histories of fresh seeds, and rejects at the end with all that went wrong: the first whole,
 * shrunk to what it needs, the others by seed and first words. `SIM_SEED` names one to run instead, `SIM_FROM` the first
 * of `count`; `SIM_SHRINK=0` leaves out the shrinking.
 */
export async function runHistories(count: number, half: Half, acts: RepertoireName): Promise<void> {
  const { SIM_SEED: named, SIM_FROM: from } = process.env;
  const before = half * Math.ceil(count / 2);
  const first = named !== undefined ? Number(named) : Number(from ?? randomInt(2 ** 30)) + before;
  const runs = named !== undefined ? 1 - half : half === 0 ? Math.ceil(count / 2) : Math.floor(count / 2);
  const failed: HistoryFailed[] = [];
  const grounds = await openGrounds();
  try {
    for (let done = 0; done < runs && failed.length < MOST_FAILED; done++) {
      const failure = await runOne(grounds, first + done, REPERTOIRES[acts]);
      if (failure) failed.push(failure);
    }
    if (failed.length === 0) return;
    const whole = process.env.SIM_SHRINK === '0' ? failed[0]! : await shrink(grounds, failed[0]!);
    const others = failed.map(({ script, problems }) => `${script.seed} (${acts}): ${problems[0]}`);
    throw new Error([...others, '', tell(whole, acts)].join('\n'));
  } finally {
    await grounds.close();
  }
}

async function runOne(grounds: Grounds, seed: number, repertoire: Repertoire): Promise<HistoryFailed | null> {
  try {
    await runHistory(grounds, writeScript(seed, LENGTH, repertoire));
    return null;
  } catch (error) {
    if (error instanceof HistoryFailed) return error;
    throw error;
  }
}

/** What `npm run test:storm -- --histories N --acts plain|daily|all` asked for. */
export function stormOf(half: Half): Promise<void> {
  const { STORM_HISTORIES: count = '0', STORM_ACTS: acts = 'plain' } = process.env;
  return runHistories(Number(count), half, acts as RepertoireName);
}
