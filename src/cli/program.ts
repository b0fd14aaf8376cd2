import { Command, CommanderError } from 'commander';
import { CairnError } from '../domain/errors';
import { RemoteError } from '../domain/remoteError';
import { EXIT, type ExitCode, exitCodeOf } from './exitCodes';
import type { Io } from './io';
import { openServices, type Services } from './services';
import type { VerbContext } from './verb';
import { VERBS } from './verbs';

const EXAMPLES = `Examples:
  $ cairn syncs                      every sync and how far it is
  $ cairn status 3f2a                one sync, by the start of its id
  $ cairn stuck                      what needs a look
  $ cairn verify 3f2a --content      compare both sides byte for byte
  $ cairn doctor                     is everything set up right
`;

export interface ProgramOptions {
  /** Tests hand in their own. */
  readonly open?: (env: NodeJS.ProcessEnv) => Services;
}

/** Runs one command line (without `node` and the script) and resolves to its exit status; never exits by itself. */
export async function runCli(
  argv: readonly string[],
  io: Io,
  options: ProgramOptions = {},
): Promise<ExitCode> {
  let services: Services | null = null;
  let code: ExitCode = EXIT.done;
  const context: VerbContext = {
    io,
    services: () => {
      services ??= (options.open ?? openServices)(io.env);
      return services;
    },
    finish: (ended) => {
      code = ended;
    },
  };
  try {
    await createProgram(context).parseAsync([...argv], { from: 'user' });
    return code;
  } catch (error) {
    return explain(error, io);
  } finally {
    await closing(services);
  }
}

const closing = async (services: Services | null): Promise<void> => services?.close();

function createProgram(context: VerbContext): Command {
  const program = new Command('cairn')
    .description('Keeps Assembly file channels and Dropbox folders the same.')
    .addHelpText('before', EXAMPLES)
    .enablePositionalOptions();
  for (const verb of VERBS) program.addCommand(verb(context));
  for (const command of [program, ...program.commands]) {
    command.exitOverride().configureOutput({
      writeOut: (text) => context.io.out(text.trimEnd()),
      writeErr: (text) => context.io.say(text.trimEnd()),
    });
  }
  return program;
}

/** Says what went wrong, unless commander has said so already. */
function explain(error: unknown, io: Io): ExitCode {
  if (error instanceof CommanderError) return error.exitCode === 0 ? EXIT.done : EXIT.usage;
  if (error instanceof CairnError) io.say(`${error.detail} (${error.code})`);
  else if (error instanceof RemoteError) io.say(`${error.side}: ${error.message} (${error.code})`);
  else io.say(error instanceof Error ? error.message : String(error));
  return exitCodeOf(error);
}
