import { Command } from 'commander';
import type { ExitCode } from './exitCodes';
import type { Io } from './io';
import type { Services } from './services';

/** What the program hands to every verb. */
export interface VerbContext {
  readonly io: Io;
  /** One set per run, closed when the verb has ended. */
  services(): Services;
  /** The exit status of a verb that ended well. */
  finish(code: ExitCode): void;
}

/** A verb's `--help` starts with how it is used. */
export function createVerb(name: string, description: string, examples: readonly string[]): Command {
  const shown = examples.map((example) => `  $ cairn ${example}`).join('\n');
  return new Command(name).description(description).addHelpText('before', `Examples:\n${shown}\n`);
}

export const PORTAL_OPTION = [
  '--portal <id>',
  'only this portal; not needed where an id says which',
] as const;
export const JSON_OPTION = ['--json', 'the data as JSON'] as const;

export interface ReadOptions {
  readonly portal?: string;
  readonly json?: boolean;
}
