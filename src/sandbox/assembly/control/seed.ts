import { createReadStream } from 'node:fs';
import { readdir, realpath, stat } from 'node:fs/promises';
import { join, sep } from 'node:path';
import { isRefusal, refusal } from '../http/refusal';
import { ensureFolder, placeUpload } from '../objects/person';
import { storedPath } from '../paths';
import type { Sandbox } from '../sandbox';
import type { Channel } from '../state/records';

const MAX_ENTRIES = 200_000;

export interface SeedReport {
  files: number;
  folders: number;
  bytes: number;
  /** What the channel can't hold, and symbolic links that lead out of the folder. */
  skipped: { path: string; reason: string }[];
}

/** Copies a local folder into the channel, empty folders too. Refuses with 400 where the folder can't be read. */
export const seedChannel = async (
  sandbox: Sandbox,
  channel: Channel,
  dir: string,
  events: boolean,
): Promise<SeedReport> => {
  const report: SeedReport = { files: 0, folders: 0, bytes: 0, skipped: [] };
  const root = await realpath(dir).catch(() => null);
  if (root === null || !(await stat(root)).isDirectory()) throw refusal(400, `dir: not a folder: ${dir}`);

  const visit = async (relative: string, within: readonly string[]): Promise<void> => {
    const folder = await realpath(join(root, relative));
    // A link to a folder above would never end.
    if (within.includes(folder)) throw refusal(400, 'a symbolic link to a folder above');
    for (const name of (await readdir(folder)).sort()) {
      const path = relative === '' ? name : `${relative}/${name}`;
      try {
        if (report.files + report.folders >= MAX_ENTRIES)
          throw refusal(400, `more than ${MAX_ENTRIES} entries`);
        await copy(path, [...within, folder]);
      } catch (error) {
        report.skipped.push({ path, reason: reasonOf(error) });
      }
    }
  };

  const copy = async (path: string, within: readonly string[]): Promise<void> => {
    const real = await realpath(join(root, path));
    if (!real.startsWith(root + sep)) throw refusal(400, 'a symbolic link out of the folder');
    const info = await stat(real);
    const stored = storedPath(path, sandbox.switches);
    if (info.isDirectory()) {
      ensureFolder(sandbox, channel, stored, !events);
      report.folders += 1;
      await visit(path, within);
    } else if (info.isFile()) {
      const content = await sandbox.blobs.write(createReadStream(real) as AsyncIterable<Buffer>);
      placeUpload(sandbox, channel, { path: stored, content, mode: 'replace', quiet: !events });
      report.files += 1;
      report.bytes += content.size;
    } else {
      throw refusal(400, 'neither file nor folder');
    }
  };

  await visit('', []);
  return report;
};

const reasonOf = (error: unknown): string => {
  if (isRefusal(error)) return error.message;
  return error instanceof Error && 'code' in error ? String(error.code) : 'unreadable';
};
