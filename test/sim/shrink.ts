import { type HistoryFailed, runHistory } from './history';
import type { Script } from './script';
import type { Grounds } from './sim';

/** Runs that one shrinking may cost. */
const MAX_RUNS = 70;

/** Leaves out what the failure does not need, in ever smaller pieces, and shortens the waits between the rest. */
export async function shrink(grounds: Grounds, failed: HistoryFailed): Promise<HistoryFailed> {
  let best = failed;
  let runs = 0;
  const fails = async (less: Partial<Script>): Promise<boolean> => {
    if (runs >= MAX_RUNS) return false;
    runs += 1;
    try {
      await runHistory(grounds, { ...best.script, ...less });
      return false;
    } catch (error) {
      best = error as HistoryFailed;
      return true;
    }
  };
  for (const name of ['dropbox', 'assembly', 'uploadSizes'] as const) {
    const { [name]: chosen, ...settings } = best.script.settings;
    if (chosen) await fails({ settings });
  }
  for (
    let size = Math.ceil(best.script.entries.length / 2);
    size >= 1;
    size = size === 1 ? 0 : Math.ceil(size / 2)
  ) {
    for (let from = 0; from < best.script.entries.length; ) {
      const { entries } = best.script;
      if (!(await fails({ entries: [...entries.slice(0, from), ...entries.slice(from + size)] })))
        from += size;
    }
  }
  for (let index = 0; index < best.script.entries.length; index++) {
    for (const turns of [0, 3, 10]) {
      const { entries } = best.script;
      const entry = entries[index]!;
      if (entry.turns <= turns) break;
      if (await fails({ entries: entries.map((one, at) => (at === index ? { ...one, turns } : one)) })) break;
    }
  }
  return best;
}

/** So many lines of the log are told, unless all are asked for. */
const LAST = 150;

/** The minimal history and what it led to, for a person. */
export function tell({ script, problems, log }: HistoryFailed, acts: string): string {
  const entries = script.entries.map((entry) => JSON.stringify(entry));
  return [
    `A history of seed ${script.seed} went wrong. It replays with SIM_SEED=${script.seed} STORM_ACTS=${acts}.`,
    ...problems.map((problem) => `  ${problem}`),
    `Smallest script that shows it (${entries.length} entries):`,
    `  ${JSON.stringify(script.settings)}`,
    ...entries.map((entry) => `  ${entry}`),
    'Its last calls and events (every step with SIM_LOG=all):',
    ...(process.env.SIM_LOG === 'all' ? log : log.filter(isTelling).slice(-LAST)).map((line) => `  ${line}`),
  ].join('\n');
}

/** Calls, crashes, events and acts: not the steps between. */
const isTelling = (line: string): boolean =>
  !line.includes(' -> ') || / beforeCall \S+ -> /.test(line) || line.includes('-> afterReconcile');
