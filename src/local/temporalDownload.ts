import { execFile } from 'node:child_process';
import { chmodSync, createWriteStream, mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { Readable, Transform } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { z } from 'zod';
import { type CachedBinary, putIntoCache } from './temporalCache';
import { TEMPORAL_CLI_VERSION, whyUnusable } from './temporalVersion';

export type DownloadOptions = {
  readonly env: NodeJS.ProcessEnv;
  readonly log: (line: string) => void;
  readonly signal?: AbortSignal | undefined;
  readonly fetch: typeof globalThis.fetch;
};

const SERVICE = 'https://temporal.download/cli';
const INFO_MS = 20_000;
const ARCHIVE_MS = 10 * 60_000;
const UNPACK_MS = 120_000;
const MOST_BYTES = 400 * 1024 * 1024;

const Info = z.object({ archiveUrl: z.url({ protocol: /^https$/ }), fileToExtract: z.string().min(1) });

/**
 * Fetches the pinned release from the service that Temporal's SDKs download their dev server from (SDK core 1.24,
 * `ephemeral_server`): it answers with the archive's address and the file to take out of it.
 * @throws with why it can't be had
 */
export async function downloadTemporal(target: CachedBinary, options: DownloadOptions): Promise<void> {
  const folder = dirname(target.path);
  mkdirSync(folder, { recursive: true });
  const workFolder = mkdtempSync(join(folder, 'downloading-'));
  try {
    const info = await archiveInfo(options);
    options.log(`Downloading the Temporal server from ${new URL(info.archiveUrl).host}`);
    const archive = join(workFolder, 'archive.tar.gz');
    await save(info.archiveUrl, archive, options);
    await unpack(archive, workFolder, info.fileToExtract, options.env);
    const binary = join(workFolder, info.fileToExtract);
    chmodSync(binary, 0o755);
    const unusable = await whyUnusable(binary, options.env, options.signal);
    if (unusable) throw new Error(`what was downloaded can't be used: ${unusable}`);
    await putIntoCache(binary, target);
  } finally {
    rmSync(workFolder, { recursive: true, force: true });
  }
}

function unpack(archive: string, folder: string, file: string, env: NodeJS.ProcessEnv): Promise<void> {
  return new Promise((resolve, reject) => {
    const args = ['-xzf', archive, '-C', folder, '--', file];
    execFile('tar', args, { env, timeout: UNPACK_MS }, (error, _, stderr) => {
      const why = stderr.trim().split('\n')[0] || error?.message;
      if (error) reject(new Error(`"tar" could not take ${file} out of the archive: ${why}`));
      else resolve();
    });
  });
}

async function archiveInfo(options: DownloadOptions): Promise<z.infer<typeof Info>> {
  const arch = { x64: 'amd64', arm64: 'arm64' }[process.arch as string];
  const platform = { linux: 'linux', darwin: 'darwin' }[process.platform as string];
  if (!arch || !platform) throw new Error(`there is no release for ${process.platform} on ${process.arch}`);
  const query = new URLSearchParams({ arch, platform, format: 'tar.gz' });
  const url = `${SERVICE}/v${TEMPORAL_CLI_VERSION}?${query}`;
  const response = await get(url, INFO_MS, options);
  const parsed = Info.safeParse(await response.json().catch(() => undefined));
  if (!parsed.success) throw new Error(`${SERVICE} answered with something else than an archive's address`);
  return parsed.data;
}

async function save(url: string, file: string, options: DownloadOptions): Promise<void> {
  const response = await get(url, ARCHIVE_MS, options);
  if (!response.body) throw new Error(`${new URL(url).host} answered without a body`);
  let bytes = 0;
  const bounded = new Transform({
    transform(chunk: Buffer, _encoding, done) {
      bytes += chunk.length;
      done(bytes > MOST_BYTES ? new Error(`the archive is larger than ${MOST_BYTES} bytes`) : null, chunk);
    },
  });
  await pipeline(Readable.fromWeb(response.body), bounded, createWriteStream(file));
}

async function get(url: string, patienceMs: number, options: DownloadOptions): Promise<Response> {
  const late = AbortSignal.timeout(patienceMs);
  const signal = options.signal ? AbortSignal.any([late, options.signal]) : late;
  const host = new URL(url).host;
  let response: Response;
  try {
    response = await options.fetch(url, { signal });
  } catch (error) {
    throw new Error(`${host} can't be reached: ${reason(error)}`, { cause: error });
  }
  if (!response.ok) throw new Error(`${host} answered ${response.status}`);
  return response;
}

function reason(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  const { cause } = error;
  return cause instanceof Error && cause.message ? `${error.message} (${cause.message})` : error.message;
}
