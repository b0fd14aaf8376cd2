import type { BenchOptions } from './options';
import type { Measure } from './result';
import { type BenchSystem, startSystem } from './system/startSystem';

export interface RowContext {
  readonly options: BenchOptions;
  /** Of this row alone; removed after it. */
  readonly folder: string;
  readonly signal: AbortSignal;
  /** A word on how far it is. */
  say(text: string): void;
}

/** One row of the table: everything it needs is started for it and stopped after it. */
export interface Row {
  readonly name: string;
  run(context: RowContext): Promise<Measure[]>;
}

/** Runs `measureIn` in a system made for it, and stops that whatever happens. */
export async function inSystem(
  { folder, signal, options }: RowContext,
  workers: number,
  measureIn: (system: BenchSystem) => Promise<Measure[]>,
): Promise<Measure[]> {
  const system = await startSystem({ folder, workers, signal, profile: options.profile });
  try {
    return await measureIn(system);
  } finally {
    await system.stop();
  }
}
