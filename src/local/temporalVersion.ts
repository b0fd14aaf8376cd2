import { execFile } from 'node:child_process';
import { accessSync, constants, statSync } from 'node:fs';
import { delimiter, join } from 'node:path';

/** The release that Cairn builds or downloads. tools/temporal/go.mod pins the same one. */
export const TEMPORAL_CLI_VERSION = '1.8.2';
/** The oldest server with everything Cairn uses: priorities, fairness and pausing. */
export const OLDEST_SERVER = '1.29.0';

const VERSION_MS = 30_000;

/**
 * Undefined when the binary runs and holds a server that is new enough, otherwise why it can't be used.
 * `temporal --version` answers `temporal version 1.8.2 (Server 1.31.2, UI 2.50.1)`.
 */
export async function whyUnusable(
  binary: string,
  env: NodeJS.ProcessEnv,
  signal?: AbortSignal,
): Promise<string | undefined> {
  try {
    accessSync(binary, constants.X_OK);
    if (!statSync(binary).isFile()) return `${binary} is not a file`;
  } catch {
    return `${binary} does not exist or is not executable`;
  }
  const said = await new Promise<{ out: string; failure?: string }>((resolve) => {
    execFile(binary, ['--version'], { env, timeout: VERSION_MS, signal }, (error, stdout) =>
      resolve({ out: stdout, ...(error && { failure: error.message.trim() }) }),
    );
  });
  if (said.failure !== undefined) return `"${binary} --version" failed: ${said.failure}`;
  const server = /\bServer (\d+\.\d+\.\d+)/i.exec(said.out)?.[1];
  if (server === undefined)
    return `"${binary} --version" names no server version (it said "${said.out.trim()}")`;
  if (isOlder(server, OLDEST_SERVER))
    return `its server is ${server}, older than the ${OLDEST_SERVER} that Cairn needs`;
  return undefined;
}

/** The first executable file of that name on PATH. */
export function findOnPath(name: string, env: NodeJS.ProcessEnv): string | undefined {
  const names = process.platform === 'win32' ? [`${name}.exe`] : [name];
  const candidates = (env.PATH ?? '')
    .split(delimiter)
    .filter((folder) => folder !== '')
    .flatMap((folder) => names.map((file) => join(folder, file)));
  return candidates.find((candidate) => {
    try {
      accessSync(candidate, constants.X_OK);
      return statSync(candidate).isFile();
    } catch {
      return false;
    }
  });
}

function isOlder(version: string, than: string): boolean {
  const [a, b] = [version, than].map((text) => text.split('.').map(Number));
  for (let i = 0; i < 3; i++) {
    if (a?.[i] !== b?.[i]) return (a?.[i] ?? 0) < (b?.[i] ?? 0);
  }
  return false;
}
