import { accessSync, constants, statSync } from 'node:fs';
import { dirname, resolve } from 'node:path';
import { Command, CommanderError } from 'commander';

export type StartOptions = {
  readonly dataDir: string;
  /** Folders to fill the two sides from; both absent: the demo. One absent: that side begins empty. */
  readonly dropboxDir: string | undefined;
  readonly assemblyDir: string | undefined;
  readonly exitWhenConverged: boolean;
};

/** Options or settings that can't be used. The message says which and what to do. */
export class UsageError extends Error {
  override readonly name = 'UsageError';
}

/** The same two levels up from src/local and from dist/local. */
export const PACKAGE_ROOT = dirname(dirname(__dirname));

/**
 * Reads the arguments of `npm start`. Help is printed by commander.
 * @returns undefined when only help was asked for
 * @throws UsageError before anything is started
 */
export function readStartOptions(
  args: readonly string[],
  env: NodeJS.ProcessEnv,
  write: (text: string) => void,
): StartOptions | undefined {
  const command = createCommand(write);
  try {
    command.parse(args, { from: 'user' });
  } catch (error) {
    if (!(error instanceof CommanderError)) throw error;
    if (error.exitCode === 0) return undefined;
    throw new UsageError(`${error.message.replace(/^error: /, '')}\nnpm start -- --help lists the options.`);
  }
  const given = command.opts<{
    dropboxDir?: string;
    assemblyDir?: string;
    dataDir?: string;
    exitWhenConverged?: boolean;
  }>();
  // npm runs scripts in the package's folder; paths mean the folder where the person typed.
  const base = env.npm_lifecycle_event === 'start' && env.INIT_CWD ? env.INIT_CWD : process.cwd();
  const folder = (name: string, path: string | undefined) =>
    path === undefined ? undefined : readableFolder(name, resolve(base, path));
  return {
    dataDir: given.dataDir
      ? resolve(base, given.dataDir)
      : resolve(PACKAGE_ROOT, env.CAIRN_DATA_DIR || '.data'),
    dropboxDir: folder('--dropbox-dir', given.dropboxDir),
    assemblyDir: folder('--assembly-dir', given.assemblyDir),
    exitWhenConverged: given.exitWhenConverged ?? false,
  };
}

const createCommand = (write: (text: string) => void): Command =>
  new Command('npm start --')
    .exitOverride()
    .configureOutput({ writeOut: write, writeErr: () => undefined })
    .description(
      'Runs all of Cairn on this machine, with sandbox copies of Dropbox and Assembly unless DROPBOX_APP_KEY, DROPBOX_APP_SECRET and ASSEMBLY_API_KEY are set. Ctrl-C stops everything; a second start goes on where it stopped.',
    )
    .option('--dropbox-dir <dir>', 'first start: fill the sandbox Dropbox from this folder')
    .option('--assembly-dir <dir>', 'first start: fill the sandbox channel from this folder')
    .option('--data-dir <dir>', 'keep everything here (default: $CAIRN_DATA_DIR or .data)')
    .option('--exit-when-converged', 'stop everything and exit once both sides are the same')
    .allowExcessArguments(false);

function readableFolder(name: string, path: string): string {
  try {
    accessSync(path, constants.R_OK | constants.X_OK);
  } catch {
    throw new UsageError(`${name}: ${path} does not exist or can't be read.`);
  }
  if (!statSync(path).isDirectory()) throw new UsageError(`${name}: ${path} is not a folder.`);
  return path;
}
