import { resolve } from 'node:path';
import { Command, CommanderError } from 'commander';
import { z } from 'zod';
import { PACKAGE_ROOT, UsageError } from '../local/startOptions';

export interface BenchOptions {
  /** Names of rows or what they start with; empty: all. */
  readonly only: readonly string[];
  /** Files of an initial sync, and workflows of the engine floor. */
  readonly files: number;
  /** An initial sync is measured with each of these numbers of workers. */
  readonly workers: readonly number[];
  /** Changes whose latency is taken, each way. */
  readonly samples: number;
  /** Size of the file that passes while memory is watched, in MiB. */
  readonly bigMb: number;
  /** Rows of the sweep, of which one in a hundred is due. */
  readonly rows: number;
  /** CPU profiles of the workers go here. */
  readonly profile: string | undefined;
  /** Holds bench.json and, while it runs, everything else. */
  readonly dataDir: string;
}

const whole = (most: number) =>
  z
    .string()
    .regex(/^\d{1,9}$/, `give a whole number from 1 to ${most}`)
    .transform(Number)
    .pipe(z.number().min(1).max(most));
const list = z.string().transform((text) => text.split(',').filter((part) => part !== ''));

const Given = z.object({
  only: list.default([]),
  files: whole(100_000).default(1_000),
  workers: list.pipe(z.array(whole(16)).min(1)).default([1, 2]),
  samples: whole(1_000).default(20),
  bigMb: whole(51_200).default(2_048),
  rows: whole(10_000_000).default(100_000),
  profile: z.string().optional(),
});

/**
 * Reads the arguments of `npm run bench --`. Help is printed by commander.
 * @returns undefined when only help was asked for
 * @throws UsageError that names what does not fit
 */
export function readBenchOptions(
  args: readonly string[],
  env: NodeJS.ProcessEnv,
  rowNames: string,
  write: (text: string) => void,
): BenchOptions | undefined {
  const command = createCommand(rowNames, write);
  try {
    command.parse(args, { from: 'user' });
  } catch (error) {
    if (!(error instanceof CommanderError)) throw error;
    if (error.exitCode === 0) return undefined;
    throw new UsageError(
      `${error.message.replace(/^error: /, '')}\nnpm run bench -- --help lists the options.`,
    );
  }
  const parsed = Given.safeParse(command.opts());
  if (!parsed.success) {
    const issues = parsed.error.issues.map(({ path, message }) => `--${flagOf(path[0])}: ${message}`);
    throw new UsageError(issues.join('\n'));
  }
  const { profile, ...given } = parsed.data;
  return {
    ...given,
    profile: profile === undefined ? undefined : resolve(profile),
    dataDir: resolve(PACKAGE_ROOT, env.CAIRN_DATA_DIR || '.data'),
  };
}

const flagOf = (name: PropertyKey | undefined): string =>
  String(name).replace(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`);

const createCommand = (rowNames: string, write: (text: string) => void): Command =>
  new Command('npm run bench --')
    .exitOverride()
    .configureOutput({ writeOut: write, writeErr: () => undefined })
    .description(
      `Measures Cairn as real processes against the sandbox, and prints a table. Rows: ${rowNames}. docs/bench.md says what each measures.`,
    )
    .option('--only <names>', 'these rows, or those whose names begin so, separated by commas')
    .option('--files <n>', 'files of an initial sync, and workflows of the engine floor (1000)')
    .option('--workers <n,…>', 'an initial sync with each of these numbers of workers (1,2)')
    .option('--samples <n>', 'changes whose latency is taken, each way (20)')
    .option('--big-mb <n>', 'size of the file that passes while memory is watched, in MiB (2048)')
    .option('--rows <n>', 'rows of the sweep, one in a hundred due (100000)')
    .option('--profile <dir>', 'write CPU profiles of the workers there')
    .allowExcessArguments(false);
