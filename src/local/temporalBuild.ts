import { type ChildProcess, spawn } from 'node:child_process';
import { createHash } from 'node:crypto';
import { mkdirSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { createInterface } from 'node:readline';
import { type CachedBinary, putIntoCache } from './temporalCache';
import { findOnPath, TEMPORAL_CLI_VERSION, whyUnusable } from './temporalVersion';

/** A nested Go module whose go.sum fixes every byte of the build. The same two levels up from src/ and dist/. */
export const MODULE_FOLDER = join(dirname(dirname(__dirname)), 'tools', 'temporal');

export type BuildOptions = {
  readonly env: NodeJS.ProcessEnv;
  readonly log: (line: string) => void;
  readonly signal?: AbortSignal | undefined;
  readonly moduleFolder: string;
};

const BUILD_MS = 30 * 60_000;
const PROGRESS_MS = 10_000;
const KEPT_LINES = 12;

/** Names the build in the cache: another go.sum is another binary. */
export function buildKey(moduleFolder: string): string {
  return createHash('sha256')
    .update(readFileSync(join(moduleFolder, 'go.sum')))
    .digest('hex')
    .slice(0, 16);
}

/**
 * Builds the Temporal server with Go and puts it into the cache. Minutes when Go's own cache is empty; a progress line at
 * least every ten seconds. Only for the holder of the cache's lock.
 * @throws with why it can't be built
 */
export async function buildTemporal(target: CachedBinary, options: BuildOptions): Promise<void> {
  const go = findOnPath('go', options.env);
  if (go === undefined) throw new Error('there is no "go" on PATH');
  const folder = dirname(target.path);
  mkdirSync(folder, { recursive: true });
  for (const left of readdirSync(folder)) {
    if (left.endsWith('.building')) rmSync(join(folder, left), { recursive: true, force: true });
  }
  const workFolder = join(folder, `${process.pid}.building`);
  const draft = join(workFolder, 'temporal');
  try {
    mkdirSync(workFolder);
    await runGo(go, draft, workFolder, options);
    const unusable = await whyUnusable(draft, options.env, options.signal);
    if (unusable) throw new Error(`what Go built can't be used: ${unusable}`);
    await putIntoCache(draft, target);
  } finally {
    // Go's last compilers may still be writing for a moment.
    rmSync(workFolder, { recursive: true, force: true, maxRetries: 10 });
  }
}

async function runGo(go: string, draft: string, workFolder: string, options: BuildOptions): Promise<void> {
  const flags = `-s -w -X github.com/temporalio/cli/internal/temporalcli.Version=${TEMPORAL_CLI_VERSION}`;
  // -mod and GOWORK: neither the user's GOFLAGS nor a workspace file above the checkout may change what is built.
  const args = ['build', '-v', '-mod=readonly', '-trimpath', '-ldflags', flags, '-o', draft];
  const child = spawn(go, [...args, 'github.com/temporalio/cli/cmd/temporal'], {
    cwd: options.moduleFolder,
    // An interrupted Go leaves hundreds of megabytes in its temporary folder, so it works in ours.
    env: { ...options.env, CGO_ENABLED: '0', GOWORK: 'off', GOTMPDIR: workFolder },
    stdio: ['ignore', 'ignore', 'pipe'],
  });
  const last: string[] = [];
  let packages = 0;
  createInterface({ input: child.stderr! }).on('line', (line) => {
    if (/^[\w.~-]+(\/[\w.~-]+)*$/.test(line)) packages++;
    else last.push(line);
    if (last.length > KEPT_LINES) last.shift();
  });
  const began = Date.now();
  const report = () =>
    options.log(
      `Building the Temporal server with Go, once, a few minutes: ${Math.round((Date.now() - began) / 1000)} s, ${packages} packages done`,
    );
  report();
  const progress = setInterval(report, PROGRESS_MS);
  try {
    await ended(child, options.signal, last);
  } finally {
    clearInterval(progress);
  }
}

/** Go stops its compilers on SIGINT; killed outright it would leave them running. */
function ended(child: ChildProcess, signal: AbortSignal | undefined, last: string[]): Promise<void> {
  return new Promise((resolve, reject) => {
    let forced: NodeJS.Timeout | undefined;
    const stop = () => {
      child.kill('SIGINT');
      forced ??= setTimeout(() => child.kill('SIGKILL'), 10_000);
    };
    const tooLong = setTimeout(stop, BUILD_MS);
    if (signal?.aborted) stop();
    signal?.addEventListener('abort', stop, { once: true });
    const done = (failure?: Error) => {
      clearTimeout(tooLong);
      clearTimeout(forced);
      signal?.removeEventListener('abort', stop);
      if (failure) reject(failure);
      else resolve();
    };
    child.once('error', (error) => done(new Error(`go did not start: ${error.message}`)));
    child.once('close', (code, killed) => {
      if (signal?.aborted) done(new Error('stopped while building'));
      else if (code === 0) done();
      else done(new Error(`"go build" ended with ${killed ?? code}: ${last.join(' | ') || 'no words'}`));
    });
  });
}
