import { createReadStream } from 'node:fs';
import { readdir, realpath, stat } from 'node:fs/promises';
import { join, relative, sep } from 'node:path';
import { z } from 'zod';
import { RouteError } from '../api/failure';
import { seconds } from '../model/ids';
import { find, type View } from '../model/locate';
import { decideFolder, decideUpload } from '../model/writes';
import { actor, asPerson, type ControlParts, viewOf, withBody, writerOf } from './route';

const MAX_FILE = 2_199_019_061_248;
const MAX_ENTRIES = 1_000_000;
const READ = 1024 * 1024;

interface Found {
  readonly file: string;
  /** With `/` between components. */
  readonly name: string;
  readonly folder: boolean;
}

interface Skipped {
  readonly path: string;
  readonly why: string;
}

/** Every file and folder below `top`, parents first. Symlinks count only when they end inside. */
async function collect(top: string, skipped: Skipped[]): Promise<Found[]> {
  const root = await realpath(top);
  const found: Found[] = [];
  const seen = new Set<string>();
  const visit = async (dir: string, prefix: string): Promise<void> => {
    const real = await realpath(dir);
    if (seen.has(real))
      return void skipped.push({ path: prefix, why: 'a link to a folder that is there already' });
    seen.add(real);
    for (const entry of await readdir(dir, { withFileTypes: true })) {
      const file = join(dir, entry.name);
      const name = `${prefix}/${entry.name}`;
      if (found.length >= MAX_ENTRIES) return void skipped.push({ path: name, why: 'too many entries' });
      const target = await realpath(file).catch(() => null);
      if (target === null || !isWithin(root, target)) {
        skipped.push({ path: name, why: 'a link that leads outside or nowhere' });
        continue;
      }
      const info = await stat(file);
      if (!info.isDirectory() && !info.isFile()) {
        skipped.push({ path: name, why: 'neither a file nor a folder' });
        continue;
      }
      found.push({ file, name, folder: info.isDirectory() });
      if (info.isDirectory()) await visit(file, name);
    }
  };
  await visit(root, '');
  return found;
}

function isWithin(root: string, target: string): boolean {
  const path = relative(root, target);
  return path === '' || (path !== '..' && !path.startsWith(`..${sep}`));
}

async function plant(parts: ControlParts, view: View, one: Found, target: string): Promise<void> {
  if (one.folder) {
    await asPerson(parts, view, [target], () => {
      parts.service.commit(decideFolder(view, target, false, writerOf(parts)).changes);
    });
    return;
  }
  const { blobs } = parts.service;
  const { mtime } = await stat(one.file);
  const received = await blobs.receive(createReadStream(one.file, { highWaterMark: READ }), MAX_FILE);
  const bytes = { size: received.size, hash: received.hasher.hex() };
  const commit = {
    path: target,
    mode: 'overwrite' as const,
    autorename: false,
    strictConflict: false,
    clientModified: seconds(mtime),
  };
  try {
    await asPerson(parts, view, [target], () => {
      const { changes } = decideUpload(view, commit, bytes, writerOf(parts));
      blobs.adopt(received.file, bytes.hash);
      parts.service.commit(changes);
    });
  } finally {
    await blobs.discard(received.file);
  }
}

const exists = (view: View, target: string, parts: ControlParts): boolean => {
  try {
    return find(view, target, writerOf(parts)).kind === 'folder';
  } catch (error) {
    if (error instanceof RouteError) return false;
    throw error;
  }
};

/** Copies a real folder into the tree. What has no place there is named in `skipped`. */
export const seed = withBody(
  z.strictObject({ ...actor, dir: z.string().min(1), path: z.string() }),
  async (parts, body) => {
    const view = viewOf(parts, body);
    const skipped: Skipped[] = [];
    const top = body.path === '/' ? '' : body.path;
    const counts = { files: 0, folders: 0 };
    const all = await collect(body.dir, skipped);
    if (top !== '' && all.length === 0 && !exists(view, top, parts)) {
      await plant(parts, view, { file: body.dir, name: '', folder: true }, top);
    }
    for (const one of all) {
      const target = `${top}${one.name}`;
      if (one.folder && exists(view, target, parts)) continue;
      try {
        await plant(parts, view, one, target);
        counts[one.folder ? 'folders' : 'files']++;
      } catch (error) {
        if (!(error instanceof RouteError)) throw error;
        skipped.push({ path: one.name, why: error.message });
      }
    }
    return { ...counts, skipped };
  },
);
