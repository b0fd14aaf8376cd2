import { randomInt } from 'node:crypto';
import { HistoryFailed, runHistory } from './history';
import { ALL, DAILY, LENGTH, PLAIN, type Repertoire, writeScript } from './script';
import { shrink, tell as tellWhole } from './shrink';
import { type Grounds, openGrounds } from './sim';

/** So many that went wrong end a run: what they share is in the first few. */
const MOST_FAILED = 20;

/** A storm says how far it is whenever so many more are done. */
const TOLD_EVERY = 500;

/** So many of fresh seeds are part of every `npm test`. */
export const FRESH = 500;
/** Far more than half of them take on a busy machine. */
export const FRESH_MS = 40 * 60_000;

/** Histories are told in halves, one for each of two cores. */
export type Half = 0 | 1;

const REPERTOIRES = { plain: PLAIN, daily: DAILY, all: ALL };
export type RepertoireName = keyof typeof REPERTOIRES;

/**
 * Runs one half of `count` histories of fresh seeds, and rejects at the end with all that went wrong: the first whole,
 * shrunk to what it needs, the others by seed and first words. `SIM_SEED` names one to run instead, `SIM_FROM` the first
 * of `count`; `SIM_SHRINK=0` leaves out the shrinking. `tell` hears at once of each that went wrong, and now and then how
 * many are done.
 */
export async function runHistories(
  count: number,
  half: Half,
  acts: RepertoireName,
  tell: (line: string) => void = () => {},
): Promise<void> {
  const { SIM_SEED: named, SIM_FROM: from } = process.env;
  const before = half * Math.ceil(count / 2);
  const first = named !== undefined ? Number(named) : Number(from ?? randomInt(2 ** 30)) + before;
  const runs = named !== undefined ? 1 - half : half === 0 ? Math.ceil(count / 2) : Math.floor(count / 2);
  const failed: HistoryFailed[] = [];
  const grounds = await openGrounds();
  try {
    for (let done = 0; done < runs && failed.length < MOST_FAILED; done++) {
      const failure = await runOne(grounds, first + done, REPERTOIRES[acts]);
      if (failure) {
        failed.push(failure);
        tell(oneLine(failure, acts));
      }
      if ((done + 1) % TOLD_EVERY === 0) tell(`${done + 1} of ${runs} done, ${failed.length} went wrong`);
    }
    if (failed.length === 0) return;
    const whole = process.env.SIM_SHRINK === '0' ? failed[0]! : await shrink(grounds, failed[0]!);
    const all = failed.map((failure) => oneLine(failure, acts));
    throw new Error([...all, '', tellWhole(whole, acts)].join('\n'));
  } finally {
    await grounds.close();
  }
}

const oneLine = ({ script, problems }: HistoryFailed, acts: RepertoireName): string =>
  `${script.seed} (${acts}): ${problems[0]}`;

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
  const name = half === 0 ? 'first half' : 'second half';
  const tell = (line: string) => void process.stderr.write(`${name}: ${line}\n`);
  return runHistories(Number(count), half, acts as RepertoireName, tell);
}
