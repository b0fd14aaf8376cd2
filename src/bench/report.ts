import { mkdirSync, renameSync, writeFileSync } from 'node:fs';
import { cpus, totalmem } from 'node:os';
import { dirname } from 'node:path';
import type { BenchOptions } from './options';
import type { RowResult } from './result';

/** Writes the results as JSON, with what they were measured on. */
export function writeReport(
  file: string,
  options: BenchOptions,
  results: readonly RowResult[],
  at: Date,
): void {
  const { only, files, workers, samples, bigMb, rows } = options;
  const report = {
    at: at.toISOString(),
    machine: {
      platform: `${process.platform} ${process.arch}`,
      processors: cpus().length,
      memoryGiB: Math.round(totalmem() / 2 ** 30),
      node: process.versions.node,
    },
    options: { only, files, workers, samples, bigMb, rows },
    rows: results,
  };
  mkdirSync(dirname(file), { recursive: true });
  const draft = `${file}.${process.pid}`;
  writeFileSync(draft, `${JSON.stringify(report, null, 2)}\n`);
  renameSync(draft, file);
}
