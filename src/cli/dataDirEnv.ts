import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

const LINE = /^export ([A-Z][A-Z0-9_]*)='((?:[^']|'\\'')*)'$/;

/**
 * The environment, completed from the file that `npm start` keeps beside its data, so that the command line talks to
 * what runs here without any setting. Only when no database is named, and never over a setting that is there.
 */
export function withDataDirEnv(env: NodeJS.ProcessEnv): NodeJS.ProcessEnv {
  if (env.DATABASE_URL !== undefined || env.DATABASE_URL_FILE !== undefined) return env;
  const file = join(env.CAIRN_DATA_DIR ?? '.data', 'env');
  if (!existsSync(file)) return env;
  const found: NodeJS.ProcessEnv = {};
  for (const line of readFileSync(file, 'utf8').split('\n')) {
    const [, name, value] = LINE.exec(line.trim()) ?? [];
    if (name !== undefined && value !== undefined) found[name] = value.replaceAll("'\\''", "'");
  }
  return { ...found, ...env };
}
