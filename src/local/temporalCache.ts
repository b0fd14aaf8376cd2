import { createHash } from 'node:crypto';
import {
  createReadStream,
  existsSync,
  mkdirSync,
  readFileSync,
  renameSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { homedir } from 'node:os';
import { dirname, join } from 'node:path';
import { pipeline } from 'node:stream/promises';

/** One cached binary: the file, and beside it `<file>.sha256` with what it must hash to. */
export type CachedBinary = { readonly path: string; readonly hashFile: string; readonly lockFile: string };

/** `$XDG_CACHE_HOME/cairn/temporal`, else `~/.cache/cairn/temporal`. */
export function cacheFolder(env: NodeJS.ProcessEnv): string {
  const base = env.XDG_CACHE_HOME || join(env.HOME || homedir(), '.cache');
  return join(base, 'cairn', 'temporal');
}

/** The place of a binary in the cache: `<folder>/<version>-<key>/temporal`. */
export function cachedBinary(folder: string, version: string, key: string): CachedBinary {
  const path = join(folder, `${version}-${key}`, process.platform === 'win32' ? 'temporal.exe' : 'temporal');
  return { path, hashFile: `${path}.sha256`, lockFile: `${path}.lock` };
}

/** Undefined when the binary is there and is what was put there; otherwise why not. */
export async function whyNotCached(binary: CachedBinary): Promise<string | undefined> {
  if (!existsSync(binary.path)) return `nothing at ${binary.path}`;
  const recorded = existsSync(binary.hashFile) ? readFileSync(binary.hashFile, 'utf8').trim() : '';
  if (recorded === '') return `${binary.path} has no recorded checksum`;
  if ((await fileHash(binary.path)) !== recorded)
    return `${binary.path} does not match its recorded checksum`;
  return undefined;
}

/**
 * Puts a finished file into its place. The checksum is written first: a cut between the two leaves a pair that does not
 * match, which is made again, never one that is trusted wrongly.
 */
export async function putIntoCache(draft: string, binary: CachedBinary): Promise<void> {
  const hash = await fileHash(draft);
  mkdirSync(dirname(binary.path), { recursive: true });
  const aside = `${binary.hashFile}.${process.pid}`;
  writeFileSync(aside, `${hash}\n`);
  rmSync(binary.path, { force: true });
  renameSync(aside, binary.hashFile);
  renameSync(draft, binary.path);
}

export async function fileHash(path: string): Promise<string> {
  const hash = createHash('sha256');
  await pipeline(createReadStream(path, { highWaterMark: 1 << 20 }), hash);
  return hash.digest('hex');
}
