import { mkdirSync } from 'node:fs';
import { dirname } from 'node:path';
import { holdLock } from './heldLock';
import { buildKey, buildTemporal, MODULE_FOLDER } from './temporalBuild';
import { type CachedBinary, cachedBinary, cacheFolder, whyNotCached } from './temporalCache';
import { downloadTemporal } from './temporalDownload';
import { findOnPath, OLDEST_SERVER, TEMPORAL_CLI_VERSION, whyUnusable } from './temporalVersion';

export type TemporalBinary = {
  path: string;
  source: 'env' | 'path' | 'cache' | 'built' | 'downloaded';
};

export type EnsureTemporalOptions = {
  /** Where built and downloaded binaries are kept; below `$XDG_CACHE_HOME` or `~/.cache` by default. */
  cacheDir?: string | undefined;
  env?: NodeJS.ProcessEnv | undefined;
  log?: ((line: string) => void) | undefined;
  signal?: AbortSignal | undefined;
  fetch?: typeof globalThis.fetch | undefined;
  /** The Go module to build. For tests. */
  moduleFolder?: string | undefined;
};

type Search = {
  readonly env: NodeJS.ProcessEnv;
  readonly log: (line: string) => void;
  readonly signal: AbortSignal | undefined;
  readonly fetch: typeof globalThis.fetch;
  readonly moduleFolder: string;
  readonly built: CachedBinary;
  readonly downloaded: CachedBinary;
  readonly failures: string[];
};

const LOCK_MS = 40 * 60_000;

/**
 * Finds a Temporal CLI, whose `server start-dev` is the whole local server: the one that `TEMPORAL_CLI_PATH` names, one on
 * PATH, a cached one, one built by Go, or a downloaded one; the first that can be used.
 * @throws when `TEMPORAL_CLI_PATH` names one that can't be used, or with every way that was tried, why it failed and what
 * to do
 */
export async function ensureTemporal(options: EnsureTemporalOptions = {}): Promise<TemporalBinary> {
  const search = prepare(options);
  const named = search.env.TEMPORAL_CLI_PATH;
  if (named) {
    const unusable = await whyUnusable(named, search.env, search.signal);
    if (unusable) throw new Error(`TEMPORAL_CLI_PATH can't be used: ${unusable}. Correct it, or unset it.`);
    return { path: named, source: 'env' };
  }
  const ready = (await onPath(search)) ?? (await cached(search));
  if (ready) return ready;
  const made = await make(search);
  search.signal?.throwIfAborted();
  if (made) return made;
  throw new Error(everyWay(search));
}

function prepare(options: EnsureTemporalOptions): Search {
  const env = options.env ?? process.env;
  const folder = options.cacheDir ?? cacheFolder(env);
  const moduleFolder = options.moduleFolder ?? MODULE_FOLDER;
  return {
    env,
    log: options.log ?? (() => undefined),
    signal: options.signal,
    fetch: options.fetch ?? globalThis.fetch,
    moduleFolder,
    built: cachedBinary(folder, TEMPORAL_CLI_VERSION, buildKey(moduleFolder)),
    downloaded: cachedBinary(folder, TEMPORAL_CLI_VERSION, 'download'),
    failures: [],
  };
}

async function onPath({ env, signal, failures }: Search): Promise<TemporalBinary | undefined> {
  const found = findOnPath('temporal', env);
  const unusable =
    found === undefined ? 'there is no "temporal" on PATH' : await whyUnusable(found, env, signal);
  if (found !== undefined && unusable === undefined) return { path: found, source: 'path' };
  failures.push(`A binary on PATH: ${unusable}`);
  return undefined;
}

async function cached({
  built,
  downloaded,
  env,
  signal,
  failures,
}: Search): Promise<TemporalBinary | undefined> {
  for (const binary of [built, downloaded]) {
    const missing = (await whyNotCached(binary)) ?? (await whyUnusable(binary.path, env, signal));
    if (missing === undefined) return { path: binary.path, source: 'cache' };
    failures.push(`A cached binary: ${missing}`);
  }
  return undefined;
}

async function make(search: Search): Promise<TemporalBinary | undefined> {
  const { built, downloaded, log, signal, failures } = search;
  const ways = [
    { title: 'Building it with Go', source: 'built', target: built, produce: buildTemporal },
    { title: 'Downloading it', source: 'downloaded', target: downloaded, produce: downloadTemporal },
  ] as const;
  for (const { title, source, target, produce } of ways) {
    signal?.throwIfAborted();
    try {
      mkdirSync(dirname(target.path), { recursive: true });
      const what = 'it makes the Temporal server';
      const release = await holdLock(target.lockFile, what, { log, signal, patienceMs: LOCK_MS });
      try {
        // Whoever held the lock before may have made it.
        if ((await whyNotCached(target)) === undefined) return { path: target.path, source: 'cache' };
        await produce(target, search);
        return { path: target.path, source };
      } finally {
        release();
      }
    } catch (error) {
      failures.push(`${title}: ${error instanceof Error ? error.message : String(error)}`);
    }
  }
  return undefined;
}

const everyWay = ({ failures }: Search) =>
  [
    'No Temporal server could be found or made. Tried, in this order:',
    '  - TEMPORAL_CLI_PATH: not set',
    ...failures.map((failure) => `  - ${failure}`),
    'What to do, one of:',
    `  - install Go 1.25 or newer and start again (it builds Temporal ${TEMPORAL_CLI_VERSION}, once)`,
    `  - install the Temporal CLI with a server of ${OLDEST_SERVER} or newer, on PATH or named by TEMPORAL_CLI_PATH`,
    '  - set TEMPORAL_ADDRESS to a Temporal server that runs already',
  ].join('\n');
