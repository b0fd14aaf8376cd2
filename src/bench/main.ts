import { rmSync } from 'node:fs';
import { join } from 'node:path';
import { UsageError } from '../local/startOptions';
import { untilAskedToStop } from '../local/stopSignals';
import { type BenchOptions, readBenchOptions } from './options';
import { writeReport } from './report';
import type { RowResult } from './result';
import type { Row } from './row';
import { createRows } from './rows';
import { tableOf } from './table';

const EXAMPLE_WORKERS = [1, 2];
const INTERRUPTED = 130;

const say = (text: string): void => {
  process.stderr.write(`${text}\n`);
};

/** `npm run bench`: one row after the other, each with processes and data of its own. Resolves with the exit code. */
async function main(args: readonly string[]): Promise<number> {
  const names = createRows(EXAMPLE_WORKERS).map(({ name }) => name);
  const options = readBenchOptions(args, process.env, names.join(', '), (text) => process.stdout.write(text));
  if (options === undefined) return 0;
  const rows = chosen(options);
  const stopping = untilAskedToStop();
  const results: RowResult[] = [];
  for (const row of rows) {
    if (stopping.signal.aborted) break;
    results.push(await resultOf(row, options, stopping.signal));
  }
  process.stdout.write(`${tableOf(results)}\n`);
  const file = join(options.dataDir, 'bench.json');
  writeReport(file, options, results, new Date());
  process.stdout.write(`Written to ${file}\n`);
  if (stopping.signal.aborted) return INTERRUPTED;
  return results.some(({ error }) => error !== undefined) ? 1 : 0;
}

function chosen({ only, workers }: BenchOptions): Row[] {
  const rows = createRows(workers);
  const unknown = only.filter((wanted) => !rows.some((row) => fits(row, wanted)));
  if (unknown.length > 0) {
    throw new UsageError(
      `--only: no row begins with ${unknown.join(', ')}; there are ${rows.map(({ name }) => name).join(', ')}.`,
    );
  }
  return only.length === 0 ? rows : rows.filter((row) => only.some((wanted) => fits(row, wanted)));
}

const fits = ({ name }: Row, wanted: string): boolean => name.startsWith(wanted);

async function resultOf(row: Row, options: BenchOptions, signal: AbortSignal): Promise<RowResult> {
  const folder = join(options.dataDir, `bench-${process.pid}-${row.name}`);
  const began = performance.now();
  say(row.name);
  try {
    const measures = await row.run({ options, folder, signal, say: (text) => say(`  ${text}`) });
    say(`  took ${((performance.now() - began) / 1_000).toFixed(0)} s with all that it starts and stops`);
    return { row: row.name, measures };
  } catch (error) {
    const message = error instanceof Error ? error.message : String(error);
    say(`  failed: ${message}`);
    return { row: row.name, measures: [], error: message };
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

main(process.argv.slice(2)).then(
  (code) => process.exit(code),
  (error: unknown) => {
    say(error instanceof Error ? error.message : String(error));
    process.exit(error instanceof UsageError ? 2 : 1);
  },
);
