import { createReadStream } from 'node:fs';
import { readdir, realpath, stat } from 'node:fs/promises';
import { join, sep } from 'node:path';
import { isRefusal, refusal } from '../http/refusal';
import { ensureFolder, placeUpload } from '../objects/person';
import { storedPath } from '../paths';
import type { Sandbox } from '../sandbox';
import { createSlots } from '../slots';
import type { Channel } from '../state/records';

const MAX_ENTRIES = 200_000;
const FILES_AT_ONCE = 16;

export interface SeedReport {
  files: number;
  folders: number;
  bytes: number;
  /** By path: what the channel can't hold, what can't be read, and symbolic links that lead out or round. */
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
  const slots = createSlots(FILES_AT_ONCE);
  const root = await realpath(dir).catch(() => null);
  if (root === null || !(await stat(root)).isDirectory()) throw refusal(400, `dir: not a folder: ${dir}`);

  const copyFile = async (path: string, real: string): Promise<void> => {
    const content = await sandbox.blobs.write(createReadStream(real) as AsyncIterable<Buffer>);
    placeUpload(sandbox, channel, { path, content, mode: 'replace', quiet: !events });
    report.files += 1;
    report.bytes += content.size;
  };

  /** Folders one after the other, the files of one folder side by side. */
  const copyFolder = async (relative: string, within: readonly string[]): Promise<void> => {
    const folder = await realpath(join(root, relative));
    const files: Promise<void>[] = [];
    for (const name of (await readdir(folder)).sort()) {
      const path = relative === '' ? name : `${relative}/${name}`;
      const skip = (error: unknown): void => {
        report.skipped.push({ path, reason: reasonOf(error) });
      };
      try {
        const { real, kind } = await inspect(root, path);
        const stored = storedPath(path, sandbox.switches);
        if (report.files + report.folders + files.length >= MAX_ENTRIES)
          throw refusal(400, 'too many entries');
        if (kind === 'file') {
          files.push(slots.run(() => copyFile(stored, real)).catch(skip));
        } else {
          if (within.includes(real) || real === folder)
            throw refusal(400, 'a symbolic link to a folder above');
          ensureFolder(sandbox, channel, stored, !events);
          report.folders += 1;
          await copyFolder(path, [...within, folder]);
        }
      } catch (error) {
        skip(error);
      }
    }
    await Promise.all(files);
  };

  await copyFolder('', []);
  report.skipped.sort((a, b) => (a.path < b.path ? -1 : 1));
  return report;
};

/** What is there, symbolic links followed. Refuses what lies outside or is neither file nor folder. */
const inspect = async (root: string, path: string): Promise<{ real: string; kind: 'file' | 'folder' }> => {
  const real = await realpath(join(root, path));
  if (real !== root && !real.startsWith(root + sep)) throw refusal(400, 'a symbolic link out of the folder');
  const info = await stat(real);
  if (info.isDirectory()) return { real, kind: 'folder' };
  if (info.isFile()) return { real, kind: 'file' };
  throw refusal(400, 'neither file nor folder');
};

const reasonOf = (error: unknown): string => {
  if (isRefusal(error)) return error.message;
  return error instanceof Error && 'code' in error ? String(error.code) : 'unreadable';
};
