import { readFileSync } from 'node:fs';

/** Settings that may come from a file, as `NAME_FILE`: all that are secret, or hold one. */
export const SECRETS = [
  'DATABASE_URL',
  'DROPBOX_APP_SECRET',
  'ASSEMBLY_API_KEY',
  'ASSEMBLY_WEBHOOK_SECRET',
  'TOKEN_ENCRYPTION_KEYS',
  'OPERATOR_TOKEN',
] as const;

export type Settings = Record<string, string | undefined>;

/** The raw values of `names`, files read, and what is wrong before any value is looked at. */
export function readSettings(env: NodeJS.ProcessEnv, names: readonly string[]) {
  const settings: Settings = {};
  const problems: string[] = [];
  for (const name of names) settings[name] = set(env[name]);
  for (const name of SECRETS) {
    const file = set(env[`${name}_FILE`]);
    if (file === undefined) continue;
    if (settings[name] !== undefined) {
      problems.push(`${name}: is set, and so is ${name}_FILE; unset one of them`);
      continue;
    }
    try {
      settings[name] = set(readFileSync(file, 'utf8'));
      if (settings[name] === undefined) problems.push(`${name}: the file that ${name}_FILE names is empty`);
    } catch (error) {
      const code = (error as NodeJS.ErrnoException).code ?? 'unreadable';
      problems.push(`${name}: the file that ${name}_FILE names can't be read (${code})`);
    }
  }
  problems.push(...unknownNames(env, names));
  return { settings, problems };
}

// A misspelt name would otherwise be a setting that silently does nothing.
function unknownNames(env: NodeJS.ProcessEnv, names: readonly string[]): string[] {
  const known = names.filter((name) => name.startsWith('CAIRN_'));
  return Object.keys(env)
    .filter((name) => name.startsWith('CAIRN_') && !known.includes(name))
    .map((name) => `${name}: is not a setting of Cairn; those are ${known.join(', ')}`);
}

const set = (value: string | undefined): string | undefined => value?.trim() || undefined;
